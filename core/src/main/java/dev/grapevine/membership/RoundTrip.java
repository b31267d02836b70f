package dev.grapevine.membership;

/**
 * Smoothed round trip and its deviation, and the time-out that follows from them (Jacobson 1988, RFC 6298 §2): smoothed plus four
 * deviations. Kept once for all members; a member that is farther than the rest has its own smoothed value beside it.
 */
final class RoundTrip {
    private long smoothedNanos;
    private long deviationNanos;

    void measured(long nanos) {
        if (smoothedNanos == 0) {
            smoothedNanos = nanos;
            deviationNanos = nanos / 2;
            return;
        }
        deviationNanos += (Math.abs(smoothedNanos - nanos) - deviationNanos) / 4;
        smoothedNanos += (nanos - smoothedNanos) / 8;
    }

    /** Time to wait for an answer, within the bounds; {@code memberNanos} is that member's own value, 0 if unknown. */
    long timeoutNanos(long memberNanos, long minNanos, long maxNanos) {
        if (smoothedNanos == 0) return maxNanos;
        long expected = Math.max(smoothedNanos, memberNanos) + 4 * deviationNanos;
        return Math.max(minNanos, Math.min(maxNanos, expected));
    }

    /** One eighth of the way from {@code old} to {@code sample}; {@code old} 0 means none. */
    static int smooth(int oldMicros, long sampleNanos) {
        int sample = (int) Math.min(Integer.MAX_VALUE, sampleNanos / 1000);
        return oldMicros == 0 ? Math.max(1, sample) : Math.max(1, oldMicros + (sample - oldMicros) / 8);
    }
}
