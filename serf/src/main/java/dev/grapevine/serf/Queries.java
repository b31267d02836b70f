package dev.grapevine.serf;

import dev.grapevine.serf.memberlist.Memberlist;
import dev.grapevine.serf.memberlist.Node;
import dev.grapevine.serf.memberlist.NodeAddress;
import dev.grapevine.serf.memberlist.PushPull;
import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Queries: asked, passed on, answered, relayed. Source: hashicorp/serf, serf/query.go and serf/serf.go, Query, handleQuery. */
final class Queries {
    /** Queries of others that still may be answered. */
    private static final int MAX_ANSWERABLE = 4096;

    private static final long MAX_TIMEOUT_NANOS = 24L * 3600 * 1_000_000_000L;

    /** Who hears the answers to a query of ours. */
    interface Listener {
        void onAck(QueryKey key, String from);

        void onResponse(QueryKey key, String from, @Nullable Bytes payload);

        void onDone(QueryKey key);
    }

    /** What is done with queries that Serf itself answers. */
    interface Internal {
        void answer(String name, SerfMessage.Query query);
    }

    private record Asked(Listener listener, Set<String> acks, Set<String> responses) {}

    private final SerfContext context;
    private final MemberTable members;
    private final SnapshotLines snapshot;
    private final Memberlist memberlist;
    private final Map<QueryKey, Asked> asked = new LinkedHashMap<>();
    private final Map<QueryKey, SerfMessage.Query> answerable = new LinkedHashMap<>();
    private final Set<QueryKey> answered = new LinkedHashSet<>();
    private final EventWindow<Long> window = new EventWindow<>();
    private final Map<String, Re2> expressions = new LinkedHashMap<>();
    private final long minTime;
    private Internal internal = (name, query) -> {};

    Queries(SerfContext context, MemberTable members, SnapshotLines snapshot, Memberlist memberlist) {
        this.context = context;
        this.members = members;
        this.snapshot = snapshot;
        this.memberlist = memberlist;
        long before = context.settings.snapshot.queryClock();
        this.minTime = before == 0 ? 0 : before + 1;
    }

    void internal(Internal answers) {
        internal = answers;
    }

    /** How long answers are collected when nobody says, nanoseconds. */
    long defaultTimeoutNanos() {
        int living = 0;
        for (Node node : memberlist.nodes())
            if (node.state() == PushPull.State.ALIVE || node.state() == PushPull.State.SUSPECT) living++;
        return context.settings.timings.gossipNanos() * 16 * (long) Math.ceil(Math.log10(living + 1.0));
    }

    /** Asks; null when the query is on its way, else why it is not. The key is handed to {@code started} first. */
    @Nullable
    String ask(SerfCommand.Query query, Listener listener, java.util.function.Consumer<QueryKey> started) {
        if (context.settings.protocol < 4) return "Feature not supported";
        List<Bytes> filters = new ArrayList<>();
        if (!query.filterNodes().isEmpty()) filters.add(new QueryFilter.Nodes(query.filterNodes()).encoded());
        query.filterTags().forEach((tag, expr) -> filters.add(new QueryFilter.Tag(tag, expr).encoded()));
        long timeout = query.timeoutNanos() > 0 ? query.timeoutNanos() : defaultTimeoutNanos();
        NodeAddress own = context.settings.address;
        SerfMessage.Query message = new SerfMessage.Query(
                context.queryClock.time(),
                context.turn.random().nextInt(Integer.MAX_VALUE),
                own.ip(),
                own.port(),
                context.settings.name,
                filters.isEmpty() ? null : filters,
                query.requestAck() ? SerfMessage.QUERY_FLAG_ACK : 0,
                query.relayFactor(),
                timeout,
                query.name(),
                query.payload());
        Bytes encoded = message.encoded();
        int limit = context.settings.querySizeLimit;
        if (encoded.size() > limit) return "query exceeds limit of " + limit + " bytes";
        QueryKey key = new QueryKey(message.lTime(), message.id());
        asked.put(key, new Asked(listener, new LinkedHashSet<>(), new LinkedHashSet<>()));
        context.timers.set(new SerfContext.Timer.QueryEnd(key), context.now() + timeout);
        started.accept(key);
        receive(message, false);
        context.queries.add(encoded, null, null);
        return null;
    }

    void ended(QueryKey key) {
        Asked query = asked.remove(key);
        if (query != null) query.listener.onDone(key);
    }

    /** Stops waiting for answers. */
    void forget(QueryKey key) {
        asked.remove(key);
        context.timers.cancel(new SerfContext.Timer.QueryEnd(key));
    }

