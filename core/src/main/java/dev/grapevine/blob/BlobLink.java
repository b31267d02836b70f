package dev.grapevine.blob;

import dev.grapevine.blob.BlobMessage.Offer;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One neighbour: what it is known to have, what is to be announced to it, and the comparison that is under way. */
final class BlobLink {
    private static final int MAX_KNOWN = 4096;
    private static final int FAILURES_TO_BAN = 3;
    static final long BAN_NANOS = 60_000_000_000L;

    final boolean flooded;
    final Map<BlobId, Offer> queue = new LinkedHashMap<>(); // to announce
    Map<Integer, Offer> set = new LinkedHashMap<>(); // to reconcile, by short id

    @Nullable
    Map<Integer, Offer> snapshot; // of a comparison that is under way

    boolean asked; // we began that comparison
    long sinceNanos; // of it
    long comparedNanos = Long.MIN_VALUE; // the newest one
    double q = 0.25;
    int snapshotPeerSize;
    int offers; // announced by it and not here yet
    int failures;
    long bannedUntilNanos = Long.MIN_VALUE;
    private final Set<BlobId> known = new LinkedHashSet<>();

    BlobLink(boolean flooded) {
        this.flooded = flooded;
    }

    void know(BlobId id) {
        if (known.add(id) && known.size() > MAX_KNOWN)
            known.remove(known.iterator().next());
        queue.remove(id);
    }

    boolean knows(BlobId id) {
        return known.contains(id);
    }

    /** It did not deliver what it announced, or something else. */
    void failed(long nowNanos) {
        if (++failures < FAILURES_TO_BAN) return;
        failures = 0;
        bannedUntilNanos = nowNanos + BAN_NANOS;
    }

    boolean isBanned(long nowNanos) {
        return nowNanos < bannedUntilNanos;
    }
}
