package dev.grapevine.node;

import dev.grapevine.broadcast.Epidemic;
import dev.grapevine.coordinates.Places;
import dev.grapevine.core.Address;
import dev.grapevine.core.CloseReason;
import dev.grapevine.core.Command;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Event;
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
import dev.grapevine.state.StateReplica;
import dev.grapevine.topic.Topics;
import dev.grapevine.wire.Encodable;
import dev.grapevine.wire.Envelope;
import dev.grapevine.wire.KeyRing;
import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A node: membership and rumors over the native wire format ({@code docs/protocols/native.md}). A packet is checked whole before any of
 * it counts; a bad one is counted by its reason and changes nothing.
 */
public final class NodeMachine implements Machine {
    /** How recordings call this kind of machine. */
    public static final String KIND = "node";

    /** The version of the messages that this code speaks, and the oldest that it understands. */
    public static final int PROTOCOL = 1;

    /** Largest payload of a rumor, bytes. */
    public static final int MAX_RUMOR_BYTES = 1 << 20;

    private static final long REMEMBER_NANOS = 60_000_000_000L;
    private static final int REMEMBERED = 256;
    private static final long ROSTER_NANOS_PER_MEMBER = 500_000; // a list of a thousand is made twice a second at most
    private static final int PART_HEADER_BYTES = 8; // type and length of a part's message, and some to spare
    private static final int MAX_MESSAGES = 4096; // in one packet of a stream

    private sealed interface NodeTimer {
        /** Addresses worth remembering may have changed. */
        record Remember() implements NodeTimer {}
    }

    /** A part's message as it was read. */
    private record PartMessage(int type, Encodable message) {}

