package dev.grapevine.serf.memberlist;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A running suspicion. Its timeout starts high and falls with each further accuser (Dadgar et al., "Lifeguard", 2017,
 * LHA-Suspicion). Source: hashicorp/memberlist, suspicion.go and util.go.
 */
final class Suspicion {
    private static final long MILLI = 1_000_000L;

    private final Set<String> accusers = new LinkedHashSet<>();
    private final int expected;
    private final long minNanos;
    private final long maxNanos;
    private long startNanos;

    /**
     * Begins at {@code startNanos} with one accuser.
     *
     * @param expected further accusers at which the minimum is reached, {@code >= 0}
     */
    Suspicion(String accuser, int expected, long minNanos, long maxNanos, long startNanos) {
        this.accusers.add(accuser);
        this.expected = Math.max(0, expected);
        this.minNanos = minNanos;
        this.maxNanos = maxNanos;
        this.startNanos = startNanos;
    }

    /** Counts a further accuser; false if that is no news. */
    boolean confirm(String accuser) {
        if (accusers.size() - 1 >= expected) return false;
        return accusers.add(accuser);
    }

    List<String> accusers() {
        return List.copyOf(accusers);
    }

    long startNanos() {
        return startNanos;
    }

    /** Time in which we did not run does not count against the suspect. */
    void postpone(long nanos) {
        startNanos += nanos;
    }

    long deadlineNanos() {
        return startNanos + timeoutNanos(accusers.size() - 1, expected, minNanos, maxNanos);
    }

    /**
     * How long a suspect may stay silent.
     *
     * @param confirmations accusers beyond the first, {@code >= 0}
     * @param expected confirmations at which the minimum is reached; {@code 0}: the minimum at once
     * @return nanoseconds counted from the first suspicion, whole milliseconds unless it is the minimum
     */
    static long timeoutNanos(int confirmations, int expected, long minNanos, long maxNanos) {
        if (expected < 1) return minNanos;
        double fraction = Math.log(confirmations + 1.0) / Math.log(expected + 1.0);
        double raw = maxNanos / 1e9 - fraction * (maxNanos / 1e9 - minNanos / 1e9);
        return Math.max(minNanos, (long) Math.floor(raw * 1000) * MILLI);
    }

    /**
     * The minimum for a cluster of {@code n} nodes in any state.
     *
     * @return nanoseconds
     */
    static long minNanos(int mult, int n, long probeNanos) {
        double scale = Math.max(1.0, Math.log10(Math.max(1.0, n)));
        return mult * (long) (scale * 1000) * probeNanos / 1000;
    }
}
