package dev.grapevine.serf.memberlist;

import dev.grapevine.core.Address;
import dev.grapevine.core.Input;
import dev.grapevine.core.Timers;
import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of memberlist: who is there, who is not, and how that is spread. The layer above (Serf) is its
 * {@link Delegate}. It handles the network's inputs of one {@link Turn} and keeps its own timers.
 */
public final class Memberlist {
    /** What the layer above knows, says and hears. Called while an input is handled; it may call back. */
    public interface Delegate {
        /** Takes messages to gossip; each costs {@code overheadBytes} beside its length. */
        void broadcasts(int overheadBytes, int budgetBytes, List<Bytes> into);

        /** As {@link #broadcasts}, without counting them as sent. */
        void repeatBroadcasts(int overheadBytes, int budgetBytes, List<Bytes> into);

        /** How many messages wait for {@link #broadcasts}. */
        int broadcastsWaiting();

        /** How many messages have ever been queued for {@link #broadcasts}. */
        long broadcastsAdded();

        /** The layer's own state for a full exchange. */
        Bytes localState(boolean join);

        /** The peer's. */
        void mergeRemoteState(Bytes state, boolean join);

        /** A message of the layer itself. */
        void onUserMessage(Bytes payload);

        /** What the ack of a direct ping carries to {@code asker}; null for nothing. */
        @Nullable
        Bytes ackPayload(Address asker);

        /** A direct ping was answered. */
        void onPong(Node node, long rttNanos, @Nullable Bytes payload);

        /** Whether a node may be known at all. */
        boolean allows(String name, NodeAddress address, @Nullable Bytes meta);

        /** A node is there, or there again. */
        void onJoin(Node node);

        /** A node's meta changed. */
        void onUpdate(Node node);

        /** A node is dead or left. */
        void onLeave(Node node, Verdict verdict);

        /** A node is suspected by {@code accuser}. */
        void onSuspected(Node node, String accuser);

        /** A suspected node lives. */
        void onRefuted(Node node);

        /** {@code claimed} uses the name of {@code known}. */
        void onConflict(Node known, NodeAddress claimed);

        /** Our own death notice has been sent often enough. */
        void onLeaveSent();

        /** Something for a log. */
        void onNotice(boolean warning, String text);
    }

    /**
     * What does not change.
     *
     * @param bindPort assumed where a peer names no port
     */
    public record Config(
            String name, NodeAddress address, int bindPort, Timings timings, Versions versions, Wire wire) {}

    /** What falls due. */
    sealed interface Timer {
        record ProbeTick() implements Timer {}

        record ProbeTimeout(long seqNo) implements Timer {}

        record ProbeEnd(long seqNo) implements Timer {}

        record ForwardTimeout(long seqNo) implements Timer {}

        record SuspicionExpiry(String node) implements Timer {}

        record GossipTick() implements Timer {}

        record PushPullTick() implements Timer {}

        record StreamDeadline(long stream) implements Timer {}

        record Stranger(Address address) implements Timer {}
    }

    private final Config config;
    private final Delegate delegate;
    private final Turn turn;
    private final Timers<Timer> timers = new Timers<>();
    private final NodeTable table;
    private final Awareness awareness;
    private final PacketCodec packets;
    private final Outbox outbox;
    private final MergeRules rules;
    private final Prober prober;
    private final Exchanger exchanger;
    private final Graveyard graveyard = new Graveyard();
    private final Strangers strangers;
    private boolean quiet;
    private long newsGossiped;
    private long newsExchanged = -1;
    private long lastGossipNanos = Long.MIN_VALUE / 2;
    private long packetsReceived;
    private long packetsRefused;
    private long bytesReceived;

    /** A node that has not started. */
    public Memberlist(Config config, Sealer sealer, Turn turn, Delegate delegate) {
        this.config = config;
        this.delegate = delegate;
        this.turn = turn;
        this.table = new NodeTable(turn.random());
        this.awareness = new Awareness(config.timings().awarenessMax());
        this.packets = new PacketCodec(config.wire(), sealer);
        BroadcastQueue queue = new BroadcastQueue(config.timings().retransmitMult());
        this.outbox = new Outbox(turn, packets, delegate, queue);
        this.rules = new MergeRules(this, turn, table, outbox, awareness, delegate);
        this.prober = new Prober(this, turn, table, outbox, awareness, delegate);
        this.strangers = new Strangers(this, turn, table);
        this.exchanger = new Exchanger(this, turn, table, new StreamCodec(config.wire(), sealer), delegate);
    }

