package dev.grapevine.agent.serf;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Whom an agent tells about itself beside its peers and clients: the system's log, statistics, the local network. */
final class AgentTelling implements AutoCloseable {
    private final AgentConfig config;
    private final AgentLog log;
    private @Nullable Syslog syslog;
    private @Nullable BiConsumer<LogLevel, String> toSyslog;
    private @Nullable AgentMetrics metrics;
    private @Nullable Discovery discovery;

    private AgentTelling(AgentConfig config, AgentLog log) {
        this.config = config;
        this.log = log;
    }

    /** Opens the system's log, if it is wanted. */
    static AgentTelling start(AgentConfig config, AgentLog log) throws SerfAgent.AgentException {
        AgentTelling telling = new AgentTelling(config, log);
        if (!config.isOn("enable_syslog")) return telling;
        try {
            Syslog opened = Syslog.open(config.text("syslog_facility"));
            telling.syslog = opened;
            telling.toSyslog = (level, line) -> {
                // The system's log has times and levels of its own.
                if (log.shows(level)) opened.log(level, line.substring(line.indexOf("] ") + 2));
            };
            log.addMonitor(telling.toSyslog);
            return telling;
        } catch (IOException failed) {
            throw new SerfAgent.AgentException("Syslog setup failed: " + failed.getMessage());
        }
    }

    /** Begins to send figures, if anybody wants them. */
    void watch(SerfAgent agent, ScheduledExecutorService timer) throws SerfAgent.AgentException {
        List<StatsSink> sinks = new ArrayList<>();
        if (config.has("statsd_addr")) sinks.add(StatsSink.statsd(address("statsd_addr"), log));
        if (config.has("statsite_addr")) sinks.add(StatsSink.statsite(address("statsite_addr"), log));
        if (sinks.isEmpty()) return;
        AgentMetrics all = new AgentMetrics(sinks);
        metrics = all;
        agent.addHandler(all::onEvent);
        agent.whenCounted(all::count);
        all.watch(agent.node(), timer);
    }

    private InetSocketAddress address(String setting) throws SerfAgent.AgentException {
        try {
            return HostPort.parse(config.text(setting), "Invalid " + setting + ": ");
        } catch (RpcClient.RpcFailure wrong) {
            throw new SerfAgent.AgentException(wrong.why());
        }
    }

    /** Begins to look for others on the local network, if that is wanted. */
    void discover(SerfAgent agent) throws SerfAgent.AgentException {
        if (!config.has("discover")) return;
        try {
            NetworkInterface on = null;
            for (String name : List.of(config.text("mdns_interface"), config.text("interface"))) {
                if (on != null || name.isEmpty()) continue;
                on = NetworkInterface.getByName(name);
                if (on == null) throw new IOException("route ip+net: no such network interface");
            }
            discovery = Discovery.start(
                    agent,
                    config.isOn("replay_on_join"),
                    config.text("discover"),
                    agent.node().address().address(),
                    on);
        } catch (IOException failed) {
            throw new SerfAgent.AgentException("Error starting mDNS listener: " + failed.getMessage());
        }
    }

    @Override
    public void close() {
        if (discovery != null) discovery.close();
        if (metrics != null) metrics.close();
        if (toSyslog != null) log.removeMonitor(toSyslog);
        if (syslog != null) syslog.close();
    }
}
