package dev.grapevine.serf.memberlist;

import dev.grapevine.core.Address;
import dev.grapevine.serf.msgpack.Bytes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Probes one node after the other and answers for others. Source: hashicorp/memberlist, state.go, probeNode. */
final class Prober {
    /** Pings on behalf of others that may be open at once: a stranger must not make us remember more. */
    private static final int MAX_FORWARDS = 4096;

    private static final int MAX_VOUCHERS = 256;

    /** One probe of ours. */
    private static final class Probe {
        final Node target;
        final long seqNo;
        final long sentNanos;
        final long deadlineNanos;
        final List<String> helpers = new ArrayList<>();
        boolean direct = true;
        boolean streamTried;
        int expectedNacks;
        int nacks;

        Probe(Node target, long seqNo, long sentNanos, long deadlineNanos) {
            this.target = target;
            this.seqNo = seqNo;
            this.sentNanos = sentNanos;
            this.deadlineNanos = deadlineNanos;
        }
    }

    /** A ping sent because {@code requester} asked for it. */
    private record Forward(Address requester, long seqNo, boolean nack) {}

    private final Memberlist memberlist;
    private final Turn turn;
    private final NodeTable table;
    private final Outbox outbox;
    private final Awareness awareness;
    private final Memberlist.Delegate delegate;
    private final Map<Long, Forward> forwards = new LinkedHashMap<>();
    private final Map<Long, Message.Alive> vouchers = new LinkedHashMap<>();
    private @Nullable Probe current;
    private boolean tickMissed;
    private long seqNo;