    /** Announces ourselves and starts all cycles, each at a random moment of its first interval. */
    public void start(@Nullable Bytes meta) {
        rules.announce(meta, null);
        Timings timings = config.timings();
        timers.set(new Timer.ProbeTick(), turn.soon(timings.probeNanos()));
        timers.set(new Timer.GossipTick(), turn.soon(timings.gossipNanos()));
        timers.set(new Timer.PushPullTick(), turn.soon(timings.pushPullNanos()));
    }

    /** Handles what comes from the network, and pauses. Everything else is not ours. */
    public void handle(Input input) {
        switch (input) {
            case Input.Datagram(Address from, ByteBuffer packet) -> onDatagram(from, packet);
            case Input.StreamAccepted(long stream, Address from) -> exchanger.onAccepted(stream, from);
            case Input.StreamConnected(long stream) -> exchanger.onConnected(stream);
            case Input.StreamBytes(long stream, ByteBuffer bytes) -> exchanger.onBytes(stream, bytes);
            case Input.StreamEnded(long stream) -> exchanger.onEnded(stream);
            case Input.StreamClosed closed -> exchanger.onClosed(closed.stream(), closed.reason());
            case Input.Paused(long lostNanos) -> onPaused(lostNanos);
            case Input.StreamDrained ignored -> {}
            case Input.Commanded ignored -> {}
            case Input.WallClock ignored -> {}
            case Input.Resolved ignored -> {}
            case Input.Tick ignored -> {}
        }
    }

    private void onDatagram(Address from, ByteBuffer packet) {
        packetsReceived++;
        bytesReceived += packet.remaining();
        List<Message> messages = new ArrayList<>();
        try {
            packets.open(packet, messages);
        } catch (MalformedMessageException e) {
            packetsRefused++;
            return;
        }
        if (!messages.isEmpty() && !quiet && !rules.isLeaving()) strangers.heard(from);
        for (Message message : messages) {
            switch (message) {
                case Message.Ping ping -> {
                    if (!quiet) prober.onPing(ping, from);
                }
                case Message.IndirectPing request -> {
                    if (!quiet) prober.onIndirectPing(request, from);
                }
                case Message.Ack ack -> prober.onAck(ack);
                case Message.Nack nack -> prober.onNack(nack);
                case Message.Suspect suspect -> rules.suspect(suspect);
                case Message.Alive alive -> rules.alive(alive, false);
                case Message.Dead dead -> rules.dead(dead);
                case Message.User(Bytes payload) -> delegate.onUserMessage(payload);
                case Message.Err err -> packetsRefused++;
            }
        }
    }

    /** Silence that we slept through is no evidence: the suspects get the time back, the running probe counts for nothing. */
    private void onPaused(long lostNanos) {
        prober.abandon();
        for (Node node : table.all()) {
            Suspicion suspicion = node.suspicion;
            if (suspicion == null) continue;
            suspicion.postpone(lostNanos);
            timers.set(new Timer.SuspicionExpiry(node.name), suspicion.deadlineNanos());
        }
    }

    /** Does what is due. */
    public void tick() {
        for (Timer due; (due = timers.pollDue(turn.nowNanos())) != null; ) {
            switch (due) {
                case Timer.ProbeTick() -> {
                    timers.set(due, turn.nowNanos() + config.timings().probeNanos());
                    if (!quiet) prober.tick();
                }
                case Timer.ProbeTimeout(long seqNo) -> prober.timedOut(seqNo);
                case Timer.ProbeEnd(long seqNo) -> prober.ended(seqNo);
                case Timer.ForwardTimeout(long seqNo) -> prober.forwardTimedOut(seqNo);
                case Timer.SuspicionExpiry(String node) -> rules.suspicionExpired(node);
                case Timer.GossipTick() -> {
                    timers.set(due, turn.nowNanos() + config.timings().gossipNanos());
                    if (!quiet) gossip();
                }
                case Timer.PushPullTick() -> {
                    // Twice the pause while there is nothing to tell: with gossip that takes turns little is ever
                    // missed.
                    boolean calm = newsExchanged == news();
                    newsExchanged = news();
                    timers.set(due, turn.nowNanos() + (calm ? 2 : 1) * pushPullNanos());
                    if (!quiet) pushPull();
                }
                case Timer.StreamDeadline(long stream) -> exchanger.deadline(stream);
                case Timer.Stranger(Address address) -> {
                    if (!quiet && !rules.isLeaving()) strangers.due(address);
                }
            }
        }
        hurry();
    }

