package dev.grapevine.node;

import dev.grapevine.broadcast.Epidemic;
import dev.grapevine.broadcast.EpidemicCodec;
import dev.grapevine.broadcast.EpidemicMessage;
import dev.grapevine.broadcast.EpidemicSettings;
import dev.grapevine.broadcast.Rumor;
import dev.grapevine.broadcast.RumorKey;
import dev.grapevine.broadcast.Version;
import dev.grapevine.core.Address;
import dev.grapevine.core.CloseReason;
import dev.grapevine.core.Command;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import dev.grapevine.core.Timers;
import dev.grapevine.membership.Evidence;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.Membership;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.membership.Message;
import dev.grapevine.membership.Route;
import dev.grapevine.membership.Status;
import dev.grapevine.membership.Tags;
import dev.grapevine.wire.Envelope;
import dev.grapevine.wire.KeyRing;
import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A node: membership and rumors over the native wire format ({@code docs/protocols/native.md}). A packet is checked whole before any of
 * it counts; a bad one is counted by its reason and changes nothing.
 */
public final class NodeMachine implements Machine {
    /** The version of the messages that this code speaks, and the oldest that it understands. */
    public static final int PROTOCOL = 1;

    /** Largest payload of a rumor, bytes. */
    public static final int MAX_RUMOR_BYTES = 1 << 20;

    private static final int MAX_STREAM_PACKET = 17 << 20; // a payload of 16 MiB and what stands around it
    private static final long MAX_HELD_BYTES = 64L << 20; // of packets not yet complete, on all streams together
    private static final int MAX_STREAMS = 1024;
    private static final long STREAM_IDLE_NANOS = 15_000_000_000L;
    private static final long REMEMBER_NANOS = 60_000_000_000L;
    private static final int REMEMBERED = 256;
    private static final int MAX_MESSAGES = 4096; // in one packet of a stream

    private sealed interface NodeTimer {
        /** A stream without traffic is closed. */
        record StreamIdle(long stream) implements NodeTimer {}

        /** Addresses worth remembering may have changed. */
        record Remember() implements NodeTimer {}
    }

    /** A stream of ours or of a peer's. {@code probe} is a probe's sequence, -1 for none. */
    private static final class Stream {
        final Address peer;
        final int probe;
        final @Nullable Message first;
        final @Nullable EpidemicMessage firstRumors;
        Frames frames = new Frames(MAX_STREAM_PACKET);
        boolean answered;
        boolean closed;
        boolean useless;

        Stream(Address peer, int probe, @Nullable Message first, @Nullable EpidemicMessage firstRumors) {
            this.peer = peer;
            this.probe = probe;
            this.first = first;
            this.firstRumors = firstRumors;
        }
    }

    private final NodeSettings settings;
    private final Envelope envelope;
    private final Membership membership;
    private final Epidemic epidemic;
    private final PacketWriter writer;
    private final UnaryOperator<Member> interner;
    private final Timers<NodeTimer> timers = new Timers<>();
    private final Map<Long, Stream> streams = new LinkedHashMap<>();
    private final List<Membership.Effect> said = new ArrayList<>();
    private final List<Epidemic.Effect> spoken = new ArrayList<>();
    private final List<Object> decoded = new ArrayList<>();
    private final List<Long> finished = new ArrayList<>(); // streams to close once this input is handled
    private final long[] bad = new long[Reason.values().length];
    private long received;
    private long unknownMessages;
    private long lastStream;
    private long heldBytes;
    private long rumorNumber;
    private long peersVersion = -1;
    private long peersNanos;
    private long rememberedVersion;
    private long leaveCommand = -1;
    private boolean done;

    /**
     * @param random this node's own generator; parts of it are split off for the protocols
     */
    public NodeMachine(NodeSettings settings, SplittableGenerator random) {
        this(settings, random, UnaryOperator.identity());
    }

    /**
     * @param interner may give back an equal member seen before, so that many nodes in one process share their knowledge
     */
    public NodeMachine(NodeSettings settings, SplittableGenerator random, UnaryOperator<Member> interner) {
        this.settings = settings;
        this.interner = interner;
        Member self = new Member(
                settings.name(),
                settings.generation(),
                0,
                Status.ALIVE,
                settings.address(),
                settings.tags(),
                PROTOCOL,
                PROTOCOL);
        RandomGenerator forMembership = random.split();
        RandomGenerator forRumors = random.split();
        envelope = new Envelope(settings.cluster(), settings.keys(), settings.nonceSalt());
        membership = new Membership(self, settings.membership(), forMembership);
        writer = new PacketWriter(envelope, settings.maxPacketBytes(), membership.queue());
        epidemic = new Epidemic(settings.name(), Math.max(1, settings.generation()), rumorSettings(), forRumors);
    }

