package dev.grapevine.serf;

/**
 * A logical clock (Lamport, 1978). Values at or above 2^62 are refused, since a clock that a stranger drove to its end could
 * never order anything again.
 */
final class LamportClock {
    private static final long LIMIT = 1L << 62;

    private long time;

    /** Whether a value from the wire can be a time. */
    static boolean isSane(long lTime) {
        return lTime >= 0 && lTime < LIMIT;
    }

    long time() {
        return time;
    }

    /** Moves on by one and returns the value before. */
    long increment() {
        return time++;
    }

    /** Moves past {@code seen}, which must be {@link #isSane}. */
    void witness(long seen) {
        if (seen >= time) time = seen + 1;
    }
}
