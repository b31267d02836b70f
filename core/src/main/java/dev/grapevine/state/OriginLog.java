package dev.grapevine.state;

import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a node has of one origin: a prefix of its updates in the order of their versions. A key has one slot, at the newest version
 * that the origin gave it; whoever lacks that version is sent the key's whole present state. A key whose newest version is beyond the
 * prefix (it came with another origin's news) keeps its slot within the prefix too, so that the prefix stays whole.
 *
 * <p>Scuttlebutt's prefix ({@code clock}) alone does not say that every update up to it is here: one that its origin overwrote in
 * the meantime was skipped, and what replaced it may lie beyond the cut of a delta. {@code need} is how far one must have come for
 * nothing to be missing; {@code complete} is the largest prefix of which nothing is.
 */
final class OriginLog {
    final Origin origin;
    final TreeMap<Long, Parked> parked = new TreeMap<>(); // waiting for the bytes of a large value
    private final TreeMap<Long, StateKey> slots = new TreeMap<>();
    private final TreeMap<StateKey, Long> early =
            new TreeMap<>(); // slots of keys whose newest version is beyond the prefix

    private long beyond; // the slots beyond the prefix, in one number
    long counted; // of the term in the store's hash

    long clock;
    long need;
    long complete;
    long collected; // the newest version whose key's removal was forgotten here
    long changedNanos; // when the clock last moved
    long askedUntilNanos = Long.MIN_VALUE; // another peer was asked

    /**
     * News of a large value. What it replaced may be missing too, so nothing new counts as seen while it waits.
     *
     * @param seen what had been seen when it came
     */
    record Parked(StateKey key, Entry entry, long seen) {}

    OriginLog(Origin origin) {
        this.origin = origin;
    }

    OriginLog copy() {
        OriginLog copy = new OriginLog(origin);
        copy.slots.putAll(slots);
        copy.parked.putAll(parked);
        copy.early.putAll(early);
        copy.beyond = beyond;
        copy.counted = counted;
        copy.clock = clock;
        copy.need = need;
        copy.complete = complete;
        copy.collected = collected;
        copy.changedNanos = changedNanos;
        return copy;
    }

    /** Every update up to this version is here, or one that replaced it. */
    long seen() {
        if (parked.isEmpty()) return complete;
        long seen = complete;
        for (Parked each : parked.values()) seen = Math.min(seen, each.seen());
        return seen;
    }

    private void put(long version, StateKey key) {
        if (slots.put(version, key) == null && version > clock) beyond ^= Hash.mix(version);
    }

    private void drop(long version) {
        if (slots.remove(version) != null && version > clock) beyond ^= Hash.mix(version);
    }

    /** The slots above {@code from}, those beyond the prefix included. */
    NavigableMap<Long, StateKey> after(long from) {
        return slots.tailMap(from, false);
    }

    /** Equal on nodes that have the same beyond the same prefix and are as sure of it; 0 for nothing beyond and sure. */
    int beyond() {
        long all = complete < clock ? beyond ^ Hash.mix(~complete) : beyond;
        return (int) (all ^ all >>> 32);
    }

    boolean hasBeyond() {
        return beyond != 0;
    }

    /** Whether something of the prefix may be missing. */
    boolean isUnsure() {
        return complete < clock;
    }

    boolean isEmpty() {
        return clock == 0 && beyond == 0;
    }

    /** A segment has been taken in. */
    void advance(long to, long needed) {
        if (to > clock) {
            for (Long slot : slots.subMap(clock, false, to, true).keySet()) beyond ^= Hash.mix(slot);
            clock = to;
        }
        need = Math.max(need, needed);
        if (clock >= need) complete = Math.max(complete, clock);
    }

    /** A peer has this slot of a key whose newest version here is later, maybe beyond the prefix. */
    void note(StateKey key, long version) {
        Long old = early.get(key);
        if (old != null && old >= version) return;
        if (old != null) drop(old);
        early.put(key, version);
        put(version, key);
    }

    /** Within the prefix a key is left with its newest slot. */
    void settle(StateKey key, long newest) {
        if (newest > clock) return;
        Long old = early.remove(key);
        if (old != null && old != newest) drop(old);
    }

    boolean isUnsettled() {
        return !early.isEmpty();
    }

    List<StateKey> unsettled() {
        return List.copyOf(early.keySet());
    }

    /** The newest version of a key is no longer {@code old}, 0 if it had none, but {@code version}. */
    void move(StateKey key, long old, long version) {
        if (old > 0) retire(key, old, version);
        if (!parked.isEmpty()) {
            for (Map.Entry<Long, Parked> each : new TreeMap<>(parked.headMap(version, true)).entrySet()) {
                if (!each.getValue().key().equals(key)) continue;
                parked.remove(each.getKey());
                if (each.getKey() != version) retire(key, each.getKey(), version);
            }
        }
        put(version, key);
    }

    private void retire(StateKey key, long old, long version) {
        if (version > clock && old <= clock) {
            Long older = early.get(key);
            if (older != null && older > old) {
                drop(old);
                return;
            }
            early.put(key, old);
            if (older != null && older != old) drop(older);
        } else drop(old);
    }

    /** A key is forgotten, with its newest version. */
    void remove(StateKey key, long newest) {
        drop(newest);
        Long old = early.remove(key);
        if (old != null) drop(old);
    }

    void park(long version, StateKey key, Entry entry, long seen) {
        parked.put(version, new Parked(key, entry, seen));
        put(version, key);
    }

    /** What waited takes effect; its slot stays only if the key then has its newest version there. */
    void unpark(long version) {
        parked.remove(version);
        drop(version);
    }

    /** How far a peer must come to have all that is within the prefix. */
    long target() {
        return isUnsure() ? Math.max(clock, need) : clock;
    }

    long term() {
        return term(origin.hash(), clock, beyond());
    }

    static long term(long origin, long clock, int beyond) {
        if (clock == 0 && beyond == 0) return 0;
        return Hash.join(origin, beyond == 0 ? clock : Hash.join(clock, beyond));
    }

    @Override
    public String toString() {
        return origin + " clock " + clock + " need " + need + " complete " + complete + " collected " + collected
                + " slots " + slots + " early " + early + " parked " + parked.keySet();
    }
}
