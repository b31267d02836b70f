package dev.grapevine.serf;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The last 512 Lamport times and what was seen at each, so that nothing is heard twice. Source: hashicorp/serf,
 * serf/serf.go, handleUserEvent and handleQuery.
 *
 * @param <T> what is compared, with value equality
 */
final class EventWindow<T> {
    static final int SLOTS = 512;
    /** Different things at one Lamport time: more come only from somebody who floods. */
    private static final int MAX_PER_SLOT = 256;

    private record Slot<T>(long lTime, Set<T> seen) {}

    private final List<@Nullable Slot<T>> slots = new ArrayList<>();

    EventWindow() {
        for (int i = 0; i < SLOTS; i++) slots.add(null);
    }

    /** Whether {@code what} is news at {@code lTime}, when the clock shows {@code now}; it is remembered then. */
    boolean add(long lTime, long now, T what) {
        if (now > SLOTS && lTime < now - SLOTS) return false;
        int index = (int) (lTime % SLOTS);
        Slot<T> slot = slots.get(index);
        if (slot == null || slot.lTime != lTime) {
            slot = new Slot<>(lTime, new LinkedHashSet<>(4));
            slots.set(index, slot);
        }
        return slot.seen.size() < MAX_PER_SLOT && slot.seen.add(what);
    }

    interface Visitor<T> {
        void slot(long lTime, Set<T> seen);
    }

    void forEach(Visitor<T> visitor) {
        for (Slot<T> slot : slots) if (slot != null) visitor.slot(slot.lTime, slot.seen);
    }
}