    Prober(
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

    private long nextSeqNo() {
        seqNo = (seqNo + 1) & 0xFFFF_FFFFL;
        return seqNo;
    }

    private Timings timings() {
        return memberlist.config().timings();
    }

    private String ownName() {
        return memberlist.config().name();
    }

    /**
     * A ping that leaves out where we are: the answer goes to the datagram's source then, and 47 bytes are saved with every
     * probe.
     */
    private static Message.Ping ping(long seqNo, String node) {
        return new Message.Ping(seqNo, node, null, 0, "");
    }

    void tick() {
        if (current != null) {
            tickMissed = true;
            return;
        }
        Node target = table.next(node -> !node.name.equals(ownName()) && !node.isGone(), memberlist::reap);
        if (target != null) probe(target);
    }

    private void probe(Node target) {
        long now = turn.nowNanos();
        Probe probe = new Probe(
                target, nextSeqNo(), now, now + awareness.scaled(timings().probeNanos()));
        current = probe;
        Message.Ping ping = ping(probe.seqNo, target.name);
        Address to = target.address.address();
        if (target.state == PushPull.State.SUSPECT) {
            // The accusation goes along, so that the accused can refute at once.
            Message.Suspect suspect = new Message.Suspect(target.incarnation, target.name, ownName());
            List<Bytes> parts = List.of(Outbox.spelt(ping), Outbox.spelt(suspect));
            outbox.send(to, parts, target.versions.protocolMax() >= 5);
        } else outbox.sendWithGossip(to, ping, table.size());
        memberlist
                .timers()
                .set(
                        new Memberlist.Timer.ProbeTimeout(probe.seqNo),
                        now + timings().probeTimeoutNanos());
        memberlist.timers().set(new Memberlist.Timer.ProbeEnd(probe.seqNo), probe.deadlineNanos);
    }

    /** No direct answer in time: others try, and so does a stream. */
    void timedOut(long seqNo) {
        Probe probe = current;
        if (probe == null || probe.seqNo != seqNo) return;
        probe.direct = false;
        Node target = probe.target;
        List<Node> helpers = table.sample(
                timings().indirectChecks(),
                node -> node.state == PushPull.State.ALIVE && node != target && !node.name.equals(ownName()));
        for (Node helper : helpers) {
            boolean nack = helper.versions.protocolMax() >= 4;
            if (nack) probe.expectedNacks++;
            probe.helpers.add(helper.name);
            NodeAddress own = memberlist.config().address();
            Message.IndirectPing request = new Message.IndirectPing(
                    seqNo,
                    target.address.ip(),
                    target.address.port(),
                    target.name,
                    nack,
                    own.ip(),
                    own.port(),
                    ownName());
            outbox.sendWithGossip(helper.address.address(), request, table.size());
        }
        if (target.versions.protocolMax() >= 3 && probe.deadlineNanos > turn.nowNanos()) {
            probe.streamTried = true;
            memberlist.exchanger().ping(target, seqNo, probe.deadlineNanos - turn.nowNanos());
        }
    }

    /** Nobody answered within the interval. */
    void ended(long seqNo) {
        Probe probe = current;
        if (probe == null || probe.seqNo != seqNo) return;
        current = null;
        if (probe.expectedNacks > 0) awareness.add(probe.expectedNacks - Math.min(probe.nacks, probe.expectedNacks));
        else awareness.add(1);
        Node target = probe.target;
        target.lastFailedProbe = new FailedProbe(probe.sentNanos, probe.helpers, probe.nacks, probe.streamTried);
        if (table.get(target.name) == target)
            memberlist.rules().suspect(new Message.Suspect(target.incarnation, target.name, ownName()));
        tickIfMissed();
    }

    private void succeeded(Probe probe) {
        current = null;
        memberlist.timers().cancel(new Memberlist.Timer.ProbeTimeout(probe.seqNo));
        memberlist.timers().cancel(new Memberlist.Timer.ProbeEnd(probe.seqNo));
        awareness.add(-1);
        tickIfMissed();
    }

    private void tickIfMissed() {
        if (!tickMissed) return;
        tickMissed = false;
        tick();
    }

    /** A stream to the target answered; {@code datagramsLost} is what that says about the network. */
    void streamAnswered(long seqNo) {
        Probe probe = current;
        if (probe == null || probe.seqNo != seqNo) return;
        delegate.onNotice(
                true,
                "Was able to connect to " + probe.target.name
                        + " over TCP but UDP probes failed, network may be misconfigured");
        succeeded(probe);
    }

    /** We did not run for a while: the running probe says nothing about its target. */
    void abandon() {
        Probe probe = current;
        if (probe == null) return;
        current = null;
        memberlist.timers().cancel(new Memberlist.Timer.ProbeTimeout(probe.seqNo));
        memberlist.timers().cancel(new Memberlist.Timer.ProbeEnd(probe.seqNo));
    }

    void onPing(Message.Ping ping, Address from) {
        if (!ping.node().isEmpty() && !ping.node().equals(ownName())) return;
        Address to = source(ping.sourceAddr(), ping.sourcePort(), from);
        outbox.sendWithGossip(to, new Message.Ack(ping.seqNo(), delegate.ackPayload(to)), table.size());
    }

    private static Address source(@Nullable Bytes ip, int port, Address from) {
        NodeAddress named = port == 0 ? null : NodeAddress.of(ip, port);
        return named == null ? from : named.address();
    }

    void onIndirectPing(Message.IndirectPing request, Address from) {
        int port = request.port() == 0 ? memberlist.config().bindPort() : request.port();
        NodeAddress target = NodeAddress.of(request.target(), port);
        if (target == null || forwards.size() >= MAX_FORWARDS) return;
        long seq = nextSeqNo();
        Address requester = source(request.sourceAddr(), request.sourcePort(), from);
        forwards.put(seq, new Forward(requester, request.seqNo(), request.nack()));
        memberlist
                .timers()
                .set(
                        new Memberlist.Timer.ForwardTimeout(seq),
                        turn.nowNanos() + timings().probeTimeoutNanos());
        outbox.sendWithGossip(target.address(), ping(seq, request.node()), table.size());
    }

    void forwardTimedOut(long seq) {
        vouchers.remove(seq);
        Forward forward = forwards.remove(seq);
        if (forward != null && forward.nack)
            outbox.sendWithGossip(forward.requester, new Message.Nack(forward.seqNo), table.size());
    }

    void onAck(Message.Ack ack) {
        Probe probe = current;
        if (probe != null && probe.seqNo == ack.seqNo()) {
            if (probe.direct) delegate.onPong(probe.target, turn.nowNanos() - probe.sentNanos, ack.payload());
            succeeded(probe);
            return;
        }
        Forward forward = forwards.remove(ack.seqNo());
        if (forward != null) {
            memberlist.timers().cancel(new Memberlist.Timer.ForwardTimeout(ack.seqNo()));
            outbox.sendWithGossip(forward.requester, new Message.Ack(forward.seqNo, null), table.size());
            return;
        }
        Message.Alive vouched = vouchers.remove(ack.seqNo());
        if (vouched != null) {
            memberlist.timers().cancel(new Memberlist.Timer.ForwardTimeout(ack.seqNo()));
            memberlist.rules().alive(vouched, true);
        }
    }

    void onNack(Message.Nack nack) {
        Probe probe = current;
        if (probe != null && probe.seqNo == nack.seqNo()) probe.nacks++;
    }

    /** Asks a node itself whether it lives, because its name was reaped and somebody says that it does. */
    void vouch(Message.Alive alive, NodeAddress address) {
        if (vouchers.size() >= MAX_VOUCHERS) return;
        for (Message.Alive open : vouchers.values()) if (open.node().equals(alive.node())) return;
        long seq = nextSeqNo();
        vouchers.put(seq, alive);
        memberlist
                .timers()
                .set(
                        new Memberlist.Timer.ForwardTimeout(seq),
                        turn.nowNanos() + timings().probeTimeoutNanos());
        outbox.send(address.address(), ping(seq, alive.node()), false);
    }
}
