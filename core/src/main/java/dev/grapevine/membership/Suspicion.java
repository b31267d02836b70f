package dev.grapevine.membership;

import java.util.ArrayList;
import java.util.List;

/**
 * A suspicion that is running. Lifeguard (Dadgar et al. 2018, "LHA-Suspicion"): it starts long and shrinks with every
 * independent accuser, so that a lone, maybe sick, accuser waits.
 */
final class Suspicion {
    private final long startedNanos;
    private final List<String> accusers = new ArrayList<>();
    private final List<Observation> observations = new ArrayList<>();
    private boolean held;

    Suspicion(String accuser, long startedNanos, List<Observation> observations) {
        this.startedNanos = startedNanos;
        accusers.add(accuser);
        observed(observations);
    }

    /** Counts an accuser; false if it is known or enough are, so that the news need not travel on. */
    boolean confirm(String accuser, int expected) {
        if (accusers.size() > expected || accusers.contains(accuser)) return false;
        accusers.add(accuser);
        return true;
    }

    boolean hasAccuser(String name) {
        return accusers.contains(name);
    }

    /** When it runs out, nanoseconds on this node's clock. */
    long deadlineNanos(int expected, long minNanos, long maxNanos) {
        return startedNanos + timeoutNanos(accusers.size() - 1, expected, minNanos, maxNanos);
    }

    /** Adds what this node saw itself, the latest kept. */
    final void observed(List<Observation> more) {
        observations.addAll(more);
        if (observations.size() > Message.Verdict.MAX_PROBES)
            observations
                    .subList(0, observations.size() - Message.Verdict.MAX_PROBES)
                    .clear();
    }

    List<Observation> observations() {
        return observations;
    }

    String accuser() {
        return accusers.get(0);
    }

    List<String> confirmers() {
        return accusers.subList(1, accusers.size());
    }

    long startedNanos() {
        return startedNanos;
    }

    /** Whether the storm brake or a pause kept it from running out: it then needs a fresh probe. */
    boolean held() {
        return held;
    }

    void hold() {
        held = true;
    }

    /**
     * How long a suspect may stay silent before it is declared dead.
     *
     * @param confirmations distinct accusers beyond the first, {@code >= 0}
     * @param expected confirmations at which the minimum is reached, {@code >= 0}; 0 gives the minimum at once
     * @param minNanos lower bound, nanoseconds, {@code > 0}
     * @param maxNanos upper bound, nanoseconds, {@code >= minNanos}
     * @return nanoseconds counted from the first suspicion, within {@code [minNanos, maxNanos]}
     * @throws IllegalArgumentException if an argument is outside the range given above
     */
    static long timeoutNanos(int confirmations, int expected, long minNanos, long maxNanos) {
        if (confirmations < 0 || expected < 0 || minNanos <= 0 || maxNanos < minNanos)
            throw new IllegalArgumentException(confirmations + ", " + expected + ", " + minNanos + ", " + maxNanos);
        if (confirmations >= expected) return minNanos;
        double share = Math.log(confirmations + 1.0) / Math.log(expected + 1.0);
        return Math.max(minNanos, (long) (maxNanos - (maxNanos - minNanos) * share));
    }
}
