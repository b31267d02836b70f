package dev.grapevine.serf;

import dev.grapevine.core.Address;
import dev.grapevine.serf.memberlist.Memberlist;
import dev.grapevine.serf.memberlist.Node;
import dev.grapevine.serf.memberlist.NodeAddress;
import dev.grapevine.serf.memberlist.Versions;
import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One name at two addresses. The others vote; who loses stops (the reference), or steps back and waits until the name is
 * free. Source: hashicorp/serf, serf/serf.go, handleNodeConflict and resolveNodeConflict.
 */
final class Conflicts implements Queries.Listener {
    static final String QUERY = "_serf_conflict";
    private static final long RETRY_NANOS = 5_000_000_000L;

    private final SerfContext context;
    private final MemberTable members;
    private final Queries queries;
    private final Memberlist memberlist;
    private final Consumer<String> stop;
    private boolean voting;
    private boolean waiting;
    private @Nullable NodeAddress rival;
    private int responses;
    private int matching;
    private long conflictsSeen;

    Conflicts(SerfContext context, MemberTable members, Queries queries, Memberlist memberlist, Consumer<String> stop) {
        this.context = context;
        this.members = members;
        this.queries = queries;
        this.memberlist = memberlist;
        this.stop = stop;
    }

    boolean isWaiting() {
        return waiting;
    }

    void onConflict(Node known, NodeAddress claimed) {
        boolean ours = context.isSelf(known.name());
        context.publish(new SerfEvent.NameConflict(known.name(), known.address(), claimed, ours));
        if (!ours) {
            context.warn("Name conflict for '" + known.name() + "' both " + known.address() + " and " + claimed
                    + " are claiming");
            return;
        }
        conflictsSeen++;
        rival = claimed;
        if (voting || waiting || !context.settings.resolveConflicts) return;
        context.notice(
                SerfEvent.Severity.ERR,
                "serf",
                "Node name conflicts with another node at " + claimed
                        + ". Names must be unique! (Resolution enabled: true)");
        responses = 0;
        matching = 0;
        SerfCommand.Query query = SerfCommand.Query.toAll(QUERY, Bytes.utf8(context.settings.name));
        voting = queries.ask(query, this, key -> {}) == null;
    }

    @Override
    public void onAck(QueryKey key, String from) {}

    @Override
    public void onResponse(QueryKey key, String from, @Nullable Bytes payload) {
        if (payload == null || payload.size() == 0 || payload.at(0) != SerfMessage.CONFLICT_RESPONSE) return;
        try {
            SerfMessage.ClaimedMember member = ((SerfMessage.ConflictResponse) SerfMessage.decode(payload)).member();
            responses++;
            NodeAddress address = member == null ? null : NodeAddress.of(member.addr(), member.port());
            if (address != null && address.address().equals(context.settings.address.address())) matching++;
        } catch (MalformedMessageException e) {
            context.warn("Failed to decode conflict query response from " + from);
        }
    }

    @Override
    public void onDone(QueryKey key) {
        voting = false;
        boolean kept = matching >= responses / 2 + 1;
        NodeAddress other = rival;
        // With nobody to vote the reference lets both die. The lower address stays; a reference at the other one goes.
        if (responses == 0 && other != null)
            kept = context.settings.address.address().compareTo(other.address()) < 0;
        context.publish(new SerfEvent.ConflictResolved(matching, responses, kept));
        if (kept) {
            context.info("majority in name conflict resolution [" + matching + " / " + responses + "]");
            return;
        }
        String count = "minority in name conflict resolution, ";
        boolean wait = context.settings.waitForName && other != null;
        context.warn(count + (wait ? "waiting" : "quiting") + " [" + matching + " / " + responses + "]");
        if (!context.settings.waitForName || other == null)
            stop.accept("name conflict: '" + context.settings.name + "' belongs to " + other);
        else {
            waiting = true;
            memberlist.quiet(true);
            tell(other);
            context.timers.set(new SerfContext.Timer.NameRetry(), context.now() + RETRY_NANOS);
        }
    }

    private void tell(NodeAddress holder) {
        context.publish(new SerfEvent.WaitingForName(
                holder, "the node at " + holder + " to leave, or to be seen failed by the others"));
    }

    /** Asks one node whether it still knows our name at another address. */
    void retry() {
        if (!waiting) return;
        context.timers.set(new SerfContext.Timer.NameRetry(), context.now() + RETRY_NANOS);
        List<Address> known = new ArrayList<>();
        for (MemberTable.Entry entry : members.all())
            if (!context.isSelf(entry.name) && !entry.isGone()) known.add(entry.address.address());
        if (known.isEmpty()) return;
        long before = conflictsSeen;
        memberlist.join(known.get(context.turn.random().nextInt(known.size())), error -> {
            if (error != null || !waiting) return;
            NodeAddress holder = rival;
            if (conflictsSeen > before && holder != null) {
                tell(holder);
                return;
            }
            waiting = false;
            context.timers.cancel(new SerfContext.Timer.NameRetry());
            memberlist.quiet(false);
            Node self = memberlist.node(context.settings.name);
            memberlist.update(self == null ? null : self.meta(), null);
            context.publish(new SerfEvent.NameRegained());
        });
    }

    /** What we know of the disputed name, for others to count; nothing if it is ours. */
    @Nullable
    Bytes vote(SerfMessage.Query query) {
        Bytes payload = query.payload();
        if (payload == null || payload.text().equals(context.settings.name)) return null;
        MemberTable.Entry entry = members.get(payload.text());
        return new SerfMessage.ConflictResponse(entry == null ? null : claimed(entry)).encoded();
    }

    private static SerfMessage.ClaimedMember claimed(MemberTable.Entry entry) {
        Versions v = entry.versions;
        return new SerfMessage.ClaimedMember(
                entry.name,
                entry.address.ip(),
                entry.address.port(),
                entry.tags,
                entry.status.number(),
                List.of(
                        v.protocolMin(),
                        v.protocolMax(),
                        v.protocolCur(),
                        v.delegateMin(),
                        v.delegateMax(),
                        v.delegateCur()));
    }
}
