package dev.grapevine.state;

import dev.grapevine.core.Address;
import dev.grapevine.state.StateMessage.Entries;
import dev.grapevine.state.StateMessage.Finish;
import dev.grapevine.state.StateMessage.Finished;
import dev.grapevine.state.reconcile.ReconcileMessage;
import dev.grapevine.state.reconcile.ReconcileSettings;
import dev.grapevine.state.reconcile.Reconciler;
import dev.grapevine.state.reconcile.Reconciler.Effect;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Compares all entries with a peer's where versions cannot tell what is missing: what a cut delta left open, and removals that were
 * forgotten before this node saw them. It costs what differs, not what is there ({@link Reconciler}). {@link RepairTaking} is the side
 * that began and learns, {@link RepairGiving} the one that answers.
 */
final class Repairs {
    private static final int CHUNK_BYTES = 128 << 10; // two of the longest messages must fit into the patience

    private final StateReplica replica;
    private final EntryIds ids = new EntryIds();
    private final Reconciler<Address> reconciler;
    private final RepairTaking taking;
    private final RepairGiving giving;
    private final Deque<Effect.Send<Address>> owed = new ArrayDeque<>(); // waits for the budget

    Repairs(StateReplica replica) {
        this.replica = replica;
        StateSettings settings = replica.settings;
        long chunkNanos = (long) (CHUNK_BYTES * 1e9 / settings.bytesPerSecond());
        ReconcileSettings defaults = ReconcileSettings.DEFAULT;
        ReconcileSettings limits = new ReconcileSettings(
                4 * settings.periodNanos() + chunkNanos,
                defaults.attempts(),
                defaults.maxAnswered(),
                defaults.maxLarge(),
                defaults.maxSymbols());
        reconciler = new Reconciler<>(ids.set(), limits, replica.random);
        taking = new RepairTaking(replica, this, limits.timeoutNanos());
        giving = new RepairGiving(replica, this, limits.timeoutNanos());
        replica.store.entries().forEach((key, entry) -> ids.replaced(key, Entry.ABSENT, entry));
    }

    // ---- what happens ----

    /** An entry is another one now. */
    void replaced(StateKey key, Entry before, Entry after) {
        ids.replaced(key, before, after);
        taking.replaced(key);
        giving.replaced(key);
    }

    /** Something here may be missing, and this peer seems to know more, or nobody in particular is known to. */
    void unsure(Address peer) {
        taking.unsure(peer);
    }

    /** This peer says that removals were missed. */
    void missed(Address peer) {
        taking.missed(peer);
    }

    void received(Address from, ReconcileMessage message) {
        if (message instanceof ReconcileMessage.Compare compare) giving.begin(from, compare.exchange());
        if (message instanceof ReconcileMessage.Want want) {
            if (want.byInitiator()) giving.asked(from, want);
            else taking.asked(from, want);
        }
        if (message instanceof ReconcileMessage.Busy busy) taking.refused(from, busy.exchange());
        tell(new Reconciler.Input.Received<>(from, message));
        giving.pump();
    }

    void entries(Address from, Entries entries) {
        if (entries.byInitiator()) giving.takeGift(from, entries);
        else taking.entries(from, entries);
    }

    void finish(Address from, Finish finish) {
        giving.finish(from, finish);
    }

    void finished(Address from, Finished finished) {
        taking.finished(from, finished);
    }

    void tick() {
        tell(new Reconciler.Input.Tick<>());
        taking.tick();
    }

    void setTimer() {
        long next = Math.min(reconciler.nextDeadlineNanos(), taking.nextDeadlineNanos());
        if (next == Long.MAX_VALUE) replica.timers.cancel(new StateReplica.Timer.Repair());
        else replica.timers.set(new StateReplica.Timer.Repair(), next);
    }

    /** Whether this node is being given entries by that peer. */
    boolean isTakingFrom(Address peer) {
        return taking.isFrom(peer);
    }

    /** A peer's comparison leads nowhere. */
    void refuse(Address to, int exchange) {
        send(new Effect.Send<>(to, new ReconcileMessage.Busy(exchange)));
    }

    /** This node took over what a peer had seen, so that it cannot explain by what it had seen itself what it has not. */
    void tookOver() {
        giving.breakOff();
    }

    /** Gives a peer what it turned out to lack. */
    void gift(Address to, int exchange, List<StateKey> keys) {
        giving.gift(to, exchange, keys);
    }

    /** Whether a peer learns from this node what is gone; so long nothing is forgotten, or it could not be told apart. */
    boolean isGiving() {
        return giving.isActive();
    }

    // ---- the budget ----

    boolean isOwing() {
        return !owed.isEmpty() || giving.isOwing();
    }

    void serveOwed() {
        while (!owed.isEmpty() && replica.budget.left(replica.nowNanos) > 0) send(owed.removeFirst());
        if (owed.isEmpty()) giving.pump();
    }

    // ---- the comparison ----

    /** Begins a comparison; what comes of it is told to {@link RepairTaking}. */
    void start(Address peer) {
        tell(new Reconciler.Input.Start<>(peer));
    }

    void giveUp(Address peer) {
        tell(new Reconciler.Input.Gone<>(peer));
    }

    private void tell(Reconciler.Input<Address> input) {
        List<Effect<Address>> effects = new ArrayList<>();
        reconciler.handle(input, replica.nowNanos, effects);
        for (Effect<Address> effect : effects) perform(effect);
    }

    private void perform(Effect<Address> effect) {
        switch (effect) {
            case Effect.Send<Address> send -> {
                note(send.to(), send.message());
                if (owed.isEmpty() && replica.budget.left(replica.nowNanos) > 0) send(send);
                else {
                    owed.add(send);
                    replica.serveSoon();
                }
            }
            case Effect.Give<Address>(Address to, boolean asked, long[] given) -> {
                List<StateKey> keys = new ArrayList<>(given.length);
                for (long id : given) {
                    StateKey key = ids.key(id);
                    if (key != null) keys.add(key);
                }
                if (asked) taking.onlyHere(to, keys);
                else giving.give(to, keys);
            }
            case Effect.Ended<Address>(Address peer, Reconciler.Outcome outcome) -> taking.compared(peer, outcome);
        }
    }

    private void note(Address to, ReconcileMessage message) {
        switch (message) {
            case ReconcileMessage.Compare compare -> taking.begun(to, compare.exchange());
            case ReconcileMessage.Want want -> {
                if (want.byInitiator()) taking.asking(to, want);
                else giving.asking(to, want);
            }
            default -> {}
        }
    }

    private void send(Effect.Send<Address> send) {
        int bytes = send.message().sizeBytes();
        replica.spent(bytes);
        replica.effects.add(
                new StateEffect.Compare(send.to(), send.message(), bytes > replica.settings.datagramBytes()));
    }
}
