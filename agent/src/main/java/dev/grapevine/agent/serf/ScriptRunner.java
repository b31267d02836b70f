package dev.grapevine.agent.serf;

import dev.grapevine.serf.SerfEvent;
import dev.grapevine.serf.SerfMember;
import dev.grapevine.serf.msgpack.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs event handlers one after another, apart from everything else: a handler that hangs delays handlers only. Events that
 * wait are bounded; what does not fit is dropped with a warning.
 */
final class ScriptRunner implements AutoCloseable {
    private static final int MAX_WAITING = 4_096;
    private static final int MAX_OUTPUT_BYTES = 8 << 10;

    /** Who is asked for our own tags, and who answers queries with a handler's output. */
    interface Agent {
        SerfMember self();

        CompletableFuture<Void> respond(SerfEvent.QueryReceived query, Bytes payload);
    }

    private final AgentLog log;
    private final Supplier<Agent> agent;
    private final ScheduledExecutorService timer;
    private final BlockingQueue<SerfEvent> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
    private final Thread thread;
    private volatile List<EventScript> scripts;
    private volatile @Nullable Process running;

    ScriptRunner(AgentLog log, List<EventScript> scripts, ScheduledExecutorService timer, Supplier<Agent> agent) {
        this.log = log;
        this.scripts = List.copyOf(scripts);
        this.timer = timer;
        this.agent = agent;
        this.thread = Thread.ofVirtual().name("event-handlers").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    void scripts(List<EventScript> changed) {
        scripts = List.copyOf(changed);
    }

    /** Runs the handlers for {@code event} when those before it are done. */
    void offer(SerfEvent event) {
        boolean wanted = false;
        for (EventScript script : scripts) wanted |= script.filter().passes(event);
        if (wanted && !waiting.offer(event))
            log.warn("agent: Dropping event: " + MAX_WAITING + " events wait for slow event handlers");
    }

    private void run() {
        try {
            while (true) {
                SerfEvent event = waiting.take();
                for (EventScript script : scripts) if (script.filter().passes(event)) invoke(script.script(), event);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void invoke(String script, SerfEvent event) throws InterruptedException {
        try {
            ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", script).redirectErrorStream(true);
            environment(builder.environment(), agent.get().self(), event);
            Process process = builder.start();
            running = process;
            ScheduledFuture<?> slow = timer.schedule(
                    () -> log.warn("agent: Script '" + script + "' slow, execution exceeding 1s"), 1, TimeUnit.SECONDS);
            try {
                Thread.startVirtualThread(() -> feed(process.getOutputStream(), stdin(event)));
                Output output = Output.of(process.getInputStream());
                int status = process.waitFor();
                finished(script, event, output, status);
            } finally {
                slow.cancel(false);
                running = null;
                if (process.isAlive()) process.destroyForcibly();
            }
        } catch (IOException failed) {
            log.error("agent: Error invoking script '" + script + "': " + failed.getMessage());
        }
    }

    private void finished(String script, SerfEvent event, Output output, int status) {
        if (output.total > output.kept.length)
            log.warn("agent: Script '" + script + "' generated " + output.total + " bytes of output, truncated to "
                    + output.kept.length);
        log.debug(
                "agent: Event '" + word(event) + "' script output: " + new String(output.kept, StandardCharsets.UTF_8));
        if (status != 0) {
            log.error("agent: Error invoking script '" + script + "': exit status " + status);
            return;
        }
        if (!(event instanceof SerfEvent.QueryReceived query) || output.total == 0) return;
        agent.get().respond(query, Bytes.of(output.kept)).whenComplete((done, failure) -> {
            if (failure != null)
                log.warn("agent: Failed to respond to query 'query: " + query.name() + "': "
                        + SerfAgent.reason(failure));
        });
    }

    private static void environment(Map<String, String> to, SerfMember self, SerfEvent event) {
        to.put("SERF_EVENT", word(event));
        to.put("SERF_SELF_NAME", self.name());
        to.put("SERF_SELF_ROLE", self.tags().getOrDefault("role", ""));
        self.tags()
                .forEach((key, value) ->
                        to.put("SERF_TAG_" + key.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9_]", "_"), value));
        switch (event) {
            case SerfEvent.UserEventReceived user -> {
                to.put("SERF_USER_EVENT", user.name());
                to.put("SERF_USER_LTIME", Long.toUnsignedString(user.lTime()));
            }
            case SerfEvent.QueryReceived query -> {
                to.put("SERF_QUERY_NAME", query.name());
                to.put("SERF_QUERY_LTIME", Long.toUnsignedString(query.key().lTime()));
            }
            default -> {
                // member events are told on standard input alone
            }
        }
        // A NUL, which a peer may send, cannot stand in an environment.
        to.replaceAll((key, value) -> value.replace("\0", ""));
    }

    /** What a handler reads: a line for each member, or the payload. */
    static byte[] stdin(SerfEvent event) {
        return switch (event) {
            case SerfEvent.MembersChanged changed -> {
                StringBuilder lines = new StringBuilder();
                for (SerfEvent.Changed each : changed.members()) {
                    SerfMember member = each.member();
                    List<String> tags = new ArrayList<>();
                    member.tags().forEach((key, value) -> tags.add(key + "=" + value));
                    lines.append(clean(member.name())).append('\t');
                    lines.append(member.address().address().host()).append('\t');
                    lines.append(clean(member.tags().getOrDefault("role", ""))).append('\t');
                    lines.append(clean(String.join(",", tags))).append('\n');
                }
                yield lines.toString().getBytes(StandardCharsets.UTF_8);
            }
            case SerfEvent.UserEventReceived user -> withLineEnd(user.payload());
            case SerfEvent.QueryReceived query -> withLineEnd(query.payload());
            default -> new byte[0];
        };
    }

    private static String clean(String text) {
        return text.replace("\t", "\\t").replace("\n", "\\n");
    }

    private static byte[] withLineEnd(@Nullable Bytes payload) {
        if (payload == null || payload.size() == 0) return new byte[0];
        byte[] bytes = payload.array();
        if (bytes[bytes.length - 1] == '\n') return bytes;
        byte[] longer = java.util.Arrays.copyOf(bytes, bytes.length + 1);
        longer[bytes.length] = '\n';
        return longer;
    }

    private static void feed(OutputStream to, byte[] bytes) {
        try (to) {
            to.write(bytes);
        } catch (IOException deaf) {
            // The handler did not want to read it all.
        }
    }

    /** The event's type as handlers see it. */
    static String word(SerfEvent event) {
        return switch (event) {
            case SerfEvent.MembersChanged changed -> changed.change().word();
            case SerfEvent.UserEventReceived ignored -> "user";
            case SerfEvent.QueryReceived ignored -> "query";
            default -> "";
        };
    }

    @Override
    public void close() {
        thread.interrupt();
        Process process = running;
        if (process != null) process.destroy();
    }

    /** The end of what a handler printed. */
    private static final class Output {
        private final byte[] kept;
        private final long total;

        private Output(byte[] kept, long total) {
            this.kept = kept;
            this.total = total;
        }

        private static Output of(InputStream in) throws IOException {
            byte[] ring = new byte[MAX_OUTPUT_BYTES];
            byte[] piece = new byte[MAX_OUTPUT_BYTES];
            long total = 0;
            for (int count; (count = in.read(piece)) >= 0; total += count)
                for (int i = 0; i < count; i++) ring[(int) ((total + i) % ring.length)] = piece[i];
            byte[] kept = new byte[(int) Math.min(total, ring.length)];
            for (int i = 0; i < kept.length; i++) kept[i] = ring[(int) ((total - kept.length + i) % ring.length)];
            return new Output(kept, total);
        }
    }
}