    /**
     * What is new need not wait for the next round: it goes out within a twentieth of the interval. The rounds that news bring
     * forward keep a fifth of the interval apart, so that a storm of news still shares packets.
     */
    private void hurry() {
        long news = news();
        if (news == newsGossiped || quiet) return;
        newsGossiped = news;
        long interval = config.timings().gossipNanos();
        long early = Math.max(turn.soon(interval / 20 + 1), lastGossipNanos + interval / 5);
        if (early < timers.deadlineNanos(new Timer.GossipTick())) timers.set(new Timer.GossipTick(), early);
        long pause = pushPullNanos();
        if (timers.deadlineNanos(new Timer.PushPullTick()) > turn.nowNanos() + pause)
            timers.set(new Timer.PushPullTick(), turn.soon(pause));
    }

    /** How many messages were ever queued. */
    private long news() {
        return outbox.queue().added() + delegate.broadcastsAdded();
    }

    /** When {@link #tick} is needed next. */
    public long nextDeadlineNanos() {
        return timers.nextDeadlineNanos();
    }

    /**
     * A round of gossip. The dead get a copy of what the next of the living would get: they may live after all, and refute what
     * they hear; but a message that is sent a few times only must not be spent on them, as it may be in the reference.
     */
    private void gossip() {
        if (!outbox.hasGossip()) return;
        lastGossipNanos = turn.nowNanos();
        for (Node node : table.sample(1, this::isLatelyDead)) outbox.gossipAside(node);
        List<Node> living = table.nextToTell(
                config.timings().gossipNodes(), node -> !node.isGone() && !node.name.equals(config.name()));
        outbox.gossip(living, table.size());
    }

    private boolean isLatelyDead(Node node) {
        return node.state == PushPull.State.DEAD
                && turn.nowNanos() - node.stateChangeNanos <= config.timings().gossipToTheDeadNanos();
    }

    private long pushPullNanos() {
        int n = table.size();
        if (n <= 32) return config.timings().pushPullNanos();
        double doublings = Math.ceil(Math.log(n) / Math.log(2) - 5);
        return config.timings().pushPullNanos() * (1 + (long) doublings);
    }

    private void pushPull() {
        List<Node> peers =
                table.sample(1, node -> node.state == PushPull.State.ALIVE && !node.name.equals(config.name()));
        for (Node peer : peers)
            exchanger.exchange(peer.address.address(), false, error -> {
                if (error != null) delegate.onNotice(true, "Push/Pull with " + peer.name + " failed: " + error);
            });
    }

    /**
     * Merges the table and state that {@code peer} answered with. Where it thought us gone it hears at once, and from us, that we
     * are not: by gossip alone, one peer in two hundred would not hear it before its next full exchange.
     */
    @Nullable
    String mergeAnswer(PushPull remote, Address peer) {
        long before = rules.incarnation();
        String error = merge(remote);
        if (rules.incarnation() != before && !quiet) outbox.send(peer, rules.own(), false);
        return error;
    }

    /** Merges a peer's table and state; returns why it cannot be, else null. */
    @Nullable
    String merge(PushPull remote) {
        String error = VersionCheck.check(table.all(), remote.nodes());
        if (error != null) return error;
        for (PushPull.NodeState node : remote.nodes()) {
            if (quiet && node.name().equals(config.name())) hearOfOurName(node);
            else if (node.state() == PushPull.State.ALIVE.ordinal())
                rules.alive(
                        new Message.Alive(
                                node.incarnation(), node.name(), node.addr(), node.port(), node.meta(), node.vsn()),
                        false);
            else if (node.state() == PushPull.State.LEFT.ordinal())
                rules.dead(new Message.Dead(node.incarnation(), node.name(), node.name()));
            else if (node.state() == PushPull.State.DEAD.ordinal() || node.state() == PushPull.State.SUSPECT.ordinal())
                // Another's "dead" is only an accusation here: the accused gets to refute it.
                rules.suspect(new Message.Suspect(node.incarnation(), node.name(), config.name()));
        }
        if (remote.userState().size() > 0) delegate.mergeRemoteState(remote.userState(), remote.join());
        return null;
    }

