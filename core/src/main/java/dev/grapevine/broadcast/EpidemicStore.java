package dev.grapevine.broadcast;

import dev.grapevine.broadcast.EpidemicMessage.Line;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What an {@link Epidemic} holds: by hash of the key for digests of ranges, and by time of learning for what is young. */
final class EpidemicStore {
    /** Most concurrent values of a shared key. */
    static final int MAX_SIBLINGS = 32;

    // An entry costs more than its bytes: a fair guess of its records and places in two maps.
    private static final int OVERHEAD_BYTES = 200;

    /** A version known here, with its value unless that was dropped. */
    record Held(Version version, @Nullable Rumor rumor) {}

    /** All that is known of one key. */
    static final class Slot {
        final long keyHash;
        final @Nullable RumorKey key; // null if only its hash was ever heard
        long learnedNanos;
        List<Held> held = List.of(); // one for an owned key; concurrent ones for a shared key
        boolean dropped;

        Slot(long keyHash, @Nullable RumorKey key) {
            this.keyHash = keyHash;
            this.key = key;
        }

        boolean covers(Version version) {
            for (Held one : held) if (one.version.covers(version)) return true;
            return false;
        }

        List<Rumor> values() {
            List<Rumor> values = new ArrayList<>(held.size());
            for (Held one : held) if (one.rumor != null) values.add(one.rumor);
            return values;
        }

        void addLines(List<Line> lines) {
            for (Held one : held) lines.add(new Line(keyHash, one.version, one.rumor == null));
        }
    }

    /** What became of a value that was offered to the store. */
    enum Outcome {
        STORED,
        /** It, or something newer, was here. */
        KNOWN,
        /** The store is full. */
        FULL,
        /** Another key has the same hash, or the key has too many concurrent values. */
        CONFLICT
    }

    private final EpidemicSettings settings;
    private final TreeMap<Long, Slot> byHash = new TreeMap<>();
    private final LinkedHashMap<Long, Slot> live = new LinkedHashMap<>(); // learned longest ago first
    private final LinkedHashMap<Long, Slot> dropped = new LinkedHashMap<>();
    private long bytes;
    private long xor;

    EpidemicStore(EpidemicSettings settings) {
        this.settings = settings;
    }

    int entries() {
        return live.size();
    }

    int remembered() {
        return dropped.size();
    }

    long bytes() {
        return bytes;
    }

    int digest() {
        return (int) (xor ^ xor >>> 32);
    }

    @Nullable
    Slot get(long keyHash) {
        return byHash.get(keyHash);
    }

    /** Every slot whose hash lies in {@code from..to}, in the order of signed hashes. */
    Collection<Slot> range(long from, long to) {
        return byHash.subMap(from, true, to, true).values();
    }

    Collection<Slot> live() {
        return live.values();
    }

    /** What was learned after {@code sinceNanos}, newest first. */
    List<Slot> learnedAfter(long sinceNanos) {
        List<Slot> young = new ArrayList<>();
        for (Slot slot : live.sequencedValues().reversed()) {
            if (slot.learnedNanos <= sinceNanos) break;
            young.add(slot);
        }
        return young;
    }

    /** When the youngest entry was learned, or {@link Long#MIN_VALUE} if there is none. */
    long newestNanos() {
        return live.isEmpty() ? Long.MIN_VALUE : live.lastEntry().getValue().learnedNanos;
    }

