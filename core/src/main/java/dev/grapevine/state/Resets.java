package dev.grapevine.state;

import dev.grapevine.core.Address;
import dev.grapevine.state.StateMessage.Reset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Helps a peer that missed that removals were forgotten: it cannot be told what was removed, so it is given everything, and drops
 * what the giver had seen and does not have any more. What the giver had not seen stays.
 */
final class Resets {
    private static final int PART_BYTES = 32 << 10;
    private static final int MAX_GIVING = 8;
    private static final long PATIENCE_PERIODS = 50;

    private final StateReplica replica;
    private final Map<Address, Giving> givings = new LinkedHashMap<>();
    private final Set<Address> owed = new LinkedHashSet<>();
    private @Nullable Taking taking;

    private static final class Giving {
        final long session;
        final Context seen;
        final Context collected;
        int part;

        @Nullable
        StateKey after;

        long sentNanos;

        Giving(long session, Context seen, Context collected) {
            this.session = session;
            this.seen = seen;
            this.collected = collected;
        }
    }

    private static final class Taking {
        final Address from;
        final long session;
        final Context seen;
        final Context collected;
        int part;
        int entries;

        @Nullable
        StateKey after;

        long heardNanos;
        final List<Value> missing = new ArrayList<>();

        Taking(Address from, Reset first) {
            this.from = from;
            session = first.session();
            seen = first.seen();
            collected = first.collected();
        }
    }

    Resets(StateReplica replica) {
        this.replica = replica;
    }

    boolean isOwing() {
        return !owed.isEmpty();
    }

    private long patienceNanos() {
        return PATIENCE_PERIODS * replica.settings.periodNanos();
    }

    // ---- giving ----

    void begin(Address to) {
        givings.values().removeIf(each -> replica.nowNanos - each.sentNanos > patienceNanos());
        if (givings.containsKey(to) || givings.size() >= MAX_GIVING) return;
        // Who still waits for bytes, or for the rest of a delta, cannot say what is gone: the peer will ask another.
        for (OriginLog log : replica.store.logs()) if (log.seen() < log.collected) return;
        givings.put(to, new Giving(replica.random.nextLong(), replica.store.seen(), replica.store.collected()));
        give(to);
    }

    /** What was sent to a peer has left: the next part may follow. */
    void goOn(Address to) {
        if (givings.containsKey(to)) give(to);
    }

    void serveOwed() {
        while (!owed.isEmpty() && replica.budget.left(replica.nowNanos) > 0) {
            Address first = owed.iterator().next();
            owed.remove(first);
            if (givings.containsKey(first)) give(first);
        }
    }

    private void give(Address to) {
        Giving giving = givings.get(to);
        if (giving == null) return;
        giving.sentNanos = replica.nowNanos;
        if (replica.budget.left(replica.nowNanos) <= 0) {
            owed.add(to);
            replica.timers.set(new StateReplica.Timer.Serve(), replica.budget.whenNanos(1));
            return;
        }
        NavigableMap<StateKey, Entry> entries = replica.store.entries();
        NavigableMap<StateKey, Entry> rest = giving.after == null ? entries : entries.tailMap(giving.after, false);
        List<Reset.Kept> items = new ArrayList<>();
        int bytes = 0;
        boolean last = true;
        for (Map.Entry<StateKey, Entry> each : rest.entrySet()) {
            if (bytes > PART_BYTES) {
                last = false;
                break;
            }
            items.add(new Reset.Kept(each.getKey(), each.getValue()));
            bytes += StateWriter.sizeOf(each.getKey(), each.getValue());
            giving.after = each.getKey();
        }
        boolean first = giving.part == 0;
        Reset reset = new Reset(
                giving.session,
                giving.part++,
                last,
                first ? giving.seen : Context.EMPTY,
                first ? giving.collected : Context.EMPTY,
                items);
        if (last) givings.remove(to);
        replica.send(to, reset, true);
        // Several parts may be on their way; a driver that does not tell when they have left gets them all.
        if (!last) owed.add(to);
        if (!last) replica.timers.set(new StateReplica.Timer.Serve(), replica.budget.whenNanos(1));
    }

    // ---- taking ----

    void received(Address from, Reset reset) {
        Taking now = taking;
        if (reset.part() == 0) {
            // One at a time; one that stopped half-way did no harm, for it only joined what it brought.
            if (now != null && !now.from.equals(from) && replica.nowNanos - now.heardNanos < patienceNanos()) return;
            now = new Taking(from, reset);
            taking = now;
        }
        if (now == null || now.session != reset.session() || now.part != reset.part() || !now.from.equals(from)) return;
        now.part++;
        now.heardNanos = replica.nowNanos;
        for (Reset.Kept item : reset.items()) {
            if (now.after != null && now.after.compareTo(item.key()) >= 0) continue;
            take(now, item);
        }
        if (!reset.last()) return;
        dropUnmentioned(now, null);
        taking = null;
        replica.store.resetDone(allowed(now.seen), now.collected);
        replica.publish(new StateEvent.Reset(now.entries));
        replica.advanced();
    }

    // Facts of nodes that are no members here did not count, so nothing of theirs has been seen.
    private Context allowed(Context seen) {
        Context allowed = Context.EMPTY;
        List<Origin> origins = new ArrayList<>();
        List<Long> versions = new ArrayList<>();
        for (int i = 0; i < seen.size(); i++) {
            Origin origin = seen.origin(i);
            if (!replica.isMember(origin) || origin.equals(replica.facts) || origin.equals(replica.shared)) continue;
            origins.add(origin);
            versions.add(seen.version(i));
        }
        if (origins.isEmpty()) return allowed;
        return Context.ofSorted(
                origins.toArray(Origin[]::new),
                versions.stream().mapToLong(Long::longValue).toArray());
    }

    private void take(Taking now, Reset.Kept item) {
        dropUnmentioned(now, item.key());
        now.after = item.key();
        if (!item.key().isShared() && !replica.isMember(item.entry().context().origin(0))) return;
        if (!item.key().isShared() && item.key().owner().equals(replica.facts.node())) return; // ours
        replica.store.reset(item.key(), item.entry(), now.seen, now.missing);
        for (Value value : now.missing) replica.transfersWant(value, now.from);
        now.missing.clear();
        now.entries++;
    }

    private void dropUnmentioned(Taking now, @Nullable StateKey until) {
        NavigableMap<StateKey, Entry> entries = replica.store.entries();
        NavigableMap<StateKey, Entry> between = now.after == null ? entries : entries.tailMap(now.after, false);
        if (until != null) between = between.headMap(until, false);
        TreeSet<StateKey> keys = new TreeSet<>(between.keySet());
        for (StateKey key : replica.store.waiting())
            if ((now.after == null || key.compareTo(now.after) > 0) && (until == null || key.compareTo(until) < 0))
                keys.add(key);
        for (StateKey key : keys) {
            if (!key.isShared() && key.owner().equals(replica.facts.node())) continue; // ours
            replica.store.reset(key, Entry.ABSENT, now.seen, now.missing);
        }
    }
}
