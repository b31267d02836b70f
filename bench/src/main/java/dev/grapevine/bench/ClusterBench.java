package dev.grapevine.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.grapevine.Builder;
import dev.grapevine.Grapevine;
import dev.grapevine.membership.MembershipEvent.Kind;
import dev.grapevine.runtime.Counter;
import dev.grapevine.runtime.Loop;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * One process of 100 real nodes with the timing for one data centre: how fast they join, how fast a killed process is found
 * dead, what they cost when idle. Prints each figure beside its goal and beside what a good peer needs.
 *
 * <p>Arguments: the number of nodes (100), killed processes (5), seconds of idleness to measure (20).
 */
public final class ClusterBench {
    private static final int IP_UDP_BYTES = 28;

    private ClusterBench() {}

    /** Runs it. */
    public static void main(String[] args) throws IOException, InterruptedException {
        int nodes = args.length > 0 ? Integer.parseInt(args[0]) : 100;
        int kills = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 20;
        try (Loop warm = Loop.start("warm")) {
            join(warm, 20, true, new ArrayList<>()); // the compiler, not the cluster, would be measured
        }
        double emptyKib = residentKib();
        System.out.printf(Locale.ROOT, "%-46s %12s %10s %10s %8s%n", "", "measured", "goal", "peer", "ratio");
        try (Loop loop = Loop.start("after-another")) {
            row("joined, started one after another, s", join(loop, nodes, false, new ArrayList<>()), 0.5, 2.1);
        }
        List<Grapevine> cluster = new ArrayList<>();
        try (Loop loop = Loop.start("at-once")) {
            row("joined, started at once, s", join(loop, nodes, true, cluster), 0.5, 2.1);
            TimeUnit.SECONDS.sleep(10); // the news of joining is over
            idle(cluster, seconds);
            double fullKib = residentKib();
            row("resident, growth per node, KiB", (fullKib - emptyKib) / nodes, 300, 440);
            row("resident, whole process per node, KiB", fullKib / nodes, 300, 440);
            if (kills > 0) detection(cluster, kills);
        }
    }

    static double join(Loop loop, int count, boolean atOnce, List<Grapevine> nodes) {
        long began = System.nanoTime();
        String seed = "";
        for (int i = 0; i < count; i++) {
            Builder builder = Grapevine.named("n" + i).loop(loop);
            if (i > 0) builder.seeds(seed);
            Grapevine node = builder.start();
            if (i == 0) seed = node.address().toString();
            nodes.add(node);
            if (!atOnce && i > 0) node.awaitMembers(2, Duration.ofSeconds(60));
        }
        for (Grapevine node : nodes) node.awaitMembers(count, Duration.ofSeconds(120));
        return (System.nanoTime() - began) / 1e9;
    }

    private static void idle(List<Grapevine> nodes, int seconds) throws InterruptedException {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long cpu = system.getProcessCpuTime();
        long datagrams = sum(nodes, Counter.DATAGRAMS_OUT);
        long bytes = sum(nodes, Counter.DATAGRAM_BYTES_OUT);
        long began = System.nanoTime();
        TimeUnit.SECONDS.sleep(seconds);
        double took = (System.nanoTime() - began) / 1e9;
        double cpuMillis = (system.getProcessCpuTime() - cpu) / 1e6;
        double sent = sum(nodes, Counter.DATAGRAM_BYTES_OUT) - bytes;
        sent += (double) IP_UDP_BYTES * (sum(nodes, Counter.DATAGRAMS_OUT) - datagrams);
        row("idle CPU per node and second, ms", cpuMillis / took / nodes.size(), 0.3, 0.44);
        row("idle bytes sent per node and second", sent / took / nodes.size(), 100, Double.NaN);
    }

    private static void detection(List<Grapevine> nodes, int kills) throws IOException, InterruptedException {
        List<Double> medians = new ArrayList<>();
        List<Double> lasts = new ArrayList<>();
        for (int i = 0; i < kills; i++) {
            String name = "victim-" + i;
            Process child = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:+UseSerialGC",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Victim.class.getName(),
                            name,
                            nodes.get(0).address().toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                for (Grapevine node : nodes) node.awaitMembers(nodes.size() + 1, Duration.ofSeconds(60));
                TimeUnit.SECONDS.sleep(3);
                ConcurrentLinkedQueue<Double> seen = new ConcurrentLinkedQueue<>();
                CountDownLatch all = new CountDownLatch(nodes.size());
                long[] killed = {System.nanoTime()};
                List<AutoCloseable> subscriptions = new ArrayList<>();
                for (Grapevine node : nodes) {
                    subscriptions.add(node.onMember(change -> {
                        if (change.kind() != Kind.FAILED
                                || !change.member().name().equals(name)) return;
                        seen.add((System.nanoTime() - killed[0]) / 1e9);
                        all.countDown();
                    }));
                }
                killed[0] = System.nanoTime();
                child.destroyForcibly();
                if (!all.await(120, TimeUnit.SECONDS)) {
                    System.out.println(name + " was seen dead by only " + seen.size() + " of " + nodes.size());
                }
                for (AutoCloseable each : subscriptions) close(each);
                List<Double> times = new ArrayList<>(seen);
                Collections.sort(times);
                if (times.isEmpty()) continue;
                medians.add(times.get(times.size() / 2));
                lasts.add(times.get(times.size() - 1));
            } finally {
                child.destroyForcibly();
            }
        }
        Collections.sort(medians);
        Collections.sort(lasts);
        if (medians.isEmpty()) return;
        row("killed process seen by half the nodes, s", medians.get(medians.size() / 2), 3, 12);
        row("killed process seen by all, median, s", lasts.get(lasts.size() / 2), 3, 12);
        row("killed process seen by all, worst, s", lasts.get(lasts.size() - 1), 3, 12);
    }

    private static void close(AutoCloseable subscription) {
        try {
            subscription.close();
        } catch (Exception impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static long sum(List<Grapevine> nodes, Counter counter) {
        return nodes.stream().mapToLong(node -> node.counters().get(counter)).sum();
    }

    private static double residentKib() throws IOException {
        System.gc();
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) return Double.parseDouble(line.replaceAll("[^0-9]", ""));
        }
        throw new IOException("this system does not tell the resident memory of a process");
    }

    private static void row(String what, double measured, double goal, double peer) {
        System.out.printf(
                Locale.ROOT,
                "%-46s %12.3f %10.2f %10s %8s%n",
                what,
                measured,
                goal,
                Double.isNaN(peer) ? "-" : String.format(Locale.ROOT, "%.2f", peer),
                Double.isNaN(peer) ? "-" : String.format(Locale.ROOT, "%.2f", measured / peer));
    }
}
