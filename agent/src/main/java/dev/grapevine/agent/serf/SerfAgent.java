package dev.grapevine.agent.serf;

import dev.grapevine.serf.SerfCommand;
import dev.grapevine.serf.SerfEvent;
import dev.grapevine.serf.SerfMember;
import dev.grapevine.serf.SerfStats;
import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.node.PrivateFile;
import dev.grapevine.serf.node.SerfNode;
import dev.grapevine.serf.node.SerfQuery;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The running agent: a node, its log, its tags file, and whoever wants its events. What is asked of it blocks until done;
 * failures carry the text that the real agent would give.
 */
final class SerfAgent implements AutoCloseable, ScriptRunner.Agent {
    /** Something that did not work; the message is for the user. */
    static final class AgentException extends UserError {
        private static final long serialVersionUID = 1;

        AgentException(String message) {
            super(message);
        }
    }

    private final SerfNode node;
    private final AgentLog log;
    private final @Nullable Path tagsFile;
    private final CopyOnWriteArrayList<Consumer<SerfEvent>> handlers;
    private final CompletableFuture<Void> shutdown = new CompletableFuture<>();
    private final Object tagsLock = new Object();
    private Map<String, String> tags;
    private final CopyOnWriteArrayList<Consumer<String>> counters = new CopyOnWriteArrayList<>();
    private boolean closing;
    private volatile boolean left;

    /**
     * An agent around a node that runs already.
     *
     * @param handlers the list that the node's listener tells of events; the agent adds to it
     */
    SerfAgent(
            SerfNode node,
            AgentLog log,
            Map<String, String> tags,
            @Nullable Path tagsFile,
            CopyOnWriteArrayList<Consumer<SerfEvent>> handlers) {
        this.node = node;
        this.log = log;
        this.tags = new LinkedHashMap<>(tags);
        this.tagsFile = tagsFile;
        this.handlers = handlers;
        node.stopped().thenAccept(reason -> {
            if (reason.equals("closed")) return;
            log.warn("agent: Serf shutdown detected, quitting");
            Thread.startVirtualThread(this::close);
        });
    }

    /** Writes the log lines of an event of the node and hands it to the handlers that listen to applications' events. */
    static void onEvent(SerfEvent event, AgentLog log, List<Consumer<SerfEvent>> handlers) {
        switch (event) {
            case SerfEvent.Notice(SerfEvent.Severity severity, String source, String text) ->
                log.log(
                        switch (severity) {
                            case DEBUG -> LogLevel.DEBUG;
                            case INFO -> LogLevel.INFO;
                            case WARN -> LogLevel.WARN;
                            case ERR -> LogLevel.ERR;
                        },
                        source + ": " + text);
            case SerfEvent.MembersChanged changed ->
                received(changed, changed.change().word(), log, handlers);
            case SerfEvent.UserEventReceived user -> received(user, "user-event: " + user.name(), log, handlers);
            case SerfEvent.QueryReceived query -> received(query, "query: " + query.name(), log, handlers);
            case SerfEvent.WaitingForName(var holder, String waitingFor) ->
                log.warn("serf: our name is held by " + holder + ": waiting for " + waitingFor);
            case SerfEvent.NameRegained() -> log.info("serf: our name is ours again");
            case SerfEvent.Isolated(int knownOthers) ->
                log.warn("serf: isolated: none of " + knownOthers + " known members answers; trying on");
            case SerfEvent.Reconnected(String node) -> log.info("serf: no longer isolated: " + node + " answers");
            case SerfEvent.Stopped(String reason) -> log.error("serf: stopped: " + reason);
            default -> {
                // nothing the real agent logs
            }
        }
    }

    private static void received(SerfEvent event, String text, AgentLog log, List<Consumer<SerfEvent>> handlers) {
        log.info("agent: Received event: " + text);
        for (Consumer<SerfEvent> handler : handlers) handler.accept(event);
    }

    AgentLog log() {
        return log;
    }

