package dev.grapevine.agent.serf;

import dev.grapevine.core.Address;
import dev.grapevine.serf.SerfEvent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** {@code serf agent}: starts an agent and runs it until it leaves, is told to stop, or fails. */
final class AgentCommand implements ClientCommand {
    private static final long GRACE_SECONDS = 3;
    private static final long MIN_NANOS = 1_000_000_000L;

    /** What ends the wait of the main thread. */
    private enum Wake {
        INT("interrupt"),
        TERM("terminated"),
        HUP("hangup"),
        RETRIES_USED_UP(""),
        SHUT_DOWN(""),
        LEFT(""),
        LEAVE_FAILED("");

        private final String signal;

        Wake(String signal) {
            this.signal = signal;
        }
    }

    @Override
    public String name() {
        return "agent";
    }

    @Override
    public String synopsis() {
        return "Run an agent, a member of a cluster";
    }

    @Override
    public String usage() {
        return """
            Usage: grapevine serf agent [options]

              Runs a Serf agent until it is interrupted. An interrupt (SIGINT) leaves the cluster first; SIGTERM ends at
              once; SIGHUP reads the configuration again and changes log level, event handlers and tags.

            Options:

              -node=NAME                 name, unique in the cluster (this computer's)
              -bind=0.0.0.0:7946         where to listen, UDP and TCP; IPv6 as [::1]:7946
              -iface=NAME                listen on this network interface
              -advertise=ADDRESS         where others reach us, if not where we listen
              -join=ADDRESS              member to join at start, or exit with 1; may be repeated
              -retry-join=ADDRESS        member to join, tried until it works; may be repeated
              -retry-interval=30s        pause between these tries
              -retry-max=0               give up, with exit code 1, after so many; 0 is never
              -replay                    hear user events from before the join
              -rpc-addr=127.0.0.1:7373   where clients reach us
              -rpc-auth=SECRET           what clients must show
              -encrypt=KEY               encrypt with this key, 16, 24 or 32 bytes in base64 (see 'serf keygen')
              -keyring-file=FILE         keys in a file, rewritten when they are rotated; excludes -encrypt
              -tag KEY=VALUE             what others shall know of us; may be repeated
              -tags-file=FILE            tags in a file, rewritten by 'serf tags'; excludes -tag
              -role=NAME                 old form of -tag role=NAME
              -snapshot=FILE             remember members and events, to rejoin after a restart
              -rejoin                    rejoin also after a graceful leave
              -event-handler=[FILTER=]COMMAND
                                         shell command for events; FILTER is a list of member-join, member-leave,
                                         member-failed, member-update, member-reap, user[:NAME], query[:NAME], *
              -profile=lan               timings: lan, wan or local
              -protocol=5                Serf protocol to speak, 2 to 5
              -broadcast-timeout=5s      how long leaving and the like wait until the news is out
              -disable-compression       send nothing compressed
              -discover=NAME             find members by multicast DNS, service _serf_NAME._tcp, over IPv4
              -mdns-iface=NAME           the network interface for that
              -syslog                    log to the system's log too (needs the program logger of util-linux)
              -log-level=info            trace, debug, info, warn or err
              -config-file=FILE          settings as JSON; may be repeated
              -config-dir=DIR            all *.json files in a folder, by name; may be repeated

            Not supported, and refused: -mdns-disable-ipv4 (multicast DNS is spoken over IPv4).""";
    }