    private EpidemicSettings rumorSettings() {
        RumorSettings exchange = settings.exchange();
        return EpidemicSettings.of(exchange.periodNanos())
                .withFanout(exchange.fanout())
                .withSizes(writer.bodyBytes() - 8, 64, MAX_RUMOR_BYTES)
                .withLimits(10_000, 64L << 20, EpidemicSettings.Retention.DROP_OLDEST, 4L << 20)
                .withExchange(
                        switch (exchange.direction()) {
                            case PUSH -> EpidemicSettings.Exchange.PUSH;
                            case PULL -> EpidemicSettings.Exchange.PULL;
                            case PUSH_PULL -> EpidemicSettings.Exchange.PUSH_PULL;
                        },
                        exchange.always() ? EpidemicSettings.Activity.CONTINUOUS : EpidemicSettings.Activity.QUIET);
    }

    @Override
    public void handle(Input input, long nowNanos, Effects effects) {
        if (done) {
            if (input instanceof Input.Commanded commanded)
                effects.add(new Effect.Refuse(commanded.id(), "it has left"));
            return;
        }
        writer.begin(effects);
        switch (input) {
            case Input.Datagram(Address from, ByteBuffer packet) -> {
                boolean good = packet(packet, Route.datagram(from), nowNanos);
                if (!good) return; // a flood of bad packets must cost little
            }
            case Input.StreamAccepted(long stream, Address from) -> accepted(stream, from, nowNanos, effects);
            case Input.StreamConnected(long stream) -> connected(stream);
            case Input.StreamBytes(long stream, ByteBuffer bytes) -> bytes(stream, bytes, nowNanos);
            case Input.StreamDrained(long stream) -> {}
            case Input.StreamEnded(long stream) -> finished.add(stream);
            case Input.StreamClosed(long stream, CloseReason reason) -> closed(stream, reason, nowNanos);
            case Input.Commanded(long id, Command command) -> {
                if (!(command instanceof NodeCommand ours))
                    throw new IllegalArgumentException("not a command of a node: " + command);
                command(id, ours, nowNanos, effects);
            }
            case Input.WallClock(long epochMillis) -> {}
            case Input.Resolved(String host, int port, List<Address> addresses) ->
                tell(new Membership.Input.Resolved(host, port, addresses), nowNanos);
            case Input.Paused(long lostNanos) -> tell(new Membership.Input.Paused(lostNanos), nowNanos);
            case Input.Tick() -> tick(nowNanos, effects);
        }
        perform(nowNanos, effects);
        writer.flush(membership.transmissions());
        closeFinished(effects);
    }

    // Last of all: what has just been said may answer what came by such a stream.
    private void closeFinished(Effects effects) {
        for (int i = 0; i < finished.size(); i++) {
            Stream stream = streams.get(finished.get(i));
            if (stream == null || stream.closed) continue;
            stream.closed = true;
            effects.add(new Effect.CloseStream(finished.get(i)));
        }
        finished.clear();
    }

    @Override
    public long nextDeadlineNanos() {
        if (done) return Long.MAX_VALUE;
        return Math.min(
                timers.nextDeadlineNanos(), Math.min(membership.nextDeadlineNanos(), epidemic.nextDeadlineNanos()));
    }

    // ---- inputs ----

    private void tell(Membership.Input input, long nowNanos) {
        membership.extraDigest(epidemic.digest());
        membership.handle(input, nowNanos, said);
    }

    private void tick(long nowNanos, Effects effects) {
        if (!timers.isSet(new NodeTimer.Remember())) {
            timers.set(new NodeTimer.Remember(), nowNanos + REMEMBER_NANOS);
            if (!settings.remembered().isEmpty()) tell(new Membership.Input.Remember(settings.remembered()), nowNanos);
        }
        for (NodeTimer due; (due = timers.pollDue(nowNanos)) != null; ) {
            switch (due) {
                case NodeTimer.StreamIdle(long stream) -> finished.add(stream);
                case NodeTimer.Remember() -> {
                    remember(effects);
                    timers.set(new NodeTimer.Remember(), nowNanos + REMEMBER_NANOS);
                }
            }
        }
        tell(new Membership.Input.Tick(), nowNanos);
        if (epidemic.nextDeadlineNanos() <= nowNanos) {
            refreshPeers(nowNanos);
            epidemic.handle(new Epidemic.Input.Tick(), nowNanos, spoken);
        }
    }

