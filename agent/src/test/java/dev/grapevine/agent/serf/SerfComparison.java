package dev.grapevine.agent.serf;

import dev.grapevine.serf.rpc.RpcBody;
import dev.grapevine.serf.rpc.RpcRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Measures the real agent and ours in one run, the same number of each, and prints a table. Run by
 * {@code scripts/serf-compare}, in a network namespace of its own so that the loopback's counters are the cluster's.
 */
final class SerfComparison {
    private static final int EVENTS = 10;
    private static final int KILLS = 3;
    private static final double NANOS_PER_MILLI = 1e6;

    private record Figures(
            double startMillis,
            double launchMillis,
            double membershipMillis,
            double joinPackets,
            double eventMillis,
            double killMillis,
            double idleBytes,
            double idlePackets,
            double cpuPercent,
            double residentMib,
            double proportionalMib) {}

    private final int agents;
    private final Duration idle;
    private final Duration settle;

    private SerfComparison(int agents, Duration idle, Duration settle) {
        this.agents = agents;
        this.idle = idle;
        this.settle = settle;
    }

    public static void main(String[] args) throws Exception {
        int agents = args.length > 0 ? Integer.parseInt(args[0]) : 20;
        Duration idle = Duration.ofSeconds(args.length > 1 ? Integer.parseInt(args[1]) : 30);
        Duration settle = Duration.ofSeconds(args.length > 2 ? Integer.parseInt(args[2]) : 10);
        if (!SerfProcess.isInstalled()) throw new IllegalStateException("the program serf is not installed");
        SerfComparison comparison = new SerfComparison(agents, idle, settle);
        Figures real = comparison.measure(SerfProcess.Kind.REAL);
        Figures ours = comparison.measure(SerfProcess.Kind.OURS);
        System.out.printf(Locale.ROOT, "%n%d agents each, profile lan, %d s idle%n%n", agents, idle.toSeconds());
        System.out.println("| | serf | grapevine |");
        System.out.println("|---|---:|---:|");
        row("start-up to answering RPC, median, ms", real.startMillis(), ours.startMillis());
        if (System.getProperty("serf.launcher") != null)
            System.out.printf(Locale.ROOT, "| the same through ./grapevine, median of 5, ms | | %.1f |%n", launched());
        row("launch of all with -join to full membership, ms", real.launchMillis(), ours.launchMillis());
        row("join of all that run to full membership, ms", real.membershipMillis(), ours.membershipMillis());
        row("packets per agent in the 15 s of that join", real.joinPackets(), ours.joinPackets());
        row("event to all, median of " + EVENTS + ", ms", real.eventMillis(), ours.eventMillis());
        row("kill -9 seen by all, median of " + KILLS + ", ms", real.killMillis(), ours.killMillis());
        row("idle bytes per agent and second (with IP headers)", real.idleBytes(), ours.idleBytes());
        row("idle packets per agent and second", real.idlePackets(), ours.idlePackets());
        row("idle CPU per agent, % of one core", real.cpuPercent(), ours.cpuPercent());
        row("resident memory per agent, MiB", real.residentMib(), ours.residentMib());
        row("the same with shared pages divided, MiB", real.proportionalMib(), ours.proportionalMib());
    }

    private static void row(String what, double real, double ours) {
        System.out.printf(Locale.ROOT, "| %s | %.1f | %.1f |%n", what, real, ours);
    }

