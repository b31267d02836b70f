package dev.grapevine.agent.demo;

import dev.grapevine.Grapevine;
import dev.grapevine.Topic;
import dev.grapevine.core.Address;
import dev.grapevine.core.Event;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.node.TopicEvent;
import dev.grapevine.runtime.Counter;
import dev.grapevine.runtime.DatagramFilter;
import dev.grapevine.runtime.Loop;
import dev.grapevine.runtime.RefusedException;
import dev.grapevine.topic.Promise;
import dev.grapevine.topic.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator.SplittableGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/** Messages on a topic between real nodes in this process, each with its own sockets on loopback. */
final class BroadcastDemo implements AutoCloseable {
    private static final String TOPIC = "demo";
    private static final int OUTSTANDING = 256; // publications that wait for their acceptance
    private static final long PATIENCE_NANOS = 20_000_000_000L; // without any delivery
    private static final int KEPT_MESSAGES = 64; // on each node; what is beyond is out of the window
    // What the mode says of itself (Promise.RUMOR): so much arrives while the links lose no more than this.
    private static final double RUMOR_COVERAGE = 0.99;
    private static final double RUMOR_LOSS = 0.1;

    /** What one node heard; guarded by itself. */
    private static final class Ear {
        final BitSet[] heard;
        final int[] last;
        final long[][] at; // nanoseconds, by sender and sequence - 1
        final int[] tips; // hops and parent of the newest message of sender 0
        long twice;
        long outOfOrder;
        long deliveries;
        long hops;
        int lastHop;

        @Nullable
        Address from;

        Ear(int senders, int messages) {
            heard = new BitSet[senders];
            last = new int[senders];
            at = new long[senders][];
            tips = new int[2];
            for (int i = 0; i < senders; i++) {
                heard[i] = new BitSet();
                at[i] = new long[messages / senders + 1];
            }
        }
    }

    private final BroadcastOptions options;
    private final Progress progress;
    private final SplittableGenerator random;
    private final List<Loop> loops = new ArrayList<>();
    private final List<Grapevine> nodes = new ArrayList<>();
    private final Map<Address, Integer> byAddress = new HashMap<>();
    private final Map<String, Integer> byName = new HashMap<>();
    private final List<Ear> ears = new ArrayList<>();
    private final int[] accepted;
    private volatile long everywhere;
    private final Set<Integer> contradicting = ConcurrentHashMap.newKeySet(); // nodes that cannot hold what is wished

    BroadcastDemo(BroadcastOptions options, Screen screen) {
        this.options = options;
        this.progress = new Progress(screen, "delivered", options.messages());
        this.random = RandomGeneratorFactory.<SplittableGenerator>of("L64X128MixRandom")
                .create(options.seed());
        this.accepted = new int[options.senders()];
    }

    BroadcastResult run() throws IOException, InterruptedException {
        start();
        for (Grapevine node : nodes)
            node.awaitMembers(nodes.size(), Duration.ofMinutes(2).plusMillis(nodes.size() * 100L));
        for (int i = 0; i < nodes.size(); i++) {
            int node = i;
            nodes.get(i).listen(event -> hear(node, event));
        }
        long bytesBefore = bytes();
        long began = System.nanoTime();
        publish();
        double seconds = (awaitDeliveries() - began) / 1e9;
        return result(seconds, bytes() - bytesBefore);
    }

    private void start() throws IOException {
        int loopCount =
                Math.max(1, Math.min(options.nodes() / 8, Runtime.getRuntime().availableProcessors()));
        for (int i = 0; i < loopCount; i++) loops.add(Loop.start("demo-loop-" + i));
        String seed = "";
        for (int i = 0; i < options.nodes(); i++) {
            var builder = Grapevine.named("node-" + i)
                    .cluster("demo")
                    .profile(Profile.LAN)
                    .topicMemory(Math.clamp((long) KEPT_MESSAGES * options.sizeBytes(), 8L << 20, 64L << 20))
                    .topicAim(options.aim().bytesPerSecond(), options.aim().coverage())
                    .randomSeed(random.nextLong())
                    .filter(DatagramFilter.loss(options.loss(), random.split()))
                    .loop(loops.get(i % loopCount));
            if (i > 0) builder.seeds(seed);
            Grapevine node = builder.start();
            if (i == 0) seed = node.address().toString();
            nodes.add(node);
            ears.add(new Ear(options.senders(), options.messages()));
            byAddress.put(node.address(), i);
            byName.put(node.name(), i);
        }
    }

