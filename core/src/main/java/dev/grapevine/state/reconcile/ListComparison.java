package dev.grapevine.state.reconcile;

import java.util.Arrays;

/**
 * Compares the ids of a set here with those of a peer's, which lists them in order, piece by piece. A piece covers all ids from where
 * the one before it ended.
 */
final class ListComparison {
    private static final Found NOTHING = new Found(new long[0], new long[0], 64);

    private final IdSet ids;
    private long next; // the least id that was not compared
    private boolean over;
    private int lacking;
    private int giving;

    /**
     * What one piece shows.
     *
     * @param lacking ids that only the peer has
     * @param giving ids that only this node has
     * @param bits leading bits that tell ids apart which are as dense as these
     */
    record Found(long[] lacking, long[] giving, int bits) {}

    ListComparison(IdSet ids) {
        this.ids = ids;
    }

    Found compare(ReconcileMessage.Listing listing) {
        long[] theirs = listing.ids();
        if (over || theirs.length > 0 && Long.compareUnsigned(theirs[0], next) < 0) return NOTHING;
        if (theirs.length == 0 && !listing.end()) return NOTHING;
        long last = listing.end() ? -1 : theirs[theirs.length - 1];
        long[] mine = ids.within(next, last, ids.size());
        long[] give = new long[mine.length];
        long[] lack = new long[theirs.length];
        int gives = 0;
        int lacks = 0;
        int i = 0;
        int k = 0;
        while (i < mine.length || k < theirs.length) {
            int order = i == mine.length ? 1 : k == theirs.length ? -1 : Long.compareUnsigned(mine[i], theirs[k]);
            if (order < 0) give[gives++] = mine[i++];
            else if (order > 0) lack[lacks++] = theirs[k++];
            else {
                i++;
                k++;
            }
        }
        over = last == -1;
        next = last + 1;
        giving += gives;
        lacking += lacks;
        return new Found(Arrays.copyOf(lack, lacks), Arrays.copyOf(give, gives), bits(theirs));
    }

    private static int bits(long[] sorted) {
        if (sorted.length < 2) return 64;
        long gap = Long.divideUnsigned(sorted[sorted.length - 1] - sorted[0], sorted.length);
        return Math.min(64, Long.numberOfLeadingZeros(gap | 1) + 7);
    }

    /** How many ids only the peer has, so far. */
    int lacking() {
        return lacking;
    }

    /** How many ids only this node has, so far. */
    int giving() {
        return giving;
    }
}
