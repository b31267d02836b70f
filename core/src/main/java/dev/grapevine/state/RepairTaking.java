package dev.grapevine.state;

import dev.grapevine.core.Address;
import dev.grapevine.state.StateMessage.Entries;
import dev.grapevine.state.StateMessage.Finish;
import dev.grapevine.state.StateMessage.Finished;
import dev.grapevine.state.reconcile.ReconcileMessage;
import dev.grapevine.state.reconcile.Reconciler.Method;
import dev.grapevine.state.reconcile.Reconciler.Outcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The side of a comparison that began it, and learns. It takes in what the peer has and this node has not; once it surely has all of
 * it, it counts as having seen what the peer had seen, and drops what the peer had seen and has not any more. What the peer had not
 * seen it is given. One comparison at a time; one that broke off did no harm, for it only joined what it brought.
 */
final class RepairTaking {
    private static final int MAX_KEYS = 4096; // that changed here meanwhile
    private static final int ATTEMPTS = 6;
    private static final int MAX_BACKOFF = 6;

    private final StateReplica replica;
    private final Repairs repairs;
    private final long patienceNanos;
    private @Nullable Session now;
    private long notBeforeNanos = Long.MIN_VALUE;
    private long againNanos = Long.MAX_VALUE; // missed removals are still to be learned of
    private int fruitless;

    private static final class Session {
        final Address peer;
        final boolean missed;
        final Map<StateKey, Entry> told = new LinkedHashMap<>(); // by the peer; ABSENT for what it has nothing of
        final Set<StateKey> onlyHere = new LinkedHashSet<>();
        final TreeSet<StateKey> changed = new TreeSet<>(); // here, by others than the peer
        int exchange = -1;
        int wants;
        int wantsOfPeer;
        int roundTrips;
        int attempts;
        long deadlineNanos = Long.MAX_VALUE;

        @Nullable
        Finish finish;

        @Nullable
        Finished finished;

        boolean taking;

        Session(Address peer, boolean missed) {
            this.peer = peer;
            this.missed = missed;
        }
    }

    RepairTaking(StateReplica replica, Repairs repairs, long patienceNanos) {
        this.replica = replica;
        this.repairs = repairs;
        this.patienceNanos = patienceNanos;
    }

    // ---- beginning and ending ----

    void unsure(Address peer) {
        // Where bytes are short, news goes first: most of what is unsure comes with it.
        boolean spare = 2 * replica.budget.left(replica.nowNanos) > replica.budget.most();
        if (now == null && spare && replica.nowNanos >= notBeforeNanos) begin(peer, false);
    }

    void missed(Address peer) {
        Session running = now;
        if (running != null && (running.missed || running.finish != null)) return;
        if (running != null) fail(running); // it would not help
        if (replica.nowNanos >= notBeforeNanos || fruitless == 0) begin(peer, true);
    }

    private void begin(Address peer, boolean missed) {
        if (replica.budget.left(replica.nowNanos) <= 0) return;
        now = new Session(peer, missed);
        if (missed) againNanos = Long.MAX_VALUE;
        repairs.start(peer);
    }

    boolean isFrom(Address peer) {
        Session session = now;
        return session != null && session.peer.equals(peer);
    }

    void begun(Address peer, int exchange) {
        Session session = now;
        if (session != null && session.peer.equals(peer)) session.exchange = exchange;
    }

    /** The peer cannot go on with it. */
    void refused(Address peer, int exchange) {
        Session session = now;
        if (session != null && session.finish != null && session.peer.equals(peer) && session.exchange == exchange)
            fail(session);
    }

    private void fail(Session session) {
        now = null;
        repairs.giveUp(session.peer);
        rest(session.told.isEmpty()); // what came of it is here: less will differ the next time
        if (session.missed) againNanos = notBeforeNanos;
    }

    private void rest(boolean inVain) {
        fruitless = inVain ? Math.min(fruitless + 1, MAX_BACKOFF) : 0;
        long periods = (1L << fruitless) + replica.random.nextInt(1 << fruitless);
        notBeforeNanos = replica.nowNanos + periods * replica.settings.periodNanos();
    }

    long nextDeadlineNanos() {
        Session session = now;
        return session == null ? againNanos : session.deadlineNanos;
    }

