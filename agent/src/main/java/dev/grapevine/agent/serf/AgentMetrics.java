package dev.grapevine.agent.serf;

import dev.grapevine.serf.SerfEvent;
import dev.grapevine.serf.SerfStats;
import dev.grapevine.serf.node.SerfNode;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The agent's figures under the real agent's names, for statsd and statsite: what happens is counted as it happens, sizes
 * and traffic are read every ten seconds. The real agent's timings of single operations are not there.
 */
final class AgentMetrics implements AutoCloseable {
    private static final long INTERVAL_SECONDS = 10;
    private static final String PREFIX = "serf-agent.";

    /** Our counters, and how the real agent calls them. */
    private static final Map<String, String> TRAFFIC = new LinkedHashMap<>();

    static {
        TRAFFIC.put("packet_bytes_sent", "memberlist.udp.sent");
        TRAFFIC.put("packet_bytes_received", "memberlist.udp.received");
        TRAFFIC.put("stream_bytes_sent", "memberlist.tcp.sent");
        TRAFFIC.put("packets_refused", "memberlist.udp.refused");
    }

    private final List<StatsSink> sinks;
    private final String host;
    private final Map<String, Long> last = new LinkedHashMap<>();

    /** Sends to all of {@code sinks}; closes them with itself. */
    AgentMetrics(List<StatsSink> sinks) {
        this.sinks = List.copyOf(sinks);
        this.host = hostName();
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException nameless) {
            return "unknown";
        }
    }

    /** Begins to read sizes and traffic. */
    void watch(SerfNode node, ScheduledExecutorService timer) {
        var ignored = timer.scheduleWithFixedDelay(() -> read(node), 1, INTERVAL_SECONDS, TimeUnit.SECONDS);
    }

    private void read(SerfNode node) {
        SerfStats stats;
        try {
            stats = node.stats();
        } catch (RuntimeException closed) {
            return;
        }
        TRAFFIC.forEach((ours, theirs) -> {
            long now = stats.counters().getOrDefault(ours, 0L);
            Long before = last.put(ours, now);
            long grown = now - (before == null ? 0 : before);
            if (grown > 0) add(theirs, grown, StatsSink.Type.COUNTER);
        });
        add("serf.queue.Intent", stats.intentQueue(), StatsSink.Type.SAMPLE);
        add("serf.queue.Event", stats.eventQueue(), StatsSink.Type.SAMPLE);
        add("serf.queue.Query", stats.queryQueue(), StatsSink.Type.SAMPLE);
        gauge("memberlist.health.score", stats.healthScore());
        Runtime runtime = Runtime.getRuntime();
        gauge("runtime.alloc_bytes", runtime.totalMemory() - runtime.freeMemory());
        gauge("runtime.sys_bytes", runtime.totalMemory());
        gauge("runtime.num_goroutines", ManagementFactory.getThreadMXBean().getThreadCount());
        long runs = 0;
        long millis = 0;
        for (GarbageCollectorMXBean each : ManagementFactory.getGarbageCollectorMXBeans()) {
            runs += Math.max(0, each.getCollectionCount());
            millis += Math.max(0, each.getCollectionTime());
        }
        gauge("runtime.total_gc_runs", runs);
        gauge("runtime.total_gc_pause_ns", millis * 1e6);
    }

    /** Counts what an application would hear. */
    void onEvent(SerfEvent event) {
        switch (event) {
            case SerfEvent.MembersChanged changed -> {
                String what = word(changed.change());
                if (what != null) add("serf.member." + what, changed.members().size(), StatsSink.Type.COUNTER);
            }
            case SerfEvent.UserEventReceived user -> {
                count("serf.events");
                count("serf.events." + user.name());
            }
            case SerfEvent.QueryReceived query -> {
                count("serf.queries");
                count("serf.queries." + query.name());
            }
            default -> {
                // not counted by the real agent
            }
        }
    }

    private static @Nullable String word(SerfEvent.Change change) {
        return switch (change) {
            case JOIN -> "join";
            case LEAVE -> "left";
            case FAILED -> "failed";
            case UPDATE -> "update";
            case REAP -> null;
        };
    }

    /** Counts one of {@code name}. */
    void count(String name) {
        add(name, 1, StatsSink.Type.COUNTER);
    }

    private void gauge(String name, double value) {
        add(host + "." + name, value, StatsSink.Type.GAUGE);
    }

    private void add(String name, double value, StatsSink.Type type) {
        for (StatsSink sink : sinks) sink.add(PREFIX + name, value, type);
    }

    @Override
    public void close() {
        sinks.forEach(StatsSink::close);
    }
}
