package dev.grapevine.agent.serf;

import dev.grapevine.serf.rpc.RpcBody;
import dev.grapevine.serf.rpc.RpcMember;
import dev.grapevine.serf.rpc.RpcRequest;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** One agent as a process of its own, the real program's or ours, with its output in a file and a client at hand. */
final class SerfProcess implements AutoCloseable {
    /** Whose program. */
    enum Kind {
        REAL,
        OURS
    }

    /** Between two looks: rarely in tests, which have time, and often where times are measured. */
    private static final long POLL_NANOS = Long.getLong("serf.poll.millis", 50) * 1_000_000;

    private static final ScheduledThreadPoolExecutor DEADLINES = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon(true).name("deadlines").factory());

    final String name;
    final Kind kind;
    final String rpc;
    final Path log;
    private final Process process;

    private SerfProcess(String name, Kind kind, String rpc, Path log, Process process) {
        this.name = name;
        this.kind = kind;
        this.rpc = rpc;
        this.log = log;
        this.process = process;
    }

    /** Whether the real program is on this machine. */
    static boolean isInstalled() {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            if (Files.isExecutable(Path.of(folder, "serf"))) return true;
        return false;
    }

    /** What runs the program: {@code serf}, or a JVM with ours. */
    static List<String> program(Kind kind) {
        if (kind == Kind.REAL) return List.of("serf");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String tests = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String classPath = System.getProperty("serf.classpath", tests);
        List<String> command = new ArrayList<>(List.of(java));
        command.addAll(List.of(System.getProperty("serf.jvm", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx64m")
                .split(" ")));
        command.addAll(List.of("-cp", classPath, "dev.grapevine.agent.serf.SerfMain"));
        return command;
    }

    /** Starts an agent; {@code log} is what it prints. */
    static SerfProcess start(Kind kind, String name, String ip, int rpcPort, Path log, String... more)
            throws IOException {
        return startUnder(List.of(), kind, name, ip, "127.0.0.1:" + rpcPort, log, more);
    }

    /** Starts an agent by way of {@code prefix}, a command that runs another one. */
    static SerfProcess startUnder(
            List<String> prefix, Kind kind, String name, String ip, String rpc, Path log, String... more)
            throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(program(kind));
        command.addAll(List.of("agent", "-node=" + name, "-bind=" + ip, "-rpc-addr=" + rpc));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        return new SerfProcess(name, kind, rpc, log, process);
    }

    long pid() {
        return process.pid();
    }

    /** Waits until its RPC answers. */
    SerfProcess awaitUp() {
        await("the RPC of " + name, Duration.ofSeconds(60), () -> {
            if (!process.isAlive()) throw new AssertionError(name + " ended: " + output());
            try (RpcClient client = client()) {
                client.ask(new RpcRequest.Stats());
                return true;
            } catch (RpcClient.RpcFailure notYet) {
                return false;
            }
        });
        return this;
    }

    /** Waits until it has joined whom it was told to join, and obeys signals: its RPC answers, and others see it, before that. */
    SerfProcess awaitStarted() {
        await("the end of the start of " + name, Duration.ofSeconds(60), () -> {
            if (!process.isAlive()) throw new AssertionError(name + " ended: " + output());
            return output().contains("Log data will now stream in");
        });
        return this;
    }

    RpcClient client() throws RpcClient.RpcFailure {
        return RpcClient.connect(rpc, "");
    }

    /** Status by name, as this agent sees it. */
    Map<String, String> statuses() {
        Map<String, String> statuses = new TreeMap<>();
        for (RpcMember member : members()) statuses.put(member.name(), member.status());
        return statuses;
    }

    List<RpcMember> members() {
        try (RpcClient client = client()) {
            return ((RpcBody.Members) Objects.requireNonNull(client.ask(new RpcRequest.Members()))).members();
        } catch (RpcClient.RpcFailure failed) {
            return List.of();
        }
    }

    Map<String, String> tagsOf(String member) {
        for (RpcMember each : members())
            if (each.name().equals(member) && each.tags() != null) return new TreeMap<>(each.tags());
        return Map.of();
    }

    void awaitStatus(String member, String status, Duration within) {
        await(
                name + " sees " + member + " " + status,
                within,
                () -> status.equals(statuses().get(member)),
                () -> statuses() + "\n" + news());
    }

    void awaitAlive(int count) {
        awaitAlive(count, Duration.ofSeconds(90));
    }

    void awaitAlive(int count, Duration within) {
        await(
                name + " sees " + count + " alive",
                within,
                () -> statuses().values().stream().filter("alive"::equals).count() == count,
                () -> statuses() + "\n" + news());
    }

    /** What it printed. */
    String output() {
        try {
            return Files.readString(log, StandardCharsets.UTF_8);
        } catch (IOException none) {
            return "";
        }
    }

    /** What it printed, but for the clients that came by to ask how it is. */
    String news() {
        return output().lines()
                .filter(line -> !line.contains("agent.ipc: Accepted client"))
                .collect(java.util.stream.Collectors.joining("\n"));
    }

    void awaitOutput(String text, Duration within) {
        await(name + " prints " + text, within, () -> output().contains(text), this::news);
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /** Sends a signal, for example INT. */
    void signal(String signal) throws IOException, InterruptedException {
        if (!signal.equals("STOP") && !signal.equals("CONT")) awaitStarted();
        new ProcessBuilder("kill", "-" + signal, String.valueOf(pid())).start().waitFor();
    }

    /** The exit code, within a minute. */
    int awaitExit() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) throw new AssertionError(name + " does not end: " + output());
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** What a client command printed and how it ended. */
    record Ran(int status, String out, String err) {}

    /** Runs a client command against this agent. */
    Ran run(Kind client, String... args) throws IOException, InterruptedException {
        return runAt(rpc, client, args);
    }

    /** Starts a client command against this agent that goes on until it is stopped; {@code out} gets what it prints. */
    Process begin(Kind client, Path out, String... args) throws IOException {
        List<String> command = new ArrayList<>(program(client));
        command.addAll(List.of(args));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile());
        builder.environment().put("SERF_RPC_ADDR", rpc);
        return builder.start();
    }

    /** Runs a client command against the agent at {@code rpc}. */
    static Ran runAt(String rpc, Kind client, String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(program(client));
        command.addAll(List.of(args));
        Path out = Files.createTempFile("serf", ".out");
        Path err = Files.createTempFile("serf", ".err");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().putAll(new LinkedHashMap<>(Map.of("SERF_RPC_ADDR", rpc)));
        Process process = builder.start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(command + " does not end");
        }
        Ran ran = new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
        Files.delete(out);
        Files.delete(err);
        return ran;
    }

    static void await(String what, Duration within, Supplier<Boolean> condition) {
        await(what, within, condition, () -> "");
    }

    /** Looks again and again until it holds or the time is over. */
    static void await(String what, Duration within, Supplier<Boolean> condition, Supplier<String> state) {
        long end = System.nanoTime() + within.toNanos();
        while (!condition.get()) {
            if (System.nanoTime() - end > 0)
                throw new AssertionError("not within " + within + ": " + what + " " + state.get());
            java.util.concurrent.locks.LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** Waits for a record of an event stream; after a minute the client is closed, and waiting fails. */
    static RpcBody awaitRecord(RpcClient client, Predicate<RpcBody> wanted) throws RpcClient.RpcFailure {
        ScheduledFuture<?> deadline = DEADLINES.schedule(client::close, 60, TimeUnit.SECONDS);
        try {
            while (true) {
                RpcBody body = client.next().body();
                if (body != null && wanted.test(body)) return body;
            }
        } finally {
            deadline.cancel(false);
        }
    }
}
