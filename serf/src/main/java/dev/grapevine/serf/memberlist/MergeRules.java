package dev.grapevine.serf.memberlist;

import dev.grapevine.serf.msgpack.Bytes;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What alive, suspect and dead messages do to the table. Source: hashicorp/memberlist, state.go, aliveNode, suspectNode,
 * deadNode, refute. Deviations, none of them visible on the wire:
 *
 * <ul>
 *   <li>The highest incarnation cannot be refuted by anybody, so messages that claim it are dropped.
 *   <li>A dead node's incarnation follows later verdicts, so that an older alive message cannot revive it.
 *   <li>A node whose name was reaped comes back second-hand only if it answers a ping.
 * </ul>
 */
final class MergeRules {
    static final long MAX_INCARNATION = 0xFFFF_FFFFL;

    private final Memberlist memberlist;
    private final Turn turn;
    private final NodeTable table;
    private final Outbox outbox;
    private final Awareness awareness;
    private final Memberlist.Delegate delegate;
    private long incarnation;
    private boolean leaving;
    private long dropped;

    MergeRules(
            Memberlist memberlist,
            Turn turn,
            NodeTable table,
            Outbox outbox,
            Awareness awareness,
            Memberlist.Delegate delegate) {
        this.memberlist = memberlist;
        this.turn = turn;
        this.table = table;
        this.outbox = outbox;
        this.awareness = awareness;
        this.delegate = delegate;
    }

    /** Messages dropped because no honest node sends them. */
    long dropped() {
        return dropped;
    }

    long incarnation() {
        return incarnation;
    }

    boolean isLeaving() {
        return leaving;
    }

    private Memberlist.Config config() {
        return memberlist.config();
    }

    private boolean isSelf(String name) {
        return name.equals(config().name());
    }

    /** Announces ourselves anew, with the next incarnation. */
    void announce(@Nullable Bytes meta, @Nullable Runnable finished) {
        incarnation++;
        Message.Alive alive = own(incarnation, meta);
        Node self = table.get(config().name());
        if (self == null) {
            self = new Node(config().name(), config().address(), meta, config().versions());
            table.add(self);
        }
        accept(self, alive, config().address(), config().versions(), finished);
    }

    private Message.Alive own(long incarnation, @Nullable Bytes meta) {
        NodeAddress address = config().address();
        return new Message.Alive(
                incarnation,
                config().name(),
                address.ip(),
                address.port(),
                meta,
                config().versions().bytes());
    }

    /** Steps 1 to 10 of section 11.3. {@code vouched}: the node itself has just answered us. */
    void alive(Message.Alive alive, boolean vouched) {
        boolean self = isSelf(alive.node());
        if (self && leaving) return;
        int port = alive.port() == 0 ? config().bindPort() : alive.port();
        NodeAddress address = NodeAddress.of(alive.addr(), port);
        Versions versions = Versions.of(alive.vsn());
        if (alive.node().isEmpty() || address == null || versions == null || alive.incarnation() == MAX_INCARNATION) {
            dropped++;
            return;
        }
        if (versions.protocolMin() == 0
                || versions.protocolMax() == 0
                || versions.protocolMin() > versions.protocolMax()
                || !delegate.allows(alive.node(), address, alive.meta())) {
            dropped++;
            return;
        }
        Node node = table.get(alive.node());
        if (node == null) {
            if (alive.incarnation() == 0) return; // nobody starts below 1, and it could not become alive
            if (!vouched && memberlist.graveyard().mustVouch(alive)) {
                memberlist.prober().vouch(alive, address);
                return;
            }
            node = new Node(alive.node(), address, alive.meta(), versions);
            node.stateChangeNanos = turn.nowNanos();
            table.add(node);
            memberlist.graveyard().forget(alive.node());
        }
        boolean reclaimed = false;
        if (!node.address.address().equals(address.address())) {
            reclaimed = !self
                    && (node.state == PushPull.State.LEFT
                            || (node.state == PushPull.State.DEAD
                                    && config().timings().deadNodeReclaimNanos() > 0
                                    && turn.nowNanos() - node.stateChangeNanos
                                            > config().timings().deadNodeReclaimNanos()));
            if (!reclaimed) {
                delegate.onConflict(node, address);
                return;
            }
        }
        if (!reclaimed && (self ? alive.incarnation() < node.incarnation : alive.incarnation() <= node.incarnation))
            return;
        if (self) {
            Versions known = node.versions;
            boolean same = alive.incarnation() == node.incarnation
                    && Objects.equals(orEmpty(alive.meta()), orEmpty(node.meta))
                    && versions.equals(known);
            if (!same) refute(node, alive.incarnation());
            return;
        }
        accept(node, alive, address, versions, null);
    }

    private static Bytes orEmpty(@Nullable Bytes bytes) {
        return bytes == null ? Bytes.EMPTY : bytes;
    }