    SerfNode node() {
        return node;
    }

    /** Adds a handler of member events, user events and queries, which must not block. */
    void addHandler(Consumer<SerfEvent> handler) {
        handlers.add(handler);
    }

    void removeHandler(Consumer<SerfEvent> handler) {
        handlers.remove(handler);
    }

    /** Adds somebody who wants to hear what is counted, by name. */
    void whenCounted(Consumer<String> counter) {
        counters.add(counter);
    }

    /** Counts one of {@code name}. */
    void count(String name) {
        for (Consumer<String> counter : counters) counter.accept(name);
    }

    int join(List<String> addresses, boolean replay) throws AgentException {
        log.info("agent: joining: [" + String.join(" ", addresses) + "] replay: " + replay);
        try {
            int reached = await(node.join(addresses, !replay)).reached();
            log.info("agent: joined: " + reached + " nodes");
            return reached;
        } catch (AgentException failed) {
            log.warn("agent: error joining: " + failed.why());
            throw failed;
        }
    }

    void forceLeave(String name, boolean prune) throws AgentException {
        log.info("agent: Force leaving node" + (prune ? " (prune)" : "") + ": " + name);
        try {
            await(node.command(new SerfCommand.ForceLeave(name, prune), SerfCommand.Done.class));
        } catch (AgentException failed) {
            log.warn("agent: failed to remove node" + (prune ? " (prune)" : "") + ": " + failed.why());
            throw failed;
        }
    }

    void userEvent(String name, @Nullable Bytes payload, boolean coalesce) throws AgentException {
        log.debug("agent: Requesting user event send: " + name + ". Coalesced: " + coalesce + ". Payload: "
                + quoted(payload));
        try {
            await(node.command(new SerfCommand.SendUserEvent(name, payload, coalesce), Long.class));
        } catch (AgentException failed) {
            log.warn("agent: failed to send user event: " + failed.why());
            throw failed;
        }
    }

    SerfQuery query(SerfCommand.Query query, SerfQuery.Listener listener) throws AgentException {
        boolean ping = query.name().equals("_serf_ping")
                && (query.payload() == null || query.payload().size() == 0);
        if (query.name().startsWith("_serf_") && !ping)
            throw new AgentException("Queries cannot contain the '_serf_' prefix");
        log.debug("agent: Requesting query send: " + query.name() + ". Payload: " + quoted(query.payload()));
        try {
            return await(node.query(query, listener));
        } catch (AgentException failed) {
            log.warn("agent: failed to start user query: " + failed.why());
            throw failed;
        }
    }

    private static String quoted(@Nullable Bytes payload) {
        return GoFlags.quoted(payload == null ? "" : payload.text());
    }

    @Override
    public CompletableFuture<Void> respond(SerfEvent.QueryReceived query, @Nullable Bytes payload) {
        return node.respond(query.key(), payload);
    }

    /** Asks all members about a key; {@code doing} is for the log. */
    SerfCommand.KeyResult keys(String doing, SerfCommand command) throws AgentException {
        log.info("agent: Initiating " + doing);
        return await(node.command(command, SerfCommand.KeyResult.class));
    }

    /** Deletes, then sets. */
    void updateTags(Map<String, String> set, List<String> delete) throws AgentException {
        synchronized (tagsLock) {
            Map<String, String> changed = new LinkedHashMap<>(tags);
            delete.forEach(changed::remove);
            changed.putAll(set);
            setTags(changed);
        }
    }

    /** Replaces all tags, in the tags file too. */
    void setTags(Map<String, String> changed) throws AgentException {
        synchronized (tagsLock) {
            await(node.command(new SerfCommand.SetTags(changed), SerfCommand.Done.class));
            tags = new LinkedHashMap<>(changed);
            if (tagsFile == null) return;
            try {
                // Only now: a file with tags that the cluster would refuse would keep the agent from starting again.
                PrivateFile.write(tagsFile, GoJson.of(GoJson.sorted(changed)));
            } catch (IOException failed) {
                String why = "Failed to write tags file: " + GoErrors.text(failed, "open", tagsFile);
                log.error("agent: " + why);
                throw new AgentException(why);
            }
        }
    }

