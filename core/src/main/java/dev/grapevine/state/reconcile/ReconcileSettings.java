package dev.grapevine.state.reconcile;

/**
 * Limits of exchanges.
 *
 * @param timeoutNanos how long the initiator waits for an answer before it asks again, nanoseconds, {@code > 0}
 * @param attempts how often it asks before it gives up, {@code >= 1}
 * @param maxAnswered exchanges that this node answers at the same time, {@code >= 1}; each holds about 1 KB. The oldest gives way
 * @param maxLarge exchanges for which this node holds a copy of its ids, at the same time, {@code >= 1}; each takes 40 bytes an
 *     id and up to {@code 37} bytes a difference. Who asks for one more is told to try later
 * @param maxSymbols coded symbols that this node asks for or makes in one exchange, {@code >= 64}; then ids are listed
 */
public record ReconcileSettings(long timeoutNanos, int attempts, int maxAnswered, int maxLarge, int maxSymbols) {
    /** Two seconds, three attempts, 64 exchanges of which 2 are large, and symbols for a million differences. */
    public static final ReconcileSettings DEFAULT = new ReconcileSettings(2_000_000_000L, 3, 64, 2, 1_500_000);

    /** Checks the ranges stated above. */
    public ReconcileSettings {
        if (timeoutNanos <= 0 || attempts < 1 || maxAnswered < 1 || maxLarge < 1 || maxSymbols < 64)
            throw new IllegalArgumentException(
                    "timeoutNanos " + timeoutNanos + ", attempts " + attempts + ", maxAnswered " + maxAnswered
                            + ", maxLarge " + maxLarge + ", maxSymbols " + maxSymbols + ": too small");
    }
}
