package dev.grapevine.store;

import java.time.Duration;

/**
 * When what was written is forced to the disk. A process that is killed loses nothing that was written, forced or not; a
 * machine that loses power loses what was not forced.
 *
 * @param afterNanos at the latest so long after it was written; 0 forces every batch before it counts as stored
 */
public record Sync(long afterNanos) {
    /** Every batch is forced before it counts as stored. */
    public static final Sync ALWAYS = new Sync(0);

    /** Never forced but when a snapshot is written: left to the system. */
    public static final Sync NEVER = new Sync(Long.MAX_VALUE);

    /** Forced at most so much later, {@code > 0}. */
    public static Sync within(Duration delay) {
        if (delay.isNegative() || delay.isZero())
            throw new IllegalArgumentException("the delay must be positive, not " + delay);
        return new Sync(delay.toNanos());
    }

    /** Checks the range stated above. */
    public Sync {
        if (afterNanos < 0) throw new IllegalArgumentException("afterNanos must not be negative: " + afterNanos);
    }
}
