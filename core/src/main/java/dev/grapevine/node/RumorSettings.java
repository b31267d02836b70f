package dev.grapevine.node;

/**
 * How rumors spread.
 *
 * @param periodNanos one exchange with {@code fanout} random members in each, nanoseconds, {@code > 0}
 * @param fanout members contacted per period (K), {@code 1..32}
 * @param direction who gives news to whom in an exchange
 * @param always true to exchange in every period for ever; false to be silent when nothing is new
 */
public record RumorSettings(long periodNanos, int fanout, Direction direction, boolean always) {
    /** Who gives news to whom. */
    public enum Direction {
        /** The caller offers what it has. */
        PUSH,
        /** The caller asks for what it lacks. */
        PULL,
        /** Both. */
        PUSH_PULL
    }

    public RumorSettings {
        if (periodNanos <= 0) throw new IllegalArgumentException("periodNanos must be positive, not " + periodNanos);
        if (fanout < 1 || fanout > 32) throw new IllegalArgumentException("fanout " + fanout + " is not in 1..32");
    }
}
