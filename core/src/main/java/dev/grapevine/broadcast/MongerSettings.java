package dev.grapevine.broadcast;

/**
 * Which of Demers' rumor mongers {@link RumorMonger} is.
 *
 * @param periodNanos one cycle, nanoseconds, {@code > 0}
 * @param fanout distinct random peers called per cycle, {@code 1..32}; the paper has 1
 * @param direction who tells whom in a call
 * @param interest what makes a node lose interest
 * @param loss how it loses interest
 * @param k how patient it is, {@code 1..1000}
 * @param reset a rumor that was news to somebody in a cycle starts counting anew (counter with feedback only); the paper's
 *     Tables 1 and 3 need it
 * @param minimize when both parties of a call know a rumor, only the smaller counter grows, both if they are equal (push-pull
 *     with feedback and counter only)
 * @param maxKnown rumors remembered, hot and cold, {@code 1..10000000}; the cold ones learned longest ago are forgotten
 *     beyond that, and would be news again
 * @param maxPayloadBytes largest rumor, {@code >= 0}
 */
public record MongerSettings(
        long periodNanos,
        int fanout,
        Direction direction,
        Interest interest,
        Loss loss,
        int k,
        boolean reset,
        boolean minimize,
        int maxKnown,
        int maxPayloadBytes) {
    /** Who tells whom. */
    public enum Direction {
        PUSH,
        PULL,
        PUSH_PULL;

        boolean pushes() {
            return this != PULL;
        }

        boolean pulls() {
            return this != PUSH;
        }
    }

    /** What makes a node lose interest. */
    public enum Interest {
        /** Telling, whether it was news or not. */
        BLIND,
        /** Telling somebody who knew. */
        FEEDBACK
    }

    /** How a node loses interest. */
    public enum Loss {
        /** Each time with probability 1/k. */
        COIN,
        /** The k-th time. */
        COUNTER
    }

    public MongerSettings {
        if (periodNanos <= 0) throw new IllegalArgumentException("periodNanos " + periodNanos + " is not positive");
        if (fanout < 1 || fanout > 32) throw new IllegalArgumentException("fanout " + fanout + " is not in 1..32");
        if (k < 1 || k > 1000) throw new IllegalArgumentException("k " + k + " is not in 1..1000");
        if (reset && (interest == Interest.BLIND || loss == Loss.COIN))
            throw new IllegalArgumentException("only a counter with feedback can be reset");
        if (minimize && (direction != Direction.PUSH_PULL || interest == Interest.BLIND || loss == Loss.COIN))
            throw new IllegalArgumentException("only push-pull with feedback and counter can be minimized");
        if (maxKnown < 1 || maxKnown > 10_000_000)
            throw new IllegalArgumentException("maxKnown " + maxKnown + " is not in 1..10000000");
        if (maxPayloadBytes < 0)
            throw new IllegalArgumentException("maxPayloadBytes " + maxPayloadBytes + " is negative");
    }

    /** One peer per cycle, no minimization, 10,000 rumors of at most 64 KiB; the counter with feedback is reset. */
    public static MongerSettings of(long periodNanos, Direction direction, Interest interest, Loss loss, int k) {
        boolean reset = interest == Interest.FEEDBACK && loss == Loss.COUNTER;
        return new MongerSettings(periodNanos, 1, direction, interest, loss, k, reset, false, 10_000, 64 << 10);
    }

    /** The same with these refinements. */
    public MongerSettings withRefinements(boolean reset, boolean minimize) {
        return new MongerSettings(
                periodNanos, fanout, direction, interest, loss, k, reset, minimize, maxKnown, maxPayloadBytes);
    }

    /** The same with these limits. */
    public MongerSettings withLimits(int maxKnown, int maxPayloadBytes) {
        return new MongerSettings(
                periodNanos, fanout, direction, interest, loss, k, reset, minimize, maxKnown, maxPayloadBytes);
    }
}
