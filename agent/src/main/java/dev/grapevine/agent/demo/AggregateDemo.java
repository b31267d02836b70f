package dev.grapevine.agent.demo;

import dev.grapevine.Builder;
import dev.grapevine.Grapevine;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.runtime.DatagramFilter;
import dev.grapevine.runtime.Loop;
import dev.grapevine.state.aggregate.AggregateResult;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator.SplittableGenerator;
import java.util.random.RandomGeneratorFactory;

/** N real nodes, each with a value of its own, get to know what all values add up to. */
final class AggregateDemo implements AutoCloseable {
    private static final String NAME = "load";
    private static final long PATIENCE_SECONDS = 60;

    /** What one node says, or what is true. */
    record Row(String node, double nodes, double sum, double mean, double min, double median, double p90, double max) {
        private static Row of(String node, AggregateResult result) {
            return new Row(
                    node,
                    result.nodes(),
                    result.sum(),
                    result.mean(),
                    result.min(),
                    result.spread().quantile(0.5),
                    result.spread().quantile(0.9),
                    result.max());
        }

        private static Row truth(double[] values) {
            double[] sorted = values.clone();
            Arrays.sort(sorted);
            int n = sorted.length;
            double sum = Arrays.stream(values).sum();
            return new Row(
                    "truth",
                    n,
                    sum,
                    sum / n,
                    sorted[0],
                    sorted[(int) Math.ceil(0.5 * n) - 1],
                    sorted[(int) Math.ceil(0.9 * n) - 1],
                    sorted[n - 1]);
        }
    }

    /**
     * What came of it.
     *
     * @param told results of the nodes that had one in time
     * @param worstError by how much the number of nodes, the sum or the mean is off at worst, relative
     */
    record Result(
            int nodes,
            double loss,
            long seed,
            double millis,
            Row truth,
            List<Row> told,
            double worstError,
            boolean good) {}

    private final int count;
    private final double loss;
    private final long seed;
    private final Consumer<String> said;
    private final SplittableGenerator random;
    private final List<Loop> loops = new ArrayList<>();
    private final List<Grapevine> nodes = new ArrayList<>();

    AggregateDemo(int count, double loss, long seed, Consumer<String> said) {
        this.count = count;
        this.loss = loss;
        this.seed = seed;
        this.said = said;
        random = RandomGeneratorFactory.<SplittableGenerator>of("L64X128MixRandom")
                .create(seed);
    }

    Result run() throws IOException, InterruptedException {
        start();
        for (Grapevine node : nodes) node.awaitMembers(count, Duration.ofSeconds(60));
        said.accept(count
                + " nodes know each other; each has a value, and averages with one random peer every half"
                + " second; 15 s");
        List<CompletableFuture<AggregateResult>> results = new ArrayList<>();
        double[] values = new double[count];
        long began = System.nanoTime();
        for (int i = 0; i < count; i++) {
            values[i] = 1 + 99 * random.nextDouble();
            CompletableFuture<AggregateResult> result = new CompletableFuture<>();
            nodes.get(i).aggregate(NAME).onResult(result::complete);
            results.add(result);
        }
        for (int i = 0; i < count; i++)
            nodes.get(i).aggregate(NAME).contribute(values[i]).join();
        Row truth = Row.truth(values);
        List<Row> told = new ArrayList<>();
        double worst = 0;
        for (int i = 0; i < count; i++) {
            try {
                long left = TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS) - (System.nanoTime() - began);
                Row row = Row.of(nodes.get(i).name(), results.get(i).get(Math.max(0, left), TimeUnit.NANOSECONDS));
                told.add(row);
                worst = Math.max(worst, Math.abs(row.nodes() / truth.nodes() - 1));
                worst = Math.max(worst, Math.abs(row.sum() / truth.sum() - 1));
                worst = Math.max(worst, Math.abs(row.mean() / truth.mean() - 1));
            } catch (TimeoutException | ExecutionException late) {
                said.accept(nodes.get(i).name() + " has no result after " + PATIENCE_SECONDS + " s");
            }
        }
        double millis = (System.nanoTime() - began) / 1e6;
        boolean good = told.size() == count && worst < 0.01;
        return new Result(count, loss, seed, millis, truth, List.copyOf(told), worst, good);
    }

    private void start() throws IOException {
        int loopCount = count < 64 ? 1 : Math.max(1, Runtime.getRuntime().availableProcessors());
        for (int i = 0; i < loopCount; i++) loops.add(Loop.start("demo-loop-" + i));
        String first = "";
        for (int i = 0; i < count; i++) {
            Builder builder = Grapevine.named("node-" + i)
                    .cluster("demo")
                    .profile(count <= 200 ? Profile.LOCAL : Profile.LAN)
                    .randomSeed(random.nextLong())
                    .filter(DatagramFilter.loss(loss, random.split()))
                    .loop(loops.get(i % loopCount));
            if (i > 0) builder.seeds(first);
            nodes.add(builder.start());
            if (i == 0) first = nodes.get(0).address().toString();
        }
    }

    @Override
    public void close() {
        for (Grapevine node : nodes) node.kill();
        for (Loop loop : loops) loop.close();
    }
}
