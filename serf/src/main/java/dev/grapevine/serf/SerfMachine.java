package dev.grapevine.serf;

import dev.grapevine.coordinates.Vivaldi;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import dev.grapevine.serf.memberlist.Memberlist;
import dev.grapevine.serf.memberlist.Sealer;
import dev.grapevine.serf.memberlist.Timings;
import dev.grapevine.serf.memberlist.Versions;
import dev.grapevine.serf.memberlist.Wire;
import dev.grapevine.serf.msgpack.Bytes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * One Serf node as a {@link Machine}: memberlist below, Serf above. Commands are {@link SerfCommand}s, events
 * {@link SerfEvent}s. It announces itself with the first input it gets.
 */
public final class SerfMachine implements Machine {
    private static final long RECLAIM_NANOS = 1_000_000L;

    private final SerfContext context;
    private final Memberlist memberlist;
    private final MemberTable members;
    private final SnapshotLines snapshot;
    private final Coalescer coalescer;
    private final UserEvents events;
    private final Queries queries;
    private final KeyQueries keys;
    private final Conflicts conflicts;
    private final Joiner joiner;
    private final Departure departure;
    private final SerfDelegate delegate;
    private Map<String, String> tags;
    private boolean started;

    /**
     * A node that has not started.
     *
     * @param random seeded from a secure source wherever there are keys: it also makes nonces, and two nodes with one seed
     *     and one key would break the cipher
     * @throws IllegalArgumentException if the tags take more than 512 bytes or a key has a wrong length
     */
    public SerfMachine(SerfSettings settings, RandomGenerator random) {
        if (Meta.encode(settings.tags, settings.protocol).size() > Meta.MAX_BYTES)
            throw new IllegalArgumentException(tooManyTags());
        tags = new LinkedHashMap<>(settings.tags);
        context = new SerfContext(settings, random);
        snapshot = new SnapshotLines(context);
        coalescer = new Coalescer(context);
        members = new MemberTable(context, coalescer, snapshot);
        events = new UserEvents(context, members, coalescer, snapshot);
        Wire wire = new Wire(
                Bytes.utf8(settings.label),
                settings.skipInboundLabelCheck,
                settings.verifyIncoming,
                settings.verifyOutgoing,
                settings.compression,
                1);
        // A dead node's name is free: the reference, left at its defaults, refuses it until the node is reaped.
        Timings timings = settings.timings.deadNodeReclaimNanos() > 0
                ? settings.timings
                : settings.timings.withDeadNodeReclaimNanos(RECLAIM_NANOS);
        Memberlist.Config config = new Memberlist.Config(
                settings.name, settings.address, settings.bindPort, timings, Versions.serf(settings.protocol), wire);
        delegate = new SerfDelegate(context, members, events, new Vivaldi(random));
        memberlist = new Memberlist(config, new Sealer(context.keyring, random), context.turn, delegate);
        queries = new Queries(context, members, snapshot, memberlist);
        keys = new KeyQueries(context, members, queries);
        departure = new Departure(context, members, memberlist, coalescer, snapshot);
        conflicts = new Conflicts(context, members, queries, memberlist, departure::stop);
        joiner = new Joiner(context, members, memberlist, this::announceJoin);
        delegate.bind(memberlist, queries, conflicts, joiner, departure);
        members.whenChanged(joiner::watchIsolation);
        members.whenErased(delegate::forget);
        queries.internal(this::answerInternally);
    }

    private static String tooManyTags() {
        return "Encoded length of tags exceeds limit of " + Meta.MAX_BYTES + " bytes";
    }

    @Override
    public void handle(Input input, long nowNanos, Effects effects) {
        context.turn.begin(nowNanos, effects);
        if (departure.isOver()) {
            if (input instanceof Input.Commanded(long id, SerfCommand command)) onCommandAfterEnd(id, command);
            return;
        }
        if (!started) start();
        if (input instanceof Input.Commanded commanded) {
            if (!(commanded.command() instanceof SerfCommand command))
                throw new IllegalArgumentException(commanded.command() + " is no command of this machine");
            onCommand(commanded.id(), command);
        } else if (input instanceof Input.Resolved(String host, int port, var addresses))
            joiner.onResolved(host, port, addresses);
        else memberlist.handle(input);
        memberlist.tick();
        tick();
        snapshot.watchClock();
    }

