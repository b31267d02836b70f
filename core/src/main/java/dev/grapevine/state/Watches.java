package dev.grapevine.state;

import dev.grapevine.core.Address;
import dev.grapevine.state.StateMessage.Mark;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who has what: watermarks. A watch is a cut (some origins' versions) and one bit for each member of a view; a member sets its own bit
 * once it has seen the cut, and bits are joined as the watch is gossiped. So nobody is told N times, and what a set bit says is true
 * for ever of that member's life. Waits for updates, convergence and the forgetting of removals all ask by watches.
 */
final class Watches {
    private static final int MAX_WATCHES = 1024;
    private static final int MAX_OWN = 8;
    private static final int MAX_WAITS = 10_000;
    private static final int MAX_CUT = 64; // origins in one cut
    private static final long FOLLOW_NANOS = 60_000_000_000L;
    private static final long REMEMBER_NANOS = 60_000_000_000L;

    private final StateReplica replica;
    private final Map<Long, Watch> watches = new LinkedHashMap<>();
    private final List<Wait> waits = new ArrayList<>();
    private final Deque<Unseen> unseen = new ArrayDeque<>(); // own writes that somebody may not have, oldest first
    private View view;
    private long followUntilNanos = Long.MIN_VALUE;
    private long garbageSinceNanos = Long.MAX_VALUE;
    private long collectWatch;
    private @Nullable Convergence told;

    private static final class Watch {
        final long id;
        final List<Mark> cut;
        final @Nullable Context own; // of a watch of ours: the cut by origin
        byte[] bits;
        int fruitless;
        long nextNanos;
        long changedNanos;

        Watch(long id, List<Mark> cut, @Nullable Context own, byte[] bits, long nowNanos) {
            this.id = id;
            this.cut = cut;
            this.own = own;
            this.bits = bits;
            changedNanos = nowNanos;
        }
    }

    private static final class Wait {
        final StateInput.Await asked;
        boolean viewChanged;

        Wait(StateInput.Await asked) {
            this.asked = asked;
        }
    }

    private record Unseen(Origin origin, long version, long nanos) {}

    Watches(StateReplica replica) {
        this.replica = replica;
        TreeMap<String, Peer> alone = new TreeMap<>();
        String self = replica.facts.node();
        alone.put(self, new Peer(self, replica.facts.generation(), Address.loopback(0), true));
        view = new View(alone, self);
    }

    // ---- asking ----

    void await(StateInput.Await await) {
        Origin origin = await.update().origin();
        String refusal = null;
        if (!origin.equals(replica.facts) && !origin.equals(replica.shared))
            refusal = "only " + origin.node() + ", which made the update, can wait for it";
        else if (await.update().version() > replica.store.seen(origin)) refusal = "there is no such update";
        else if (await.members() > view.size())
            refusal = "the view has " + view.size() + " members, fewer than " + await.members();
        else if (waits.size() >= MAX_WAITS) refusal = waits.size() + " waits are open, the limit is " + MAX_WAITS;
        else if (await.members() < -1) refusal = await.members() + " is no number of members";
        if (refusal != null) {
            replica.effects.add(new StateEffect.Refuse(await.id(), refusal));
            return;
        }
        waits.add(new Wait(await));
        settle();
        if (!waits.isEmpty()) soon();
    }

    void follow() {
        followUntilNanos = replica.nowNanos + FOLLOW_NANOS;
        if (!unseen.isEmpty()) soon();
    }

    /** An update of ours was made. */
    void wrote(Origin origin) {
        Unseen last = unseen.peekLast();
        // Together with one of the same moment: only the oldest one's age is ever asked for.
        if (last != null
                && last.origin().equals(origin)
                && replica.nowNanos - last.nanos() < replica.settings.periodNanos()) {
            unseen.pollLast();
            unseen.addLast(new Unseen(origin, replica.store.seen(origin), last.nanos()));
        } else unseen.addLast(new Unseen(origin, replica.store.seen(origin), replica.nowNanos));
        if (unseen.size() > 4096) unseen.pollFirst();
        advanced();
        if (replica.nowNanos < followUntilNanos) soon();
    }

    private void soon() {
        if (!replica.timers.isSet(new StateReplica.Timer.Gossip()))
            replica.timers.set(
                    new StateReplica.Timer.Gossip(), replica.nowNanos + replica.settings.periodNanos() / 4 + 1);
    }

    private boolean isOwn(Watch watch) {
        return watch.own != null;
    }

    /** Begins a watch for what is waited for and not watched yet. */
    private void begin() {
        boolean following = replica.nowNanos < followUntilNanos && !unseen.isEmpty();
        if (waits.isEmpty() && !following) return;
        Context watched = Context.EMPTY;
        int own = 0;
        for (Watch each : watches.values()) {
            if (each.own == null || each.id == collectWatch) continue;
            if (!view.isFull(each.bits)) own++;
            watched = watched.join(each.own);
        }
        if (own >= MAX_OWN) return;
        Context cut = Context.EMPTY;
        for (Origin origin : List.of(replica.facts, replica.shared)) {
            long wanted = 0;
            for (Wait each : waits)
                if (each.asked.update().origin().equals(origin))
                    wanted = Math.max(wanted, each.asked.update().version());
            if (following && own == 0)
                for (Unseen each : unseen) if (each.origin().equals(origin)) wanted = Math.max(wanted, each.version());
            if (wanted > watched.get(origin)) cut = cut.with(origin, replica.store.seen(origin));
        }
        if (cut.size() > 0) add(cut);
    }

    private Watch add(Context cut) {
        List<Mark> marks = new ArrayList<>(cut.size());
        for (int i = 0; i < cut.size(); i++) marks.add(new Mark(cut.origin(i).hash(), cut.version(i), 0));
        Watch watch = new Watch(replica.random.nextLong(), marks, cut, view.noBits(), replica.nowNanos);
        watches.put(watch.id, watch);
        setOwnBit(watch);
        return watch;
    }

    // ---- gossip ----

    void gossip() {
        begin();
        // Settled before anything is sent: a node alone has nobody to ask.
        settle();
        long nowNanos = replica.nowNanos;
        long next = Long.MAX_VALUE;
        for (Iterator<Watch> each = watches.values().iterator(); each.hasNext(); ) {
            Watch watch = each.next();
            boolean cold = isCold(watch);
            if (cold && nowNanos - watch.changedNanos > REMEMBER_NANOS && !isOwn(watch)) {
                each.remove();
                continue;
            }
            if (cold && isOwn(watch) && view.isFull(watch.bits)) {
                each.remove();
                continue;
            }
            if (cold) continue;
            if (watch.nextNanos <= nowNanos) push(watch);
            next = Math.min(next, watch.nextNanos);
        }
        if (next < Long.MAX_VALUE) replica.timers.set(new StateReplica.Timer.Gossip(), next);
        else if (!waits.isEmpty() || nowNanos < followUntilNanos && !unseen.isEmpty())
            replica.timers.set(new StateReplica.Timer.Gossip(), nowNanos + replica.settings.periodNanos());
    }

    private int patience() {
        return 36 - Integer.numberOfLeadingZeros(view.size());
    }

    // Told often enough in vain; one of ours that is not full is asked about for ever, ever more slowly.
    private boolean isCold(Watch watch) {
        return watch.fruitless >= patience() && (!isOwn(watch) || view.isFull(watch.bits));
    }

    private void push(Watch watch) {
        long period = replica.settings.periodNanos();
        int late = Math.max(0, watch.fruitless - patience());
        watch.nextNanos = replica.nowNanos + Math.min(period << Math.min(late, 10), 10 * period);
        watch.fruitless++;
        for (int i = 0; i < replica.settings.fanout(); i++) {
            Address peer = replica.randomPeer();
            if (peer != null) replica.send(peer, message(watch, false));
        }
    }

    private StateMessage.Watch message(Watch watch, boolean reply) {
        return new StateMessage.Watch(watch.id, view.hash(), watch.cut, watch.bits, reply);
    }

    void received(Address from, StateMessage.Watch message) {
        if (message.view() != view.hash() || !view.fits(message.bits()))
            return; // no view of ours: its bits mean nothing here
        Watch watch = watches.get(message.id());
        if (watch == null) {
            if (watches.size() >= MAX_WATCHES && !makeRoom()) return;
            watch = new Watch(message.id(), List.copyOf(message.cut()), null, view.noBits(), replica.nowNanos);
            watches.put(watch.id, watch);
        }
        if (!watch.cut.equals(message.cut())) return;
        boolean news = View.hasNews(watch.bits, message.bits());
        if (news) {
            watch.bits = View.union(watch.bits, message.bits());
            changed(watch);
        }
        setOwnBit(watch);
        if (!message.reply() && View.hasNews(message.bits(), watch.bits)) replica.send(from, message(watch, true));
        settle();
    }

    private boolean makeRoom() {
        for (Iterator<Watch> each = watches.values().iterator(); each.hasNext(); ) {
            if (isOwn(each.next())) continue;
            each.remove();
            return true;
        }
        return false;
    }

    private void changed(Watch watch) {
        watch.fruitless = 0;
        watch.changedNanos = replica.nowNanos;
        watch.nextNanos = 0;
        soon();
        if (view.isFull(watch.bits)) collect(watch);
    }

    private void setOwnBit(Watch watch) {
        int self = view.self();
        if (View.has(watch.bits, self)) return;
        for (Mark mark : watch.cut) {
            OriginLog log = replica.store.log(mark.origin());
            if (log == null || log.seen() < mark.version()) return;
        }
        byte[] bits = watch.bits.clone();
        View.set(bits, self);
        watch.bits = bits;
        changed(watch);
    }

    /** This node has seen more. */
    void advanced() {
        for (Watch watch : watches.values()) setOwnBit(watch);
        if (replica.store.tombstones() > 0 && !replica.timers.isSet(new StateReplica.Timer.Collect())) {
            garbageSinceNanos = replica.nowNanos;
            replica.timers.set(new StateReplica.Timer.Collect(), replica.nowNanos + replica.settings.collectNanos());
        }
        settle();
    }

    void members(TreeMap<String, Peer> members) {
        View before = view;
        View now = new View(members, replica.facts.node());
        if (now.hash() == before.hash()) return;
        view = now;
        for (Iterator<Watch> each = watches.values().iterator(); each.hasNext(); ) {
            Watch watch = each.next();
            if (!isOwn(watch)) {
                each.remove(); // whoever asked asks again in the new view
                continue;
            }
            watch.bits = now.remap(before, watch.bits);
            watch.fruitless = 0;
            watch.nextNanos = 0;
        }
        for (Wait wait : waits) wait.viewChanged = true;
        if (!watches.isEmpty() || !waits.isEmpty()) soon();
        for (Watch watch : List.copyOf(watches.values())) if (view.isFull(watch.bits)) collect(watch);
        settle();
    }

    // ---- what follows ----

    /** Answers the waits that are over. */
    private void settle() {
        for (Iterator<Wait> each = waits.iterator(); each.hasNext(); ) {
            Wait wait = each.next();
            int wanted = wait.asked.members();
            if (wanted == 0) wanted = view.size() / 2 + 1;
            if (wanted < 0) wanted = view.size();
            wanted = Math.min(wanted, view.size());
            int seen = seen(wait.asked.update().origin(), wait.asked.update().version());
            if (seen < wanted) continue;
            each.remove();
            replica.effects.add(
                    new StateEffect.Seen(wait.asked.id(), new SeenBy(view.names(), seen, wait.viewChanged)));
        }
        while (!unseen.isEmpty()) {
            Unseen oldest = unseen.peekFirst();
            if (seen(oldest.origin(), oldest.version()) < view.size()) break;
            unseen.pollFirst();
        }
        if (told == null && replica.nowNanos >= followUntilNanos) return;
        Convergence now = convergence();
        boolean same = told != null
                && told.upToDate() == now.upToDate()
                && told.members() == now.members()
                && (told.oldestUnseenNanos() == 0) == (now.oldestUnseenNanos() == 0);
        if (same) return;
        told = replica.nowNanos < followUntilNanos ? now : null;
        replica.publish(new StateEvent.Converging(now));
    }

    /** How many members of the view are known to have an update of this node. */
    private int seen(Origin origin, long version) {
        byte[] bits = view.noBits();
        View.set(bits, view.self());
        for (Watch each : watches.values())
            if (each.own != null && each.own.covers(origin, version)) bits = View.union(bits, each.bits);
        return View.count(bits);
    }

    Convergence convergence() {
        if (unseen.isEmpty()) return new Convergence(view.size(), view.size(), 0);
        byte[] bits = view.noBits();
        View.set(bits, view.self());
        long factsNow = replica.store.seen(replica.facts);
        long sharedNow = replica.store.seen(replica.shared);
        for (Watch each : watches.values()) {
            if (each.own == null) continue;
            boolean all = (factsNow == 0 || each.own.covers(replica.facts, factsNow) || !isUnseen(replica.facts))
                    && (sharedNow == 0 || each.own.covers(replica.shared, sharedNow) || !isUnseen(replica.shared));
            if (all) bits = View.union(bits, each.bits);
        }
        Unseen oldest = unseen.getFirst();
        return new Convergence(View.count(bits), view.size(), Math.max(1, replica.nowNanos - oldest.nanos()));
    }

    private boolean isUnseen(Origin origin) {
        for (Unseen each : unseen) if (each.origin().equals(origin)) return true;
        return false;
    }

    /**
     * Asks whether everybody has seen the removals that are remembered. The first member of the view asks; should it not get
     * round to it, the next ones do, later and later.
     */
    void collectGarbage() {
        StateStore store = replica.store;
        if (store.tombstones() == 0) {
            garbageSinceNanos = Long.MAX_VALUE;
            return;
        }
        long collectNanos = replica.settings.collectNanos();
        replica.timers.set(new StateReplica.Timer.Collect(), replica.nowNanos + collectNanos);
        long turn = view.self() == 0 ? 0 : collectNanos * (2 + Math.min(view.self(), 16));
        if (replica.nowNanos - garbageSinceNanos < turn) return;
        Watch running = watches.get(collectWatch);
        if (running != null && !view.isFull(running.bits)) return;
        collectWatch = add(store.garbage(MAX_CUT)).id;
        soon();
        Watch begun = watches.get(collectWatch);
        if (begun != null && view.isFull(begun.bits)) collect(begun); // alone
    }

    private void collect(Watch watch) {
        if (replica.store.tombstones() == 0 || replica.mustRemember()) return; // else the next attempt will
        Context cut = Context.EMPTY;
        for (Mark mark : watch.cut) {
            OriginLog log = replica.store.log(mark.origin());
            if (log != null) cut = cut.with(log.origin, mark.version());
        }
        int removals = replica.store.collect(cut);
        if (removals == 0) return;
        garbageSinceNanos = replica.nowNanos;
        replica.publish(new StateEvent.Collected(removals, view.size()));
    }
}
