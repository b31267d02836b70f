package dev.grapevine.blob;

import dev.grapevine.core.Address;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A blob on its way: what came of it stays when a source fails, and the next one goes on from there. */
final class Fetch {
    final BlobId id;
    final int claimedBytes;
    final List<Address> sources = new ArrayList<>();

    @Nullable
    Address source; // asked now

    byte @Nullable [] hashes;
    byte @Nullable [] @Nullable [] chunks;
    int totalBytes;
    int received;
    int inFlight;
    int timeouts;
    boolean active;

    Fetch(BlobId id, int claimedBytes) {
        this.id = id;
        this.claimedBytes = claimedBytes;
    }

    void manifest(int totalBytes, byte[] hashes) {
        this.totalBytes = totalBytes;
        this.hashes = hashes;
        chunks = new byte[BlobMessage.chunks(totalBytes)][];
    }

    /** Whether these bytes are that chunk. */
    boolean fits(int index, byte[] bytes) {
        byte[] all = hashes;
        if (all == null || index >= all.length / 32) return false;
        int expected = Math.min(BlobMessage.CHUNK_BYTES, totalBytes - index * BlobMessage.CHUNK_BYTES);
        if (bytes.length != expected) return false;
        byte[] hash = BlobId.sha256(bytes, 0, bytes.length);
        return java.util.Arrays.equals(hash, 0, 32, all, 32 * index, 32 * index + 32);
    }

    /** Index of the first chunk that is missing, -1 if none is. */
    int firstMissing() {
        byte[] @Nullable [] all = chunks;
        if (all == null) return 0;
        for (int i = 0; i < all.length; i++) if (all[i] == null) return i;
        return -1;
    }

    byte[] joined() {
        byte[] whole = new byte[totalBytes];
        byte[] @Nullable [] all = chunks;
        if (all == null) throw new IllegalStateException("no chunks of " + id);
        int at = 0;
        for (byte[] chunk : all) {
            if (chunk == null) throw new IllegalStateException("a chunk of " + id + " is missing");
            System.arraycopy(chunk, 0, whole, at, chunk.length);
            at += chunk.length;
        }
        return whole;
    }
}