    void tick() {
        Session session = now;
        if (session == null && replica.nowNanos >= againNanos) {
            Address peer = replica.randomPeer();
            againNanos = Long.MAX_VALUE;
            if (peer != null) begin(peer, true);
            return;
        }
        if (session == null || replica.nowNanos < session.deadlineNanos) return;
        Finish finish = session.finish;
        if (finish == null || ++session.attempts > ATTEMPTS) {
            fail(session);
            return;
        }
        session.deadlineNanos = replica.nowNanos + patienceNanos;
        replica.send(session.peer, finish);
    }

    // ---- the comparison ----

    /** This node asks the peer for entries. */
    void asking(Address to, ReconcileMessage.Want want) {
        Session session = now;
        if (session != null && session.peer.equals(to)) session.wants += want.prefixes().length;
    }

    /** The peer, which compares this node's list with its own, asks for entries. */
    void asked(Address from, ReconcileMessage.Want want) {
        Session session = now;
        if (session != null && session.peer.equals(from) && session.exchange == want.exchange())
            session.wantsOfPeer += want.prefixes().length;
    }

    /** The peer does not have these as they are here. */
    void onlyHere(Address peer, List<StateKey> keys) {
        Session session = now;
        if (session != null && session.peer.equals(peer)) session.onlyHere.addAll(keys);
    }

    void replaced(StateKey key) {
        Session session = now;
        if (session != null && !session.taking && session.changed.size() <= MAX_KEYS) session.changed.add(key);
    }

    void entries(Address from, Entries entries) {
        Session session = now;
        if (session == null || !session.peer.equals(from) || session.exchange != entries.exchange()) return;
        List<Value> missing = new ArrayList<>();
        session.taking = true;
        for (Kept item : entries.items()) {
            session.told.put(item.key(), item.entry());
            if (counts(item)) replica.store.take(item.key(), item.entry(), missing);
        }
        session.taking = false;
        for (StateKey key : entries.gone()) session.told.put(key, Entry.ABSENT);
        for (Value value : missing) replica.transfersWant(value, from);
        if (session.finish != null) {
            session.attempts = 0;
            session.deadlineNanos = replica.nowNanos + patienceNanos;
        }
        if (!entries.items().isEmpty()) replica.advanced();
        conclude(session);
    }

    // Facts of nodes that are no members here do not count, and of our own nobody knows better.
    private boolean counts(Kept item) {
        return item.key().isShared() || replica.isMember(item.entry().context().origin(0)) && !isOurs(item.key());
    }

    private boolean isOurs(StateKey key) {
        return key.owner().equals(replica.facts.node());
    }

    /** What differs is known. */
    void compared(Address peer, Outcome outcome) {
        Session session = now;
        if (session == null || !session.peer.equals(peer)) return;
        if (outcome.method() == Method.NONE || session.changed.size() > MAX_KEYS) { // then not all are known
            fail(session);
            return;
        }
        session.roundTrips = outcome.roundTrips() + 1;
        TreeSet<StateKey> keys = new TreeSet<>(session.changed); // what the comparison says of them is old
        keys.addAll(replica.store.waiting()); // and of these it says nothing
        keys.removeAll(session.told.keySet());
        ask(session, keys);
    }

    private void ask(Session session, TreeSet<StateKey> keys) {
        Finish finish =
                new Finish(session.exchange, session.wants, session.missed, origins(session), List.copyOf(keys));
        session.finish = finish;
        session.finished = null;
        session.changed.clear();
        session.deadlineNanos = replica.nowNanos + patienceNanos;
        replica.send(session.peer, finish);
    }

    // Of whom it matters what the peer had seen: those of whom something may be missing, and who wrote what only this
    // node
    // has.
    private long[] origins(Session session) {
        Set<Long> hashes = new LinkedHashSet<>();
        if (session.missed) return new long[0];
        for (OriginLog log : replica.store.logs()) if (log.isUnsure()) hashes.add(log.origin.hash());
        for (StateKey key : session.onlyHere) {
            Entry entry = replica.store.get(key);
            if (entry != null)
                for (Sibling each : entry.siblings()) hashes.add(each.origin().hash());
        }
        return hashes.stream().mapToLong(Long::longValue).toArray();
    }

