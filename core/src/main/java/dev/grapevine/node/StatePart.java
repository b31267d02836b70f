package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.membership.Status;
import dev.grapevine.state.Context;
import dev.grapevine.state.Origin;
import dev.grapevine.state.Peer;
import dev.grapevine.state.SeenBy;
import dev.grapevine.state.StateCodec;
import dev.grapevine.state.StateEffect;
import dev.grapevine.state.StateEvent;
import dev.grapevine.state.StateInput;
import dev.grapevine.state.StateKey;
import dev.grapevine.state.StateMessage;
import dev.grapevine.state.StateReplica;
import dev.grapevine.state.StateSettings;
import dev.grapevine.state.Update;
import dev.grapevine.wire.Encodable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Replicated state by {@link StateReplica}, among the members that membership knows. */
final class StatePart implements Part {
    private static final long HEARTBEAT_NANOS = 60_000_000_000L;
    private static final long NANOS_PER_MEMBER = 500_000; // a list of a thousand members is made twice a second at most

    private final StateReplica replica;
    private final long membersNanos;
    private final List<StateEffect> effects = new ArrayList<>();
    private long membersVersion = -1;
    private long membersToldNanos;

    /** A message with its bytes, or one that was read. */
    private record Message(StateMessage message, byte[] bytes) implements Encodable {
        @Override
        public int sizeBytes() {
            return bytes.length;
        }

        @Override
        public void encode(ByteBuffer into) {
            into.put(bytes);
        }
    }

    StatePart(NodeSettings settings, int bodyBytes, RandomGenerator random) {
        long period = settings.exchange().periodNanos();
        StateSettings state = StateSettings.of(period)
                // Probes tell already when something differs: this only makes sure.
                .withHeartbeatNanos(Math.max(HEARTBEAT_NANOS, period))
                .withDatagramBytes(bodyBytes)
                .withBytesPerSecond(settings.parts().stateBytesPerSecond());
        replica = new StateReplica(settings.name(), settings.generation(), state, random);
        membersNanos = period / 2;
    }

    StateReplica replica() {
        return replica;
    }

    @Override
    public int type() {
        return 33;
    }

    @Override
    public Encodable decode(ByteBuffer body) {
        return new Message(StateCodec.decode(body), new byte[0]);
    }

    @Override
    public void received(Address from, Encodable message, PartContext context) {
        tell(new StateInput.Received(from, ((Message) message).message()), context);
    }

    @Override
    public boolean commanded(long id, Command command, PartContext context) {
        if (!(command instanceof StateCommand ours)) return false;
        StateInput input = switch (ours) {
            case StateCommand.Write write -> {
                byte[] seen = write.seen();
                Context past = seen == null ? null : Context.of(seen);
                yield new StateInput.Write(id, write.key(), write.value(), past, write.stamped());
            }
            case StateCommand.Count(String counter, long by) -> new StateInput.Count(id, counter, by);
            case StateCommand.Await(StateKey key, long version, int members) -> {
                Origin origin = key.isShared() ? replica.sharedOrigin() : replica.factsOrigin();
                yield new StateInput.Await(id, new Update(key, origin, version), members);
            }
            case StateCommand.Follow() -> new StateInput.Follow();
        };
        // Whom an await is about must be known to the moment, or it would answer for fewer than there are.
        if (input instanceof StateInput.Await) refreshMembers(context, 0);
        tell(input, context);
        if (input instanceof StateInput.Follow) context.answer(id, NodeCommand.Done.DONE);
        return true;
    }

    @Override
    public void tick(PartContext context) {
        tell(new StateInput.Tick(), context);
    }

    @Override
    public long nextDeadlineNanos() {
        return replica.nextDeadlineNanos();
    }

    @Override
    public void memberChanged(MembershipEvent event, PartContext context) {
        // Facts die with their owner; who holds nothing has nothing to bury, and looks at the members when it is
        // needed.
        if (replica.digest() != 0) refreshMembers(context, interval(context));
    }

    @Override
    public int digest() {
        return replica.digest();
    }

    @Override
    public void differs(Address peer, PartContext context) {
        tell(new StateInput.Differs(peer), context);
    }

    @Override
    public void drained(Address peer, PartContext context) {
        tell(new StateInput.Drained(peer), context);
    }

    @Override
    public void wallClock(long epochMillis, PartContext context) {
        tell(new StateInput.WallClock(epochMillis), context);
    }

    private void tell(StateInput input, PartContext context) {
        if (replica.digest() != 0 || !isAboutNobody(input)) refreshMembers(context, interval(context));
        replica.handle(input, context.nowNanos(), effects);
        perform(context);
    }

    // Who holds nothing needs no list of members to pass the time or to say so: N idle nodes need not keep N lists of
    // N.
    private static boolean isAboutNobody(StateInput input) {
        return input instanceof StateInput.WallClock
                || input instanceof StateInput.Tick
                || input instanceof StateInput.Differs;
    }

    // The list of members is of length N: in a storm of changes it is made anew now and then, not for each.
    private long interval(PartContext context) {
        return Math.max(membersNanos, context.membership().liveMembers() * NANOS_PER_MEMBER);
    }

    private void refreshMembers(PartContext context, long atMostEveryNanos) {
        long version = context.membership().version();
        if (version == membersVersion) return;
        if (membersVersion >= 0 && context.nowNanos() - membersToldNanos < atMostEveryNanos) return;
        membersVersion = version;
        membersToldNanos = context.nowNanos();
        List<Peer> peers = new ArrayList<>();
        for (Member member : context.membership().members())
            if (member.status() != Status.LEFT)
                peers.add(new Peer(member.name(), member.generation(), member.address(), member.isLive()));
        replica.handle(new StateInput.Members(peers), context.nowNanos(), effects);
        perform(context);
    }

    private void perform(PartContext context) {
        for (int i = 0; i < effects.size(); i++) perform(effects.get(i), context);
        effects.clear();
    }

    private void perform(StateEffect effect, PartContext context) {
        switch (effect) {
            case StateEffect.Send(Address to, StateMessage message, byte[] bytes, boolean stream) -> {
                // What does not go by stream now is asked for again, as if it had been lost.
                if (stream) context.sendByStream(to, this, new Message(message, bytes));
                else context.send(to, this, new Message(message, bytes));
            }
            case StateEffect.Publish(StateEvent event) -> context.publish(event);
            case StateEffect.Written(long id, Update update) -> context.answer(id, update);
            case StateEffect.Seen(long id, SeenBy seen) -> context.answer(id, seen);
            case StateEffect.Refuse(long id, String reason) -> context.refuse(id, reason);
        }
    }
}
