package dev.grapevine.serf.memberlist;

/**
 * The tunables of memberlist. All durations in nanoseconds, {@code > 0}. Source: hashicorp/memberlist, config.go.
 *
 * @param streamTimeoutNanos how long one stream exchange may take
 * @param indirectChecks helpers asked when a direct probe stays unanswered, {@code >= 0}
 * @param retransmitMult each message is sent this often times ceil(log10(n + 1)), {@code >= 1}
 * @param suspicionMult lower bound of a suspicion in probe intervals, times log10(n), {@code >= 1}
 * @param suspicionMaxMult upper bound of a suspicion in lower bounds, {@code >= 1}
 * @param pushPullNanos pause between two full exchanges in a cluster of up to 32 nodes
 * @param probeNanos pause between two probes
 * @param probeTimeoutNanos how long a direct probe may stay unanswered, {@code <= probeNanos}
 * @param awarenessMax the health score stays below this, {@code >= 1}
 * @param gossipNanos pause between two rounds of gossip
 * @param gossipNodes peers told in one round, {@code >= 0}
 * @param gossipToTheDeadNanos how long dead nodes are still told, and kept in the table
 * @param deadNodeReclaimNanos a name dead for longer may come back at another address; {@code 0}: only once it is reaped
 */
public record Timings(
        long streamTimeoutNanos,
        int indirectChecks,
        int retransmitMult,
        int suspicionMult,
        int suspicionMaxMult,
        long pushPullNanos,
        long probeNanos,
        long probeTimeoutNanos,
        int awarenessMax,
        long gossipNanos,
        int gossipNodes,
        long gossipToTheDeadNanos,
        long deadNodeReclaimNanos) {
    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;

    /** For one data centre. */
    public static final Timings LAN =
            new Timings(10 * SECOND, 3, 4, 4, 6, 30 * SECOND, SECOND, 500 * MILLI, 8, 200 * MILLI, 3, 30 * SECOND, 0);

    /** For links over long distances. */
    public static final Timings WAN = new Timings(
            30 * SECOND, 3, 4, 6, 6, 60 * SECOND, 5 * SECOND, 3 * SECOND, 8, 500 * MILLI, 4, 60 * SECOND, 0);

    /** For nodes on one machine. */
    public static final Timings LOCAL =
            new Timings(SECOND, 1, 2, 3, 6, 15 * SECOND, SECOND, 200 * MILLI, 8, 100 * MILLI, 3, 15 * SECOND, 0);

    /** The same with another {@link #deadNodeReclaimNanos}. */
    public Timings withDeadNodeReclaimNanos(long nanos) {
        return new Timings(
                streamTimeoutNanos,
                indirectChecks,
                retransmitMult,
                suspicionMult,
                suspicionMaxMult,
                pushPullNanos,
                probeNanos,
                probeTimeoutNanos,
                awarenessMax,
                gossipNanos,
                gossipNodes,
                gossipToTheDeadNanos,
                nanos);
    }

    /** Checks the ranges. */
    public Timings {
        if (streamTimeoutNanos <= 0
                || pushPullNanos <= 0
                || probeNanos <= 0
                || probeTimeoutNanos <= 0
                || gossipNanos <= 0
                || gossipToTheDeadNanos <= 0
                || deadNodeReclaimNanos < 0) throw new IllegalArgumentException("a duration is out of range");
        if (probeTimeoutNanos > probeNanos)
            throw new IllegalArgumentException("a probe may not time out after the next one");
        if (indirectChecks < 0
                || gossipNodes < 0
                || retransmitMult < 1
                || suspicionMult < 1
                || suspicionMaxMult < 1
                || awarenessMax < 1) throw new IllegalArgumentException("a count is out of range");
    }
}
