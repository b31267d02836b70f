package dev.grapevine.state;

/**
 * Times and budgets of replicated state.
 *
 * @param periodNanos between exchanges while there is news, {@code > 0}
 * @param fanout random members that each exchange contacts, {@code 1..32}
 * @param heartbeatNanos between exchanges while there is none, {@code >= periodNanos}
 * @param bytesPerSecond what state may send on average, {@code >= 1024}
 * @param datagramBytes largest message sent as a datagram, {@code >= 256}; larger ones go by stream
 * @param maxEntries how many keys may have a value; a write beyond is refused
 * @param maxBytes how many bytes all values may have together; a write beyond is refused
 * @param maxDriftMillis how far ahead a peer's clock may be to be followed
 * @param collectNanos between attempts to forget removals that everybody has seen
 * @param updatesPerSecond at which rate this node may write at the start; flow control moves it, {@code > 0}
 */
public record StateSettings(
        long periodNanos,
        int fanout,
        long heartbeatNanos,
        long bytesPerSecond,
        int datagramBytes,
        int maxEntries,
        long maxBytes,
        long maxDriftMillis,
        long collectNanos,
        double updatesPerSecond) {
    private static final long SECOND = 1_000_000_000L;

    public StateSettings {
        if (periodNanos <= 0) throw new IllegalArgumentException("a period of " + periodNanos + " ns is not above 0");
        if (fanout < 1 || fanout > 32) throw new IllegalArgumentException("a fanout of " + fanout + " is not in 1..32");
        if (heartbeatNanos < periodNanos)
            throw new IllegalArgumentException("a heartbeat of " + heartbeatNanos + " ns is shorter than the period");
        if (bytesPerSecond < 1024)
            throw new IllegalArgumentException(bytesPerSecond + " bytes a second are not at least 1024");
        if (datagramBytes < 256)
            throw new IllegalArgumentException("datagrams of " + datagramBytes + " bytes are not at least 256");
        if (maxEntries < 1 || maxBytes < 1 || maxDriftMillis < 0 || collectNanos <= 0)
            throw new IllegalArgumentException("a limit of replicated state is not above 0");
        if (!(updatesPerSecond > 0))
            throw new IllegalArgumentException(updatesPerSecond + " updates a second are not above 0");
    }

    /** Settings for an exchange period: 1 MiB/s, 1,000,000 keys of 256 MiB, a heartbeat of 10 s. */
    public static StateSettings of(long periodNanos) {
        return new StateSettings(
                periodNanos,
                1,
                Math.max(10 * SECOND, periodNanos),
                1 << 20,
                1200,
                1_000_000,
                256L << 20,
                60_000,
                Math.max(2 * SECOND, 10 * periodNanos),
                10_000);
    }

    /** The same with another time between exchanges while there is no news. */
    public StateSettings withHeartbeatNanos(long nanos) {
        return new StateSettings(
                periodNanos,
                fanout,
                nanos,
                bytesPerSecond,
                datagramBytes,
                maxEntries,
                maxBytes,
                maxDriftMillis,
                collectNanos,
                updatesPerSecond);
    }

    /** The same with another budget. */
    public StateSettings withBytesPerSecond(long bytes) {
        return new StateSettings(
                periodNanos,
                fanout,
                heartbeatNanos,
                bytes,
                datagramBytes,
                maxEntries,
                maxBytes,
                maxDriftMillis,
                collectNanos,
                updatesPerSecond);
    }

    /** The same with datagrams of another size. */
    public StateSettings withDatagramBytes(int bytes) {
        return new StateSettings(
                periodNanos,
                fanout,
                heartbeatNanos,
                bytesPerSecond,
                bytes,
                maxEntries,
                maxBytes,
                maxDriftMillis,
                collectNanos,
                updatesPerSecond);
    }

    /** The same with other limits. */
    public StateSettings withLimits(int entries, long bytes) {
        return new StateSettings(
                periodNanos,
                fanout,
                heartbeatNanos,
                bytesPerSecond,
                datagramBytes,
                entries,
                bytes,
                maxDriftMillis,
                collectNanos,
                updatesPerSecond);
    }

    /** The same with another rate of writing. */
    public StateSettings withUpdatesPerSecond(double updates) {
        return new StateSettings(
                periodNanos,
                fanout,
                heartbeatNanos,
                bytesPerSecond,
                datagramBytes,
                maxEntries,
                maxBytes,
                maxDriftMillis,
                collectNanos,
                updates);
    }
}
