package dev.grapevine.sim;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is to happen, ordered by {@code (atNanos, sequence)}: a four-ary heap over primitive arrays, whose entries point into
 * recycled slots. Nothing is boxed and nothing is allocated per event once the arrays have grown.
 */
final class Agenda {
    /** Kinds of work; the agenda only keeps them. */
    static final byte TICK = 0;

    static final byte DATAGRAM = 1;
    static final byte WALL_CLOCK = 2;
    static final byte STREAM = 3;
    static final byte ACTION = 4;
    static final byte COMMAND = 5;
    static final byte RESOLVED = 6;
    static final byte BOOT = 7;
    static final byte RESUME = 8;
    static final byte WORK = 9;

    private static final int SLOT_BITS = 24;
    private static final int MAX_SLOTS = 1 << SLOT_BITS;

    // The heap: the time, and the sequence above the slot, so that comparing two longs settles the order.
    private long[] times = new long[1024];
    private long[] keys = new long[1024];
    private int size;
    private long sequence;

    // The slots.
    private byte[] kinds = new byte[1024];
    private int[] hosts = new int[1024];
    private int[] epochs = new int[1024];
    private @Nullable Object[] items = new @Nullable Object[1024];
    private int[] free = new int[1024];
    private int freeCount;
    private int slots;

    /** The entry taken by the last {@link #poll}. */
    byte kind;

    int host;
    int epoch;

    @Nullable
    Object item;

    long atNanos;

    void add(long atNanos, byte kind, int host, int epoch, @Nullable Object item) {
        int slot = freeCount > 0 ? free[--freeCount] : newSlot();
        kinds[slot] = kind;
        hosts[slot] = host;
        epochs[slot] = epoch;
        items[slot] = item;
        if (size == times.length) {
            times = Arrays.copyOf(times, size * 2);
            keys = Arrays.copyOf(keys, size * 2);
        }
        siftUp(size++, atNanos, sequence++ << SLOT_BITS | slot);
    }

    /** Takes the first entry into this object's fields; false when there is none. */
    boolean poll() {
        if (size == 0) return false;
        atNanos = times[0];
        int slot = (int) keys[0] & MAX_SLOTS - 1;
        kind = kinds[slot];
        host = hosts[slot];
        epoch = epochs[slot];
        item = items[slot];
        items[slot] = null;
        if (freeCount == free.length) free = Arrays.copyOf(free, freeCount * 2);
        free[freeCount++] = slot;
        size--;
        if (size > 0) siftDown(times[size], keys[size]);
        return true;
    }

    /** When the first entry is due; {@link Long#MAX_VALUE} when there is none. */
    long nextNanos() {
        return size == 0 ? Long.MAX_VALUE : times[0];
    }

    int size() {
        return size;
    }

    private int newSlot() {
        if (slots == MAX_SLOTS) throw new IllegalStateException("more than " + MAX_SLOTS + " events are pending");
        if (slots == kinds.length) {
            int more = slots * 2;
            kinds = Arrays.copyOf(kinds, more);
            hosts = Arrays.copyOf(hosts, more);
            epochs = Arrays.copyOf(epochs, more);
            items = Arrays.copyOf(items, more);
        }
        return slots++;
    }

    private void siftUp(int from, long time, long key) {
        int at = from;
        while (at > 0) {
            int parent = at - 1 >>> 2;
            if (times[parent] < time || times[parent] == time && keys[parent] < key) break;
            times[at] = times[parent];
            keys[at] = keys[parent];
            at = parent;
        }
        times[at] = time;
        keys[at] = key;
    }

    private void siftDown(long time, long key) {
        int at = 0;
        while (true) {
            int first = (at << 2) + 1;
            if (first >= size) break;
            int least = first;
            int end = Math.min(first + 4, size);
            for (int child = first + 1; child < end; child++) {
                if (times[child] < times[least] || times[child] == times[least] && keys[child] < keys[least])
                    least = child;
            }
            if (time < times[least] || time == times[least] && key < keys[least]) break;
            times[at] = times[least];
            keys[at] = keys[least];
            at = least;
        }
        times[at] = time;
        keys[at] = key;
    }
}
