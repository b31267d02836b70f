package dev.grapevine.agent.serf;

import dev.grapevine.serf.SerfCommand;
import dev.grapevine.serf.SerfEvent;
import dev.grapevine.serf.SerfMember;
import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.node.SerfQuery;
import dev.grapevine.serf.rpc.RpcBody;
import dev.grapevine.serf.rpc.RpcErrors;
import dev.grapevine.serf.rpc.RpcRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one client has running: event streams, a monitor, queries it asked, and queries it may answer. Each stream has its
 * own bounded buffer, so a client that does not read loses its own records and hinders nobody.
 */
final class RpcStreams {
    private static final int MAX_STREAMS = 64; // each holds a buffer; the real agent has no limit
    private static final int MAX_QUERIES = 64;
    private static final int MAX_PENDING = 4_096;

    private record Stream(RpcRecords records, Consumer<SerfEvent> handler) {}

    private record Monitor(long seq, RpcRecords records, BiConsumer<LogLevel, String> lines) {}

    private final SerfAgent agent;
    private final RpcOutput out;
    private final String client;
    private final ScheduledExecutorService timer;
    private final Map<Long, Stream> streams = new LinkedHashMap<>(); // on the session's thread alone
    private final Map<Long, RpcRecords> queries = new ConcurrentHashMap<>();
    private final Map<Long, SerfEvent.QueryReceived> pending = new ConcurrentHashMap<>();
    private final AtomicLong lastQueryId = new AtomicLong();
    private @Nullable Monitor monitor;

    RpcStreams(SerfAgent agent, RpcOutput out, String client, ScheduledExecutorService timer) {
        this.agent = agent;
        this.out = out;
        this.client = client;
        this.timer = timer;
    }

    void stream(String type, long seq) throws IOException {
        List<EventFilter> filters = EventFilter.parse(type);
        for (EventFilter filter : filters) {
            if (!filter.isValid()) {
                out.send(RpcErrors.INVALID_FILTER, seq, null);
                return;
            }
        }
        if (streams.containsKey(seq)) {
            out.send(RpcErrors.STREAM_EXISTS, seq, null);
            return;
        }
        if (streams.size() >= MAX_STREAMS) {
            out.send("no more than " + MAX_STREAMS + " streams on one connection", seq, null);
            return;
        }
        // Registered after the answer is sent, or a record could come before it.
        out.send("", seq, null);
        RpcRecords records = new RpcRecords(
                out, seq, RpcRecords.STREAM, () -> agent.log().warn("agent.ipc: Dropping event to " + client));
        Consumer<SerfEvent> handler = event -> {
            for (EventFilter filter : filters) {
                if (!filter.passes(event)) continue;
                records.offer(record(event));
                return;
            }
        };
        streams.put(seq, new Stream(records, handler));
        agent.addHandler(handler);
    }

    private RpcBody record(SerfEvent event) {
        return switch (event) {
            case SerfEvent.MembersChanged changed -> {
                List<SerfMember> members = new ArrayList<>();
                for (SerfEvent.Changed each : changed.members()) members.add(each.member());
                yield new RpcBody.MemberEvent(changed.change().word(), RpcSession.rpcMembers(members));
            }
            case SerfEvent.UserEventReceived user ->
                new RpcBody.UserEvent(user.lTime(), user.name(), user.payload(), user.coalesce());
            case SerfEvent.QueryReceived query ->
                new RpcBody.QueryEvent(register(query), query.key().lTime(), query.name(), query.payload());
            default -> throw new IllegalArgumentException("no record for " + event);
        };
    }

    private long register(SerfEvent.QueryReceived query) {
        long id = lastQueryId.incrementAndGet();
        long leftNanos = agent.node().untilNanos(query.deadlineNanos()).toNanos();
        if (leftNanos <= 0 || pending.size() >= MAX_PENDING) return id;
        pending.put(id, query);
        timer.schedule(() -> pending.remove(id), leftNanos, TimeUnit.NANOSECONDS);
        return id;
    }

