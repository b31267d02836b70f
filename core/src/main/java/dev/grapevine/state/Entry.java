package dev.grapevine.state;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one key: the concurrent values (siblings) and the past that they and everything they replaced span; a dotted
 * version vector set (Preguiça et al., "Dotted Version Vectors", 2012). Without siblings it is a tombstone. Immutable.
 *
 * <p>Merging is a join: commutative, associative, idempotent, and it never forgets. Counters, sets, registers and maps are views on
 * entries; there is no second way to merge.
 *
 * @param context covers every sibling
 * @param siblings ascending by dot
 */
public record Entry(Context context, List<Sibling> siblings) {
    static final Entry ABSENT = new Entry(Context.EMPTY, List.of());

    /** Which updates a node has taken in: a sibling that it took in and does not have was replaced. */
    @FunctionalInterface
    interface Seen {
        Seen NOTHING = (origin, version) -> false;

        boolean covers(Origin origin, long version);
    }

    /** Whether there is nothing but the memory of a removal. */
    public boolean isTombstone() {
        return siblings.isEmpty();
    }

    /** A write by one who saw {@code seen}: replaces exactly what is covered by that and keeps the rest. */
    Entry written(Context seen, Sibling written) {
        List<Sibling> kept = new ArrayList<>(1);
        for (Sibling each : siblings) if (!seen.covers(each.origin(), each.version())) kept.add(each);
        insert(kept, written);
        return new Entry(context.join(seen).with(written.origin(), written.version()), List.copyOf(kept));
    }

    /** A removal, numbered like a write: removes exactly what is covered by {@code seen}. */
    Entry removed(Context seen, Origin origin, long version) {
        List<Sibling> kept = new ArrayList<>(0);
        for (Sibling each : siblings) if (!seen.covers(each.origin(), each.version())) kept.add(each);
        return new Entry(context.join(seen).with(origin, version), List.copyOf(kept));
    }

    /**
     * What this and {@code other} know together.
     *
     * @param seen what the node that holds this entry has taken in, over all keys
     */
    Entry merge(Entry other, Seen seen) {
        List<Sibling> merged = new ArrayList<>(siblings.size() + other.siblings.size());
        for (Sibling each : siblings)
            if (other.has(each) || !other.context.covers(each.origin(), each.version())) merged.add(each);
        for (Sibling each : other.siblings)
            if (!has(each)
                    && !context.covers(each.origin(), each.version())
                    && !seen.covers(each.origin(), each.version())) insert(merged, each);
        Context joined = context.join(other.context);
        if (joined.equals(context) && merged.equals(siblings)) return this;
        if (joined.equals(other.context) && merged.equals(other.siblings)) return other; // kept once
        return new Entry(joined, List.copyOf(merged));
    }

    private boolean has(Sibling wanted) {
        return find(wanted) != null;
    }

    /** The sibling with the same dot. */
    @Nullable
    Sibling find(Sibling wanted) {
        for (Sibling each : siblings) if (each.sameDot(wanted)) return each;
        return null;
    }

    private static void insert(List<Sibling> into, Sibling sibling) {
        int at = into.size();
        while (at > 0 && into.get(at - 1).compareTo(sibling) > 0) at--;
        into.add(at, sibling);
    }

    /** Equal on nodes that show the same values under {@code key}; 0 for a tombstone. */
    long contentHash(StateKey key) {
        if (siblings.isEmpty()) return 0;
        long hash = key.hash();
        for (Sibling each : siblings) hash = Hash.join(hash, each.hash());
        return hash;
    }

    /** The sibling that wins by its hybrid logical clock, then by its dot. There must be one. */
    public Sibling latest() {
        Sibling latest = siblings.getFirst();
        for (Sibling each : siblings) if (each.stamp() >= latest.stamp()) latest = each;
        return latest;
    }
}