    /**
     * Takes {@code rumor} unless it is known.
     *
     * @param droppableNanos an entry learned at or before this may be dropped to make room
     */
    Outcome store(Rumor rumor, long nowNanos, long droppableNanos) {
        long keyHash = rumor.key().hash();
        Slot slot = byHash.get(keyHash);
        if (slot != null && slot.key != null && !slot.key.equals(rumor.key())) return Outcome.CONFLICT;
        if (slot != null && slot.covers(rumor.version())) return Outcome.KNOWN;
        List<Held> held = merged(slot == null ? List.of() : slot.held, rumor);
        if (held.size() > MAX_SIBLINGS) return Outcome.CONFLICT;
        long freed = slot == null ? 0 : cost(slot.held);
        long more = cost(held) - freed;
        boolean isNew = slot == null || slot.dropped;
        if (!makeRoom(isNew ? 1 : 0, more, keyHash, droppableNanos)) return Outcome.FULL;
        if (slot == null || slot.key == null) {
            if (slot != null) remove(slot);
            slot = new Slot(keyHash, rumor.key());
        }
        byHash.put(keyHash, slot); // making room may just have forgotten it
        replace(slot, held);
        slot.learnedNanos = nowNanos;
        slot.dropped = false;
        dropped.remove(keyHash);
        live.putLast(keyHash, slot);
        return Outcome.STORED;
    }

    private static List<Held> merged(List<Held> present, Rumor rumor) {
        List<Held> held = new ArrayList<>(present.size() + 1);
        for (Held one : present) if (!rumor.version().covers(one.version)) held.add(one);
        held.add(new Held(rumor.version(), rumor));
        return held;
    }

    private boolean makeRoom(int entries, long moreBytes, long except, long droppableNanos) {
        if (fits(entries, moreBytes)) return true;
        if (settings.retention() != EpidemicSettings.Retention.DROP_OLDEST) return false;
        // First look whether dropping helps at all: nothing is dropped in vain.
        long freedBytes = 0;
        int count = 0;
        for (Slot slot : live.values()) {
            if (fits(entries - count, moreBytes - freedBytes)) break;
            if (slot.learnedNanos > droppableNanos) return false;
            if (slot.keyHash == except) continue;
            freedBytes += cost(slot.held);
            count++;
        }
        if (!fits(entries - count, moreBytes - freedBytes)) return false;
        Iterator<Slot> oldest = live.values().iterator();
        while (!fits(entries, moreBytes)) {
            Slot slot = oldest.next();
            if (slot.keyHash == except) continue;
            oldest.remove();
            drop(slot);
        }
        return true;
    }

    private boolean fits(int entries, long moreBytes) {
        return live.size() + entries <= settings.maxEntries() && bytes + moreBytes <= settings.maxStoreBytes();
    }

    private void drop(Slot slot) {
        List<Held> versions = new ArrayList<>(slot.held.size());
        for (Held one : slot.held) versions.add(new Held(one.version, null));
        replace(slot, versions);
        remember(slot);
    }

    private void remember(Slot slot) {
        slot.dropped = true;
        dropped.put(slot.keyHash, slot);
        if (dropped.size() > settings.maxEntries()) remove(dropped.firstEntry().getValue());
    }

    /** A peer's whole digest says that this was there and was dropped: it will not be asked for. */
    void adoptDropped(long keyHash, Version version) {
        Slot slot = byHash.get(keyHash);
        if (slot == null) {
            slot = new Slot(keyHash, null);
            byHash.put(keyHash, slot);
        } else if (!slot.dropped || slot.covers(version)) return;
        List<Held> held = new ArrayList<>();
        for (Held one : slot.held) if (!version.covers(one.version)) held.add(one);
        held.add(new Held(version, null));
        if (held.size() <= MAX_SIBLINGS) replace(slot, held);
        remember(slot);
    }

    private void remove(Slot slot) {
        replace(slot, List.of());
        byHash.remove(slot.keyHash);
        dropped.remove(slot.keyHash);
    }

    private void replace(Slot slot, List<Held> held) {
        for (Held one : slot.held) xor ^= Hash64.join(slot.keyHash, one.version.hash());
        for (Held one : held) xor ^= Hash64.join(slot.keyHash, one.version.hash());
        bytes += cost(held) - cost(slot.held);
        slot.held = held;
    }

    private static long cost(List<Held> held) {
        long cost = 0;
        for (Held one : held) {
            Rumor rumor = one.rumor;
            if (rumor != null)
                cost += rumor.payload().length
                        + rumor.key().owner().length()
                        + rumor.key().name().length()
                        + OVERHEAD_BYTES;
        }
        return cost;
    }
}
