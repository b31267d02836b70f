package dev.grapevine.agent.demo;

import dev.grapevine.Builder;
import dev.grapevine.Grapevine;
import dev.grapevine.core.Address;
import dev.grapevine.core.Event;
import dev.grapevine.membership.MembershipEvent.Kind;
import dev.grapevine.membership.MembershipEvent.MemberChanged;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.node.NodeEvent;
import dev.grapevine.runtime.Counter;
import dev.grapevine.runtime.DatagramFilter;
import dev.grapevine.runtime.Loop;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator.SplittableGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/** N real nodes in this process, each with its own sockets on loopback; they share nothing but the loops they run on. */
final class Demo implements AutoCloseable {
    private static final Duration DETECTION = Duration.ofSeconds(90);

    /** Told while it happens, from several threads. */
    interface Watcher {
        void joined(int nodes);

        void delivered(DemoResult.Delivery delivery, int informed);

        void killed(int node);

        void informedAll();

        void detected(DemoResult.Failure failure, int by);
    }

    private final DemoOptions options;
    private final Watcher watcher;
    private final SplittableGenerator random;
    private final List<Loop> loops = new ArrayList<>();
    private final List<Grapevine> nodes = new ArrayList<>();
    private final Map<Address, Integer> byAddress = new HashMap<>();
    private final Map<String, Integer> byName = new HashMap<>();
    private final Tracker tracker;

    Demo(DemoOptions options, Watcher watcher) {
        this.options = options;
        this.watcher = watcher;
        this.random = RandomGeneratorFactory.<SplittableGenerator>of("L64X128MixRandom")
                .create(options.seed());
        this.tracker = new Tracker(options.nodes(), watcher);
    }

    /**
     * Runs it all.
     *
     * @throws IllegalStateException if the nodes did not find each other in time
     */
    DemoResult run() throws IOException, InterruptedException {
        long began = System.nanoTime();
        start();
        for (int i = 0; i < nodes.size(); i++) {
            Duration left = joinPatience().minusNanos(System.nanoTime() - began);
            nodes.get(i).awaitMembers(nodes.size(), left.isNegative() ? Duration.ZERO : left);
            watcher.joined(i + 1);
        }
        double joinMillis = millis(System.nanoTime() - began);
        for (int i = 0; i < nodes.size(); i++) {
            int node = i;
            nodes.get(i).listen(event -> heard(node, event));
        }
        long datagramsBefore = sum(Counter.DATAGRAMS_OUT);
        long bytesBefore = sum(Counter.DATAGRAM_BYTES_OUT) + sum(Counter.STREAM_BYTES_OUT);
        long payloadsBefore = payloads();
        nodes.get(0).gossip(options.message()).join();
        List<Integer> victims = kill();
        tracker.awaitInformed(victims, patience());
        if (tracker.informed(victims) == nodes.size() - victims.size()) watcher.informedAll();
        long datagrams = sum(Counter.DATAGRAMS_OUT) - datagramsBefore;
        long bytes = sum(Counter.DATAGRAM_BYTES_OUT) + sum(Counter.STREAM_BYTES_OUT) - bytesBefore;
        long payloads = payloads() - payloadsBefore;
        if (!victims.isEmpty()) tracker.awaitDetected(victims, DETECTION);
        return result(joinMillis, victims, datagrams, bytes, payloads);
    }

    private void start() throws IOException {
        int loopCount =
                options.nodes() < 64 ? 1 : Math.max(1, Runtime.getRuntime().availableProcessors());
        for (int i = 0; i < loopCount; i++) loops.add(Loop.start("demo-loop-" + i));
        String seed = "";
        for (int i = 0; i < options.nodes(); i++) {
            Builder builder = Grapevine.named("node-" + i)
                    .cluster("demo")
                    .profile(options.nodes() <= 200 ? Profile.LOCAL : Profile.LAN)
                    .exchange(options.exchange())
                    .fanout(options.fanout())
                    .interval(options.interval())
                    .exchangeAlways()
                    .randomSeed(random.nextLong())
                    .filter(DatagramFilter.loss(options.loss(), random.split()))
                    .loop(loops.get(i % loopCount));
            if (i > 0) builder.seeds(seed);
            if (options.record() != null) builder.record(options.record());
            Grapevine node = builder.start();
            if (i == 0) seed = node.address().toString();
            nodes.add(node);
            byAddress.put(node.address(), i);
            byName.put(node.name(), i);
        }
    }