    private void remember(Effects effects) {
        if (membership.version() == rememberedVersion) return;
        rememberedVersion = membership.version();
        List<Address> addresses = new ArrayList<>();
        for (Member member : membership.members())
            if (addresses.size() < REMEMBERED
                    && member.status() != Status.LEFT
                    && !member.name().equals(settings.name())) addresses.add(member.address());
        effects.add(new Effect.Publish(new NodeEvent.Remember(addresses)));
    }

    // The list of peers is of length N: it is renewed when an exchange is due and somebody came or went, not with each
    // change.
    private void refreshPeers(long nowNanos) {
        if (membership.version() == peersVersion) return;
        if (peersVersion >= 0 && nowNanos - peersNanos < settings.exchange().periodNanos() / 2) return;
        peersVersion = membership.version();
        peersNanos = nowNanos;
        List<String> names = new ArrayList<>(membership.liveMembers());
        for (Member member : membership.members())
            if (member.isLive() && !member.name().equals(settings.name()))
                names.add(member.address().toString());
        epidemic.handle(new Epidemic.Input.Peers(names), nowNanos, spoken);
    }

    private void command(long id, NodeCommand command, long nowNanos, Effects effects) {
        try {
            Object answer = answer(id, command, nowNanos);
            if (answer != null) effects.add(new Effect.Answer(id, answer));
        } catch (IllegalArgumentException | IllegalStateException e) {
            String reason = e.getMessage();
            effects.add(new Effect.Refuse(id, reason == null ? e.toString() : reason));
        }
    }

    private @Nullable Object answer(long id, NodeCommand command, long nowNanos) {
        switch (command) {
            case NodeCommand.Join(List<String> seeds) ->
                tell(new Membership.Input.Join(seeds, settings.address().port()), nowNanos);
            case NodeCommand.Leave() -> {
                leaveCommand = id;
                tell(new Membership.Input.Leave(), nowNanos);
                return null;
            }
            case NodeCommand.SetTags(Tags tags) -> tell(new Membership.Input.SetTags(tags), nowNanos);
            case NodeCommand.SetAddress(Address address) -> tell(new Membership.Input.SetAddress(address), nowNanos);
            case NodeCommand.Gossip(String key, byte[] payload) -> {
                return gossip(key, payload, nowNanos);
            }
            case NodeCommand.Why(String name) -> {
                return membership.why(name);
            }
            case NodeCommand.Forget(String name) -> {
                List<Evidence> chain = membership.why(name);
                if (chain.isEmpty()) throw new IllegalArgumentException("no member is called " + name);
                if (chain.getLast().status() != Status.FAILED)
                    throw new IllegalArgumentException(name + " has not failed: only a failed member can be forgotten");
                tell(new Membership.Input.Forget(name), nowNanos);
            }
            case NodeCommand.AddKey(byte[] key) -> envelope.keys(ring().plus(key));
            case NodeCommand.UseKey(byte[] key) -> envelope.keys(ring().use(key));
            case NodeCommand.RemoveKey(byte[] key) -> envelope.keys(ring().minus(key));
        }
        return NodeCommand.Done.DONE;
    }

    private KeyRing ring() {
        KeyRing ring = envelope.keys();
        if (ring == null) throw new IllegalStateException("this cluster speaks in clear: it has no keys");
        return ring;
    }

    private String gossip(String key, byte[] payload, long nowNanos) {
        String name = key.isEmpty() ? "#" + ++rumorNumber : key;
        refreshPeers(nowNanos);
        int before = spoken.size();
        epidemic.handle(new Epidemic.Input.Put(name, payload.clone()), nowNanos, spoken);
        for (int i = before; i < spoken.size(); i++)
            if (spoken.get(i) instanceof Epidemic.Effect.Refused refused)
                throw new IllegalArgumentException(refused.reason());
        return name;
    }

    // ---- packets ----

