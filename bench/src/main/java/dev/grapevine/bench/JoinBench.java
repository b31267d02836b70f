package dev.grapevine.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.grapevine.Builder;
import dev.grapevine.Grapevine;
import dev.grapevine.runtime.Counter;
import dev.grapevine.runtime.Loop;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a storm of joins costs: all nodes start at once by one seed, in one process, and each must know all. Every round prints a line;
 * the first ones include the compiler's work.
 *
 * <p>Arguments: the number of nodes (100), rounds (5), loops (1).
 */
public final class JoinBench {
    private JoinBench() {}

    /** Runs it. */
    public static void main(String[] args) throws IOException {
        int nodes = args.length > 0 ? Integer.parseInt(args[0]) : 100;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        int loops = args.length > 2 ? Integer.parseInt(args[2]) : 1;
        System.out.printf(
                "%8s %8s %12s %12s %10s %10s%n", "joined s", "CPU s", "datagrams", "KiB", "per node", "paused s");
        for (int i = 0; i < rounds; i++) round(nodes, loops);
    }

    private static void round(int count, int loopCount) throws IOException {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        List<Loop> loops = new ArrayList<>();
        List<Grapevine> nodes = new ArrayList<>();
        try {
            for (int i = 0; i < loopCount; i++) loops.add(Loop.start("join-" + i));
            long cpu = system.getProcessCpuTime();
            long began = System.nanoTime();
            String seed = "";
            for (int i = 0; i < count; i++) {
                Builder builder = Grapevine.named("n" + i).loop(loops.get(i % loopCount));
                if (i > 0) builder.seeds(seed);
                nodes.add(builder.start());
                if (i == 0) seed = nodes.get(0).address().toString();
            }
            for (Grapevine node : nodes) node.awaitMembers(count, Duration.ofSeconds(240));
            double took = (System.nanoTime() - began) / 1e9;
            double kib = (sum(nodes, Counter.DATAGRAM_BYTES_OUT) + sum(nodes, Counter.STREAM_BYTES_OUT)) / 1024.0;
            System.out.printf(
                    Locale.ROOT,
                    "%8.3f %8.2f %12d %12.0f %10.1f %10.2f%n",
                    took,
                    (system.getProcessCpuTime() - cpu) / 1e9,
                    sum(nodes, Counter.DATAGRAMS_OUT),
                    kib,
                    kib / count,
                    sum(nodes, Counter.PAUSED_NANOS) / 1e9 / count);
        } finally {
            for (Loop loop : loops) loop.close();
        }
    }

    private static long sum(List<Grapevine> nodes, Counter counter) {
        return nodes.stream().mapToLong(node -> node.counters().get(counter)).sum();
    }
}
