package dev.grapevine.serf;

import dev.grapevine.coordinates.Coordinate;
import dev.grapevine.coordinates.Vivaldi;
import dev.grapevine.core.Address;
import dev.grapevine.serf.memberlist.Memberlist;
import dev.grapevine.serf.memberlist.Node;
import dev.grapevine.serf.memberlist.NodeAddress;
import dev.grapevine.serf.memberlist.Verdict;
import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What Serf says to memberlist and hears from it. Source: hashicorp/serf, serf/delegate.go and its siblings. */
final class SerfDelegate implements Memberlist.Delegate {
    private static final int MAX_NAME_LENGTH = 128;

    private final SerfContext context;
    private final MemberTable members;
    private final UserEvents events;
    private final Vivaldi vivaldi;
    private final Map<String, Coordinate> coordinates = new LinkedHashMap<>();
    private final CoordinateNews coordinateNews = new CoordinateNews();
    private @Nullable Memberlist memberlist;
    private @Nullable Queries queries;
    private @Nullable Conflicts conflicts;
    private @Nullable Joiner joiner;
    private @Nullable Departure departure;

    SerfDelegate(SerfContext context, MemberTable members, UserEvents events, Vivaldi vivaldi) {
        this.context = context;
        this.members = members;
        this.events = events;
        this.vivaldi = vivaldi;
    }

    /** Completes the circle: these parts need memberlist, which needs this delegate. */
    void bind(Memberlist memberlist, Queries queries, Conflicts conflicts, Joiner joiner, Departure departure) {
        this.memberlist = memberlist;
        this.queries = queries;
        this.conflicts = conflicts;
        this.joiner = joiner;
        this.departure = departure;
    }

    private static <T> T bound(@Nullable T part) {
        if (part == null) throw new IllegalStateException("not bound");
        return part;
    }

    @Override
    public void broadcasts(int overheadBytes, int budgetBytes, List<Bytes> into) {
        int n = members.size();
        int left = budgetBytes;
        left -= context.intents.take(n, overheadBytes, left, into);
        left -= context.queries.take(n, overheadBytes, left, into);
        context.events.take(n, overheadBytes, left, into);
    }

    @Override
    public void repeatBroadcasts(int overheadBytes, int budgetBytes, List<Bytes> into) {
        int left = budgetBytes;
        left -= context.intents.repeat(overheadBytes, left, into);
        left -= context.queries.repeat(overheadBytes, left, into);
        context.events.repeat(overheadBytes, left, into);
    }

    @Override
    public int broadcastsWaiting() {
        return context.intents.size() + context.queries.size() + context.events.size();
    }

    @Override
    public long broadcastsAdded() {
        return context.intents.added() + context.queries.added() + context.events.added();
    }

    @Override
    public Bytes localState(boolean join) {
        Map<String, Long> statusLTimes = new LinkedHashMap<>();
        List<String> left = new ArrayList<>();
        for (MemberTable.Entry entry : members.all()) {
            statusLTimes.put(entry.name, entry.statusLTime);
            if (entry.status == MemberStatus.LEFT) left.add(entry.name);
        }
        return new PushPullState(
                        context.memberClock.time(),
                        context.eventClock.time(),
                        context.queryClock.time(),
                        statusLTimes,
                        left,
                        events.slots())
                .encoded();
    }

    @Override
    public void mergeRemoteState(Bytes bytes, boolean join) {
        PushPullState state;
        try {
            state = PushPullState.decode(bytes);
        } catch (MalformedMessageException e) {
            context.notice(SerfEvent.Severity.ERR, "serf", "Failed to decode remote state: " + e.getMessage());
            return;
        }
        witness(context.memberClock, state.lTime());
        witness(context.eventClock, state.eventLTime());
        witness(context.queryClock, state.queryLTime());
        Set<String> left = new LinkedHashSet<>(state.leftMembers());
        for (String name : left) {
            long lTime = state.statusLTimes().getOrDefault(name, 0L);
            // No news: and a time that grew with every exchange would outrun the intents of whoever comes back.
            if (members.saidGoodbye(name)) continue;
            if (LamportClock.isSane(lTime)) leaveIntent(new SerfMessage.Leave(lTime + 1, name, false));
        }
        state.statusLTimes().forEach((name, lTime) -> {
            if (left.contains(name)) return;
            boolean news = members.joinIntent(new SerfMessage.Join(lTime, name));
            // An intent about us that is none of ours: the peer may see us leaving.
            if (news && context.isSelf(name) && !bound(departure).isLeaving()) announceThatWeAreHere();
        });
        if (join && bound(joiner).ignoresOld() && LamportClock.isSane(state.eventLTime()))
            events.ignoreBefore(state.eventLTime());
        for (PushPullState.Slot slot : state.events()) {
            if (slot == null) continue;
            for (PushPullState.Recorded event : slot.events())
                events.receive(new SerfMessage.UserEvent(slot.lTime(), event.name(), event.payload(), false));
        }
    }