    /** While we wait for our name, others' news about it concern its holder. */
    private void hearOfOurName(PushPull.NodeState holder) {
        Node self = table.get(config.name());
        NodeAddress address = NodeAddress.of(holder.addr(), holder.port() == 0 ? config.bindPort() : holder.port());
        boolean living =
                holder.state() == PushPull.State.ALIVE.ordinal() || holder.state() == PushPull.State.SUSPECT.ordinal();
        if (self == null || address == null) return;
        if (living && !address.address().equals(config.address().address())) delegate.onConflict(self, address);
        else
            // Dead or gone: what we announce next must beat it.
            rules.outbid(holder.incarnation());
    }

    void reap() {
        long after = config.timings().gossipToTheDeadNanos();
        List<Node> removed = table.removeIf(node ->
                node.isGone() && turn.nowNanos() - node.stateChangeNanos > after && !node.name.equals(config.name()));
        for (Node node : removed) graveyard.bury(node);
    }

    /** A full exchange with {@code to}, announced as a join; {@code finished} hears null, or what went wrong. */
    public void join(Address to, Consumer<@Nullable String> finished) {
        exchanger.exchange(to, true, finished);
    }

    /** Announces new meta. {@code finished} runs once that has been sent often enough. */
    public void update(@Nullable Bytes meta, @Nullable Runnable finished) {
        rules.announce(meta, finished);
    }

    /** Announces that we leave; {@link Delegate#onLeaveSent} follows. */
    public void leave() {
        rules.leave();
    }

    void leaveSent() {
        delegate.onLeaveSent();
    }

    /** While quiet we announce nothing, probe nobody and answer no pings; we listen and exchange when told to. */
    public void quiet(boolean on) {
        quiet = on;
        if (on) prober.abandon();
    }

    /** Sends a message of the layer above alone, at once. */
    public void sendUser(Address to, Bytes payload) {
        outbox.send(to, new Message.User(payload), false);
    }

    /** Sends a message of the layer above over a stream. */
    public void sendUserReliably(Address to, Bytes payload, Consumer<@Nullable String> finished) {
        exchanger.user(to, payload, finished);
    }

    /** The largest message of the layer above that gossip can carry, bytes. */
    public int maxUserBytes() {
        return Outbox.PACKET_BYTES - 2 - packets.overheadBytes() - 3;
    }

    /** The node of that name, if it is in the table. */
    public @Nullable Node node(String name) {
        return table.get(name);
    }

    /** All nodes, ourselves included. */
    public Collection<Node> nodes() {
        return table.all();
    }

    /** Up to {@code count} different nodes that pass. */
    public List<Node> sample(int count, Predicate<Node> wanted) {
        return table.sample(count, wanted);
    }

    /** How much we doubt ourselves, {@code 0} is healthy. */
    public int healthScore() {
        return awareness.score();
    }

    /** What happened so far, by name. */
    public Map<String, Long> counters() {
        Map<String, Long> counters = new LinkedHashMap<>();
        counters.put("packets_sent", outbox.datagrams());
        counters.put("packet_bytes_sent", outbox.bytes());
        counters.put("packets_received", packetsReceived);
        counters.put("packet_bytes_received", bytesReceived);
        counters.put("packets_refused", packetsRefused);
        counters.put("packet_parts_refused", packets.partsRefused());
        counters.put("messages_refused", rules.dropped());
        counters.put("streams_refused", exchanger.refused());
        counters.put("stream_bytes_sent", exchanger.bytesSent());
        counters.put("streams_open", (long) exchanger.openStreams());
        counters.put("member_queue", (long) outbox.queue().size());
        return counters;
    }

    Config config() {
        return config;
    }

    Timers<Timer> timers() {
        return timers;
    }

    MergeRules rules() {
        return rules;
    }

    Prober prober() {
        return prober;
    }

    Exchanger exchanger() {
        return exchanger;
    }

    Graveyard graveyard() {
        return graveyard;
    }
}
