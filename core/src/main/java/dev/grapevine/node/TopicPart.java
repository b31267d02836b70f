package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.membership.MembershipEvent.MemberChanged;
import dev.grapevine.topic.RingNeighbors;
import dev.grapevine.topic.Source;
import dev.grapevine.topic.TopicAim;
import dev.grapevine.topic.TopicCodec;
import dev.grapevine.topic.TopicMessage;
import dev.grapevine.topic.TopicSettings;
import dev.grapevine.topic.Topics;
import dev.grapevine.wire.Encodable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** {@link Topics} over links that {@link RingNeighbors} chooses from the view. */
final class TopicPart implements Part {
    private static final int RINGS = 3;
    private static final long LEAST_ROUND_TRIP_NANOS = 2_000_000;

    private final Topics topics;
    private final RingNeighbors rings;
    private final TopicSettings times;
    private final List<Topics.Effect> spoken = new ArrayList<>();
    private Set<Address> links = new LinkedHashSet<>();
    private int members = 1;
    private int digest;
    private long digestNanos = Long.MIN_VALUE;

    TopicPart(NodeSettings settings, int bodyBytes) {
        long roundTrip = Math.max(LEAST_ROUND_TRIP_NANOS, settings.membership().gossipNanos() / 100);
        times = TopicSettings.of(roundTrip, bodyBytes).withKept(settings.parts().maxKeptBytes());
        topics = new Topics(
                settings.name(),
                Math.max(1, settings.generation()),
                times,
                settings.parts().topics());
        rings = new RingNeighbors(settings.name(), RINGS);
    }

    Topics topics() {
        return topics;
    }

    @Override
    public int type() {
        return 40;
    }

    @Override
    public Encodable decode(ByteBuffer body) {
        return TopicCodec.decode(body);
    }

    @Override
    public void received(Address from, Encodable message, PartContext context) {
        tell(new Topics.Input.Received(from, (TopicMessage) message), context);
    }

    @Override
    public boolean commanded(long id, Command command, PartContext context) {
        switch (command) {
            case TopicCommand.Publish publish ->
                tell(
                        new Topics.Input.Publish(
                                id,
                                publish.topic(),
                                publish.promise(),
                                publish.retentionMillis(),
                                publish.reported(),
                                publish.bytes()),
                        context);
            case TopicCommand.Ask(Source source, long sequence) -> {
                Topics.Delivery delivery = topics.delivery(source, sequence);
                if (delivery == null) context.refuse(id, "message " + sequence + " is not kept any more");
                else context.answer(id, delivery);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    @Override
    public void tick(PartContext context) {
        tell(new Topics.Input.Tick(), context);
    }

    @Override
    public long nextDeadlineNanos() {
        return topics.nextDeadlineNanos();
    }

    @Override
    public int digest() {
        return digest;
    }

    @Override
    public void differs(Address peer, PartContext context) {
        refreshDigest(context);
        tell(new Topics.Input.Compare(peer), context);
    }

    @Override
    public void measured(Member member, long roundTripNanos, PartContext context) {
        if (links.contains(member.address()))
            tell(new Topics.Input.Distance(member.address(), roundTripNanos), context);
        refreshDigest(context);
    }

    // It changes with time alone, and costs a walk over all sources.
    private void refreshDigest(PartContext context) {
        if (digestNanos != Long.MIN_VALUE && context.nowNanos() - digestNanos < times.settleNanos() / 8) return;
        digestNanos = context.nowNanos();
        digest = topics.digest(context.nowNanos());
    }

    @Override
    public void broken(Address peer, PartContext context) {
        tell(new Topics.Input.Broken(peer), context);
    }

    @Override
    public void memberChanged(MembershipEvent event, PartContext context) {
        if (!(event instanceof MemberChanged change)) return;
        Member member = change.member();
        boolean changed = member.isLive() ? rings.add(member.name(), member.address()) : rings.remove(member.name());
        if (changed && !member.isLive())
            for (Member other : context.membership().members())
                if (other.isLive()) rings.add(other.name(), other.address());
        Set<Address> now = changed ? rings.addresses() : links;
        if (!now.equals(links)) {
            for (Address gone : links) if (!now.contains(gone)) tell(new Topics.Input.NeighborDown(gone), context);
            for (Address come : now) if (!links.contains(come)) tell(new Topics.Input.NeighborUp(come), context);
            links = now;
        }
        if (!member.isLive()) tell(new Topics.Input.Gone(member.address()), context);
        int live = Math.max(1, context.membership().liveMembers());
        if (live != members) tell(new Topics.Input.View(live), context);
        members = live;
    }

    private void tell(Topics.Input input, PartContext context) {
        topics.handle(input, context.nowNanos(), spoken);
        refreshDigest(context);
        List<Topics.Effect> all = List.copyOf(spoken);
        spoken.clear();
        for (Topics.Effect effect : all) perform(effect, context);
    }

    private void perform(Topics.Effect effect, PartContext context) {
        switch (effect) {
            case Topics.Effect.Send(Address to, TopicMessage message) -> send(to, message, context);
            case Topics.Effect.SendToMember(String name, TopicMessage message) -> {
                Member member = context.membership().member(name);
                if (member != null && member.isLive()) send(member.address(), message, context);
            }
            case Topics.Effect.Deliver(
                    Source source,
                    long sequence,
                    byte[] bytes,
                    Address from,
                    int hops,
                    long atNanos) ->
                context.publish(new TopicEvent.Delivered(
                        source, sequence, bytes, hops == 0 ? context.self().address() : from, hops, atNanos));
            case Topics.Effect.Seek() -> {
                for (Address peer : context.membership().samplePeers(1)) tell(new Topics.Input.Compare(peer), context);
            }
            case Topics.Effect.Accepted(long command, Source source, long sequence) ->
                context.answer(command, new TopicCommand.Published(source, sequence));
            case Topics.Effect.Refused(long command, String reason) -> context.refuse(command, reason);
            case Topics.Effect.Lost(Source source, long first, long last) ->
                context.publish(new TopicEvent.Lost(source, first, last));
            case Topics.Effect.Aimed(TopicAim aim, boolean met, long needed, double expected) ->
                context.publish(new TopicEvent.Aimed(aim, met, needed, expected));
            case Topics.Effect.Everywhere(Source source, long sequence, int view, long lastNanos) ->
                context.publish(new TopicEvent.Everywhere(source, sequence, view, lastNanos));
        }
    }

    private void send(Address to, TopicMessage message, PartContext context) {
        if (message.sizeBytes() <= times.pushBytes()) {
            context.send(to, this, message);
        } else if (!context.sendByStream(to, this, message)) {
            tell(new Topics.Input.Blocked(to), context);
        }
    }
}