    /** Section 8.2; returns whether the query is to be passed on. */
    boolean receive(SerfMessage.Query query, boolean passOn) {
        if (!LamportClock.isSane(query.lTime())) return false;
        context.queryClock.witness(query.lTime());
        if (query.lTime() < minTime) return false;
        if (!window.add(query.lTime(), context.queryClock.time(), query.id())) return false;
        boolean rebroadcast = passOn && (query.flags() & SerfMessage.QUERY_FLAG_NO_BROADCAST) == 0;
        if (!admitted(query.filters())) return rebroadcast;
        snapshot.onQuery(query.lTime());
        if ((query.flags() & SerfMessage.QUERY_FLAG_ACK) != 0)
            reply(
                    query,
                    new SerfMessage.QueryResponse(
                            query.lTime(), query.id(), context.settings.name, SerfMessage.RESPONSE_FLAG_ACK, null));
        long timeout = Math.max(0, Math.min(query.timeoutNanos(), MAX_TIMEOUT_NANOS));
        QueryKey key = new QueryKey(query.lTime(), query.id());
        answerable.put(key, query);
        if (answerable.size() > MAX_ANSWERABLE) {
            QueryKey oldest = answerable.keySet().iterator().next();
            answerable.remove(oldest);
            context.timers.cancel(new SerfContext.Timer.AnswerBy(oldest));
        }
        context.timers.set(new SerfContext.Timer.AnswerBy(key), context.now() + timeout);
        if (query.name().startsWith("_serf_")) internal.answer(query.name(), query);
        else
            context.publish(new SerfEvent.QueryReceived(
                    key, query.name(), query.payload(), query.sourceNode(), context.now() + timeout));
        return rebroadcast;
    }

    void answerTooLate(QueryKey key) {
        answerable.remove(key);
    }

    private boolean admitted(@Nullable List<Bytes> filters) {
        if (filters == null) return true;
        for (Bytes filter : filters) {
            try {
                boolean admits = switch (QueryFilter.decode(filter)) {
                    case QueryFilter.Nodes(List<String> names) -> names.contains(context.settings.name);
                    case QueryFilter.Tag(String tag, String expr) ->
                        expression(expr).find(ownTags().getOrDefault(tag, ""));
                };
                if (!admits) return false;
            } catch (MalformedMessageException | IllegalArgumentException e) {
                return false;
            }
        }
        return true;
    }

    private Map<String, String> ownTags() {
        MemberTable.Entry self = members.get(context.settings.name);
        return self == null ? context.settings.tags : self.tags;
    }

    private Re2 expression(String expr) {
        Re2 known = expressions.get(expr);
        if (known != null) return known;
        if (expressions.size() >= 64) expressions.clear();
        Re2 compiled = new Re2(expr);
        expressions.put(expr, compiled);
        return compiled;
    }

    /** Answers a query once; null when done, else why not. */
    @Nullable
    String respond(QueryKey key, @Nullable Bytes payload) {
        SerfMessage.Query query = answerable.get(key);
        if (query == null) return answered.contains(key) ? "response already sent" : "response is past the deadline";
        SerfMessage.QueryResponse response =
                new SerfMessage.QueryResponse(query.lTime(), query.id(), context.settings.name, 0, payload);
        int size = response.encoded().size();
        int limit = context.settings.queryResponseSizeLimit;
        if (size > limit) return "response exceeds limit of " + limit + " bytes";
        answerable.remove(key);
        context.timers.cancel(new SerfContext.Timer.AnswerBy(key));
        answered.add(key);
        if (answered.size() > MAX_ANSWERABLE)
            answered.remove(answered.iterator().next());
        reply(query, response);
        return null;
    }

    private void reply(SerfMessage.Query query, SerfMessage.QueryResponse response) {
        NodeAddress to = NodeAddress.of(query.addr(), query.port());
        if (to == null) return;
        Bytes encoded = response.encoded();
        memberlist.sendUser(to.address(), encoded);
        if (query.relayFactor() == 0 || members.size() < query.relayFactor() + 1) return;
        Bytes relayed = new SerfMessage.Relay(query.addr(), query.port(), "", query.sourceNode(), encoded).encoded();
        if (relayed.size() > context.settings.queryResponseSizeLimit) return;
        List<Node> helpers = memberlist.sample(query.relayFactor(), node -> {
            MemberTable.Entry entry = members.get(node.name());
            return entry != null
                    && entry.status == MemberStatus.ALIVE
                    && !context.isSelf(node.name())
                    && node.versions().protocolMax() >= 5;
        });
        for (Node helper : helpers) memberlist.sendUser(helper.address().address(), relayed);
    }

    void onResponse(SerfMessage.QueryResponse response) {
        QueryKey key = new QueryKey(response.lTime(), response.id());
        Asked query = asked.get(key);
        if (query == null) return;
        boolean ack = (response.flags() & SerfMessage.RESPONSE_FLAG_ACK) != 0;
        Set<String> from = ack ? query.acks : query.responses;
        // Nobody answers twice, and more answers than twice the members come only from a forger.
        if (from.size() >= 2 * members.size() + 64 || !from.add(response.from())) return;
        if (ack) query.listener.onAck(key, response.from());
        else query.listener.onResponse(key, response.from(), response.payload());
    }

    /** Passes a relayed answer on; anything but an answer is not what relays are for. */
    void onRelay(SerfMessage.Relay relay) {
        if (relay.port() < 1 || relay.port() > 0xFFFF) return;
        NodeAddress to = NodeAddress.of(relay.ip(), (int) relay.port());
        if (to == null || relay.message().size() == 0 || relay.message().at(0) != SerfMessage.QUERY_RESPONSE) return;
        memberlist.sendUser(to.address(), relay.message());
    }
}