    private static void witness(LamportClock clock, long lTime) {
        if (lTime > 0 && LamportClock.isSane(lTime)) clock.witness(lTime - 1);
    }

    private boolean leaveIntent(SerfMessage.Leave leave) {
        return members.leaveIntent(leave, bound(departure).isLeaving(), this::announceThatWeAreHere);
    }

    /** The member clock has passed whatever was said about us, so this beats it. */
    private void announceThatWeAreHere() {
        SerfMessage.Join join = new SerfMessage.Join(context.memberClock.time(), context.settings.name);
        members.joinIntent(join);
        context.intents.add(join.encoded(), null, null);
    }

    @Override
    public void onUserMessage(Bytes payload) {
        if (payload.size() == 0) return;
        SerfMessage message;
        try {
            message = SerfMessage.decode(payload);
        } catch (MalformedMessageException e) {
            context.warn("dropped a message: " + e.getMessage());
            return;
        }
        switch (message) {
            case SerfMessage.Leave leave -> {
                if (leaveIntent(leave)) context.intents.add(payload, null, null);
            }
            case SerfMessage.Join join -> {
                if (members.joinIntent(join)) context.intents.add(payload, null, null);
            }
            case SerfMessage.UserEvent event -> {
                // What no packet can carry reaches the others by the sender's streams and by full exchanges.
                boolean fits = payload.size() <= bound(memberlist).maxUserBytes();
                if (events.receive(event) && fits) context.events.add(payload, null, null);
            }
            case SerfMessage.Query query -> {
                if (bound(queries).receive(query, true)) context.queries.add(payload, null, null);
            }
            case SerfMessage.QueryResponse response -> bound(queries).onResponse(response);
            case SerfMessage.Relay relay -> bound(queries).onRelay(relay);
            case SerfMessage.ConflictResponse stray -> {} // only ever inside a response
            case SerfMessage.KeyRequest stray -> {}
            case SerfMessage.KeyResponse stray -> {}
        }
        guard();
    }

    /** A flood must not wait for the half-minute check. */
    private void guard() {
        int max = 2 * QueueGuard.MAX_DEPTH;
        if (context.intents.size() > max || context.events.size() > max || context.queries.size() > max)
            QueueGuard.check(context);
    }

    @Override
    public @Nullable Bytes ackPayload(Address asker) {
        if (!context.settings.coordinates) return null;
        return coordinateNews.isDue(asker, vivaldi.own()) ? PingPayload.encodeShort(vivaldi.own()) : null;
    }

    @Override
    public void onPong(Node node, long rttNanos, @Nullable Bytes payload) {
        if (!context.settings.coordinates) return;
        Coordinate other = PingPayload.decode(payload);
        if (other == null || !vivaldi.update(node.name(), other, rttNanos)) return;
        coordinates.put(node.name(), other);
        coordinates.put(context.settings.name, vivaldi.own());
    }

    @Nullable
    Coordinate coordinate(String node) {
        return context.isSelf(node) && context.settings.coordinates ? vivaldi.own() : coordinates.get(node);
    }

    long coordinateResets() {
        return vivaldi.resets();
    }

    void forget(String node) {
        coordinates.remove(node);
        vivaldi.forget(node);
    }

    @Override
    public boolean allows(String name, NodeAddress address, @Nullable Bytes meta) {
        if (!context.settings.validateNames) return true;
        if (name.length() > MAX_NAME_LENGTH || meta != null && meta.size() > Meta.MAX_BYTES) return false;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean fine = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.';
            if (!fine) return false;
        }
        return true;
    }

    @Override
    public void onJoin(Node node) {
        members.onJoin(node);
    }

    @Override
    public void onUpdate(Node node) {
        members.onUpdate(node);
    }

    @Override
    public void onLeave(Node node, Verdict verdict) {
        members.onLeave(node, verdict);
    }

    @Override
    public void onSuspected(Node node, String accuser) {
        context.publish(new SerfEvent.Suspected(node.name(), accuser, node.incarnation(), node.lastFailedProbe()));
        if (accuser.equals(context.settings.name))
            context.notice(
                    SerfEvent.Severity.INFO, "memberlist", "Suspect " + node.name() + " has failed, no acks received");
    }

    @Override
    public void onRefuted(Node node) {
        context.publish(new SerfEvent.Refuted(node.name(), node.incarnation()));
    }

    @Override
    public void onConflict(Node known, NodeAddress claimed) {
        bound(conflicts).onConflict(known, claimed);
    }

    @Override
    public void onLeaveSent() {
        bound(departure).leaveSent();
    }

    @Override
    public void onNotice(boolean warning, String text) {
        context.notice(warning ? SerfEvent.Severity.WARN : SerfEvent.Severity.INFO, "memberlist", text);
    }
}
