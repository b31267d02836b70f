package dev.grapevine.state.reconcile;

/** Which way of telling a difference takes the fewest bytes, and how much of it to begin with. */
final class Costs {
    /** Differences above which symbols are fewer bytes than syndromes that may not suffice. */
    static final int MAX_SKETCHED = 80;

    /** Most symbols of one request. */
    static final int SYMBOLS_AT_ONCE = 16 * ReconcileCodec.MAX_SYMBOLS;

    private static final double SYMBOLS_PER_DIFFERENCE = 1.36; // Yang et al., SIGCOMM 2024: 1.35 for very many
    private static final double SYMBOL_BYTES = 14;

    private Costs() {}

    /** Syndromes for an estimated difference: one over, to know a wrong answer, and a little for the estimate's error. */
    static int capacityFor(int differences) {
        return Math.min(SetSummary.CAPACITY, differences + 1 + differences / 6);
    }

    /** Syndromes to go on with when {@code capacity} of them did not suffice. */
    static int nextCapacity(int capacity) {
        return Math.min(SetSummary.CAPACITY, capacity + Math.max(2, capacity / 5));
    }

    /** Symbols that so many differences are likely to take. */
    static double symbols(int differences) {
        return SYMBOLS_PER_DIFFERENCE * differences;
    }

    /** Bytes of so many symbols. */
    static double symbolBytes(double symbols) {
        return SYMBOL_BYTES * symbols;
    }

    /** Bytes of a list of all ids of a set. */
    static double listingBytes(int size) {
        return size * (64 - Math.log(Math.max(1, size)) / Math.log(2) + 1.7) / 8;
    }
}
