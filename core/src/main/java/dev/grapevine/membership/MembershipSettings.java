package dev.grapevine.membership;

/**
 * Times and limits of membership. Start from a profile and change what must differ.
 *
 * @param probeNanos one member is probed in each such period (SWIM's T'). lan 1 s: Serf's value, 1.58 periods to detection
 * @param minProbeTimeoutNanos least wait for a direct answer. lan 200 ms: above scheduling noise of a busy machine
 * @param maxProbeTimeoutNanos most wait, also before a round trip is known. lan 500 ms: half the period
 * @param indirectProbes relays asked when a direct probe fails (k). 3: at 10 % loss one probe in 130 fails falsely
 * @param gossipNanos least time between two gossip rounds while there is news. lan 200 ms
 * @param gossipFanout peers told per round (K). 3
 * @param retransmit each update is sent {@code retransmit * ceil(log10(N+1))} times. 4: theory §1.8
 * @param suspicionNanos least suspicion at N &le; 10, times log10(N) above. lan 400 ms: a refutation needs a few round trips
 * @param suspicionStretch longest suspicion as a multiple of the least, while nobody confirms (Lifeguard's beta). 6
 * @param confirmations independent accusers beyond the first at which suspicion is shortest (Lifeguard's K). 3
 * @param maxLocalHealth top of the local health score; probing slows by up to one more than this. 8
 * @param syncNanos least time between two synchronisations that this node starts. lan 1 s
 * @param syncBytes most bytes of bodies that one request for synchronisation is answered with. 11 kB: eight packets
 * @param stormShare share of the view that may turn suspect within {@code stormNanos} before removals stop, 0 to 1. 0.3
 * @param stormMinimum members that must be suspect at least for a storm. 8: small clusters lose a third in one crash
 * @param stormNanos window of the storm brake; it ends when no suspicion began for that long. lan 5 s
 * @param seedNanos first wait before a silent seed is asked again; doubles up to 64 times that. lan 1 s
 * @param rememberLeftNanos how long a member that left stays known, so that stale news cannot bring it back. 10 min
 * @param maxFailed failed members kept; beyond, the one longest failed is forgotten with an event. 10,000
 */
public record MembershipSettings(
        long probeNanos,
        long minProbeTimeoutNanos,
        long maxProbeTimeoutNanos,
        int indirectProbes,
        long gossipNanos,
        int gossipFanout,
        int retransmit,
        long suspicionNanos,
        int suspicionStretch,
        int confirmations,
        int maxLocalHealth,
        long syncNanos,
        int syncBytes,
        double stormShare,
        int stormMinimum,
        long stormNanos,
        long seedNanos,
        long rememberLeftNanos,
        int maxFailed) {
    private static final int BURST = 64;
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;

    /** Profiles by the network they suit. */
    public enum Profile {
        /** Nodes of one machine: short times, for tests and demonstrations. */
        LOCAL,
        /** One data centre: round trips of milliseconds. */
        LAN,
        /** Across the internet: round trips of up to half a second. */
        WAN
    }

    public MembershipSettings {
        positive("probeNanos", probeNanos);
        positive("minProbeTimeoutNanos", minProbeTimeoutNanos);
        if (maxProbeTimeoutNanos < minProbeTimeoutNanos)
            throw new IllegalArgumentException("maxProbeTimeoutNanos is below minProbeTimeoutNanos");
        range("indirectProbes", indirectProbes, 0, 16);
        positive("gossipNanos", gossipNanos);
        range("gossipFanout", gossipFanout, 1, 32);
        range("retransmit", retransmit, 1, 32);
        positive("suspicionNanos", suspicionNanos);
        range("suspicionStretch", suspicionStretch, 1, 64);
        range("confirmations", confirmations, 0, 16);
        range("maxLocalHealth", maxLocalHealth, 0, 64);
        positive("syncNanos", syncNanos);
        range("syncBytes", syncBytes, 1_000, 1 << 20);
        if (!(stormShare > 0 && stormShare <= 1))
            throw new IllegalArgumentException("stormShare " + stormShare + " is not in (0, 1]");
        range("stormMinimum", stormMinimum, 1, Integer.MAX_VALUE);
        positive("stormNanos", stormNanos);
        positive("seedNanos", seedNanos);
        positive("rememberLeftNanos", rememberLeftNanos);
        range("maxFailed", maxFailed, 1, Integer.MAX_VALUE);
    }

    /** The settings that suit a network. */
    public static MembershipSettings of(Profile profile) {
        return switch (profile) {
            case LOCAL ->
                new MembershipSettings(
                        300 * MS,
                        100 * MS,
                        150 * MS,
                        3,
                        50 * MS,
                        3,
                        4,
                        200 * MS,
                        6,
                        3,
                        8,
                        200 * MS,
                        11_200,
                        0.3,
                        8,
                        2 * SECOND,
                        200 * MS,
                        60 * SECOND,
                        10_000);
            case LAN ->
                new MembershipSettings(
                        SECOND,
                        200 * MS,
                        500 * MS,
                        3,
                        200 * MS,
                        3,
                        4,
                        400 * MS,
                        6,
                        3,
                        8,
                        SECOND,
                        11_200,
                        0.3,
                        8,
                        5 * SECOND,
                        SECOND,
                        600 * SECOND,
                        10_000);
            case WAN ->
                new MembershipSettings(
                        3 * SECOND,
                        500 * MS,
                        2 * SECOND,
                        3,
                        500 * MS,
                        4,
                        4,
                        2 * SECOND,
                        6,
                        3,
                        8,
                        3 * SECOND,
                        11_200,
                        0.3,
                        8,
                        15 * SECOND,
                        3 * SECOND,
                        1_800 * SECOND,
                        10_000);
        };
    }

    /** Least suspicion in a cluster of {@code members}, nanoseconds. */
    public long minSuspicionNanos(int members) {
        return (long) (suspicionNanos * Math.max(1, Math.log10(Math.max(1, members))));
    }

    /** How often each update is sent in a cluster of {@code members}: memberlist's rule, theory §1.8. */
    public int transmissions(int members) {
        return retransmit * Math.max(1, (int) Math.ceil(Math.log10(members + 1.0)));
    }

    /**
     * The same while {@code queued} updates wait: a burst (a healed partition, a mass restart) is told less often than single news,
     * down to {@link #retransmit} times, since the comparison of tables mends what that misses.
     */
    public int transmissions(int members, int queued) {
        int full = transmissions(members);
        return queued <= BURST ? full : Math.max(retransmit, (int) ((long) full * BURST / queued));
    }

    private static void positive(String name, long value) {
        if (value <= 0) throw new IllegalArgumentException(name + " must be positive, not " + value);
    }

    private static void range(String name, long value, long min, long max) {
        if (value < min || value > max)
            throw new IllegalArgumentException(name + " " + value + " is not in " + min + ".." + max);
    }
}
