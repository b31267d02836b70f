package dev.grapevine.state;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes local writes at the rate that flow control allows. Those beyond it wait; of a key that is written again while it waits only
 * the newest value is ever made, unless its author said what he saw.
 */
final class Writes {
    /** How many writes may wait. */
    static final int MAX_WAITING = 10_000;

    private final StateReplica replica;
    private final Map<Object, Waiting> waiting = new LinkedHashMap<>();
    private long anonymous;

    private static final class Waiting {
        final StateKey key;
        final List<Long> ids = new ArrayList<>(1);
        byte @Nullable [] value;

        @Nullable
        Context seen;

        boolean stamped;
        boolean counts;
        long by; // of a counter

        Waiting(StateKey key) {
            this.key = key;
        }
    }

    Writes(StateReplica replica) {
        this.replica = replica;
    }

    void ask(StateInput.Write write) {
        String refusal = refusal(write.key(), write.value());
        if (refusal != null) {
            refuse(write.id(), refusal);
            return;
        }
        Object slot = write.seen() == null ? write.key() : (Object) anonymous++;
        Waiting each = enqueue(write.id(), slot, write.key());
        if (each == null) return;
        each.value = write.value();
        each.seen = write.seen();
        each.stamped = write.stamped();
        admit();
    }

    void ask(StateInput.Count count) {
        StateKey key;
        try {
            key = Counters.key(count.counter(), replica.shared);
        } catch (IllegalArgumentException e) {
            refuse(count.id(), String.valueOf(e.getMessage()));
            return;
        }
        if (count.by() == Long.MIN_VALUE || Math.abs(count.by()) > Counters.MAX_STEP) {
            refuse(count.id(), "a counter moves by at most " + Counters.MAX_STEP + " at once, not by " + count.by());
            return;
        }
        Waiting each = enqueue(count.id(), key, key);
        if (each == null) return;
        each.by += count.by();
        each.counts = true;
        admit();
    }

    private @Nullable Waiting enqueue(long id, Object slot, StateKey key) {
        replica.flow.asked(replica.nowNanos);
        Waiting each = waiting.get(slot);
        if (each == null) {
            if (waiting.size() >= MAX_WAITING) {
                refuse(
                        id,
                        waiting.size() + " writes wait for their turn, the limit is " + MAX_WAITING
                                + ": write slower than " + Math.round(replica.flow.allowed()) + " a second");
                return null;
            }
            each = new Waiting(key);
            waiting.put(slot, each);
        }
        each.ids.add(id);
        return each;
    }

    private @Nullable String refusal(StateKey key, byte @Nullable [] value) {
        StateSettings settings = replica.settings;
        if (!key.isShared() && !key.owner().equals(replica.facts.node()))
            return "only " + key.owner() + " itself can change its facts";
        if (value == null) return null;
        if (value.length > Value.MAX_BYTES)
            return "the value has " + value.length + " bytes, the limit is " + Value.MAX_BYTES + " (16 MiB)";
        Entry known = replica.store.get(key);
        if ((known == null || known.isTombstone()) && replica.store.size() >= settings.maxEntries())
            return "there are " + replica.store.size() + " keys, the limit is " + settings.maxEntries();
        if (replica.store.valueBytes() + value.length > settings.maxBytes())
            return "with " + value.length + " bytes more there would be "
                    + (replica.store.valueBytes() + value.length) + " bytes of values, the limit is "
                    + settings.maxBytes();
        return null;
    }

    private void refuse(long id, String reason) {
        replica.effects.add(new StateEffect.Refuse(id, reason));
    }

    /** Makes the writes whose turn it is. */
    void admit() {
        while (!waiting.isEmpty()) {
            if (!replica.flow.take(replica.nowNanos)) {
                replica.timers.set(new StateReplica.Timer.Admit(), replica.flow.nextNanos());
                return;
            }
            Object slot = waiting.keySet().iterator().next();
            Waiting next = waiting.remove(slot);
            if (next != null) make(next);
        }
    }

    private void make(Waiting write) {
        Origin origin = write.key.isShared() ? replica.shared : replica.facts;
        StateStore store = replica.store;
        byte[] value = write.counts ? Counters.add(store.get(write.key), write.by) : write.value;
        long version = value == null
                ? store.remove(origin, write.key, write.seen)
                : store.put(origin, write.key, write.seen, Value.of(value), write.stamped ? replica.clock.next() : 0);
        Update update = new Update(write.key, origin, version);
        for (long id : write.ids) replica.effects.add(new StateEffect.Written(id, update));
        if (version > 0) replica.wrote(origin);
    }
}