    @Override
    public long nextDeadlineNanos() {
        if (departure.isOver()) return Long.MAX_VALUE;
        if (!started) return 0;
        return Math.min(memberlist.nextDeadlineNanos(), context.timers.nextDeadlineNanos());
    }

    private void start() {
        started = true;
        SerfSettings settings = context.settings;
        memberlist.start(Meta.encode(tags, settings.protocol));
        context.timers.set(new SerfContext.Timer.ReapTick(), context.now() + settings.reapNanos);
        context.timers.set(
                new SerfContext.Timer.ReconnectTick(),
                context.turn.soon(settings.reconnectNanos) + settings.reconnectNanos / 2);
        context.timers.set(new SerfContext.Timer.QueueTick(), context.now() + QueueGuard.CHECK_NANOS);
        joiner.rejoin();
    }

    private void tick() {
        for (SerfContext.Timer due; (due = context.timers.pollDue(context.now())) != null; ) {
            switch (due) {
                case SerfContext.Timer.ReapTick() -> {
                    context.timers.set(due, context.now() + context.settings.reapNanos);
                    joiner.onForgotten(members.reap(memberlist));
                }
                case SerfContext.Timer.ReconnectTick() -> {
                    context.timers.set(due, context.now() + context.settings.reconnectNanos);
                    joiner.reconnectTick();
                }
                case SerfContext.Timer.QueueTick() -> {
                    context.timers.set(due, context.now() + QueueGuard.CHECK_NANOS);
                    QueueGuard.check(context);
                }
                case SerfContext.Timer.SnapshotTick() -> snapshot.clock();
                case SerfContext.Timer.Flush(boolean userEvents) -> coalescer.flush(userEvents);
                case SerfContext.Timer.QueryEnd(QueryKey key) -> queries.ended(key);
                case SerfContext.Timer.AnswerBy(QueryKey key) -> queries.answerTooLate(key);
                case SerfContext.Timer.Pruning(String node) -> members.pruneIfGone(node, memberlist);
                case SerfContext.Timer.BroadcastTimeout(long operation) -> departure.timedOut(operation);
                case SerfContext.Timer.LeaveStep() -> departure.step();
                case SerfContext.Timer.Isolation() -> joiner.isolationTick();
                case SerfContext.Timer.NameRetry() -> conflicts.retry();
            }
        }
    }

    private void onCommand(long id, SerfCommand command) {
        switch (command) {
            case SerfCommand.Join join -> {
                if (departure.isLeaving()) context.refuse(id, "Serf can't Join after Leave or Shutdown");
                else joiner.join(id, join);
            }
            case SerfCommand.Leave() -> {
                joiner.stop();
                departure.leave(id);
            }
            case SerfCommand.ForceLeave(String node, boolean prune) -> departure.forceLeave(id, node, prune);
            case SerfCommand.UpdateTags(Map<String, String> set, List<String> delete) -> {
                Map<String, String> changed = new LinkedHashMap<>(tags);
                delete.forEach(changed::remove);
                changed.putAll(set);
                changeTags(id, changed);
            }
            case SerfCommand.SetTags(Map<String, String> all) -> changeTags(id, new LinkedHashMap<>(all));
            case SerfCommand.SendUserEvent event -> events.send(id, event, memberlist);
            case SerfCommand.Query query -> ask(id, query);
            case SerfCommand.Respond(QueryKey key, Bytes payload) -> {
                String error = queries.respond(key, payload);
                if (error == null) context.answer(id, SerfCommand.Done.DONE);
                else context.refuse(id, "failed to respond to key query: " + error);
            }
            case SerfCommand.InstallKey(Bytes key) -> keys.ask(id, KeyQueries.INSTALL, key);
            case SerfCommand.UseKey(Bytes key) -> keys.ask(id, KeyQueries.USE, key);
            case SerfCommand.RemoveKey(Bytes key) -> keys.ask(id, KeyQueries.REMOVE, key);
            case SerfCommand.ListKeys() -> keys.ask(id, KeyQueries.LIST, Bytes.EMPTY);
            case SerfCommand.KeyringStored(long change, String error) -> {
                keys.stored(change, error);
                context.answer(id, SerfCommand.Done.DONE);
            }
            case SerfCommand.Members all -> inspect(id, all);
            case SerfCommand.Stats figures -> inspect(id, figures);
            case SerfCommand.GetCoordinate get -> inspect(id, get);
        }
    }

