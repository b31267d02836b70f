package dev.grapevine.blob;

/**
 * Times and limits of blobs.
 *
 * @param trickleNanos mean time that announcements are gathered, nanoseconds, {@code > 0}
 * @param requestNanos how long a source may say nothing before another is asked, nanoseconds, {@code > 0}
 * @param reconcileNanos time between comparisons of what was not announced, nanoseconds, {@code > 0}
 * @param floodLinks links on which everything is announced; on the others differences are found by reconciliation, {@code >= 0}; a
 *     node's own are announced on two links at least
 * @param maxStoreBytes bytes of whole blobs that are kept, {@code >= 64 MiB}; the oldest go first
 * @param maxFetchBytes bytes of blobs on their way at once, {@code >= 64 MiB}
 * @param maxOffers announced blobs per link that this node may not have yet; more are not heard
 */
public record BlobSettings(
        long trickleNanos,
        long requestNanos,
        long reconcileNanos,
        int floodLinks,
        long maxStoreBytes,
        long maxFetchBytes,
        int maxOffers) {
    public BlobSettings {
        if (trickleNanos <= 0 || requestNanos <= 0 || reconcileNanos <= 0)
            throw new IllegalArgumentException(
                    "times of " + trickleNanos + ", " + requestNanos + ", " + reconcileNanos + " ns");
        if (floodLinks < 0 || maxOffers < 1)
            throw new IllegalArgumentException("limits of " + floodLinks + " links, " + maxOffers + " offers");
        if (maxStoreBytes < BlobMessage.MAX_BYTES || maxFetchBytes < BlobMessage.MAX_BYTES)
            throw new IllegalArgumentException("less than one blob of " + BlobMessage.MAX_BYTES + " bytes");
    }

    /** For one data centre: 100 ms, 2 s, 1 s; all links compare, 128 MiB kept, 64 MiB under way, 1000 offers. */
    public static final BlobSettings LAN =
            new BlobSettings(100_000_000, 2_000_000_000, 1_000_000_000, 0, 128 << 20, 64 << 20, 1_000);

    /** The same with announcements on so many links. */
    public BlobSettings withFlood(int links) {
        return new BlobSettings(
                trickleNanos, requestNanos, reconcileNanos, links, maxStoreBytes, maxFetchBytes, maxOffers);
    }
}