    @Override
    public int run(List<String> args, ClientCall call) {
        Ui ui = Ui.agent(call.out());
        AgentConfig config = configuration(args, ui, call);
        if (config == null) return ClientCall.FAILED;
        LogLevel level = LogLevel.named(config.text("log_level"));
        if (level == null) return failed(ui, invalidLevel(config));
        AgentLog log = new AgentLog(Clock.systemDefaultZone(), ui, level);
        var timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("serf-timer").daemon(true).factory());
        timer.setRemoveOnCancelPolicy(true);
        try {
            return run(args, config, ui, log, timer, call);
        } catch (SerfAgent.AgentException wrong) {
            return failed(ui, wrong.why());
        } finally {
            timer.shutdownNow();
        }
    }

    private static int failed(Ui ui, String why) {
        ui.error(why);
        return ClientCall.FAILED;
    }

    private static String invalidLevel(AgentConfig config) {
        return "Invalid log level: " + config.text("log_level").toUpperCase(java.util.Locale.ROOT)
                + ". Valid log levels are: [TRACE DEBUG INFO WARN ERR]";
    }

    private @Nullable AgentConfig configuration(List<String> args, Ui ui, ClientCall call) {
        AgentConfig config;
        try {
            config = AgentFlags.read(args);
        } catch (AgentFlags.BadFlagsException wrong) {
            if (!wrong.usageDue()) {
                ui.error(wrong.why());
                return null;
            }
            if (!wrong.why().isEmpty()) call.complain(wrong.why());
            ui.output(usage());
            return null;
        }
        if (!config.has("node_name")) {
            try {
                config.set("node_name", InetAddress.getLocalHost().getHostName());
            } catch (UnknownHostException unknown) {
                ui.error("Error determining hostname: " + unknown.getMessage());
                return null;
            }
        }
        for (EventScript script : EventScript.parseAll(config.texts("event_handlers"))) {
            if (script.filter().isValid()) continue;
            ui.error("Invalid event script: " + script.described());
            return null;
        }
        if (config.has("role")) {
            ui.output("Deprecation warning: 'Role' has been replaced with 'Tags'");
            var tags = config.tags();
            tags.put("role", config.text("role"));
            config.set("tags", tags);
        }
        atLeastOneSecond(config, "retry_interval", "RetryInterval", ui);
        atLeastOneSecond(config, "broadcast_timeout", "BroadcastTimeout", ui);
        if (config.isOn("rejoin_after_leave") && !config.has("snapshot_path"))
            ui.output("Warning: 'RejoinAfterLeave' enabled without snapshot file");
        return config;
    }

    private static void atLeastOneSecond(AgentConfig config, String name, String called, Ui ui) {
        if (config.number(name) >= MIN_NANOS) return;
        config.set(name, MIN_NANOS);
        ui.output("Warning: '" + called + "' is too low. Setting to 1s");
    }

    private int run(
            List<String> args,
            AgentConfig config,
            Ui ui,
            AgentLog log,
            ScheduledThreadPoolExecutor timer,
            ClientCall call)
            throws SerfAgent.AgentException {
        // From here on signals are ours: one that comes during the start is carried out after it.
        LinkedBlockingQueue<Wake> wakes = new LinkedBlockingQueue<>();
        for (Wake wake : List.of(Wake.INT, Wake.TERM, Wake.HUP)) on(wake, wakes);
        try (AgentTelling telling = AgentTelling.start(config, log)) {
            return run(args, config, ui, log, timer, call, wakes, telling);
        }
    }

    private int run(
            List<String> args,
            AgentConfig config,
            Ui ui,
            AgentLog log,
            ScheduledThreadPoolExecutor timer,
            ClientCall call,
            LinkedBlockingQueue<Wake> wakes,
            AgentTelling telling)
            throws SerfAgent.AgentException {
        AgentStart start = new AgentStart(config, ui, log);
        AgentStart.Prepared prepared = start.prepare();
        ui.output("Starting Serf agent...");
        var handlers = new CopyOnWriteArrayList<Consumer<SerfEvent>>();
        var scripts = new AtomicReference<>(EventScript.parseAll(config.texts("event_handlers")));
        var running = new AtomicReference<@Nullable SerfAgent>();
        ScriptRunner runner =
                new ScriptRunner(log, scripts.get(), timer, () -> java.util.Objects.requireNonNull(running.get()));
        handlers.add(runner::offer);
        try (SerfAgent agent = start.start(prepared, handlers)) {
            running.set(agent);
            runner.start();
            telling.watch(agent, timer);
            RpcServer rpc = rpc(config, agent, scripts, timer);
            try (rpc) {
                ui.output("Starting Serf agent RPC...");
                telling.discover(agent);
                greet(config, prepared, agent, ui);
                join(config, agent, ui);
                ui.info("");
                ui.output("Log data will now stream in as it occurs:\n");
                log.openGate();
                agent.shutdown().thenRun(() -> wakes.add(Wake.SHUT_DOWN));
                retryJoin(config, agent, wakes);
                return serve(new Running(args, agent, runner, scripts, ui, log, wakes, call), config);
            }
        } finally {
            runner.close();
        }
    }

    private static RpcServer rpc(
            AgentConfig config,
            SerfAgent agent,
            AtomicReference<List<EventScript>> scripts,
            ScheduledThreadPoolExecutor timer)
            throws SerfAgent.AgentException {
        try {
            InetSocketAddress at = HostPort.parse(config.text("rpc_addr"), "listen tcp: ");
            try {
                return RpcServer.start(at, agent, config.text("rpc_auth"), scripts::get, timer);
            } catch (IOException taken) {
                String why = String.valueOf(taken.getMessage());
                if (why.contains("in use")) why = "address already in use";
                if (why.contains("Cannot assign")) why = "cannot assign requested address";
                throw new RpcClient.RpcFailure("listen tcp " + HostPort.text(at) + ": bind: " + why);
            }
        } catch (RpcClient.RpcFailure wrong) {
            throw new SerfAgent.AgentException("Error starting RPC listener: " + wrong.why());
        }
    }

    private static void greet(AgentConfig config, AgentStart.Prepared prepared, SerfAgent agent, Ui ui) {
        ui.output("Serf agent running!");
        ui.info("                  Node name: '" + config.text("node_name") + "'");
        ui.info("                  Bind addr: '" + prepared.bind() + "'");
        Address advertise = prepared.advertise();
        if (advertise != null) ui.info("Advertise addr: '" + advertise + "'");
        ui.info("                   RPC addr: '" + config.text("rpc_addr") + "'");
        ui.info("                  Encrypted: " + agent.node().stats().encrypted());
        ui.info("                   Snapshot: " + config.has("snapshot_path"));
        ui.info("                    Profile: " + config.text("profile"));
        ui.info("Message Compression Enabled: " + config.compression());
        if (config.has("discover")) ui.info("               mDNS cluster: " + config.text("discover"));
    }

    private static void join(AgentConfig config, SerfAgent agent, Ui ui) throws SerfAgent.AgentException {
        List<String> targets = config.texts("start_join");
        if (targets.isEmpty()) return;
        boolean replay = config.isOn("replay_on_join");
        ui.output("Joining cluster...(replay: " + replay + ")");
        int reached = agent.join(targets, replay);
        ui.info("Join completed. Synced with " + reached + " initial agents");
    }

    private static void retryJoin(AgentConfig config, SerfAgent agent, LinkedBlockingQueue<Wake> wakes) {
        List<String> targets = config.texts("retry_join");
        if (targets.isEmpty()) return;
        boolean replay = config.isOn("replay_on_join");
        long pause = config.number("retry_interval");
        Thread.ofVirtual().name("retry-join").start(() -> {
            for (long attempt = 1; !agent.shutdown().isDone(); attempt++) {
                agent.log().info("agent: Joining cluster...(replay: " + replay + ")");
                try {
                    int reached = agent.join(targets, replay);
                    agent.log().info("agent: Join completed. Synced with " + reached + " initial agents");
                    return;
                } catch (SerfAgent.AgentException failed) {
                    long most = config.number("retry_max_attempts");
                    if (most > 0 && attempt > most) {
                        agent.log().error("agent: maximum retry join attempts made, exiting");
                        wakes.add(Wake.RETRIES_USED_UP);
                        return;
                    }
                    agent.log()
                            .warn("agent: Join failed: " + failed.why() + ", retrying in " + GoDuration.format(pause));
                }
                try {
                    TimeUnit.NANOSECONDS.sleep(pause);
                } catch (InterruptedException stop) {
                    return;
                }
            }
        });
    }

    private static void on(Wake wake, LinkedBlockingQueue<Wake> wakes) {
        Signals.on(wake.name(), () -> wakes.add(wake));
    }

    private record Running(
            List<String> args,
            SerfAgent agent,
            ScriptRunner runner,
            AtomicReference<List<EventScript>> scripts,
            Ui ui,
            AgentLog log,
            LinkedBlockingQueue<Wake> wakes,
            ClientCall call) {}

    /** Waits for what ends the agent; returns the exit code. */
    private int serve(Running running, AgentConfig started) {
        AgentConfig config = started;
        try {
            while (true) {
                Wake wake = running.wakes().take();
                if (wake == Wake.RETRIES_USED_UP) return ClientCall.FAILED;
                if (wake == Wake.SHUT_DOWN) return ClientCall.DONE;
                running.ui().output("Caught signal: " + wake.signal);
                if (wake == Wake.HUP) {
                    config = reload(running, config);
                    continue;
                }
                boolean graceful =
                        wake == Wake.INT ? !config.isOn("skip_leave_on_interrupt") : config.isOn("leave_on_terminate");
                return graceful ? leave(running) : ClientCall.FAILED;
            }
        } catch (InterruptedException stop) {
            return ClientCall.FAILED;
        }
    }

    private static int leave(Running running) throws InterruptedException {
        running.ui().output("Gracefully shutting down agent...");
        running.wakes().clear();
        Thread.startVirtualThread(() -> {
            try {
                running.agent().leave();
                running.wakes().add(Wake.LEFT);
            } catch (SerfAgent.AgentException failed) {
                running.ui().error("Error: " + failed.why());
                running.wakes().add(Wake.LEAVE_FAILED);
            }
        });
        // A second signal, or the end of the grace period, ends it at once.
        Wake first = running.wakes().poll(GRACE_SECONDS, TimeUnit.SECONDS);
        return first == Wake.LEFT ? ClientCall.DONE : ClientCall.FAILED;
    }

    private AgentConfig reload(Running running, AgentConfig old) {
        running.ui().output("Reloading configuration...");
        AgentConfig fresh = configuration(running.args(), running.ui(), running.call());
        if (fresh == null) {
            running.ui().error("Failed to reload configs");
            return old;
        }
        LogLevel level = LogLevel.named(fresh.text("log_level"));
        if (level == null) {
            running.ui().error(invalidLevel(fresh));
            fresh.set("log_level", old.text("log_level"));
        } else {
            running.log().level(level);
        }
        running.scripts().set(EventScript.parseAll(fresh.texts("event_handlers")));
        running.runner().scripts(running.scripts().get());
        // A tags file holds what was set at run time: the configuration must not undo that.
        if (fresh.has("tags_file")) return fresh;
        try {
            running.agent().setTags(fresh.tags());
        } catch (SerfAgent.AgentException failed) {
            running.ui().error("Failed to update tags: " + failed.why());
        }
        return fresh;
    }
}
