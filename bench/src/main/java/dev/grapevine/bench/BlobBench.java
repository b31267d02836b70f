package dev.grapevine.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.grapevine.Grapevine;
import dev.grapevine.blob.BlobId;
import dev.grapevine.node.BlobEvent;
import dev.grapevine.runtime.Counter;
import dev.grapevine.runtime.Loop;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * How long a large payload takes to all nodes of a process, and how many bytes go over the sockets for each that had to.
 *
 * <p>Arguments: nodes (5), mebibytes (64), rounds (2).
 */
public final class BlobBench {
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private BlobBench() {}

    /** Runs it. */
    public static void main(String[] args) throws IOException, InterruptedException {
        int count = args.length > 0 ? Integer.parseInt(args[0]) : 5;
        int mebibytes = args.length > 1 ? Integer.parseInt(args[1]) : 64;
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 2;
        List<Loop> loops = new ArrayList<>();
        List<Grapevine> nodes = new ArrayList<>();
        try {
            for (int i = 0; i < Math.min(Runtime.getRuntime().availableProcessors(), count); i++)
                loops.add(Loop.start("blob-" + i));
            String seed = "";
            for (int i = 0; i < count; i++) {
                var builder = Grapevine.named("n" + i).loop(loops.get(i % loops.size()));
                if (i > 0) builder.seeds(seed);
                nodes.add(builder.start());
                if (i == 0) seed = nodes.getFirst().address().toString();
            }
            for (Grapevine node : nodes) node.awaitMembers(count, Duration.ofSeconds(60));
            System.out.printf("%10s %12s %16s %10s%n", "all s", "MB/s, all", "bytes per byte", "CPU s");
            for (int i = 0; i < rounds; i++) round(nodes, mebibytes, i);
        } finally {
            for (Loop loop : loops) loop.close();
        }
    }

    private static void round(List<Grapevine> nodes, int mebibytes, int seed) throws InterruptedException {
        byte[] bytes = new byte[mebibytes << 20];
        new SplittableRandom(seed).nextBytes(bytes);
        CountDownLatch whole = new CountDownLatch(nodes.size() - 1);
        List<AutoCloseable> subscriptions = new ArrayList<>();
        for (Grapevine node : nodes.subList(1, nodes.size()))
            subscriptions.add(node.listen(event -> {
                if (event instanceof BlobEvent.Arrived(BlobId id, byte[] got, var from) && got.length == bytes.length)
                    whole.countDown();
            })::close);
        long before = sent(nodes);
        long cpu = SYSTEM.getProcessCpuTime();
        long began = System.nanoTime();
        nodes.getFirst().publishBlob(bytes).join();
        boolean all = whole.await(120, TimeUnit.SECONDS);
        double took = (System.nanoTime() - began) / 1e9;
        double due = (double) bytes.length * (nodes.size() - 1);
        System.out.printf(
                Locale.ROOT,
                "%10.2f %12.1f %16.4f %10.2f%s%n",
                took,
                due / 1e6 / took,
                (sent(nodes) - before) / due,
                (SYSTEM.getProcessCpuTime() - cpu) / 1e9,
                all ? "" : "  " + whole.getCount() + " nodes lack it");
        for (AutoCloseable subscription : subscriptions) close(subscription);
    }

    private static void close(AutoCloseable subscription) {
        try {
            subscription.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static long sent(List<Grapevine> nodes) {
        long sum = 0;
        for (Grapevine node : nodes)
            sum += node.counters().get(Counter.DATAGRAM_BYTES_OUT)
                    + node.counters().get(Counter.STREAM_BYTES_OUT);
        return sum;
    }
}