    /** Checks and handles a packet; false if it was bad, which is counted and changes nothing. */
    private boolean packet(ByteBuffer packet, Route from, long nowNanos) {
        decoded.clear();
        try {
            decode(envelope.body(packet), decoded);
        } catch (MalformedPacketException e) {
            bad[e.reason().ordinal()]++;
            return false;
        }
        received++;
        for (int i = 0; i < decoded.size(); i++) {
            switch (decoded.get(i)) {
                case Message message -> tell(new Membership.Input.Received(from, message), nowNanos);
                case EpidemicMessage rumors -> {
                    refreshPeers(nowNanos);
                    epidemic.handle(new Epidemic.Input.Received(sender(from).toString(), rumors), nowNanos, spoken);
                }
                default -> throw new IllegalStateException("decoded " + decoded.get(i));
            }
        }
        return true;
    }

    // The far end of a stream is a port of the moment; rumors by stream are preceded by who sends them.
    private Address sender(Route from) {
        return from.stream() != 0 && decoded.getFirst() instanceof Message.Known(Member sender)
                ? sender.address()
                : from.address();
    }

    private void decode(ByteBuffer body, List<Object> into) {
        while (body.hasRemaining()) {
            int type = Wire.u8(body);
            int length = (int) Wire.varint(body, MAX_STREAM_PACKET);
            Wire.need(body, length);
            ByteBuffer message = body.slice(body.position(), length);
            body.position(body.position() + length);
            Object read = type == PacketWriter.EPIDEMIC
                    ? EpidemicCodec.decode(message)
                    : MembershipCodec.decode(type, message);
            if (read instanceof Message.Known(Member member)) read = new Message.Known(interner.apply(member));
            if (read instanceof Message.Update.Alive(Member member, int hops))
                read = new Message.Update.Alive(interner.apply(member), hops);
            if (read == null) unknownMessages++;
            else if (into.size() >= MAX_MESSAGES) throw new MalformedPacketException(Reason.TOO_LARGE, body.position());
            else into.add(read);
        }
    }

    // ---- streams ----

    private boolean isOpen(long stream) {
        Stream known = streams.get(stream);
        return known != null && !known.closed;
    }

    private void accepted(long stream, Address from, long nowNanos, Effects effects) {
        if (streams.size() >= MAX_STREAMS) {
            effects.add(new Effect.CloseStream(stream));
            return;
        }
        streams.put(stream, new Stream(from, -1, null, null));
        timers.set(new NodeTimer.StreamIdle(stream), nowNanos + STREAM_IDLE_NANOS);
    }

    private void open(Stream made, long timeoutNanos, long nowNanos, Effects effects) {
        long stream = ++lastStream;
        streams.put(stream, made);
        timers.set(new NodeTimer.StreamIdle(stream), nowNanos + STREAM_IDLE_NANOS);
        effects.add(new Effect.OpenStream(stream, made.peer, timeoutNanos));
    }

    private void connected(long stream) {
        Stream ours = streams.get(stream);
        if (ours == null) return;
        if (ours.first != null) writer.stream(stream, ours.first);
        if (ours.firstRumors != null) {
            writer.stream(stream, membership.self(), ours.firstRumors);
            finished.add(stream);
        }
    }

    private void bytes(long stream, ByteBuffer bytes, long nowNanos) {
        Stream known = streams.get(stream);
        if (known == null || known.useless || known.closed) return;
        timers.set(new NodeTimer.StreamIdle(stream), nowNanos + STREAM_IDLE_NANOS);
        heldBytes -= known.frames.heldBytes();
        known.useless = !take(known, stream, bytes, nowNanos);
        if (known.useless) known.frames = new Frames(0);
        heldBytes += known.frames.heldBytes();
        // A probe's stream has served once it is answered; one that brought a bad packet comes from a stranger.
        if (known.useless || known.probe >= 0 && known.answered) finished.add(stream);
    }

    /** Takes in a piece of a stream; false if the stream is of no more use. */
    private boolean take(Stream known, long stream, ByteBuffer bytes, long nowNanos) {
        // What has arrived is kept before it can be checked: all streams together have one budget, so that no stranger
        // fills memory.
        if (heldBytes + known.frames.heldBytes() + bytes.remaining() > MAX_HELD_BYTES) {
            bad[Reason.TOO_LARGE.ordinal()]++;
            return false;
        }
        known.frames.add(bytes);
        try {
            for (ByteBuffer packet; (packet = known.frames.next()) != null; ) {
                if (!packet(packet, new Route(known.peer, stream), nowNanos)) return false;
                known.answered = true;
            }
            return true;
        } catch (MalformedPacketException e) {
            bad[e.reason().ordinal()]++;
            return false;
        }
    }

