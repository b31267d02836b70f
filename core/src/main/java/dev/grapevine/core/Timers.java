package dev.grapevine.core;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A machine's timers. A timer is a value and its own key: setting it again moves it, cancelling removes it. They fall due in
 * the order of their deadlines and, for equal deadlines, in the order in which they were set.
 *
 * <p>A binary heap whose entries know their places, so that the next deadline, which drivers ask for after every input, is one
 * read, and moving or cancelling a timer takes the logarithm of their number.
 *
 * @param <T> a record with value equality
 */
public final class Timers<T> {
    private static final class Slot<T> {
        final T timer;
        long deadlineNanos;
        long order;
        int at;

        Slot(T timer) {
            this.timer = timer;
        }

        boolean before(Slot<T> other) {
            return deadlineNanos < other.deadlineNanos || deadlineNanos == other.deadlineNanos && order < other.order;
        }
    }

    private final Map<T, Slot<T>> slots = new HashMap<>(); // looked up, never iterated

    @SuppressWarnings({"unchecked", "rawtypes"})
    private @Nullable Slot<T>[] heap = new @Nullable Slot[8];

    private int size;
    private long order;

    /** Sets {@code timer}, or moves it if it is set. */
    public void set(T timer, long deadlineNanos) {
        Slot<T> slot = slots.get(timer);
        if (slot == null) {
            slot = new Slot<>(timer);
            slots.put(timer, slot);
            if (size == heap.length) heap = Arrays.copyOf(heap, size * 2);
            slot.at = size++;
        }
        slot.deadlineNanos = deadlineNanos;
        slot.order = order++;
        settle(slot);
    }

    /** Removes {@code timer}; returns whether it was set. */
    public boolean cancel(T timer) {
        Slot<T> slot = slots.remove(timer);
        if (slot == null) return false;
        remove(slot);
        return true;
    }

    /** Whether {@code timer} is set. */
    public boolean isSet(T timer) {
        return slots.containsKey(timer);
    }

    /** When {@code timer} falls due, {@link Long#MAX_VALUE} if it is not set. */
    public long deadlineNanos(T timer) {
        Slot<T> slot = slots.get(timer);
        return slot == null ? Long.MAX_VALUE : slot.deadlineNanos;
    }

    /** Removes and returns the first timer due at {@code nowNanos}, or null if none is. */
    public @Nullable T pollDue(long nowNanos) {
        Slot<T> first = heap[0];
        if (first == null || first.deadlineNanos > nowNanos) return null;
        slots.remove(first.timer);
        remove(first);
        return first.timer;
    }

    /** The earliest deadline; {@link Long#MAX_VALUE} if no timer is set. */
    public long nextDeadlineNanos() {
        Slot<T> first = heap[0];
        return first == null ? Long.MAX_VALUE : first.deadlineNanos;
    }

    /** How many timers are set. */
    public int size() {
        return size;
    }

    private void remove(Slot<T> slot) {
        Slot<T> last = at(--size);
        heap[size] = null;
        if (last == slot) return;
        last.at = slot.at;
        settle(last);
    }

    /** Brings a slot, which belongs somewhere above or below where it stands, to its place. */
    private void settle(Slot<T> slot) {
        int place = slot.at;
        while (place > 0) {
            Slot<T> parent = at(place - 1 >> 1);
            if (!slot.before(parent)) break;
            put(parent, place);
            place = place - 1 >> 1;
        }
        while (place * 2 + 1 < size) {
            int child = place * 2 + 1;
            if (child + 1 < size && at(child + 1).before(at(child))) child++;
            Slot<T> least = at(child);
            if (!least.before(slot)) break;
            put(least, place);
            place = child;
        }
        put(slot, place);
    }

    private void put(Slot<T> slot, int place) {
        heap[place] = slot;
        slot.at = place;
    }

    private Slot<T> at(int place) {
        Slot<T> slot = heap[place];
        if (slot == null) throw new IllegalStateException("place " + place + " of " + size + " is empty");
        return slot;
    }
}
