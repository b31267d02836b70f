package dev.grapevine.state;

import dev.grapevine.state.StateMessage.Delta;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Packs updates into messages within a budget. The origin with most pending updates goes first ("scuttlebutt depth", van Renesse et
 * al., LADIS 2008: best for staleness and for the number of stale entries); of each origin a prefix in the order of versions.
 */
final class DeltaPacker {
    private static final int MOST_COUNTED = 1024;
    private static final int MESSAGE_BYTES = 16;
    private static final int SEGMENT_BYTES = 40;
    private static final int BULK_BYTES = 64 << 10;
    private static final int BULK_FACTOR = 8; // from so many datagrams on, a stream is cheaper

    private final StateStore store;
    private final List<Delta> packed = new ArrayList<>();
    private final Set<Origin> named = new HashSet<>();
    private List<Segment> segments = new ArrayList<>();
    private int packetBytes;
    private int bytes = MESSAGE_BYTES;
    private long left;

    /** A peer's prefix of one origin. */
    record Wanted(OriginLog log, long from) {
        int pending() {
            int count = 0;
            for (var slots = log.after(from).keySet().iterator(); slots.hasNext() && count < MOST_COUNTED; count++)
                slots.next();
            return count;
        }
    }

    DeltaPacker(StateStore store) {
        this.store = store;
    }

    /**
     * The messages for a peer; the last says whether there is more.
     *
     * @param datagramBytes most bytes of a message, unless there is so much that streams are better
     * @param budgetBytes most bytes of all messages, but one update always fits
     */
    List<Delta> pack(List<Wanted> wanted, int datagramBytes, long budgetBytes) {
        List<Wanted> deepest = new ArrayList<>(wanted);
        Map<Wanted, Integer> depth = new java.util.HashMap<>();
        for (Wanted each : wanted) depth.put(each, each.pending());
        deepest.sort((a, b) -> Integer.compare(depth.getOrDefault(b, 0), depth.getOrDefault(a, 0)));
        packetBytes = isBulk(deepest, datagramBytes) ? BULK_BYTES : datagramBytes;
        left = budgetBytes;
        boolean more = false;
        for (Wanted each : deepest) {
            if (pack(each)) continue;
            more = true;
            break;
        }
        flush();
        if (more && !packed.isEmpty()) {
            Delta last = packed.removeLast();
            packed.add(new Delta(last.segments(), true));
        }
        return packed;
    }

    private boolean isBulk(List<Wanted> wanted, int datagramBytes) {
        int sum = 0;
        for (Wanted each : wanted) {
            for (Map.Entry<Long, StateKey> slot : each.log.after(each.from).entrySet()) {
                sum += StateWriter.sizeOf(slot.getValue(), entry(each.log, slot.getKey(), slot.getValue()));
                if (sum > BULK_FACTOR * datagramBytes) return true;
            }
        }
        return false;
    }

    private Entry entry(OriginLog log, long version, StateKey key) {
        OriginLog.Parked parked = log.parked.get(version);
        if (parked != null) return parked.entry();
        Entry entry = store.get(key);
        if (entry == null) throw new IllegalStateException(log.origin + " has a slot for " + key + " and no entry");
        return entry;
    }

    /** Packs what a peer lacks of one origin; false if the budget was too small. */
    private boolean pack(Wanted wanted) {
        OriginLog log = wanted.log;
        long from = wanted.from;
        List<Segment.Item> items = new ArrayList<>();
        int cost = SEGMENT_BYTES + nameCost(log.origin);
        if (bytes + cost > packetBytes && !segments.isEmpty()) flush();
        bytes += SEGMENT_BYTES + name(log.origin);
        for (Map.Entry<Long, StateKey> slot : log.after(from).entrySet()) {
            Entry entry = entry(log, slot.getKey(), slot.getValue());
            int size = StateWriter.sizeOf(slot.getValue(), entry);
            for (int i = 0; i < entry.context().size(); i++)
                size += nameCost(entry.context().origin(i));
            if (size > left && (!packed.isEmpty() || !segments.isEmpty() || !items.isEmpty())) {
                if (!items.isEmpty()) segments.add(segment(log, from, slot.getKey() - 1, items));
                return false;
            }
            if (bytes + size > packetBytes && (!items.isEmpty() || !segments.isEmpty())) {
                if (!items.isEmpty()) {
                    segments.add(segment(log, from, slot.getKey() - 1, items));
                    from = Math.min(log.clock, slot.getKey() - 1);
                    items = new ArrayList<>();
                }
                flush();
                bytes += SEGMENT_BYTES + name(log.origin);
            }
            bytes += size;
            left -= size;
            for (int i = 0; i < entry.context().size(); i++)
                name(entry.context().origin(i));
            items.add(new Segment.Item(slot.getKey(), slot.getValue(), entry));
        }
        segments.add(segment(log, from, log.clock, items));
        return true;
    }

    private static Segment segment(OriginLog log, long from, long end, List<Segment.Item> items) {
        long to = Math.max(from, Math.min(end, log.clock));
        // Where no version was skipped, none was replaced by one that may lie beyond the cut.
        int within = 0;
        for (Segment.Item item : items) if (item.version() <= to) within++;
        long need = within == to - from && log.complete >= to ? 0 : log.target();
        return new Segment(log.origin, from, to, need > to ? need : 0, items);
    }

    private int nameCost(Origin origin) {
        return named.contains(origin) ? 0 : StateWriter.sizeOf(origin);
    }

    private int name(Origin origin) {
        return named.add(origin) ? StateWriter.sizeOf(origin) : 0;
    }

    private void flush() {
        if (!segments.isEmpty()) packed.add(new Delta(segments, false));
        segments = new ArrayList<>();
        named.clear();
        bytes = MESSAGE_BYTES;
    }
}
