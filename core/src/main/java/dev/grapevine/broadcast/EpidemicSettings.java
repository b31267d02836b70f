package dev.grapevine.broadcast;

/**
 * How {@link Epidemic} spreads, and its limits. Start from {@link #of} and change what must differ.
 *
 * @param periodNanos time between two exchanges of a node, nanoseconds, {@code > 0}
 * @param fanout distinct random peers contacted per period (K), {@code 1..32}
 * @param exchange who gives news to whom
 * @param activity when a node exchanges at all
 * @param hotPeriods periods for which a node speaks of an entry after it learned it, {@code 1..1000}; 0 derives them from the
 *     number of peers, see {@link #hotPeriods(int)}
 * @param requestTimeoutNanos a payload that was asked for is asked for elsewhere after this, nanoseconds, {@code > 0}
 * @param datagramBytes largest message that goes into a datagram, bytes, {@code 256..65507}
 * @param directBytes a payload up to this size answers a digest at once; a larger one is offered first, so that it moves once
 *     though several peers have it; bytes, {@code >= 0}. A line of a digest has about 12 bytes, so a few times that is fair
 * @param maxPayloadBytes largest payload of an entry, {@code 1..16777216}
 * @param maxEntries most entries kept, {@code 1..10000000}
 * @param maxStoreBytes most bytes of keys and payloads kept, {@code >= maxPayloadBytes}
 * @param retention what happens to a new entry when the store is full
 * @param bytesPerPeriod most bytes of messages sent, and most bytes of payload written by the application, per period;
 *     {@code >= maxPayloadBytes}
 */
public record EpidemicSettings(
        long periodNanos,
        int fanout,
        Exchange exchange,
        Activity activity,
        int hotPeriods,
        long requestTimeoutNanos,
        int datagramBytes,
        int directBytes,
        int maxPayloadBytes,
        int maxEntries,
        long maxStoreBytes,
        Retention retention,
        long bytesPerPeriod) {
    /** Who gives news to whom in an exchange. */
    public enum Exchange {
        /** The caller offers what it has. */
        PUSH,
        /** The caller asks for what it lacks. Nobody tells a node when to ask, so it asks in every period. */
        PULL,
        /** Both. */
        PUSH_PULL
    }

    /** When a node exchanges. */
    public enum Activity {
        /** In every period for ever. */
        CONTINUOUS,
        /**
         * While it holds something that it learned within {@link #hotPeriods} periods; silent otherwise. Whoever missed
         * an entry is found by comparing {@link Epidemic#digest()}. Has no effect on {@link Exchange#PULL}.
         */
        QUIET
    }

    /** What happens to a new entry when the store is full. */
    public enum Retention {
        /** It is refused. Nothing is ever dropped. */
        REFUSE_NEW,
        /**
         * The entry learned longest ago is dropped, if it is no longer spreading (twice {@link #hotPeriods} old); else the
         * new one is refused. That an entry was there is remembered, so that it does not come back; at most
         * {@code maxEntries} such memories are kept, the oldest go first.
         */
        DROP_OLDEST
    }

    public EpidemicSettings {
        within("periodNanos", periodNanos, 1, Long.MAX_VALUE / 4096);
        within("fanout", fanout, 1, 32);
        within("hotPeriods", hotPeriods, 0, 1000);
        within("requestTimeoutNanos", requestTimeoutNanos, 1, Long.MAX_VALUE / 4096);
        within("datagramBytes", datagramBytes, 256, 65_507);
        within("directBytes", directBytes, 0, Integer.MAX_VALUE);
        within("maxPayloadBytes", maxPayloadBytes, 1, 16 << 20);
        within("maxEntries", maxEntries, 1, 10_000_000);
        within("maxStoreBytes", maxStoreBytes, maxPayloadBytes, Long.MAX_VALUE);
        within("bytesPerPeriod", bytesPerPeriod, maxPayloadBytes, Long.MAX_VALUE / 4096);
    }

    /**
     * Push-pull with one peer per period, quiet, payloads up to 64 KiB, 10,000 entries, 64 MiB kept, 1 MiB a period.
     *
     * @param periodNanos time between two exchanges, nanoseconds; also the time after which a request is repeated
     */
    public static EpidemicSettings of(long periodNanos) {
        return new EpidemicSettings(
                periodNanos,
                1,
                Exchange.PUSH_PULL,
                Activity.QUIET,
                0,
                periodNanos,
                1_200,
                64,
                64 << 10,
                10_000,
                64 << 20,
                Retention.REFUSE_NEW,
                1 << 20);
    }

    /** The same with another fan-out. */
    public EpidemicSettings withFanout(int fanout) {
        return new EpidemicSettings(
                periodNanos,
                fanout,
                exchange,
                activity,
                hotPeriods,
                requestTimeoutNanos,
                datagramBytes,
                directBytes,
                maxPayloadBytes,
                maxEntries,
                maxStoreBytes,
                retention,
                bytesPerPeriod);
    }

    /** The same with another way to exchange. */
    public EpidemicSettings withExchange(Exchange exchange, Activity activity) {
        return new EpidemicSettings(
                periodNanos,
                fanout,
                exchange,
                activity,
                hotPeriods,
                requestTimeoutNanos,
                datagramBytes,
                directBytes,
                maxPayloadBytes,
                maxEntries,
                maxStoreBytes,
                retention,
                bytesPerPeriod);
    }

    /** The same with other times. */
    public EpidemicSettings withTimes(int hotPeriods, long requestTimeoutNanos) {
        return new EpidemicSettings(
                periodNanos,
                fanout,
                exchange,
                activity,
                hotPeriods,
                requestTimeoutNanos,
                datagramBytes,
                directBytes,
                maxPayloadBytes,
                maxEntries,
                maxStoreBytes,
                retention,
                bytesPerPeriod);
    }

    /** The same with other sizes of messages. */
    public EpidemicSettings withSizes(int datagramBytes, int directBytes, int maxPayloadBytes) {
        return new EpidemicSettings(
                periodNanos,
                fanout,
                exchange,
                activity,
                hotPeriods,
                requestTimeoutNanos,
                datagramBytes,
                directBytes,
                maxPayloadBytes,
                maxEntries,
                maxStoreBytes,
                retention,
                bytesPerPeriod);
    }

    /** The same with other limits. */
    public EpidemicSettings withLimits(int maxEntries, long maxStoreBytes, Retention retention, long bytesPerPeriod) {
        return new EpidemicSettings(
                periodNanos,
                fanout,
                exchange,
                activity,
                hotPeriods,
                requestTimeoutNanos,
                datagramBytes,
                directBytes,
                maxPayloadBytes,
                maxEntries,
                maxStoreBytes,
                retention,
                bytesPerPeriod);
    }

    /**
     * For how many periods a node speaks of an entry: as set, or (2 ln n + 4)/K rounded up, at least 2. A node that lacks an
     * entry is missed by one informed node in one period with probability about e^-K/n, so that after this time the
     * chance that anybody lacks it is about e^-4/n without loss, and small at a fifth of packets lost.
     *
     * @param nodes number of nodes, this one included, {@code >= 1}
     */
    public int hotPeriods(int nodes) {
        if (hotPeriods > 0) return hotPeriods;
        return Math.max(2, (int) Math.ceil((2 * Math.log(nodes) + 4) / fanout));
    }

    private static void within(String name, long value, long min, long max) {
        if (value < min || value > max)
            throw new IllegalArgumentException(name + " " + value + " is not in " + min + ".." + max);
    }
}