    Map<String, String> tags() {
        synchronized (tagsLock) {
            return new LinkedHashMap<>(tags);
        }
    }

    List<SerfMember> members() {
        return node.members();
    }

    @Override
    public SerfMember self() {
        for (SerfMember member : members()) if (member.name().equals(node.name())) return member;
        throw new IllegalStateException("the node does not know itself");
    }

    Map<String, Map<String, String>> stats(List<EventScript> scripts) {
        SerfStats figures = node.stats();
        Map<String, String> serf = new TreeMap<>();
        serf.put("members", String.valueOf(figures.members()));
        serf.put("failed", String.valueOf(figures.failed()));
        serf.put("left", String.valueOf(figures.left()));
        serf.put("health_score", String.valueOf(figures.healthScore()));
        serf.put("member_time", Long.toUnsignedString(figures.memberTime()));
        serf.put("event_time", Long.toUnsignedString(figures.eventTime()));
        serf.put("query_time", Long.toUnsignedString(figures.queryTime()));
        serf.put("intent_queue", String.valueOf(figures.intentQueue()));
        serf.put("event_queue", String.valueOf(figures.eventQueue()));
        serf.put("query_queue", String.valueOf(figures.queryQueue()));
        serf.put("encrypted", String.valueOf(figures.encrypted()));
        if (figures.coordinateResets() >= 0) serf.put("coordinate_resets", String.valueOf(figures.coordinateResets()));
        Map<String, String> handlerTexts = new TreeMap<>();
        for (EventScript script : scripts)
            handlerTexts.put(script.filter().event() + ":" + script.filter().name(), script.script());
        Map<String, Map<String, String>> sections = new TreeMap<>();
        sections.put("agent", Map.of("name", node.name()));
        sections.put("runtime", runtime());
        sections.put("serf", serf);
        sections.put("tags", figures.tags());
        sections.put("event_handlers", handlerTexts);
        return sections;
    }

    /** The same names as the real agent's; what it calls goroutines are threads here. */
    private static Map<String, String> runtime() {
        Map<String, String> runtime = new TreeMap<>();
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        runtime.put("os", os.startsWith("mac") ? "darwin" : os);
        String arch = System.getProperty("os.arch", "");
        runtime.put("arch", arch.equals("aarch64") ? "arm64" : arch);
        runtime.put("version", "java" + Runtime.version().feature());
        String processors = String.valueOf(Runtime.getRuntime().availableProcessors());
        runtime.put("max_procs", processors);
        runtime.put("cpu_count", processors);
        runtime.put("goroutines", String.valueOf(threads()));
        return runtime;
    }

    /** Not by way of JMX, which takes longer to load than an agent to start. */
    private static int threads() {
        ThreadGroup all = Thread.currentThread().getThreadGroup();
        while (all.getParent() != null) all = all.getParent();
        return all.activeCount();
    }

    /** Says goodbye to the cluster. */
    void leave() throws AgentException {
        log.info("agent: requesting graceful leave from Serf");
        left = true;
        await(node.leave());
    }

    /** Completed when the agent is closed. */
    CompletableFuture<Void> shutdown() {
        return shutdown;
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closing) return;
            closing = true;
        }
        log.info("agent: requesting serf shutdown");
        if (!left) log.warn("serf: Shutdown without a Leave");
        node.close();
        log.info("agent: shutdown complete");
        shutdown.complete(null);
    }

    private static <T> T await(CompletableFuture<T> future) throws AgentException {
        try {
            return future.get();
        } catch (ExecutionException failed) {
            throw new AgentException(reason(failed));
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new AgentException("interrupted");
        }
    }

    /** The sentence inside a future's failure. */
    static String reason(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) cause = cause.getCause();
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
