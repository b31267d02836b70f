package dev.grapevine.bench;

import dev.grapevine.state.reconcile.BinaryField;
import dev.grapevine.state.reconcile.IdSet;
import dev.grapevine.state.reconcile.PinSketch;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a small sketch costs: adding one element, and reading as many differences as it can hold; and what a set's upkeep costs. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SketchBenchmark {
    /** Syndromes. */
    @Param({"4", "16", "64"})
    int capacity;

    private PinSketch growing = new PinSketch(BinaryField.GF48, 1);
    private PinSketch full = new PinSketch(BinaryField.GF48, 1);
    private final IdSet set = new IdSet();
    private final SplittableRandom random = new SplittableRandom(1);

    @Setup
    public void fill() {
        growing = new PinSketch(BinaryField.GF48, capacity);
        full = new PinSketch(BinaryField.GF48, capacity);
        for (int i = 0; i < capacity; i++) full.toggle(element());
        for (int i = 0; i < 100_000; i++) set.add(random.nextLong());
    }

    private long element() {
        return (random.nextLong() & BinaryField.GF48.mask()) | 1;
    }

    @Benchmark
    public PinSketch add() {
        growing.toggle(element());
        return growing;
    }

    @Benchmark
    public long @Nullable [] decode() {
        return full.decode();
    }

    @Benchmark
    public boolean addToASetAndRemove() {
        long id = random.nextLong();
        return set.add(id) & set.remove(id);
    }
}