    /** Answers a query that a stream showed; returns the error text. */
    String respond(long id, @Nullable Bytes payload) {
        SerfEvent.QueryReceived query = pending.get(id);
        if (query == null) return RpcErrors.INVALID_QUERY_ID;
        try {
            agent.respond(query, payload).join();
            return "";
        } catch (RuntimeException failed) {
            return SerfAgent.reason(failed);
        }
    }

    void monitor(String levelName, long seq) throws IOException {
        LogLevel level = LogLevel.named(levelName);
        if (level == null) {
            out.send("Unknown log level: " + levelName.toUpperCase(Locale.ROOT), seq, null);
            return;
        }
        if (monitor != null) {
            out.send(RpcErrors.MONITOR_EXISTS, seq, null);
            return;
        }
        out.send("", seq, null);
        // Not by way of the log itself, which is telling us just now.
        RpcRecords records = new RpcRecords(
                out,
                seq,
                RpcRecords.STREAM,
                () -> timer.execute(() -> agent.log().warn("agent.ipc: Dropping logs to " + client)));
        BiConsumer<LogLevel, String> lines = (of, line) -> {
            if (of.compareTo(level) >= 0) records.offer(new RpcBody.Log(line));
        };
        monitor = new Monitor(seq, records, lines);
        agent.log().addMonitor(lines);
    }

    void query(RpcRequest.Query asked, long seq) throws IOException {
        if (queries.size() >= MAX_QUERIES) {
            out.send("no more than " + MAX_QUERIES + " queries at a time on one connection", seq, null);
            return;
        }
        RpcRecords records = new RpcRecords(
                out, seq, RpcRecords.QUERY, () -> agent.log().warn("agent.ipc: Dropping query records to " + client));
        var listener = new SerfQuery.Listener() {
            @Override
            public void onAck(String from) {
                records.offer(new RpcBody.QueryRecord(RpcBody.QueryRecord.ACK, from, null));
            }

            @Override
            public void onResponse(String from, @Nullable Bytes payload) {
                records.offer(new RpcBody.QueryRecord(RpcBody.QueryRecord.RESPONSE, from, payload));
            }

            @Override
            public void onDone() {
                records.last(new RpcBody.QueryRecord(RpcBody.QueryRecord.DONE, "", null));
                queries.remove(seq);
            }
        };
        try {
            records.hold(); // until the answer is out
            queries.put(seq, records);
            agent.query(
                    new SerfCommand.Query(
                            asked.name(),
                            asked.payload(),
                            asked.filterNodes() == null ? List.of() : asked.filterNodes(),
                            asked.filterTags() == null ? Map.of() : asked.filterTags(),
                            asked.requestAck(),
                            asked.relayFactor(),
                            Math.max(0, asked.timeoutNanos())),
                    listener);
            out.send("", seq, null);
            records.release();
        } catch (SerfAgent.AgentException failed) {
            queries.remove(seq);
            records.close();
            out.send(failed.why(), seq, null);
        }
    }

    /** Ends the stream or the monitor with this number, if there is one. */
    void stop(long seq) {
        Monitor lines = monitor;
        if (lines != null && lines.seq() == seq) {
            monitor = null;
            end(lines);
        }
        Stream stream = streams.remove(seq);
        if (stream != null) end(stream);
    }

    private void end(Monitor lines) {
        agent.log().removeMonitor(lines.lines());
        lines.records().close();
    }

    private void end(Stream stream) {
        agent.removeHandler(stream.handler());
        stream.records().close();
    }

    /** The client is gone. */
    void close() {
        if (monitor != null) end(monitor);
        monitor = null;
        streams.values().forEach(this::end);
        streams.clear();
        queries.values().forEach(RpcRecords::close);
        queries.clear();
        pending.clear();
    }
}
