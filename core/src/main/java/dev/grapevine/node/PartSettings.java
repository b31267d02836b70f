package dev.grapevine.node;

import dev.grapevine.state.aggregate.AggregateSettings;
import dev.grapevine.topic.TopicAim;

/**
 * What the parts of a node need to know.
 *
 * @param maxPeriodBytes most bytes that the exchange of rumors sends in one of its periods, {@code > 0}
 * @param maxKeptBytes most bytes of messages on topics that are kept for those who lack them, {@code >= 2 MiB}
 * @param stateBytesPerSecond what replicated state may send on average, {@code >= 1024}
 * @param topics what may be spent on topics, and how many are to hear rumors
 * @param aggregates times of aggregates
 * @param keepsState whether {@link dev.grapevine.state.StateEvent.Keep} tells what is to be kept on a disk
 */
public record PartSettings(
        long maxPeriodBytes,
        long maxKeptBytes,
        long stateBytesPerSecond,
        TopicAim topics,
        AggregateSettings aggregates,
        boolean keepsState) {
    /** What is good for most. */
    public static final PartSettings DEFAULT =
            new PartSettings(4L << 20, 32L << 20, 1L << 20, TopicAim.NONE, AggregateSettings.DEFAULT, false);

    public PartSettings {
        if (maxPeriodBytes <= 0)
            throw new IllegalArgumentException("maxPeriodBytes must be positive, not " + maxPeriodBytes);
        if (maxKeptBytes < 2 << 20)
            throw new IllegalArgumentException("maxKeptBytes must be 2 MiB or more, not " + maxKeptBytes);
        if (stateBytesPerSecond < 1024)
            throw new IllegalArgumentException("stateBytesPerSecond must be at least 1024, not " + stateBytesPerSecond);
    }

    /** The same with another memory for topics. */
    public PartSettings withMaxKeptBytes(long bytes) {
        return new PartSettings(maxPeriodBytes, bytes, stateBytesPerSecond, topics, aggregates, keepsState);
    }

    /** The same with another budget for replicated state. */
    public PartSettings withStateBytesPerSecond(long bytes) {
        return new PartSettings(maxPeriodBytes, maxKeptBytes, bytes, topics, aggregates, keepsState);
    }

    /** The same with another aim for topics. */
    public PartSettings withTopics(TopicAim aim) {
        return new PartSettings(maxPeriodBytes, maxKeptBytes, stateBytesPerSecond, aim, aggregates, keepsState);
    }

    /** The same with other times of aggregates. */
    public PartSettings withAggregates(AggregateSettings times) {
        return new PartSettings(maxPeriodBytes, maxKeptBytes, stateBytesPerSecond, topics, times, keepsState);
    }

    /** The same, with or without word of what is to be kept on a disk. */
    public PartSettings withKeepsState(boolean keeps) {
        return new PartSettings(maxPeriodBytes, maxKeptBytes, stateBytesPerSecond, topics, aggregates, keeps);
    }
}