    private void hear(int node, Event event) {
        if (event instanceof TopicEvent.Aimed told) {
            if (told.met()) contradicting.remove(node);
            else contradicting.add(node);
        }
        if (event instanceof TopicEvent.Everywhere told
                && nodes.get(node).name().equals(told.source().origin())) {
            synchronized (this) {
                everywhere = Math.max(everywhere, told.sequence());
            }
        }
        if (!(event instanceof TopicEvent.Delivered told)
                || !told.source().topic().equals(TOPIC)) return;
        int sender = byName.getOrDefault(told.source().origin(), -1);
        if (sender < 0 || sender >= options.senders()) return;
        Ear ear = ears.get(node);
        int sequence = (int) told.sequence();
        synchronized (ear) {
            if (ear.heard[sender].get(sequence)) ear.twice++;
            ear.heard[sender].set(sequence);
            if (sequence < ear.last[sender]) ear.outOfOrder++;
            ear.last[sender] = Math.max(ear.last[sender], sequence);
            ear.at[sender][sequence - 1] = nodes.get(node).startNanos() + told.atNanos();
            if (told.hops() > 0) {
                ear.deliveries++;
                ear.hops += told.hops();
                ear.lastHop = Math.max(ear.lastHop, told.hops());
            }
            if (sender == 0 && sequence == ear.last[0]) {
                ear.tips[0] = sequence;
                ear.tips[1] = told.hops();
                ear.from = told.from();
            }
        }
    }

    private void publish() throws InterruptedException {
        byte[] bytes = new byte[options.sizeBytes()];
        random.nextBytes(bytes);
        List<Topic> topics = new ArrayList<>();
        for (int i = 0; i < options.senders(); i++)
            topics.add(nodes.get(i).topic(TOPIC).withPromise(options.promise()));
        ArrayDeque<CompletableFuture<?>> waiting = new ArrayDeque<>();
        long began = System.nanoTime();
        for (int i = 0; i < options.messages(); i++) {
            if (i == options.messages() / 3) kill();
            if (options.rate() > 0) {
                long due = began + i * 1_000_000_000L / options.rate();
                for (long left; (left = due - System.nanoTime()) > 0; ) TimeUnit.NANOSECONDS.sleep(left);
            }
            int sender = i % options.senders();
            while (waiting.size() >= OUTSTANDING) settle(waiting);
            waiting.add(topics.get(sender).publish(bytes));
            accepted[sender]++;
            progress.at(i);
        }
        while (!waiting.isEmpty()) settle(waiting);
    }

    private static void settle(ArrayDeque<CompletableFuture<?>> waiting) {
        try {
            waiting.removeFirst().join();
        } catch (CompletionException refused) {
            if (refused.getCause() instanceof RefusedException reason)
                throw new IllegalStateException("a message was refused: " + reason.getMessage(), refused);
            throw refused;
        }
    }

    private void kill() {
        for (int i = 0; i < options.kill(); i++) nodes.get(victim(i)).kill();
    }

    // Spread over those that do not publish.
    private int victim(int i) {
        int first = options.senders();
        return first + (int) ((long) i * (options.nodes() - first) / Math.max(1, options.kill()));
    }

    private boolean isVictim(int node) {
        for (int i = 0; i < options.kill(); i++) if (victim(i) == node) return true;
        return false;
    }

    /** Waits until all who stayed have everything, or nothing more comes; returns when the last delivery was. */
    private long awaitDeliveries() throws InterruptedException {
        long due = (long) (options.nodes() - options.kill()) * options.messages();
        long before = -1;
        long changed = System.nanoTime();
        while (true) {
            long now = 0;
            for (int i = 0; i < ears.size(); i++) if (!isVictim(i)) now += heard(ears.get(i));
            progress.at((int) (now / (options.nodes() - options.kill())));
            if (now != before) changed = System.nanoTime();
            before = now;
            boolean quiet = options.promise() == Promise.RUMOR && System.nanoTime() - changed > PATIENCE_NANOS / 2;
            if (now >= due || quiet || System.nanoTime() - changed > PATIENCE_NANOS) break;
            TimeUnit.MILLISECONDS.sleep(20);
        }
        if (options.promise().isReliable()) awaitReports();
        progress.close();
        return changed;
    }

    // Reports come a moment after the messages. Killed members are not missed once they are known to be dead.
    private void awaitReports() throws InterruptedException {
        long until = System.nanoTime() + PATIENCE_NANOS;
        while (everywhere < accepted[0] && System.nanoTime() < until) TimeUnit.MILLISECONDS.sleep(20);
    }

    private static long heard(Ear ear) {
        long heard = 0;
        synchronized (ear) {
            for (BitSet each : ear.heard) heard += each.cardinality();
        }
        return heard;
    }

