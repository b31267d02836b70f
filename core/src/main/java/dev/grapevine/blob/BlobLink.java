package dev.grapevine.blob;

import dev.grapevine.blob.BlobMessage.Offer;
import dev.grapevine.blob.BlobMessage.Reconciled;
import dev.grapevine.state.reconcile.PinSketch;
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
    Map<BlobId, Offer> set = new LinkedHashMap<>(); // to reconcile

    @Nullable
    Map<Integer, Offer> snapshot; // of a comparison that is under way, by short id

    @Nullable
    PinSketch sketch; // what came of it, where one did not suffice

    @Nullable
    Reconciled verdict; // of the newest comparison that we began

    int tries; // to go on with it
    int capacity; // of the sketch that we sent
    int peerSalt; // of the other side, as it said in that comparison
    boolean asked; // we began that comparison
    long sinceNanos; // of it
    long comparedNanos = Long.MIN_VALUE; // the newest one
    double q = 0.25;
    int offers; // announced by it and not here yet
    int named; // by short ids, and not here yet
    int asking; // for as many at the moment
    int failures;
    long distanceNanos = Long.MAX_VALUE; // the newest round trip; as far as can be while unknown
    long bannedUntilNanos = Long.MIN_VALUE;
    private final Set<BlobId> known = new LinkedHashSet<>();
    private final LinkedHashMap<Integer, BlobId> told = new LinkedHashMap<>(); // what the peer may ask for by these

    BlobLink(boolean flooded) {
        this.flooded = flooded;
    }

    void know(BlobId id) {
        if (known.add(id) && known.size() > MAX_KNOWN)
            known.remove(known.iterator().next());
        queue.remove(id);
    }

    void tell(int shortId, BlobId id) {
        told.put(shortId, id);
        if (told.size() > MAX_KNOWN) told.pollFirstEntry();
    }

    @Nullable
    BlobId told(int shortId) {
        return told.get(shortId);
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
