package dev.grapevine.serf.memberlist;

import dev.grapevine.core.Effects;
import java.util.random.RandomGenerator;

/** The one input being handled: what time it is, where effects go, and the machine's luck. */
public final class Turn {
    private final RandomGenerator random;
    private Effects effects = new Effects();
    private long nowNanos;

    /** A machine's turns; all share one generator. */
    public Turn(RandomGenerator random) {
        this.random = random;
    }

    /** Begins to handle an input. */
    public void begin(long nowNanos, Effects effects) {
        this.nowNanos = nowNanos;
        this.effects = effects;
    }

    /** Nanoseconds since the machine was started. */
    public long nowNanos() {
        return nowNanos;
    }

    /** Where effects go. */
    public Effects effects() {
        return effects;
    }

    /** The machine's generator. */
    public RandomGenerator random() {
        return random;
    }

    /** A moment within the next {@code nanos}, so that nodes started together do not act together. */
    public long soon(long nanos) {
        return nowNanos + random.nextLong(nanos);
    }
}
