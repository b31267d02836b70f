package dev.grapevine.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.grapevine.Grapevine;
import dev.grapevine.Topic;
import dev.grapevine.node.TopicEvent;
import dev.grapevine.runtime.Loop;
import dev.grapevine.topic.Promise;
import dev.grapevine.topic.Topics;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many messages a second one publisher brings to all nodes of a process, by each promise, beside a plain TCP fan-out: one connection from
 * the publisher to each other node, every message written to each of them behind its length, in batches of what is at hand.
 *
 * <p>Arguments: nodes (10), bytes of a message (128), seconds for each (5).
 */
public final class StormBench {
    private static final int OUTSTANDING = 512;
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private StormBench() {}

    /** Runs it. */
    public static void main(String[] args) throws IOException, InterruptedException {
        int nodes = args.length > 0 ? Integer.parseInt(args[0]) : 10;
        int size = args.length > 1 ? Integer.parseInt(args[1]) : 128;
        double seconds = args.length > 2 ? Double.parseDouble(args[2]) : 5;
        System.out.printf(
                "%-10s %12s %14s %12s %10s %10s%n",
                "way", "messages/s", "deliveries/s", "CPU us each", "received", "sent");
        tcp(nodes, size, seconds / 2, false); // the compiler's turn
        tcp(nodes, size, seconds, true);
        for (Promise promise : Promise.values()) topics(nodes, size, seconds, promise);
    }

    private static void row(String way, long messages, long deliveries, double seconds, long cpu, String more) {
        System.out.printf(
                Locale.ROOT,
                "%-10s %12.0f %14.0f %12.2f %s%n",
                way,
                messages / seconds,
                deliveries / seconds,
                cpu / 1e3 / deliveries,
                more);
    }

    private static void topics(int count, int size, double seconds, Promise promise)
            throws IOException, InterruptedException {
        List<Loop> loops = new ArrayList<>();
        List<Grapevine> nodes = new ArrayList<>();
        AtomicLong heard = new AtomicLong();
        try {
            int processors = Runtime.getRuntime().availableProcessors();
            for (int i = 0; i < Math.min(processors, count); i++) loops.add(Loop.start("storm-" + i));
            String seed = "";
            for (int i = 0; i < count; i++) {
                var builder = Grapevine.named("n" + i).loop(loops.get(i % loops.size()));
                if (i > 0) builder.seeds(seed);
                nodes.add(builder.start());
                if (i == 0) seed = nodes.getFirst().address().toString();
            }
            for (Grapevine node : nodes) node.awaitMembers(count, Duration.ofSeconds(60));
            for (int i = 1; i < count; i++)
                nodes.get(i).listen(event -> {
                    if (event instanceof TopicEvent.Delivered) heard.incrementAndGet();
                });
            Topic topic = nodes.getFirst().topic("storm").withPromise(promise);
            publish(topic, size, seconds / 2); // the compiler's turn, and the tree
            settle(heard);
            long before = heard.get();
            long cpu = SYSTEM.getProcessCpuTime();
            long[] payloads = payloads(nodes);
            long began = System.nanoTime();
            long published = publish(topic, size, seconds);
            long last = settle(heard);
            double took = (last - began) / 1e9;
            long deliveries = heard.get() - before;
            long[] after = payloads(nodes);
            row(
                    promise.name().toLowerCase(Locale.ROOT),
                    published,
                    deliveries,
                    took,
                    SYSTEM.getProcessCpuTime() - cpu,
                    String.format(
                            Locale.ROOT,
                            "%10.3f %10.3f%s",
                            (after[0] - payloads[0]) / (double) deliveries,
                            (after[1] - payloads[1]) / (double) deliveries,
                            deliveries == published * (count - 1)
                                    ? ""
                                    : "  " + deliveries + " of " + published * (count - 1)));
        } finally {
            for (Loop loop : loops) loop.close();
        }
    }

    private static long[] payloads(List<Grapevine> nodes) {
        long[] sum = new long[2];
        for (Grapevine node : nodes) {
            Topics.Counters counters = node.topicCounters();
            sum[0] += counters.payloadsReceived();
            sum[1] += counters.payloadsSent();
        }
        return sum;
    }

    private static long publish(Topic topic, int size, double seconds) {
        byte[] bytes = new byte[size];
        ArrayDeque<CompletableFuture<?>> waiting = new ArrayDeque<>();
        long until = System.nanoTime() + (long) (seconds * 1e9);
        long published = 0;
        while (System.nanoTime() < until) {
            while (waiting.size() >= OUTSTANDING) waiting.removeFirst().join();
            waiting.add(topic.publish(bytes));
            published++;
        }
        while (!waiting.isEmpty()) waiting.removeFirst().join();
        return published;
    }

    /** Waits until nothing more is heard for a second; when the last was. */
    private static long settle(AtomicLong heard) throws InterruptedException {
        long last = System.nanoTime();
        for (long before = -1; System.nanoTime() - last < 1_000_000_000L; Thread.sleep(5)) {
            long now = heard.get();
            if (now != before) last = System.nanoTime();
            before = now;
        }
        return last;
    }

    private static void tcp(int count, int size, double seconds, boolean shown)
            throws IOException, InterruptedException {
        AtomicLong heard = new AtomicLong();
        List<DataOutputStream> out = new ArrayList<>();
        List<Socket> sockets = new ArrayList<>();
        try (ServerSocket server = new ServerSocket(0, count, InetAddress.getLoopbackAddress())) {
            for (int i = 1; i < count; i++) {
                Socket socket = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept();
                sockets.add(socket);
                sockets.add(accepted);
                out.add(new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 16 << 10)));
                Thread.ofVirtual().start(() -> read(accepted, heard));
            }
            byte[] bytes = new byte[size];
            long cpu = SYSTEM.getProcessCpuTime();
            long began = System.nanoTime();
            long until = began + (long) (seconds * 1e9);
            long published = 0;
            while (System.nanoTime() < until) {
                for (DataOutputStream one : out) {
                    one.writeInt(size);
                    one.write(bytes);
                }
                // As our publisher does: what is at hand goes in one system call, nothing waits for long.
                if (++published % 8 == 0) for (DataOutputStream one : out) one.flush();
            }
            for (DataOutputStream one : out) one.flush();
            double took = (settle(heard) - began) / 1e9;
            if (shown) row("plain TCP", published, heard.get(), took, SYSTEM.getProcessCpuTime() - cpu, "");
        } finally {
            for (Socket socket : sockets) socket.close();
        }
    }

    private static void read(Socket socket, AtomicLong heard) {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 16 << 10))) {
            while (true) {
                in.readFully(new byte[in.readInt()]); // a message of its own, as a subscriber gets
                heard.incrementAndGet();
            }
        } catch (IOException over) {
            // The sender has closed it.
        }
    }
}
