package dev.grapevine.state.reconcile;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reconciliation by ranges (Meyer, "Range-Based Set Reconciliation", SRDS 2023; negentropy): ranges of ids in order are compared
 * by fingerprints; one that differs is cut in 16, or listed if it is small. Both sides do the same until nothing differs. It costs
 * a hundred times the bytes of {@link Reconciler} for a single difference and log16 of the set's size in round trips, but needs no
 * estimate, no sketch and no luck, and ranges of keys can be compared apart from all others. For trees of hashes in order, a
 * Merkle tree without the tree.
 *
 * <p>Works on a copy of the ids. What is found is for the caller to give and ask for; nothing here changes.
 */
public final class RangeReconciler {
    private static final int PIECES = 16;
    private static final int LISTED = 2 * PIECES;

    private final long[] ids;
    private final long[] sums; // of the hashes of all ids before one
    private final SipKey key;

    /**
     * @param sorted ids in unsigned order, each once; not copied
     * @param key the same on both sides
     */
    public RangeReconciler(long[] sorted, SipKey key) {
        this.ids = sorted;
        this.key = key;
        this.sums = new long[sorted.length + 1];
        for (int i = 0; i < sorted.length; i++) {
            if (i > 0 && Long.compareUnsigned(sorted[i - 1], sorted[i]) >= 0)
                throw new IllegalArgumentException("ids " + (i - 1) + " and " + i + " are not in order");
            sums[i + 1] = sums[i] + key.hash(sorted[i]);
        }
    }

    /**
     * What a message tells.
     *
     * @param reply what to answer; null if nothing is left to say
     * @param give ids that the peer lacks
     * @param want ids that only the peer has
     */
    public record Step(@Nullable RangeMessage reply, long[] give, long[] want) {}

    /** The first message of an exchange. */
    public RangeMessage begin() {
        List<RangeMessage.Range> ranges = new ArrayList<>();
        cut(0, ids.length, 0, ranges);
        return new RangeMessage(ranges);
    }

    /** Answers a message. Costs at most a few times what the message did. */
    public Step handle(RangeMessage message) {
        List<RangeMessage.Range> ranges = new ArrayList<>();
        long[] give = new long[8];
        long[] want = new long[8];
        int giving = 0;
        int wanting = 0;
        int from = 0;
        for (RangeMessage.Range range : message.ranges()) {
            int to = range.bound() == 0 ? ids.length : Math.max(from, indexOf(range.bound()));
            switch (range) {
                case RangeMessage.Skip skip -> skip(skip.bound(), ranges);
                case RangeMessage.Fingerprint(long bound, long sum) -> {
                    if (sum == fingerprint(from, to)) skip(bound, ranges);
                    else cut(from, to, bound, ranges);
                }
                case RangeMessage.Ids(long bound, long[] theirs) -> {
                    int i = from;
                    int k = 0;
                    while (i < to || k < theirs.length) {
                        int order = i == to ? 1 : k == theirs.length ? -1 : Long.compareUnsigned(ids[i], theirs[k]);
                        if (order < 0) {
                            if (giving == give.length) give = Arrays.copyOf(give, 2 * giving);
                            give[giving++] = ids[i];
                        } else if (order > 0) {
                            if (wanting == want.length) want = Arrays.copyOf(want, 2 * wanting);
                            want[wanting++] = theirs[k];
                        }
                        if (order <= 0) i++;
                        if (order >= 0) k++;
                    }
                    skip(bound, ranges);
                }
            }
            from = to;
        }
        while (!ranges.isEmpty() && ranges.getLast() instanceof RangeMessage.Skip) ranges.removeLast();
        return new Step(
                ranges.isEmpty() ? null : new RangeMessage(ranges),
                Arrays.copyOf(give, giving),
                Arrays.copyOf(want, wanting));
    }

    private static void skip(long bound, List<RangeMessage.Range> into) {
        if (!into.isEmpty() && into.getLast() instanceof RangeMessage.Skip) into.removeLast();
        into.add(new RangeMessage.Skip(bound));
    }

    private void cut(int from, int to, long bound, List<RangeMessage.Range> into) {
        if (to - from <= LISTED) {
            into.add(new RangeMessage.Ids(bound, Arrays.copyOfRange(ids, from, to)));
            return;
        }
        for (int piece = 0; piece < PIECES; piece++) {
            int first = from + (int) ((long) (to - from) * piece / PIECES);
            int end = from + (int) ((long) (to - from) * (piece + 1) / PIECES);
            long above = piece == PIECES - 1 ? bound : separator(ids[end - 1], ids[end]);
            into.add(new RangeMessage.Fingerprint(above, fingerprint(first, end)));
        }
    }

    /** The number with the fewest bytes that is above the first id and not above the second. */
    private static long separator(long below, long above) {
        int same = Long.numberOfLeadingZeros(below ^ above) / 8;
        return above & -1L << 56 - 8 * same;
    }

    private long fingerprint(int from, int to) {
        return key.hash(sums[to] - sums[from] ^ (long) (to - from) << 40);
    }

    /** How many ids are below {@code bound}. */
    private int indexOf(long bound) {
        int low = 0;
        int high = ids.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(ids[middle], bound) < 0) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
