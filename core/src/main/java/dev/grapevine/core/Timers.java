package dev.grapevine.core;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A machine's timers. A timer is a value and its own key: setting it again moves it, cancelling removes it. They fall due in
 * the order of their deadlines and, for equal deadlines, in the order in which they were set.
 *
 * @param <T> a record with value equality
 */
public final class Timers<T> {
    private record Slot(long deadlineNanos, long order) implements Comparable<Slot> {
        @Override
        public int compareTo(Slot other) {
            int byDeadline = Long.compare(deadlineNanos, other.deadlineNanos);
            return byDeadline == 0 ? Long.compare(order, other.order) : byDeadline;
        }
    }

    private final TreeMap<Slot, T> due = new TreeMap<>();
    private final Map<T, Slot> slots = new HashMap<>(); // looked up, never iterated
    private long order;

    /** Sets {@code timer}, or moves it if it is set. */
    public void set(T timer, long deadlineNanos) {
        Slot slot = new Slot(deadlineNanos, order++);
        Slot earlier = slots.put(timer, slot);
        if (earlier != null) due.remove(earlier);
        due.put(slot, timer);
    }

    /** Removes {@code timer}; returns whether it was set. */
    public boolean cancel(T timer) {
        Slot slot = slots.remove(timer);
        if (slot == null) return false;
        due.remove(slot);
        return true;
    }

    /** Whether {@code timer} is set. */
    public boolean isSet(T timer) {
        return slots.containsKey(timer);
    }

    /** When {@code timer} falls due, {@link Long#MAX_VALUE} if it is not set. */
    public long deadlineNanos(T timer) {
        Slot slot = slots.get(timer);
        return slot == null ? Long.MAX_VALUE : slot.deadlineNanos();
    }

    /** Removes and returns the first timer due at {@code nowNanos}, or null if none is. */
    public @Nullable T pollDue(long nowNanos) {
        Map.Entry<Slot, T> first = due.firstEntry();
        if (first == null || first.getKey().deadlineNanos() > nowNanos) return null;
        due.pollFirstEntry();
        slots.remove(first.getValue());
        return first.getValue();
    }

    /** The earliest deadline; {@link Long#MAX_VALUE} if no timer is set. */
    public long nextDeadlineNanos() {
        return due.isEmpty() ? Long.MAX_VALUE : due.firstKey().deadlineNanos();
    }

    /** How many timers are set. */
    public int size() {
        return due.size();
    }
}
