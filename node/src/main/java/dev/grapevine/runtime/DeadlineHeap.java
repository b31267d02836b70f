package dev.grapevine.runtime;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Who must be woken when: a binary heap whose entries know their place, so that moving one is O(log n). */
final class DeadlineHeap<T> {
    /** One entry; {@link Long#MAX_VALUE} is never and keeps it out of the heap. */
    static final class Alarm<T> {
        final T owner;
        private long atNanos = Long.MAX_VALUE;
        private int index = -1;

        Alarm(T owner) {
            this.owner = owner;
        }

        long atNanos() {
            return atNanos;
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private @Nullable Alarm<T>[] heap = new Alarm[16];

    private int size;

    /** The earliest deadline, {@link Long#MAX_VALUE} if there is none. */
    long firstNanos() {
        return size == 0 ? Long.MAX_VALUE : at(0).atNanos;
    }

    /** The owner of the earliest deadline if that is not after {@code nowNanos}; it stays in the heap. */
    @Nullable
    T due(long nowNanos) {
        return size == 0 || at(0).atNanos > nowNanos ? null : at(0).owner;
    }

    int size() {
        return size;
    }

    void set(Alarm<T> alarm, long atNanos) {
        if (alarm.atNanos == atNanos) return;
        boolean later = atNanos > alarm.atNanos;
        alarm.atNanos = atNanos;
        if (atNanos == Long.MAX_VALUE) {
            remove(alarm);
        } else if (alarm.index < 0) {
            if (size == heap.length) heap = Arrays.copyOf(heap, size * 2);
            place(alarm, size++);
            up(alarm);
        } else if (later) {
            down(alarm);
        } else {
            up(alarm);
        }
    }

    void remove(Alarm<T> alarm) {
        int hole = alarm.index;
        alarm.atNanos = Long.MAX_VALUE;
        if (hole < 0) return;
        alarm.index = -1;
        Alarm<T> last = at(--size);
        heap[size] = null;
        if (last == alarm) return;
        place(last, hole);
        up(last);
        down(last);
    }

    private void up(Alarm<T> alarm) {
        while (alarm.index > 0) {
            Alarm<T> parent = at((alarm.index - 1) / 2);
            if (parent.atNanos <= alarm.atNanos) return;
            swap(parent, alarm);
        }
    }

    private void down(Alarm<T> alarm) {
        while (true) {
            int child = 2 * alarm.index + 1;
            if (child >= size) return;
            if (child + 1 < size && at(child + 1).atNanos < at(child).atNanos) child++;
            if (at(child).atNanos >= alarm.atNanos) return;
            swap(alarm, at(child));
        }
    }

    private void swap(Alarm<T> one, Alarm<T> other) {
        int index = one.index;
        place(one, other.index);
        place(other, index);
    }

    private void place(Alarm<T> alarm, int index) {
        heap[index] = alarm;
        alarm.index = index;
    }

    private Alarm<T> at(int index) {
        Alarm<T> alarm = heap[index];
        if (alarm == null) throw new IllegalStateException("no alarm at " + index + " of " + size);
        return alarm;
    }
}