    private BroadcastResult result(double seconds, long bytes) {
        long due = 0;
        long got = 0;
        long twice = 0;
        long outOfOrder = 0;
        long deliveries = 0;
        long hops = 0;
        int lastHop = 0;
        for (int i = 0; i < nodes.size(); i++) {
            Ear ear = ears.get(i);
            synchronized (ear) {
                twice += ear.twice;
                outOfOrder += ear.outOfOrder;
                deliveries += ear.deliveries;
                hops += ear.hops;
                lastHop = Math.max(lastHop, ear.lastHop);
            }
            if (isVictim(i)) continue;
            due += options.messages();
            got += heard(ear);
        }
        long sent = 0;
        long received = 0;
        long control = 0;
        for (Grapevine node : nodes) {
            Topics.Counters counters = node.topicCounters();
            sent += counters.payloadsSent();
            received += counters.payloadsReceived();
            control += counters.controlSent();
        }
        double[] millis = latencies();
        boolean complete = got == due;
        boolean held = twice == 0
                && switch (options.promise()) {
                    case RUMOR -> got >= leastCoverage() * due;
                    case REPAIRED -> complete;
                    case ORDERED -> complete && outOfOrder == 0;
                };
        boolean byStream = options.sizeBytes() > 1_200;
        return new BroadcastResult(
                options.nodes(),
                BroadcastOptions.word(options.promise()),
                options.sizeBytes(),
                options.messages(),
                options.senders(),
                options.loss(),
                options.kill(),
                Arrays.stream(accepted).sum(),
                Math.floor(got * 1e6 / due) / 1e6,
                twice,
                outOfOrder,
                Demo.round((double) received / Math.max(1, deliveries)),
                Demo.round((double) sent / Math.max(1, deliveries)),
                Demo.round(byStream ? 1 : 1 / (1 - options.loss())),
                lastHop,
                Demo.round(Math.log(options.nodes()) / Math.log(5) + 1.7), // degree 6, fitted to 6.0, 7.1, 9.0, 10.7
                Demo.round((double) hops / Math.max(1, deliveries)),
                quantile(millis, 0.5),
                quantile(millis, 0.99),
                quantile(millis, 1),
                Demo.round(seconds),
                Demo.round(options.messages() / seconds),
                bytes / options.nodes(),
                deliveries * options.sizeBytes() / options.nodes(),
                Demo.round((double) control / Math.max(1, deliveries)),
                options.promise().isReliable() ? everywhere : null,
                options.aim().isSet() ? contradicting.size() : null,
                held,
                tree(),
                options.seed());
    }

    // A wish is kept, or somebody says that it cannot be.
    private double leastCoverage() {
        if (options.aim().coverage() > 0)
            return contradicting.isEmpty() ? options.aim().coverage() : 0;
        return options.loss() > RUMOR_LOSS || options.aim().isSet() ? 0 : RUMOR_COVERAGE;
    }

    private double[] latencies() {
        List<double[]> all = new ArrayList<>();
        int count = 0;
        for (int i = 0; i < nodes.size(); i++) {
            double[] millis = new double[options.messages()];
            int found = 0;
            for (int sender = 0; sender < options.senders(); sender++) {
                if (i == sender) continue;
                long[] published = ears.get(sender).at[sender];
                long[] at = ears.get(i).at[sender];
                for (int j = 0; j < at.length; j++)
                    if (at[j] != 0 && published[j] != 0) millis[found++] = Math.max(0, (at[j] - published[j]) / 1e6);
            }
            all.add(Arrays.copyOf(millis, found));
            count += found;
        }
        double[] joined = new double[count];
        int end = 0;
        for (double[] each : all) {
            System.arraycopy(each, 0, joined, end, each.length);
            end += each.length;
        }
        Arrays.sort(joined);
        return joined;
    }

    private static double quantile(double[] sorted, double share) {
        if (sorted.length == 0) return 0;
        return Demo.round(sorted[(int) Math.min(sorted.length - 1L, Math.floor(share * sorted.length))]);
    }

    private List<BroadcastResult.Branch> tree() {
        List<BroadcastResult.Branch> tree = new ArrayList<>();
        int newest = accepted[0];
        for (int i = 0; i < nodes.size(); i++) {
            Ear ear = ears.get(i);
            synchronized (ear) {
                if (ear.tips[0] != newest) continue;
                double millis = (ear.at[0][newest - 1] - ears.get(0).at[0][newest - 1]) / 1e6;
                Integer from = ear.tips[1] == 0 || ear.from == null ? null : byAddress.get(ear.from);
                tree.add(new BroadcastResult.Branch(i, from, ear.tips[1], Demo.round(millis)));
            }
        }
        return tree;
    }

    private long bytes() {
        long sum = 0;
        for (Grapevine node : nodes)
            sum += node.counters().get(Counter.DATAGRAM_BYTES_OUT)
                    + node.counters().get(Counter.STREAM_BYTES_OUT);
        return sum;
    }

    @Override
    public void close() {
        progress.close();
        for (Loop loop : loops) loop.close();
    }
}
