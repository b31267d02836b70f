package dev.grapevine.state;

import dev.grapevine.core.Address;
import dev.grapevine.state.StateMessage.Entries;
import dev.grapevine.state.StateMessage.Finish;
import dev.grapevine.state.StateMessage.Finished;
import dev.grapevine.state.reconcile.ReconcileMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The side of a comparison that answers: gives the peer the entries it asks for, as far as the budget goes, then those that changed
 * meanwhile, and at last tells what it had seen when the comparison began.
 */
final class RepairGiving {
    private static final int MAX_SESSIONS = 64;
    private static final int MAX_CHANGED = 4096;
    private static final int MAX_AGAIN = 1024;
    private static final int PART_BYTES = 32 << 10;
    private static final int STREAM_KEYS = 64; // for so many keys a stream is cheaper, and loses nothing

    private final StateReplica replica;
    private final Repairs repairs;
    private final long patienceNanos;
    private final LinkedHashMap<Address, Session> sessions = new LinkedHashMap<>(); // oldest first
    private final Deque<Gift> gifts = new ArrayDeque<>();

    private record Gift(Address to, int exchange, Deque<StateKey> keys) {}

    private static final class Session {
        final int exchange;
        final Context seen;
        final Context collected;
        final boolean whole; // nothing that was forgotten here is still to come
        final Set<StateKey> told = new HashSet<>(); // looked up only
        final Deque<StateKey> queue = new ArrayDeque<>();
        final TreeSet<StateKey> changed = new TreeSet<>();
        int wantsOfPeer;
        int wants;
        long heardNanos;
        boolean broken;

        @Nullable
        Finish finish;

        @Nullable
        Finished finished;

        Session(int exchange, StateStore store, long nowNanos) {
            this.exchange = exchange;
            seen = store.seen();
            collected = store.collected();
            boolean all = true;
            for (OriginLog log : store.logs()) if (log.seen() < log.collected) all = false;
            whole = all;
            heardNanos = nowNanos;
        }
    }

    RepairGiving(StateReplica replica, Repairs repairs, long patienceNanos) {
        this.replica = replica;
        this.repairs = repairs;
        this.patienceNanos = patienceNanos;
    }

    // ---- the comparison ----

    void begin(Address from, int exchange) {
        sessions.values().removeIf(each -> replica.nowNanos - each.heardNanos > 8 * patienceNanos);
        // A message that came twice: the peer may go by either answer, so what had been seen at the first one counts.
        if (session(from, exchange) != null) return;
        sessions.remove(from);
        while (sessions.size() >= MAX_SESSIONS)
            sessions.remove(sessions.keySet().iterator().next());
        sessions.put(from, new Session(exchange, replica.store, replica.nowNanos));
    }

    private @Nullable Session session(Address peer, int exchange) {
        Session session = sessions.get(peer);
        if (session == null || session.exchange != exchange) return null;
        session.heardNanos = replica.nowNanos;
        return session;
    }

    /** The peer asks for entries. */
    void asked(Address from, ReconcileMessage.Want want) {
        Session session = session(from, want.exchange());
        if (session != null) session.wantsOfPeer += want.prefixes().length;
    }

    /** This node, which compares the peer's list with its own, asks for entries. */
    void asking(Address to, ReconcileMessage.Want want) {
        Session session = session(to, want.exchange());
        if (session != null) session.wants += want.prefixes().length;
    }

    void give(Address to, List<StateKey> keys) {
        Session session = sessions.get(to);
        if (session != null) session.queue.addAll(keys);
    }

    void replaced(StateKey key) {
        for (Session each : sessions.values())
            if (each.finished == null && each.changed.size() <= MAX_CHANGED) each.changed.add(key);
    }

    void finish(Address from, Finish finish) {
        Session session = session(from, finish.exchange());
        if (session == null || session.broken) {
            repairs.refuse(from, finish.exchange());
            return;
        }
        Finished finished = session.finished;
        if (finished != null && session.told.containsAll(finish.keys())) {
            if (session.told.size() > MAX_AGAIN) {
                replica.send(from, finished); // the first one was lost
                return;
            }
            // Or what went before it.
            session.queue.addAll(new TreeSet<>(session.told));
            session.told.clear();
        }
        boolean again = session.finish != null;
        session.finish = finish;
        session.finished = null;
        pump();
        if (again && finish.wants() != session.wantsOfPeer)
            repairs.refuse(from, finish.exchange()); // a question was lost
    }

    // ---- giving ----

    /** What this node had seen before does not explain any more what it has not. */
    void breakOff() {
        // Kept, so that a first message that comes twice does not begin the same one again.
        for (Session each : sessions.values()) if (each.finished == null) each.broken = true;
    }

    /** Whether a comparison is not over yet. */
    boolean isActive() {
        for (Session each : sessions.values())
            if (each.finished == null && !each.broken && replica.nowNanos - each.heardNanos < 2 * patienceNanos)
                return true;
        return false;
    }

    /** Whether something waits for the budget. */
    boolean isOwing() {
        if (!gifts.isEmpty()) return true;
        for (Session each : sessions.values()) if (!each.queue.isEmpty()) return true;
        return false;
    }

