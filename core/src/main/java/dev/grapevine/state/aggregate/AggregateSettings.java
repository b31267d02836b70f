package dev.grapevine.state.aggregate;

/**
 * @param cycleNanos each node averages with one random peer in every such time, nanoseconds, {@code > 0}
 * @param cyclesPerEpoch after so many cycles all begin anew with their values of then, {@code >= 4}: about log3 of the nodes to
 *     agree on the leader, and 2 for each decimal place of the result
 * @param retryNanos an offer without an answer is sent again after this, nanoseconds, {@code > 0}
 * @param attempts how often an offer is sent, {@code >= 1}
 * @param maxNames aggregates that this node takes part in, {@code >= 1}
 */
public record AggregateSettings(long cycleNanos, int cyclesPerEpoch, long retryNanos, int attempts, int maxNames) {
    /** A cycle takes 500 ms, an epoch 30 cycles; offers are sent up to 12 times, 150 ms apart: one in 30,000 is in vain at 20 % loss. */
    public static final AggregateSettings DEFAULT = new AggregateSettings(500_000_000L, 30, 150_000_000L, 12, 64);

    /** The same with another cycle and another number of them in an epoch; offers are repeated 12 times in 3.6 cycles. */
    public AggregateSettings withEpoch(long nanosPerCycle, int cycles) {
        return new AggregateSettings(nanosPerCycle, cycles, Math.max(1, nanosPerCycle * 3 / 10), attempts, maxNames);
    }

    /** Checks the ranges stated above. */
    public AggregateSettings {
        if (cycleNanos <= 0 || cyclesPerEpoch < 4 || retryNanos <= 0 || attempts < 1 || maxNames < 1)
            throw new IllegalArgumentException(
                    "cycleNanos " + cycleNanos + ", cyclesPerEpoch " + cyclesPerEpoch + ", retryNanos " + retryNanos
                            + ", attempts " + attempts + ", maxNames " + maxNames + ": too small");
    }
}
