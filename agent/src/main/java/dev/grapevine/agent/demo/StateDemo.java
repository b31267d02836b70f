package dev.grapevine.agent.demo;

import dev.grapevine.Builder;
import dev.grapevine.Grapevine;
import dev.grapevine.SharedMap;
import dev.grapevine.Update;
import dev.grapevine.core.Address;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.runtime.DatagramFilter;
import dev.grapevine.runtime.Loop;
import dev.grapevine.state.StateEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator.SplittableGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/** N real nodes write to replicated state under loss while the network is cut in two, and agree once it is whole again. */
final class StateDemo implements AutoCloseable {
    private static final int ROUNDS = 12;
    private static final int CUT_ROUND = 4; // the cut lasts from this round to the last
    private static final long ROUND_MILLIS = 150;
    private static final long PATIENCE_MILLIS = 60_000;

    private final int count;
    private final double loss;
    private final long seed;
    private final Consumer<String> told;
    private final @Nullable Path record;
    private final SplittableGenerator random;
    private final List<Loop> loops = new ArrayList<>();
    private final List<Grapevine> nodes = new ArrayList<>();
    private final Map<Address, Integer> byAddress = new ConcurrentHashMap<>();
    private final Signal changes = new Signal();
    private volatile boolean cut;
    private int writes;

    /** @param record where every node is recorded; null for nowhere */
    StateDemo(int count, double loss, long seed, @Nullable Path record, Consumer<String> told) {
        this.record = record;
        this.count = count;
        this.loss = loss;
        this.seed = seed;
        this.told = told;
        random = RandomGeneratorFactory.<SplittableGenerator>of("L64X128MixRandom")
                .create(seed);
    }

    StateDemoResult run() throws IOException, InterruptedException {
        long began = System.nanoTime();
        start();
        for (Grapevine node : nodes) node.awaitMembers(count, Duration.ofSeconds(60));
        double joined = millisSince(began);
        told.accept(count + " nodes know each other after " + Math.round(joined) + " ms");
        for (Grapevine node : nodes)
            node.listen(event -> {
                if (event instanceof StateEvent.Changed) changes.raise();
            });
        List<CompletableFuture<Update>> made = new ArrayList<>();
        long cutNanos = 0;
        Signal beat = new Signal();
        try (ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor()) {
            clock.scheduleAtFixedRate(beat::raise, ROUND_MILLIS, ROUND_MILLIS, TimeUnit.MILLISECONDS);
            for (int round = 0; round < ROUNDS; round++) {
                if (round == CUT_ROUND && count > 1) {
                    cut = true;
                    cutNanos = System.nanoTime();
                    told.accept("the network is cut in two; both halves go on writing");
                }
                for (int node = 0; node < count; node++) write(node, round, made);
                beat.awaitBeyond(round, TimeUnit.SECONDS.toNanos(10));
            }
            clock.shutdownNow();
        }
        for (CompletableFuture<Update> each : made) each.join();
        long changesBefore = changes.count();
        long bytesBefore = bytes();
        cut = false;
        long healed = System.nanoTime();
        told.accept("the network is whole again after " + Math.round(cutNanos == 0 ? 0 : millisSince(cutNanos))
                + " ms and " + writes + " writes");
        double converged = awaitSameDigest(healed);
        long bytes = bytes() - bytesBefore;
        long differences = changes.count() - changesBefore;
        if (converged >= 0) told.accept("all " + count + " show the same " + Math.round(converged) + " ms later");
        double seen = converged < 0 ? -1 : awaitSeen();
        if (seen >= 0)
            told.accept("a last update is known to be seen by all " + count + " after " + Math.round(seen) + " ms");
        return result(joined, (healed - cutNanos) / 1e6, converged, seen, bytes, differences);
    }

