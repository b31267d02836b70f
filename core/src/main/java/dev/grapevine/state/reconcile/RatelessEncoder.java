package dev.grapevine.state.reconcile;

/**
 * Makes the coded symbols of a set, one after another without end. Symbol i contains an id with probability 1 / (1 + i/2),
 * decided by the id's hash alone, so that the symbols of two sets can be subtracted. A peer reads a difference of d ids out of
 * the first 1.35·d to 1.75·d symbols, whatever d is.
 *
 * <p>Holds 16 bytes an id besides the ids. To make the next symbols costs a look at every id and O(log) steps for those that
 * map to them. Not thread-safe.
 */
final class RatelessEncoder {
    private final long[] ids;
    private final int[] checks;
    private final long[] luck;
    private final int[] next;
    private int made;

    /** @param ids not copied: nobody may change them while this is in use */
    RatelessEncoder(long[] ids, SipKey key) {
        this.ids = ids;
        this.checks = new int[ids.length];
        this.luck = new long[ids.length];
        this.next = new int[ids.length]; // every id is in symbol 0
        for (int i = 0; i < ids.length; i++) {
            long hash = key.hash(ids[i]);
            luck[i] = hash;
            checks[i] = check(hash);
        }
    }

    /** The checksum of an id with that hash. */
    static int check(long hash) {
        return (int) (hash >>> 32) ^ (int) (hash * 0x9E37_79B9);
    }

    /** An id's next random number after {@code luck}. */
    static long nextLuck(long luck) {
        return luck * 0xDA94_2042_E4DD_58B5L + 0x9E37_79B9_7F4A_7C15L;
    }

    /**
     * The next symbol after {@code index} that an id is in: the chance that it is in none up to j is
     * (index + 1)(index + 2) / ((j + 1)(j + 2)), and that is solved for j with a random number in (0, 1].
     */
    static int nextIndex(int index, long luck) {
        double chance = ((luck >>> 11) + 1) * 0x1p-53;
        double skip = Math.ceil((index + 1.5) * (1 / Math.sqrt(chance) - 1));
        double after = index + Math.max(1, skip);
        return after < Integer.MAX_VALUE ? (int) after : Integer.MAX_VALUE;
    }

    /** How many symbols were made: the index of the next. */
    int made() {
        return made;
    }

    /** Makes {@code count} further symbols. */
    CodedSymbols next(int count) {
        CodedSymbols symbols = new CodedSymbols(made, count);
        int end = Math.addExact(made, count);
        for (int i = 0; i < ids.length; i++) {
            int index = next[i];
            if (index >= end) continue;
            long random = luck[i];
            long id = ids[i];
            int check = checks[i];
            do {
                int at = index - made;
                symbols.sums[at] ^= id;
                symbols.checks[at] ^= check;
                symbols.counts[at]++;
                random = nextLuck(random);
                index = nextIndex(index, random);
            } while (index < end);
            next[i] = index;
            luck[i] = random;
        }
        made = end;
        return symbols;
    }

    /** Whether an id with that hash is in symbol {@code index}. */
    static boolean contains(long hash, int index) {
        int at = 0;
        long random = hash;
        while (at < index) {
            random = nextLuck(random);
            at = nextIndex(at, random);
        }
        return at == index;
    }

    /** Bytes held besides the ids. */
    long heldBytes() {
        return 16L * ids.length;
    }
}
