package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipEvent;
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
import dev.grapevine.state.reconcile.ReconcileMessage;
import dev.grapevine.wire.Encodable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Replicated state by {@link StateReplica}, among the members that membership knows. */
final class StatePart implements Part {
    private static final long HEARTBEAT_NANOS = 60_000_000_000L;

    private final StateReplica replica;
    private final ReconcilePart reconcile = new ReconcilePart(this);
    private final List<StateEffect> effects = new ArrayList<>();
    private Roster roster = Roster.EMPTY;

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
        if (settings.parts().keepsState()) replica.keep();
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

    /** A message of the part that compares all entries, which is this one's hand. */
    void compared(Address from, ReconcileMessage message, PartContext context) {
        tell(new StateInput.Compared(from, message), context);
    }

    ReconcilePart reconcile() {
        return reconcile;
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
            case StateCommand.Restore(byte[] collected, List<byte[]> keys, List<byte[]> values, byte[] seen) ->
                new StateInput.Restore(collected, keys, values, seen);
        };
        // Whom an await is about must be known to the moment, or it would answer for fewer than there are.
        if (input instanceof StateInput.Await) refreshMembers(context.rosterNow(), context);
        tell(input, context);
        if (input instanceof StateInput.Follow || input instanceof StateInput.Restore)
            context.answer(id, NodeCommand.Done.DONE);
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
        if (replica.digest() != 0) refreshMembers(context.roster(), context);
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
    public void wallClock(long epochMillis, PartContext context) {
        tell(new StateInput.WallClock(epochMillis), context);
    }

    private void tell(StateInput input, PartContext context) {
        if (replica.digest() != 0 || !isAboutNobody(input)) refreshMembers(context.roster(), context);
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

    private void refreshMembers(Roster now, PartContext context) {
        if (now == roster) return;
        roster = now;
        List<Peer> peers = new ArrayList<>(now.members().size());
        for (Member member : now.members())
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
            case StateEffect.Compare(Address to, ReconcileMessage message, boolean stream) -> {
                if (stream) context.sendByStream(to, reconcile, message);
                else context.send(to, reconcile, message);
            }
            case StateEffect.Publish(StateEvent event) -> context.publish(event);
            case StateEffect.Written(long id, Update update) -> context.answer(id, update);
            case StateEffect.Seen(long id, SeenBy seen) -> context.answer(id, seen);
            case StateEffect.Refuse(long id, String reason) -> context.refuse(id, reason);
        }
    }
}