    private void heard(int node, Event event) {
        if (event instanceof NodeEvent.RumorReceived rumor) {
            long atNanos = nodes.get(node).startNanos() + rumor.atNanos();
            Integer from = rumor.hops() == 0 ? null : byAddress.get(rumor.from());
            tracker.delivered(node, from, rumor.hops(), atNanos);
        } else if (event instanceof MemberChanged change && change.kind() == Kind.FAILED) {
            Integer failed = byName.get(change.member().name());
            if (failed != null) tracker.failed(failed, node, System.nanoTime(), change.evidence());
        }
    }

    /** Stops nodes while the rumor is on its way: at once, since it may take but a few milliseconds. */
    private List<Integer> kill() {
        List<Integer> order = new ArrayList<>();
        for (int i = 1; i < nodes.size(); i++) order.add(i);
        Collections.shuffle(order, random);
        List<Integer> victims = List.copyOf(order.subList(0, options.kill()));
        for (int victim : victims) {
            tracker.killed(victim, System.nanoTime());
            nodes.get(victim).kill();
            watcher.killed(victim);
        }
        return victims;
    }

    // Everybody learns of everybody: the work grows with the square of the number of nodes.
    private Duration joinPatience() {
        return Duration.ofMinutes(2).plusSeconds((long) options.nodes() * options.nodes() / 2_000);
    }

    private Duration patience() {
        long periods = 60 + (long) (60 / (1 - options.loss()));
        // On a machine that is short of time a hundred nodes do not keep their periods.
        return options.interval().multipliedBy(periods).plusSeconds(30 + options.nodes() / 5);
    }

    private DemoResult result(double joinMillis, List<Integer> victims, long datagrams, long bytes, long payloads) {
        Double spread = tracker.spreadMillis(victims);
        Double expected = expectedPeriods();
        int delivered = tracker.deliveredElsewhere();
        return new DemoResult(
                nodes.size(),
                tracker.informed(victims),
                options.exchangeWord(),
                options.fanout(),
                options.interval().toNanos() / 1e6,
                options.loss(),
                victims.size(),
                tracker.detected(victims),
                round(joinMillis),
                spread == null ? null : round(spread),
                spread == null ? null : round(spread * 1e6 / options.interval().toNanos()),
                expected == null ? null : round(expected),
                datagrams,
                bytes,
                delivered == 0 ? null : round((double) payloads / delivered),
                tracker.deliveries(),
                tracker.failures(victims));
    }

    /** Periodic ticks at random phases, contacts that take no time: the model that fits nodes on one machine. */
    private @Nullable Double expectedPeriods() {
        return Expected.periods(options);
    }

    private long sum(Counter counter) {
        long sum = 0;
        for (Grapevine node : nodes) sum += node.counters().get(counter);
        return sum;
    }

    private long payloads() {
        long sum = 0;
        for (Grapevine node : nodes) sum += node.rumorCounters().payloads();
        return sum;
    }

    static double millis(long nanos) {
        return nanos / 1e6;
    }

    static double round(double value) {
        return Math.round(value * 1_000) / 1_000.0;
    }

    /** Stops all at once: the show is over, nobody needs a good-bye. */
    @Override
    public void close() {
        // A recording is complete only once its node has been closed.
        if (options.record() != null) for (Grapevine node : nodes) node.kill();
        for (Loop loop : loops) loop.close();
    }
}
