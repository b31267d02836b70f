package dev.grapevine.node;

/**
 * What the parts of a node need to know.
 *
 * @param maxPeriodBytes most bytes that the exchange of rumors sends in one of its periods, {@code > 0}
 */
public record PartSettings(long maxPeriodBytes) {
    /** What is good for most. */
    public static final PartSettings DEFAULT = new PartSettings(4L << 20);

    public PartSettings {
        if (maxPeriodBytes <= 0)
            throw new IllegalArgumentException("maxPeriodBytes must be positive, not " + maxPeriodBytes);
    }
}