    /** Sends what may be sent now. */
    void pump() {
        for (Map.Entry<Address, Session> each : sessions.entrySet()) pump(each.getKey(), each.getValue());
        while (!gifts.isEmpty() && hasBudget()) {
            Gift gift = gifts.getFirst();
            send(gift.to(), gift.exchange(), true, gift.keys(), null);
            if (gift.keys().isEmpty()) gifts.removeFirst();
        }
        if (isOwing()) replica.serveSoon();
    }

    private boolean hasBudget() {
        return replica.budget.left(replica.nowNanos) > 0;
    }

    private void pump(Address to, Session session) {
        drain(to, session);
        Finish finish = session.finish;
        if (finish == null || session.finished != null || !session.queue.isEmpty()) return;
        if (finish.wants() != session.wantsOfPeer) return; // a question was lost, or is still on its way
        if (!session.whole && (finish.all() || session.collected.size() > 0) || session.changed.size() > MAX_CHANGED) {
            session.finish = null; // this node cannot say what is gone: the peer will ask another
            repairs.refuse(to, session.exchange);
            return;
        }
        session.queue.addAll(session.changed);
        session.queue.addAll(finish.keys());
        session.changed.clear();
        drain(to, session);
        if (!session.queue.isEmpty()) return;
        Context seen = session.seen;
        Context collected = session.collected;
        // Of one that was forgotten here the peer cannot know whose it replaced: then what had been seen of all goes
        // together.
        if (!finish.all() && collected.size() == 0) {
            Set<Long> asked = new HashSet<>();
            for (long origin : finish.origins()) asked.add(origin);
            seen = only(seen, asked);
        }
        Finished finished = new Finished(session.exchange, session.wants, session.told.size(), seen, collected);
        session.finished = finished;
        replica.send(to, finished);
    }

    private static Context only(Context of, Set<Long> origins) {
        List<Origin> kept = new ArrayList<>();
        List<Long> versions = new ArrayList<>();
        for (int i = 0; i < of.size(); i++) {
            if (!origins.contains(of.origin(i).hash())) continue;
            kept.add(of.origin(i));
            versions.add(of.version(i));
        }
        return Context.ofSorted(
                kept.toArray(Origin[]::new),
                versions.stream().mapToLong(Long::longValue).toArray());
    }

    private void drain(Address to, Session session) {
        while (!session.queue.isEmpty() && hasBudget()) send(to, session.exchange, false, session.queue, session.told);
    }

    /** Sends a message's worth; {@code told} remembers the keys, of which each is told once. */
    private void send(
            Address to, int exchange, boolean byInitiator, Deque<StateKey> queue, @Nullable Set<StateKey> told) {
        int datagram = replica.settings.datagramBytes();
        // As much by stream as there is, if it is much; else a datagram's worth.
        int most = queue.size() > STREAM_KEYS ? PART_BYTES : datagram - 32;
        TreeMap<StateKey, Entry> items = new TreeMap<>();
        TreeSet<StateKey> gone = new TreeSet<>();
        Set<Origin> named = new HashSet<>();
        int bytes = 0;
        while (!queue.isEmpty()) {
            StateKey key = queue.peekFirst();
            Entry entry = replica.store.get(key);
            if (told != null && told.contains(key) || entry == null && byInitiator) {
                queue.removeFirst();
                continue;
            }
            int size = StateWriter.sizeOf(key, entry == null ? Entry.ABSENT : entry);
            if (entry != null)
                for (int i = 0; i < entry.context().size(); i++)
                    if (named.add(entry.context().origin(i)))
                        size += StateWriter.sizeOf(entry.context().origin(i));
            if (bytes > 0 && bytes + size > most) break;
            bytes += size;
            queue.removeFirst();
            if (told != null) told.add(key);
            if (entry == null) gone.add(key);
            else items.put(key, entry);
        }
        if (items.isEmpty() && gone.isEmpty()) return;
        List<Kept> kept = new ArrayList<>(items.size());
        items.forEach((key, entry) -> kept.add(new Kept(key, entry)));
        replica.send(to, new Entries(exchange, byInitiator, kept, List.copyOf(gone)), most == PART_BYTES);
    }

    // ---- gifts: what the peer turned out to lack ----

    void gift(Address to, int exchange, List<StateKey> keys) {
        if (!keys.isEmpty()) gifts.add(new Gift(to, exchange, new ArrayDeque<>(keys)));
        pump();
    }

    /** A peer that compared its entries with ours gives what we lacked; no more is concluded from it. */
    void takeGift(Address from, Entries entries) {
        List<Value> missing = new ArrayList<>();
        for (Kept item : entries.items()) {
            boolean ours = item.key().owner().equals(replica.facts.node());
            if (ours
                    || !item.key().isShared()
                            && !replica.isMember(item.entry().context().origin(0))) continue;
            replica.store.take(item.key(), item.entry(), missing);
        }
        for (Value value : missing) replica.transfersWant(value, from);
        replica.advanced();
    }
}
