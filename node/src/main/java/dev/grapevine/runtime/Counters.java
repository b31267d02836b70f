package dev.grapevine.runtime;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** The counters of one hosted machine: written by its loop alone, without locks; readable from any thread at any time. */
public final class Counters {
    private static final Counter[] ALL = Counter.values();

    private final AtomicLongArray values = new AtomicLongArray(ALL.length);

    Counters() {}

    /** The value now. */
    public long get(Counter counter) {
        return values.getOpaque(counter.ordinal());
    }

    /** All values, each read once. */
    public Map<Counter, Long> snapshot() {
        Map<Counter, Long> all = new EnumMap<>(Counter.class);
        for (Counter counter : ALL) all.put(counter, get(counter));
        return all;
    }

    void add(Counter counter, long more) {
        int index = counter.ordinal();
        values.setOpaque(index, values.getPlain(index) + more); // one writer: no atomic add is needed
    }

    /** For the few counters that threads other than the loop write. */
    void addFromAnyThread(Counter counter, long more) {
        values.getAndAdd(counter.ordinal(), more);
    }
}
