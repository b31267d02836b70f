package dev.grapevine.state.reconcile;

import java.util.Arrays;

/**
 * Reads the difference between this node's set and a peer's out of the peer's coded symbols, as they come: subtracts its own,
 * then peels. A symbol of exactly one id gives that id away, which is then taken out of all others, which makes more such
 * symbols. All is read as soon as symbol 0, in which every id is, is empty.
 *
 * <p>An id is believed only if its keyed checksum fits and it maps to the symbol that it was found in. Hostile symbols can make
 * it read ids that are nobody's, at most as many as there are symbols; it changes nothing but itself. Not thread-safe.
 */
final class RatelessDecoder {
    private final RatelessEncoder own;
    private final SipKey key;
    private long[] sums = new long[64];
    private int[] checks = new int[64];
    private int[] counts = new int[64];
    private int received;

    private long[] found = new long[64]; // their side in foundCounts: +1 the peer's, -1 ours
    private byte[] foundCounts = new byte[64];
    private long[] foundLuck = new long[64];
    private int[] foundNext = new int[64];
    private int foundSize;
    private int[] pure = new int[64];
    private int pureSize;
    private boolean hopeless;

    /** @param ids this node's; not copied */
    RatelessDecoder(long[] ids, SipKey key) {
        this.own = new RatelessEncoder(ids, key);
        this.key = key;
    }

    /** How many symbols it has: it wants the one of this index next. */
    int received() {
        return received;
    }

    /** Whether the whole difference is known. */
    boolean isComplete() {
        return received > 0 && !hopeless && sums[0] == 0 && checks[0] == 0 && counts[0] == 0;
    }

    /** Whether more was read than symbols can hold: the peer's symbols are no set's. */
    boolean isHopeless() {
        return hopeless;
    }

    /**
     * Takes the peer's next symbols.
     *
     * @throws IllegalArgumentException if they do not begin at {@link #received()}
     */
    void add(CodedSymbols theirs) {
        if (theirs.from != received)
            throw new IllegalArgumentException("symbols from " + theirs.from + ", wanted from " + received);
        int start = received;
        int end = received + theirs.size();
        CodedSymbols ours = own.next(theirs.size());
        grow(end);
        for (int i = start; i < end; i++) {
            sums[i] = theirs.sums[i - start] ^ ours.sums[i - start];
            checks[i] = theirs.checks[i - start] ^ ours.checks[i - start];
            counts[i] = theirs.counts[i - start] - ours.counts[i - start];
        }
        received = end;
        for (int f = 0; f < foundSize; f++) takeOut(f);
        for (int i = start; i < end; i++) if (mayBePure(i)) push(i);
        peel();
    }

    private void peel() {
        while (pureSize > 0 && !hopeless) {
            int at = pure[--pureSize];
            if (!mayBePure(at)) continue; // emptied since
            long id = sums[at];
            long hash = key.hash(id);
            if (checks[at] != RatelessEncoder.check(hash) || !RatelessEncoder.contains(hash, at)) continue;
            if (foundSize >= received) {
                hopeless = true;
                return;
            }
            if (foundSize == found.length) {
                int more = 2 * foundSize;
                found = Arrays.copyOf(found, more);
                foundCounts = Arrays.copyOf(foundCounts, more);
                foundLuck = Arrays.copyOf(foundLuck, more);
                foundNext = Arrays.copyOf(foundNext, more);
            }
            found[foundSize] = id;
            foundCounts[foundSize] = (byte) counts[at];
            foundLuck[foundSize] = hash;
            foundNext[foundSize] = 0;
            takeOut(foundSize++);
        }
    }

    private boolean mayBePure(int at) {
        return counts[at] == 1 || counts[at] == -1;
    }

    private void push(int at) {
        if (pureSize == pure.length) pure = Arrays.copyOf(pure, 2 * pureSize);
        pure[pureSize++] = at;
    }

    /** Takes found id {@code f} out of the symbols received that it has not been taken out of. */
    private void takeOut(int f) {
        int index = foundNext[f];
        if (index >= received) return;
        long id = found[f];
        int count = foundCounts[f];
        long random = foundLuck[f];
        int check = RatelessEncoder.check(key.hash(id));
        do {
            sums[index] ^= id;
            checks[index] ^= check;
            counts[index] -= count;
            if (mayBePure(index)) push(index);
            random = RatelessEncoder.nextLuck(random);
            index = RatelessEncoder.nextIndex(index, random);
        } while (index < received);
        foundNext[f] = index;
        foundLuck[f] = random;
    }

    private void grow(int size) {
        if (size <= sums.length) return;
        int more = Math.max(size, sums.length + sums.length / 2);
        sums = Arrays.copyOf(sums, more);
        checks = Arrays.copyOf(checks, more);
        counts = Arrays.copyOf(counts, more);
    }

    /** The ids read so far that the peer has and this node lacks. */
    long[] theirs() {
        return side(1);
    }

    /** The ids read so far that this node has and the peer lacks. */
    long[] ours() {
        return side(-1);
    }

    private long[] side(int count) {
        int size = 0;
        for (int f = 0; f < foundSize; f++) if (foundCounts[f] == count) size++;
        long[] ids = new long[size];
        for (int f = 0, i = 0; f < foundSize; f++) if (foundCounts[f] == count) ids[i++] = found[f];
        return ids;
    }

    /** Bytes held besides this node's ids. */
    long heldBytes() {
        return own.heldBytes() + 16L * sums.length + 21L * found.length + 4L * pure.length;
    }
}
