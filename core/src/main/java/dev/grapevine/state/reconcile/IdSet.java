package dev.grapevine.state.reconcile;

import java.util.Arrays;

/**
 * A set of 64-bit ids in unsigned order, with what an exchange needs of it kept up to date: its digest, its sketch and its
 * samples. A store adds the id of every entry (a hash of its key and version, keyed where peers are not trusted) and removes
 * the id of every entry that it replaces or drops.
 *
 * <p>8 to 16 bytes an id. A change costs a binary search, a move of at most 512 ids, and the sketch's 96 products: about two
 * microseconds. Not thread-safe.
 */
public final class IdSet {
    private static final int CHUNK = 512;

    private long[][] chunks = {new long[CHUNK]};
    private int[] sizes = {0};
    private int used = 1;
    private int size;
    private final SetSummary summary = new SetSummary();

    /** How many ids there are. */
    public int size() {
        return size;
    }

    /** Adds an id; returns whether it was not there. */
    public boolean add(long id) {
        int chunk = chunkOf(id);
        int at = find(chunk, id);
        if (at >= 0) return false;
        at = -at - 1;
        if (sizes[chunk] == CHUNK) {
            split(chunk);
            if (at > sizes[chunk]) {
                at -= sizes[chunk];
                chunk++;
            }
        }
        long[] ids = chunks[chunk];
        System.arraycopy(ids, at, ids, at + 1, sizes[chunk] - at);
        ids[at] = id;
        sizes[chunk]++;
        size++;
        summary.added(id);
        return true;
    }

    /** Removes an id; returns whether it was there. */
    public boolean remove(long id) {
        int chunk = chunkOf(id);
        int at = find(chunk, id);
        if (at < 0) return false;
        long[] ids = chunks[chunk];
        System.arraycopy(ids, at + 1, ids, at, --sizes[chunk] - at);
        if (sizes[chunk] == 0 && used > 1) {
            System.arraycopy(chunks, chunk + 1, chunks, chunk, used - chunk - 1);
            System.arraycopy(sizes, chunk + 1, sizes, chunk, used - chunk - 1);
            chunks[--used] = new long[0];
        }
        size--;
        summary.removed(id);
        return true;
    }

    /** Whether {@code id} is in it. */
    public boolean contains(long id) {
        return find(chunkOf(id), id) >= 0;
    }

    /** The ids in {@code first..last}, both included and unsigned, in order; at most the first {@code limit} of them. */
    public long[] within(long first, long last, int limit) {
        long[] found = new long[Math.min(limit, 8)];
        int count = 0;
        int chunk = chunkOf(first);
        int at = find(chunk, first);
        if (at < 0) at = -at - 1;
        for (; chunk < used && count < limit; chunk++, at = 0) {
            for (; at < sizes[chunk] && count < limit; at++) {
                long id = chunks[chunk][at];
                if (Long.compareUnsigned(id, last) > 0) return Arrays.copyOf(found, count);
                if (count == found.length) found = Arrays.copyOf(found, Math.min(limit, 2 * count));
                found[count++] = id;
            }
        }
        return Arrays.copyOf(found, count);
    }

    /** All ids in unsigned order: a copy. */
    public long[] toArray() {
        long[] all = new long[size];
        int at = 0;
        for (int i = 0; i < used; i++) {
            System.arraycopy(chunks[i], 0, all, at, sizes[i]);
            at += sizes[i];
        }
        return all;
    }

    /** What is to be compared with a peer's, as it is now: a copy. */
    public SetSummary summary() {
        return summary.copy();
    }

    /** A digest of the whole set: equal sets have equal digests on all nodes. */
    public long digest() {
        return summary.digest();
    }

    /** The last chunk whose first id is not above {@code id}; the first chunk if there is none. */
    private int chunkOf(long id) {
        int low = 0;
        int high = used - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (Long.compareUnsigned(chunks[middle][0], id) <= 0) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    /** Where {@code id} is in a chunk, or -1 - where it would be. */
    private int find(int chunk, long id) {
        long[] ids = chunks[chunk];
        int low = 0;
        int high = sizes[chunk] - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = Long.compareUnsigned(ids[middle], id);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return -low - 1;
    }

    private void split(int chunk) {
        if (used == chunks.length) {
            chunks = Arrays.copyOf(chunks, used + used / 2 + 1);
            sizes = Arrays.copyOf(sizes, chunks.length);
        }
        System.arraycopy(chunks, chunk + 1, chunks, chunk + 2, used - chunk - 1);
        System.arraycopy(sizes, chunk + 1, sizes, chunk + 2, used - chunk - 1);
        long[] upper = new long[CHUNK];
        int half = CHUNK / 2;
        System.arraycopy(chunks[chunk], half, upper, 0, CHUNK - half);
        chunks[chunk + 1] = upper;
        sizes[chunk + 1] = CHUNK - half;
        sizes[chunk] = half;
        used++;
    }
}