    private void inspect(long id, SerfCommand command) {
        if (command instanceof SerfCommand.Members) context.answer(id, members.snapshots());
        else if (command instanceof SerfCommand.Stats) context.answer(id, stats());
        else if (command instanceof SerfCommand.GetCoordinate(String node))
            context.answer(id, new SerfCommand.Located(delegate.coordinate(node)));
    }

    private void onCommandAfterEnd(long id, SerfCommand command) {
        switch (command) {
            case SerfCommand.Members ignored -> inspect(id, command);
            case SerfCommand.Stats ignored -> inspect(id, command);
            case SerfCommand.GetCoordinate ignored -> inspect(id, command);
            default -> context.refuse(id, "this node has left or was stopped");
        }
    }

    private void ask(long id, SerfCommand.Query query) {
        Queries.Listener listener = new Queries.Listener() {
            @Override
            public void onAck(QueryKey key, String from) {
                context.publish(new SerfEvent.QueryAcked(key, from));
            }

            @Override
            public void onResponse(QueryKey key, String from, @org.jspecify.annotations.Nullable Bytes payload) {
                context.publish(new SerfEvent.QueryAnswered(key, from, payload));
            }

            @Override
            public void onDone(QueryKey key) {
                context.publish(new SerfEvent.QueryDone(key));
            }
        };
        String error = queries.ask(query, listener, key -> {
            long deadline = context.timers.deadlineNanos(new SerfContext.Timer.QueryEnd(key));
            context.answer(id, new SerfCommand.QueryStarted(key, deadline));
        });
        if (error != null) context.refuse(id, error);
    }

    private void changeTags(long id, Map<String, String> changed) {
        Bytes meta = Meta.encode(changed, context.settings.protocol);
        if (meta.size() > Meta.MAX_BYTES) {
            context.refuse(id, tooManyTags());
            return;
        }
        tags = changed;
        long operation = departure.await(() -> context.answer(id, SerfCommand.Done.DONE), null);
        memberlist.update(meta, () -> departure.finished(operation));
        if (!members.hasOthersAlive()) departure.finished(operation);
    }

    private void announceJoin() {
        SerfMessage.Join join = new SerfMessage.Join(context.memberClock.time(), context.settings.name);
        members.joinIntent(join);
        context.intents.add(join.encoded(), null, null);
    }

    private void answerInternally(String name, SerfMessage.Query query) {
        QueryKey key = new QueryKey(query.lTime(), query.id());
        switch (name) {
            case "_serf_ping" -> {} // the ack is the answer
            case Conflicts.QUERY -> {
                Bytes vote = conflicts.vote(query);
                if (vote != null) queries.respond(key, vote);
            }
            case KeyQueries.INSTALL, KeyQueries.USE, KeyQueries.REMOVE, KeyQueries.LIST -> keys.answer(name, query);
            default -> context.warn("Unhandled internal query '" + name + "'");
        }
    }

    private SerfStats stats() {
        return new SerfStats(
                members.size(),
                members.count(MemberStatus.FAILED),
                members.count(MemberStatus.LEFT),
                memberlist.healthScore(),
                context.memberClock.time(),
                context.eventClock.time(),
                context.queryClock.time(),
                context.intents.size(),
                context.events.size(),
                context.queries.size(),
                !context.keyring.isEmpty(),
                context.settings.coordinates ? delegate.coordinateResets() : -1,
                Map.copyOf(tags),
                memberlist.counters());
    }
}