    private void accept(
            Node node, Message.Alive alive, NodeAddress address, Versions versions, @Nullable Runnable finished) {
        boolean suspected = endSuspicion(node);
        Message.Alive repeated = new Message.Alive(
                alive.incarnation(), alive.node(), address.ip(), address.port(), alive.meta(), alive.vsn());
        outbox.broadcast(repeated, node.name, finished);
        boolean back = node.isGone();
        boolean changed = !Objects.equals(orEmpty(node.meta), orEmpty(alive.meta()));
        node.incarnation = alive.incarnation();
        node.meta = alive.meta();
        node.versions = versions;
        table.move(node, address);
        node.moveTo(PushPull.State.ALIVE, turn.nowNanos());
        if (suspected) delegate.onRefuted(node);
        if (back) delegate.onJoin(node);
        else if (changed) delegate.onUpdate(node);
    }

    private boolean endSuspicion(Node node) {
        if (node.suspicion == null) return false;
        node.suspicion = null;
        memberlist.timers().cancel(new Memberlist.Timer.SuspicionExpiry(node.name));
        return true;
    }

    /** Section 11.4. */
    void suspect(Message.Suspect suspect) {
        Node node = table.get(suspect.node());
        if (node == null || suspect.incarnation() < node.incarnation) return;
        if (suspect.incarnation() == MAX_INCARNATION) {
            dropped++;
            return;
        }
        Suspicion running = node.suspicion;
        if (running != null) {
            if (!running.confirm(suspect.from())) return;
            outbox.broadcast(suspect, node.name, null);
            memberlist
                    .timers()
                    .set(
                            new Memberlist.Timer.SuspicionExpiry(node.name),
                            Math.max(turn.nowNanos(), running.deadlineNanos()));
            return;
        }
        if (node.state != PushPull.State.ALIVE) {
            if (node.state == PushPull.State.DEAD) node.incarnation = suspect.incarnation();
            return;
        }
        if (isSelf(node.name)) {
            refute(node, suspect.incarnation());
            return;
        }
        outbox.broadcast(suspect, node.name, null);
        node.moveTo(PushPull.State.SUSPECT, turn.nowNanos());
        node.incarnation = suspect.incarnation();
        startSuspicion(node, suspect.from());
        delegate.onSuspected(node, suspect.from());
    }

    private void startSuspicion(Node node, String accuser) {
        Timings timings = config().timings();
        long min = Suspicion.minNanos(timings.suspicionMult(), table.size(), timings.probeNanos());
        // Only the living can confirm. Counting the dead, as the reference does, makes survivors wait for them in vain.
        int living = table.count(one -> !one.isGone());
        int expected = timings.suspicionMult() - 2;
        if (living - 2 < expected) expected = 0;
        Suspicion suspicion = new Suspicion(accuser, expected, min, min * timings.suspicionMaxMult(), turn.nowNanos());
        node.suspicion = suspicion;
        memberlist.timers().set(new Memberlist.Timer.SuspicionExpiry(node.name), suspicion.deadlineNanos());
    }

    void suspicionExpired(String name) {
        Node node = table.get(name);
        if (node == null || node.suspicion == null || node.state != PushPull.State.SUSPECT) return;
        dead(new Message.Dead(node.incarnation, name, config().name()));
    }

    /** Section 11.5. */
    void dead(Message.Dead dead) {
        Node node = table.get(dead.node());
        if (node == null || dead.incarnation() < node.incarnation) return;
        if (dead.incarnation() == MAX_INCARNATION) {
            dropped++;
            return;
        }
        if (node.isGone()) {
            node.incarnation = dead.incarnation();
            return;
        }
        if (isSelf(node.name)) {
            if (!leaving) {
                refute(node, dead.incarnation());
                return;
            }
            outbox.broadcast(dead, node.name, memberlist::leaveSent);
        } else outbox.broadcast(dead, node.name, null);
        Suspicion suspicion = node.suspicion;
        Verdict verdict = new Verdict(
                dead.from(),
                suspicion == null ? List.of() : suspicion.accusers(),
                dead.incarnation(),
                suspicion == null ? 0 : turn.nowNanos() - suspicion.startNanos(),
                awareness.score(),
                node.lastFailedProbe);
        endSuspicion(node);
        node.incarnation = dead.incarnation();
        boolean left = dead.from().equals(dead.node());
        node.moveTo(left ? PushPull.State.LEFT : PushPull.State.DEAD, turn.nowNanos());
        delegate.onLeave(node, verdict);
    }

    /** Leaves: from now on we do not refute our own death. False if we left already. */
    boolean leave() {
        if (leaving) return false;
        leaving = true;
        Node self = table.get(config().name());
        if (self != null) dead(new Message.Dead(self.incarnation, self.name, self.name));
        return true;
    }

    /** What we say of ourselves. */
    Message.Alive own() {
        Node self = table.get(config().name());
        return own(incarnation, self == null ? null : self.meta);
    }

    /** Lets our next announcement beat {@code heard}. */
    void outbid(long heard) {
        if (heard < MAX_INCARNATION) incarnation = Math.max(incarnation, heard);
    }

    /** Section 11.6. */
    private void refute(Node self, long accused) {
        if (++incarnation <= accused) incarnation = accused + 1;
        if (incarnation >= MAX_INCARNATION) incarnation = MAX_INCARNATION;
        self.incarnation = incarnation;
        awareness.add(1);
        outbox.broadcast(own(incarnation, self.meta), self.name, null);
    }
}