    // ---- what follows ----

    void finished(Address from, Finished finished) {
        Session session = now;
        if (session == null || !session.peer.equals(from) || session.exchange != finished.exchange()) return;
        if (session.finish == null) return;
        session.finished = finished;
        conclude(session);
    }

    /** Once all that the peer has and had seen is here. Messages may overtake each other. */
    private void conclude(Session session) {
        Finished finished = session.finished;
        Finish finish = session.finish;
        if (finished == null || finish == null || !session.told.keySet().containsAll(finish.keys())) return;
        if (session.told.size() != finished.given() || session.wantsOfPeer != finished.wants()) return;
        if (session.changed.size() > MAX_KEYS) {
            fail(session);
            return;
        }
        Context seen = finished.seen();
        TreeSet<StateKey> late = late(session, seen);
        if (!late.isEmpty()) {
            ask(session, late);
            return;
        }
        now = null;
        int dropped = 0;
        List<Value> missing = new ArrayList<>();
        TreeSet<StateKey> waiting = replica.store.waiting(); // old news of a key may wait for its bytes
        for (Map.Entry<StateKey, Entry> each : session.told.entrySet()) {
            StateKey key = each.getKey();
            if (isOurs(key) || !each.getValue().equals(Entry.ABSENT) && !counts(new Kept(key, each.getValue())))
                continue;
            Entry mine = replica.store.getOrAbsent(key);
            if (mine.equals(each.getValue()) && !waiting.contains(key)) continue; // most of them
            if (settle(key, mine, each.getValue(), seen, missing)) dropped++;
        }
        List<StateKey> gifts = new ArrayList<>();
        for (StateKey key : session.onlyHere) {
            Entry mine = replica.store.get(key);
            if (mine == null || mine.equals(session.told.get(key))) continue;
            if (!isOurs(key) && !session.told.containsKey(key) && settle(key, mine, Entry.ABSENT, seen, missing))
                dropped++;
            if (replica.store.get(key) != null) gifts.add(key);
        }
        for (Value value : missing) replica.transfersWant(value, session.peer);
        boolean wasUnsure = isUnsure();
        replica.store.resetDone(counting(seen), finished.collected());
        repairs.tookOver();
        rest(wasUnsure && isUnsure());
        repairs.gift(session.peer, session.exchange, gifts);
        replica.publish(new StateEvent.Repaired(
                session.missed, session.told.size(), dropped, gifts.size(), session.roundTrips));
        replica.advanced();
    }

    // What came from others meanwhile and the peer had seen, but may have no more.
    private TreeSet<StateKey> late(Session session, Context seen) {
        TreeSet<StateKey> late = replica.store.waiting();
        late.removeAll(session.told.keySet());
        for (StateKey key : session.changed) {
            Entry mine = replica.store.get(key);
            if (mine == null || session.told.containsKey(key) || session.onlyHere.contains(key)) continue;
            for (Sibling each : mine.siblings()) if (seen.covers(each.origin(), each.version())) late.add(key);
        }
        return late;
    }

    private boolean isUnsure() {
        for (OriginLog log : replica.store.logs()) if (log.isUnsure()) return true;
        return false;
    }

    /** Takes over what follows from what the peer had seen; whether the key shows nothing any more. */
    private boolean settle(StateKey key, Entry mine, Entry theirs, Context seen, List<Value> missing) {
        replica.store.reset(key, theirs, seen, missing);
        Entry after = replica.store.get(key);
        return !mine.isTombstone() && (after == null || after.isTombstone());
    }

    // Facts of nodes that are no members here did not count, so nothing of theirs has been seen; of ours all is here.
    private Context counting(Context seen) {
        List<Origin> origins = new ArrayList<>();
        List<Long> versions = new ArrayList<>();
        for (int i = 0; i < seen.size(); i++) {
            Origin origin = seen.origin(i);
            if (!replica.isMember(origin) || origin.equals(replica.facts) || origin.equals(replica.shared)) continue;
            origins.add(origin);
            versions.add(seen.version(i));
        }
        return Context.ofSorted(
                origins.toArray(Origin[]::new),
                versions.stream().mapToLong(Long::longValue).toArray());
    }
}