    /** Start-up as a user starts it, script and all. */
    private static double launched() throws Exception {
        double[] millis = new double[5];
        for (int i = 0; i < millis.length; i++) {
            String rpc = "127.0.0.1:" + SerfLab.freePort();
            List<String> command = List.of(
                    System.getProperty("serf.launcher"), "serf", "agent", "-bind=127.0.0.99:7946", "-rpc-addr=" + rpc);
            long begin = System.nanoTime();
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                SerfProcess.await("the launched agent", Duration.ofSeconds(60), () -> answers(rpc));
                millis[i] = (System.nanoTime() - begin) / NANOS_PER_MILLI;
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
        return median(millis);
    }

    private static boolean answers(String rpc) {
        try (RpcClient client = RpcClient.connect(rpc, "")) {
            client.ask(new RpcRequest.Stats());
            return true;
        } catch (RpcClient.RpcFailure notYet) {
            return false;
        }
    }

    private Figures measure(SerfProcess.Kind kind) throws Exception {
        System.err.println("measuring " + kind);
        double launch = launchAll(kind);
        try (SerfLab lab = new SerfLab()) {
            List<SerfProcess> cluster = new ArrayList<>();
            double[] starts = new double[agents];
            for (int i = 0; i < agents; i++) {
                long begin = System.nanoTime();
                cluster.add(lab.start(kind, "node" + i));
                starts[i] = (System.nanoTime() - begin) / NANOS_PER_MILLI;
            }
            long[] alone = traffic();
            long joining = System.nanoTime();
            double membership = joinAll(cluster, lab.ip(1));
            // Let the news of the joins die down before anything is measured.
            TimeUnit.NANOSECONDS.sleep(TimeUnit.SECONDS.toNanos(15) - (System.nanoTime() - joining));
            long joinPackets = traffic()[1] - alone[1];
            double event = median(events(cluster));
            TimeUnit.SECONDS.sleep(settle.toSeconds());
            long[] before = traffic();
            double cpuBefore = cpuSeconds(cluster);
            long begin = System.nanoTime();
            TimeUnit.SECONDS.sleep(idle.toSeconds());
            double seconds = (System.nanoTime() - begin) / 1e9;
            long[] after = traffic();
            double cpu = cpuSeconds(cluster) - cpuBefore;
            double resident = 0;
            double proportional = 0;
            for (SerfProcess agent : cluster) {
                resident += kib(agent, "status", "VmRSS:") / 1024;
                proportional += kib(agent, "smaps_rollup", "Pss:") / 1024;
            }
            double kill = kills(cluster);
            return new Figures(
                    median(starts),
                    launch,
                    membership,
                    joinPackets / (double) agents,
                    event,
                    kill,
                    (after[0] - before[0]) / seconds / agents,
                    (after[1] - before[1]) / seconds / agents,
                    100 * cpu / seconds / agents,
                    resident / agents,
                    proportional / agents);
        }
    }

    /** All but the seed are launched at once; the time is that of programs and protocol together. */
    private double launchAll(SerfProcess.Kind kind) throws Exception {
        try (SerfLab lab = new SerfLab()) {
            List<SerfProcess> cluster = new ArrayList<>(List.of(lab.start(kind, "node0")));
            long begin = System.nanoTime();
            for (int i = 1; i < agents; i++) cluster.add(lab.launch(kind, "node" + i, "-join=" + lab.ip(1)));
            for (SerfProcess agent : cluster) agent.awaitAlive(agents);
            return (System.nanoTime() - begin) / NANOS_PER_MILLI;
        }
    }

    private double joinAll(List<SerfProcess> cluster, String seed) throws Exception {
        long begin = System.nanoTime();
        List<RpcClient> clients = new ArrayList<>();
        for (SerfProcess agent : cluster.subList(1, agents)) {
            RpcClient client = agent.client();
            clients.add(client);
            client.send(new RpcRequest.Join(List.of(seed), false));
        }
        for (SerfProcess agent : cluster) agent.awaitAlive(agents);
        double millis = (System.nanoTime() - begin) / NANOS_PER_MILLI;
        clients.forEach(RpcClient::close);
        return millis;
    }

    private double[] events(List<SerfProcess> cluster) throws Exception {
        double[] millis = new double[EVENTS];
        List<RpcClient> streams = new ArrayList<>();
        for (SerfProcess agent : cluster) {
            RpcClient stream = agent.client();
            stream.open(new RpcRequest.Stream("user"));
            streams.add(stream);
        }
        try (RpcClient sender = cluster.getFirst().client()) {
            for (int i = 0; i < EVENTS; i++) {
                CountDownLatch heard = new CountDownLatch(agents);
                for (RpcClient stream : streams) {
                    Thread.startVirtualThread(() -> {
                        try {
                            SerfProcess.awaitRecord(stream, body -> body instanceof RpcBody.UserEvent);
                            heard.countDown();
                        } catch (RpcClient.RpcFailure gone) {
                            // the latch tells
                        }
                    });
                }
                long begin = System.nanoTime();
                sender.ask(new RpcRequest.Event("e" + i, null, false));
                if (!heard.await(60, TimeUnit.SECONDS)) throw new AssertionError("an event did not reach everybody");
                millis[i] = (System.nanoTime() - begin) / NANOS_PER_MILLI;
            }
        }
        streams.forEach(RpcClient::close);
        return millis;
    }

    /** One death is found within six to ten seconds, by luck: the median of some. */
    private static double kills(List<SerfProcess> cluster) throws Exception {
        double[] millis = new double[KILLS];
        for (int i = 0; i < KILLS; i++) {
            millis[i] = kill(cluster.subList(0, cluster.size() - i));
            TimeUnit.SECONDS.sleep(2);
        }
        return median(millis);
    }

    private static double kill(List<SerfProcess> cluster) throws Exception {
        SerfProcess victim = cluster.getLast();
        long begin = System.nanoTime();
        victim.kill();
        for (SerfProcess agent : cluster.subList(0, cluster.size() - 1))
            agent.awaitStatus(victim.name, "failed", Duration.ofSeconds(120));
        return (System.nanoTime() - begin) / NANOS_PER_MILLI;
    }

    /** Bytes and packets that went over the loopback. */
    private static long[] traffic() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/net/dev"))) {
            String[] words = line.strip().split("\\s+");
            if (words[0].equals("lo:")) return new long[] {Long.parseLong(words[1]), Long.parseLong(words[2])};
        }
        throw new IOException("no loopback");
    }

    private static double cpuSeconds(List<SerfProcess> cluster) throws IOException {
        double ticks = 0;
        for (SerfProcess agent : cluster) {
            String stat = Files.readString(Path.of("/proc", String.valueOf(agent.pid()), "stat"));
            String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            ticks += Long.parseLong(words[11]) + Long.parseLong(words[12]);
        }
        return ticks / 100; // USER_HZ
    }

    private static double kib(SerfProcess agent, String file, String field) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", String.valueOf(agent.pid()), file)))
            if (line.startsWith(field)) return Double.parseDouble(line.replaceAll("[^0-9]", ""));
        throw new IOException("no " + field + " in " + file);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
