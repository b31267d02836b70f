package dev.grapevine.node;

import dev.grapevine.topic.TopicAim;

/**
 * What the parts of a node need to know.
 *
 * @param maxPeriodBytes most bytes that the exchange of rumors sends in one of its periods, {@code > 0}
 * @param maxKeptBytes most bytes of messages on topics that are kept for those who lack them, {@code >= 2 MiB}
 * @param stateBytesPerSecond what replicated state may send on average, {@code >= 1024}
 * @param topics what may be spent on topics, and how many are to hear rumors
 */
public record PartSettings(long maxPeriodBytes, long maxKeptBytes, long stateBytesPerSecond, TopicAim topics) {
    /** What is good for most. */
    public static final PartSettings DEFAULT = new PartSettings(4L << 20, 32L << 20, 1L << 20, TopicAim.NONE);

    public PartSettings {
        if (maxPeriodBytes <= 0)
            throw new IllegalArgumentException("maxPeriodBytes must be positive, not " + maxPeriodBytes);
        if (maxKeptBytes < 2 << 20)
            throw new IllegalArgumentException("maxKeptBytes must be 2 MiB or more, not " + maxKeptBytes);
        if (stateBytesPerSecond < 1024)
            throw new IllegalArgumentException("stateBytesPerSecond must be at least 1024, not " + stateBytesPerSecond);
    }
}