    private void closed(long stream, CloseReason reason, long nowNanos) {
        Stream gone = streams.remove(stream);
        if (gone != null) heldBytes -= gone.frames.heldBytes();
        timers.cancel(new NodeTimer.StreamIdle(stream));
        if (gone != null && gone.probe >= 0 && !gone.answered)
            tell(new Membership.Input.StreamFailed(gone.peer, gone.probe, reason), nowNanos);
    }

    // ---- effects ----

    private void perform(long nowNanos, Effects effects) {
        // Performing may add more: reconciling rumors begins when tables are found to differ.
        for (int i = 0; i < said.size(); i++) perform(said.get(i), nowNanos, effects);
        said.clear();
        for (int i = 0; i < spoken.size(); i++) perform(spoken.get(i), nowNanos, effects);
        spoken.clear();
    }

    private void perform(Membership.Effect effect, long nowNanos, Effects effects) {
        int transmissions = membership.transmissions();
        switch (effect) {
            case Membership.Effect.Send(Route to, Message message) -> {
                if (to.stream() == 0) writer.datagram(to.address(), message, transmissions);
                else if (isOpen(to.stream())) writer.stream(to.stream(), message);
            }
            case Membership.Effect.Gossip(Address to, int packets) -> writer.gossip(to, packets, transmissions);
            case Membership.Effect.SendByStream(Address to, int sequence, Message message, long timeoutNanos) ->
                open(new Stream(to, sequence, message, null), timeoutNanos, nowNanos, effects);
            case Membership.Effect.Publish(MembershipEvent event) -> effects.add(new Effect.Publish(event));
            case Membership.Effect.Resolve(String host, int port) -> effects.add(new Effect.Resolve(host, port));
            case Membership.Effect.Differs(Address peer) ->
                epidemic.handle(new Epidemic.Input.ReconcileWith(peer.toString()), nowNanos, spoken);
            case Membership.Effect.LeaveDone() -> {
                writer.flush(transmissions);
                if (leaveCommand >= 0) effects.add(new Effect.Answer(leaveCommand, NodeCommand.Done.DONE));
                for (long stream : streams.keySet()) effects.add(new Effect.CloseStream(stream));
                done = true;
            }
        }
    }

    private void perform(Epidemic.Effect effect, long nowNanos, Effects effects) {
        switch (effect) {
            case Epidemic.Effect.Send(String to, EpidemicMessage message, boolean large) -> {
                Address address = address(to);
                if (large) {
                    Stream made = new Stream(address, -1, null, message);
                    open(made, settings.membership().maxProbeTimeoutNanos() * 4, nowNanos, effects);
                } else writer.datagram(address, message, membership.transmissions());
            }
            case Epidemic.Effect.Deliver(Rumor rumor, List<Rumor> values, String from, long atNanos) ->
                effects.add(new Effect.Publish(new NodeEvent.RumorReceived(
                        rumor.key().name(),
                        rumor.payload(),
                        rumor.key().owner(),
                        address(from),
                        rumor.hops(),
                        atNanos)));
            case Epidemic.Effect.Stored(RumorKey key, Version version) -> {
                List<Rumor> values = epidemic.values(key);
                if (!values.isEmpty())
                    effects.add(new Effect.Publish(new NodeEvent.RumorReceived(
                            key.name(),
                            values.getFirst().payload(),
                            settings.name(),
                            settings.address(),
                            0,
                            nowNanos)));
            }
            case Epidemic.Effect.Refused refused -> {} // told to the application by gossip()
        }
    }

    // Peers of an exchange are named by their addresses, so that whoever sends can be answered, member or not.
    private static Address address(String peer) {
        Address address = Address.parse(peer, 0);
        if (address == null) throw new IllegalStateException("no address: " + peer);
        return address;
    }

    // ---- reading ----

    /** What the driver and the application may read between two inputs, on the driver's thread. */
    public Membership membership() {
        return membership;
    }

    /** Likewise for rumors. */
    public Epidemic epidemic() {
        return epidemic;
    }

    /** Packets dropped for this reason since the start. */
    public long badPackets(Reason reason) {
        return bad[reason.ordinal()];
    }

    /** Packets that were good since the start. */
    public long goodPackets() {
        return received;
    }

    /** Messages skipped because a newer version sent them. */
    public long unknownMessages() {
        return unknownMessages;
    }
}
