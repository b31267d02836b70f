package dev.grapevine.bench;

import dev.grapevine.sim.array.Epidemic;
import dev.grapevine.sim.array.Exchange;
import dev.grapevine.sim.array.Experiment;
import dev.grapevine.sim.array.Spread;
import dev.grapevine.sim.array.Summary;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One epidemic on arrays, from one node that knows to all of them, on all processors. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2)
@Measurement(iterations = 5)
@Fork(1)
public class EpidemicBenchmark {
    @Param({"1000000", "100000000"})
    int nodes;

    @Param({"push", "pull", "push-pull"})
    String exchange = "";

    private long seed;

    /** The whole epidemic. */
    @Benchmark
    public Summary epidemic() {
        return new Experiment(
                        Epidemic.of(nodes, Exchange.of(exchange), 1),
                        new Spread.AntiEntropy(),
                        1,
                        ++seed,
                        Runtime.getRuntime().availableProcessors())
                .run(Experiment.Progress.NONE);
    }
}