    private void start() throws IOException {
        int loopCount = count < 64 ? 1 : Math.max(1, Runtime.getRuntime().availableProcessors());
        for (int i = 0; i < loopCount; i++) loops.add(Loop.start("demo-loop-" + i));
        String first = "";
        for (int i = 0; i < count; i++) {
            int self = i;
            DatagramFilter losing = DatagramFilter.loss(loss, random.split());
            Builder builder = Grapevine.named("node-" + i)
                    .cluster("demo")
                    .profile(Profile.LOCAL)
                    .interval(Duration.ofMillis(100))
                    .randomSeed(random.nextLong())
                    .filter((peer, outgoing) -> !isCut(self, peer) && losing.passes(peer, outgoing))
                    .loop(loops.get(i % loopCount));
            if (i > 0) builder.seeds(first);
            if (record != null) builder.record(record);
            Grapevine node = builder.start();
            nodes.add(node);
            byAddress.put(node.address(), i);
            if (i == 0) first = node.address().toString();
        }
    }

    private boolean isCut(int self, Address peer) {
        if (!cut) return false;
        Integer other = byAddress.get(peer);
        return other != null && self % 2 != other % 2;
    }

    private void write(int index, int round, List<CompletableFuture<Update>> made) {
        Grapevine node = nodes.get(index);
        made.add(node.facts().put("load", Integer.toString(random.nextInt(100))));
        made.add(node.counter("visits").add(1));
        SharedMap carts = node.shared("carts");
        String cart = "cart-" + random.nextInt(3);
        if (random.nextInt(4) == 0) made.add(carts.remove(cart, carts.get(cart).context()));
        else
            made.add(carts.put(
                    cart, "item-" + index + "-" + round, carts.get(cart).context()));
        made.add(node.latest("config").put("mode", "mode-" + index + "-" + round));
        if (random.nextInt(3) == 0) made.add(node.set("drained").remove("rack-" + random.nextInt(5)));
        else made.add(node.set("drained").add("rack-" + random.nextInt(5)));
        writes += 5;
    }

    private double awaitSameDigest(long sinceNanos) throws InterruptedException {
        while (millisSince(sinceNanos) < PATIENCE_MILLIS) {
            long known = changes.count();
            long first = nodes.getFirst().state().digest();
            boolean same = true;
            for (Grapevine node : nodes) same &= node.state().digest() == first;
            if (same) return millisSince(sinceNanos);
            changes.awaitBeyond(known, TimeUnit.MILLISECONDS.toNanos(100)); // told a little after it is so
        }
        return -1;
    }

    private double awaitSeen() throws InterruptedException {
        long began = System.nanoTime();
        try {
            Update last = nodes.getFirst().latest("config").put("mode", "done").join();
            last.awaitSeenByEveryone().get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException failed) {
            return -1;
        }
        for (Grapevine node : nodes)
            if (!node.latest("config").text("mode").equals(java.util.Optional.of("done"))) return -1;
        return millisSince(began);
    }

    private StateDemoResult result(
            double joined, double partition, double converged, double seen, long bytes, long differences) {
        Map<String, String> digests = new LinkedHashMap<>();
        for (Grapevine node : nodes)
            digests.put(node.name(), "%016x".formatted(node.state().digest()));
        Map<String, List<String>> siblings = new LinkedHashMap<>();
        SharedMap carts = nodes.getFirst().shared("carts");
        for (String cart : carts.keys()) siblings.put(cart, carts.get(cart).texts());
        long counter = nodes.getFirst().counter("visits").value();
        long expected = (long) ROUNDS * count;
        boolean same = digests.values().stream().distinct().count() == 1;
        return new StateDemoResult(
                count,
                loss,
                seed,
                writes,
                same && converged >= 0 && seen >= 0 && counter == expected,
                tenths(joined),
                tenths(partition),
                tenths(converged),
                tenths(seen),
                bytes,
                differences,
                differences == 0 ? 0 : tenths((double) bytes / differences),
                counter,
                expected,
                digests,
                siblings);
    }

    private long bytes() {
        long sum = 0;
        for (Grapevine node : nodes) sum += node.state().sentBytes();
        return sum;
    }

    private static double millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e6;
    }

    private static double tenths(double value) {
        return Math.round(value * 10) / 10.0;
    }

    @Override
    public void close() {
        for (Grapevine node : nodes) node.kill();
        for (@Nullable Loop loop : loops) if (loop != null) loop.close();
    }
}
