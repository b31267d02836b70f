package dev.grapevine.sim;

/**
 * A host's own clock: it started at some moment and may run fast or slow. Exact integer arithmetic, so that no rounding
 * differs between machines.
 */
final class HostClock {
    private static final long BILLION = 1_000_000_000L;

    private long sinceSim;
    private long sinceLocal;
    private long driftPpb;
    private long wallAtStart;

    /** Starts anew at 0, with the drift kept. */
    void restart(long simNanos) {
        wallAtStart += localNanos(simNanos);
        sinceSim = simNanos;
        sinceLocal = 0;
    }

    /** Runs {@code ppb} billionths faster (slower if negative) from now on. */
    void drift(long simNanos, long ppb) {
        if (ppb <= -BILLION / 2 || ppb >= BILLION / 2)
            throw new IllegalArgumentException(
                    "a drift of " + ppb + " ppb: a clock runs between half and one and a half times real time");
        sinceLocal = localNanos(simNanos);
        sinceSim = simNanos;
        driftPpb = ppb;
    }

    /** Nanoseconds since the machine started, as its host counts them. */
    long localNanos(long simNanos) {
        long elapsed = simNanos - sinceSim;
        return sinceLocal + elapsed + (driftPpb == 0 ? 0 : scaled(elapsed));
    }

    /** Nanoseconds that this host's wall clock has counted since the run began, restarts or not. */
    long wallNanos(long simNanos) {
        return wallAtStart + localNanos(simNanos);
    }

    /** The first moment at which {@link #localNanos} is at least {@code localNanos}. */
    long simNanos(long localNanos) {
        if (localNanos == Long.MAX_VALUE) return Long.MAX_VALUE;
        long ahead = localNanos - sinceLocal;
        if (driftPpb == 0) return saturated(ahead);
        if (ahead > Long.MAX_VALUE / 4) return Long.MAX_VALUE;
        long guess = sinceSim + (long) (ahead / (1 + driftPpb / (double) BILLION));
        while (localNanos(guess) < localNanos) guess += Math.max(1, (localNanos - localNanos(guess)) / 2);
        while (guess > sinceSim && localNanos(guess - 1) >= localNanos) guess--;
        return guess;
    }

    private long saturated(long ahead) {
        long at = sinceSim + ahead;
        return ahead > 0 && at < 0 ? Long.MAX_VALUE : at;
    }

    private long scaled(long elapsed) {
        return elapsed / BILLION * driftPpb + elapsed % BILLION * driftPpb / BILLION;
    }
}