    private final NodeSettings settings;
    private final Envelope envelope;
    private final Membership membership;
    private final Parts parts;
    private final PacketWriter writer;
    private final NodeStreams streams;
    private final UnaryOperator<Member> interner;
    private final Timers<NodeTimer> timers = new Timers<>();
    private final List<Membership.Effect> said = new ArrayList<>();
    private final List<Object> decoded = new ArrayList<>();
    private final Context context = new Context();
    private final long[] bad = new long[Reason.values().length];
    private long received;
    private long unknownMessages;
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
        envelope = new Envelope(settings.cluster(), settings.keys(), settings.nonceSalt());
        membership = new Membership(self, settings.membership(), random.split());
        writer = new PacketWriter(envelope, settings.maxPacketBytes(), membership.queue());
        streams = new NodeStreams(new Arrivals(), writer);
        parts = Parts.of(settings, writer.bodyBytes() - PART_HEADER_BYTES, random);
        Places places = places();
        membership.prefer((relay, target) -> places.detourNanos(relay.name(), target.name()));
    }

    @Override
    public void handle(Input input, long nowNanos, Effects effects) {
        if (done) {
            if (input instanceof Input.Commanded commanded)
                effects.add(new Effect.Refuse(commanded.id(), "it has left"));
            return;
        }
        writer.begin(effects);
        streams.begin(nowNanos, effects);
        context.begin(nowNanos, effects);
        switch (input) {
            case Input.Datagram(Address from, ByteBuffer packet) -> {
                boolean good = packet(packet, Route.datagram(from), null);
                if (!good) return; // a flood of bad packets must cost little
            }
            case Input.StreamAccepted(long stream, Address from) -> streams.accepted(stream, from);
            case Input.StreamConnected(long stream) -> streams.connected(stream, membership.self());
            case Input.StreamBytes(long stream, ByteBuffer bytes) -> streams.bytes(stream, bytes);
            case Input.StreamDrained(long stream) -> streams.drained(stream);
            case Input.StreamEnded(long stream) -> streams.ended(stream);
            case Input.StreamClosed(long stream, CloseReason reason) -> streams.closed(stream, reason);
            case Input.Commanded(long id, Command command) -> command(id, command);
            case Input.WallClock(long epochMillis) -> parts.wallClock(epochMillis, context);
            case Input.Resolved(String host, int port, List<Address> addresses) ->
                tell(new Membership.Input.Resolved(host, port, addresses));
            case Input.Paused(long lostNanos) -> tell(new Membership.Input.Paused(lostNanos));
            case Input.Tick() -> tick();
        }
        perform();
        writer.flush(membership.transmissions());
        streams.closeFinished();
    }

    @Override
    public long nextDeadlineNanos() {
        if (done) return Long.MAX_VALUE;
        return Math.min(
                Math.min(timers.nextDeadlineNanos(), streams.nextDeadlineNanos()),
                Math.min(membership.nextDeadlineNanos(), parts.nextDeadlineNanos()));
    }

    // ---- inputs ----

    private void tell(Membership.Input input) {
        membership.extraDigest(parts.digest());
        membership.handle(input, context.nowNanos, said);
    }

    private void tick() {
        if (!timers.isSet(new NodeTimer.Remember())) {
            timers.set(new NodeTimer.Remember(), context.nowNanos + REMEMBER_NANOS);
            if (!settings.remembered().isEmpty()) tell(new Membership.Input.Remember(settings.remembered()));
        }
        for (NodeTimer due; (due = timers.pollDue(context.nowNanos)) != null; ) {
            switch (due) {
                case NodeTimer.Remember() -> {
                    remember();
                    timers.set(new NodeTimer.Remember(), context.nowNanos + REMEMBER_NANOS);
                }
            }
        }
        streams.tick();
        tell(new Membership.Input.Tick());
        parts.tick(context);
    }

    private void remember() {
        if (membership.version() == rememberedVersion) return;
        rememberedVersion = membership.version();
        List<Address> addresses = new ArrayList<>();
        for (Member member : membership.members())
            if (addresses.size() < REMEMBERED
                    && member.status() != Status.LEFT
                    && !member.name().equals(settings.name())) addresses.add(member.address());
        context.publish(new NodeEvent.Remember(addresses));
    }

    private void command(long id, Command command) {
        try {
            if (parts.commanded(id, command, context)) return;
            if (!(command instanceof NodeCommand ours))
                throw new IllegalArgumentException("not a command of a node: " + command);
            Object answer = answer(id, ours);
            if (answer != null) context.answer(id, answer);
        } catch (IllegalArgumentException | IllegalStateException e) {
            String reason = e.getMessage();
            context.refuse(id, reason == null ? e.toString() : reason);
        }
    }

    private @Nullable Object answer(long id, NodeCommand command) {
        switch (command) {
            case NodeCommand.Join(List<String> seeds) ->
                tell(new Membership.Input.Join(seeds, settings.address().port()));
            case NodeCommand.Leave() -> {
                leaveCommand = id;
                tell(new Membership.Input.Leave());
                return null;
            }
            case NodeCommand.SetTags(Tags tags) -> tell(new Membership.Input.SetTags(tags));
            case NodeCommand.SetAddress(Address address) -> tell(new Membership.Input.SetAddress(address));
            case NodeCommand.Gossip gossip ->
                throw new IllegalStateException("the part for rumors did not take " + gossip);
            case NodeCommand.Why(String name) -> {
                return membership.why(name);
            }
            case NodeCommand.Forget(String name) -> {
                List<Evidence> chain = membership.why(name);
                if (chain.isEmpty()) throw new IllegalArgumentException("no member is called " + name);
                if (chain.getLast().status() != Status.FAILED)
                    throw new IllegalArgumentException(name + " has not failed: only a failed member can be forgotten");
                tell(new Membership.Input.Forget(name));
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

    // ---- packets ----

    /** Checks and handles a packet; false if it was bad, which is counted and changes nothing. */
    private boolean packet(ByteBuffer packet, Route from, NodeStreams.@Nullable Stream stream) {
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
                case Message message -> tell(new Membership.Input.Received(from, message));
                case PartMessage(int type, Encodable message) ->
                    parts.received(type, sender(from, stream), message, context);
                default -> throw new IllegalStateException("decoded " + decoded.get(i));
            }
        }
        return true;
    }

    // The far end of a stream is a port of the moment: what parts say by stream is preceded, once, by who sends it.
    private Address sender(Route from, NodeStreams.@Nullable Stream stream) {
        if (stream == null) return from.address();
        if (stream.sender == null && decoded.getFirst() instanceof Message.Known(Member sender))
            stream.sender = sender.address();
        return stream.sender == null ? from.address() : stream.sender;
    }

    private void decode(ByteBuffer body, List<Object> into) {
        int end = body.limit();
        while (body.hasRemaining()) {
            int type = Wire.u8(body);
            int length = (int) Wire.varint(body, end);
            Wire.need(body, length);
            Part part = parts.ofType(type);
            int next = body.position() + length;
            Object read;
            if (part == null) {
                body.limit(next); // instead of a slice: this runs for every message of membership
                read = MembershipCodec.decode(type, body);
                body.limit(end);
            } else {
                read = new PartMessage(type, part.decode(body.slice(body.position(), length)));
            }
            body.position(next);
            if (read instanceof Message.Known(Member member)) read = new Message.Known(interner.apply(member));
            if (read instanceof Message.Admit admit)
                read = new Message.Admit(
                        admit.sequence(),
                        admit.from(),
                        admit.to(),
                        admit.welcomed(),
                        interned(admit.news()),
                        interned(admit.others()));
            if (read instanceof Message.Returned returned)
                read = new Message.Returned(
                        returned.sequence(), returned.from(), returned.to(), interned(returned.members()));
            if (read instanceof Message.Update.Alive(Member member, int hops))
                read = new Message.Update.Alive(interner.apply(member), hops);
            if (read == null) unknownMessages++;
            else if (into.size() >= MAX_MESSAGES) throw new MalformedPacketException(Reason.TOO_LARGE, body.position());
            else into.add(read);
        }
    }

    private List<Member> interned(List<Member> members) {
        List<Member> shared = new ArrayList<>(members);
        shared.replaceAll(interner);
        return shared;
    }

    private final class Arrivals implements NodeStreams.Receiver {
        @Override
        public boolean packet(ByteBuffer packet, NodeStreams.Stream from) {
            return NodeMachine.this.packet(packet, new Route(from.peer, from.id), from);
        }

        @Override
        public void probeFailed(Address peer, int sequence, CloseReason reason) {
            tell(new Membership.Input.StreamFailed(peer, sequence, reason));
        }

        @Override
        public void drained(Address peer) {
            parts.drained(peer, context);
        }

        @Override
        public void broken(Address peer) {
            parts.broken(peer, context);
        }

        @Override
        public void bad(Reason reason) {
            bad[reason.ordinal()]++;
        }
    }

    // ---- effects ----

    private void perform() {
        // Performing may add more: what parts say may make membership speak.
        for (int i = 0; i < said.size(); i++) perform(said.get(i));
        said.clear();
    }

    private void perform(Membership.Effect effect) {
        int transmissions = membership.transmissions();
        switch (effect) {
            case Membership.Effect.Send(Route to, Message message) -> {
                if (to.stream() == 0) writer.datagram(to.address(), message, transmissions);
                else if (streams.isOpen(to.stream())) writer.stream(to.stream(), message);
            }
            case Membership.Effect.Gossip(Address to, int packets) -> writer.gossip(to, packets, transmissions);
            case Membership.Effect.SendByStream(Address to, int sequence, Message message, long timeoutNanos) ->
                streams.open(to, sequence, message, timeoutNanos);
            case Membership.Effect.Publish(MembershipEvent event) -> {
                context.publish(event);
                parts.memberChanged(event, context);
            }
            case Membership.Effect.Resolve(String host, int port) ->
                context.effects.add(new Effect.Resolve(host, port));
            case Membership.Effect.Differs(Address peer) -> parts.differs(peer, context);
            case Membership.Effect.Measured(Member member, long roundTripNanos) ->
                parts.measured(member, roundTripNanos, context);
            case Membership.Effect.LeaveDone() -> {
                writer.flush(transmissions);
                if (leaveCommand >= 0) context.answer(leaveCommand, NodeCommand.Done.DONE);
                streams.closeAll();
                done = true;
            }
        }
    }

    private final class Context implements PartContext {
        private long nowNanos;
        private Effects effects = new Effects();
        private Roster roster = Roster.EMPTY;
        private long rosterVersion = -1;
        private long rosterNanos;

        void begin(long nowNanos, Effects effects) {
            this.nowNanos = nowNanos;
            this.effects = effects;
        }

        @Override
        public long nowNanos() {
            return nowNanos;
        }

        @Override
        public Membership membership() {
            return membership;
        }

        @Override
        public Roster roster() {
            long atLeastNanos =
                    Math.max(settings.exchange().periodNanos() / 2, membership.liveMembers() * ROSTER_NANOS_PER_MEMBER);
            return rosterVersion >= 0 && nowNanos - rosterNanos < atLeastNanos ? roster : rosterNow();
        }

        @Override
        public Roster rosterNow() {
            if (membership.version() == rosterVersion) return roster;
            rosterVersion = membership.version();
            rosterNanos = nowNanos;
            roster = Roster.of(membership.members(), settings.name());
            return roster;
        }

        @Override
        public Member self() {
            return membership.self();
        }

        @Override
        public int bodyBytes() {
            return writer.bodyBytes() - PART_HEADER_BYTES;
        }

        @Override
        public void send(Address to, Part from, Encodable message) {
            writer.datagram(to, from.type(), message, membership.transmissions());
        }

        @Override
        public boolean sendByStream(Address to, Part from, Encodable message) {
            long timeoutNanos = 4 * settings.membership().maxProbeTimeoutNanos();
            return streams.send(to, from.type(), message, timeoutNanos);
        }

        @Override
        public void publish(Event event) {
            effects.add(new Effect.Publish(event));
        }

        @Override
        public void answer(long id, Object result) {
            effects.add(new Effect.Answer(id, result));
        }

        @Override
        public void refuse(long id, String reason) {
            effects.add(new Effect.Refuse(id, reason));
        }
    }

    // ---- reading ----

    /** What the driver and the application may read between two inputs, on the driver's thread. */
    public Membership membership() {
        return membership;
    }

    /** Likewise for rumors. */
    public Epidemic epidemic() {
        return parts.get(EpidemicPart.class).epidemic();
    }

    /** Likewise for where members are. */
    public Places places() {
        return parts.get(CoordinatePart.class).places();
    }

    /** Likewise for topics. */
    public Topics topics() {
        return parts.get(TopicPart.class).topics();
    }

    /** Likewise for replicated state. */
    public StateReplica state() {
        return parts.get(StatePart.class).replica();
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
