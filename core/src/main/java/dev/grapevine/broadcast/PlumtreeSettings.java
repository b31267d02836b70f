package dev.grapevine.broadcast;

/**
 * @param trees one tree for all senders, or one for each
 * @param graftNanos how long an announced payload may take to come by the tree before it is asked for, nanoseconds,
 *     {@code > 0}; a few times the time from one end of the tree to the other
 * @param regraftNanos how long the next announcer is waited for after that, nanoseconds, {@code > 0}; a round trip and a hop.
 *     So much is added to {@code graftNanos}, too, for each hop of the announcer
 * @param lazyNanos how long announcements are gathered, nanoseconds, {@code >= 0}; well below {@code graftNanos}
 * @param optimizeHops an announcement with at least so many hops less than the tree took moves the link into the tree,
 *     {@code >= 1}; the paper has 3 for one sender and 7 for many
 * @param maxPayloadBytes largest payload, {@code >= 1}
 * @param maxKept payloads kept to serve grafts, {@code >= 1}; the oldest go first
 * @param maxKeptBytes bytes of them, {@code >= maxPayloadBytes}
 * @param maxSeen messages remembered so that they are not delivered twice, {@code >= maxKept}
 * @param maxTrees trees remembered if there is one per sender, {@code >= 1}; the oldest is forgotten and starts as a flood
 */
public record PlumtreeSettings(
        Trees trees,
        long graftNanos,
        long regraftNanos,
        long lazyNanos,
        int optimizeHops,
        int maxPayloadBytes,
        int maxKept,
        long maxKeptBytes,
        int maxSeen,
        int maxTrees) {
    /** Which messages travel the same tree. */
    public enum Trees {
        /** All: the least state; for senders other than the first the tree is deeper. */
        SHARED,
        /** Those of one sender: each tree is as deep as a flood from its sender. */
        PER_SENDER
    }

    public PlumtreeSettings {
        if (graftNanos <= 0 || regraftNanos <= 0 || lazyNanos < 0)
            throw new IllegalArgumentException(
                    "times of " + graftNanos + ", " + regraftNanos + ", " + lazyNanos + " ns");
        if (optimizeHops < 1) throw new IllegalArgumentException("optimizeHops " + optimizeHops + " is not positive");
        if (maxPayloadBytes < 1 || maxKept < 1 || maxKeptBytes < maxPayloadBytes || maxSeen < maxKept || maxTrees < 1)
            throw new IllegalArgumentException("limits of " + maxPayloadBytes + " B, " + maxKept + ", " + maxKeptBytes
                    + " B, " + maxSeen + ", " + maxTrees);
    }

    /** 64 KiB a payload, 1000 of them and 16 MiB kept, 100,000 remembered, 256 trees; optimized at 3 hops, or 7 if shared. */
    public static PlumtreeSettings of(Trees trees, long graftNanos, long regraftNanos, long lazyNanos) {
        int hops = trees == Trees.SHARED ? 7 : 3;
        return new PlumtreeSettings(
                trees, graftNanos, regraftNanos, lazyNanos, hops, 64 << 10, 1_000, 16 << 20, 100_000, 256);
    }
}
