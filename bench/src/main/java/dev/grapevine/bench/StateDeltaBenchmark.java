package dev.grapevine.bench;

import dev.grapevine.core.Address;
import dev.grapevine.state.StateEffect;
import dev.grapevine.state.StateInput;
import dev.grapevine.state.StateKey;
import dev.grapevine.state.StateMessage;
import dev.grapevine.state.StateReplica;
import dev.grapevine.state.StateSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGeneratorFactory;
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

/** A peer that lacks the newest updates of a node with ten thousand facts asks for them: packed, encoded, ready to send. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class StateDeltaBenchmark {
    private static final int FACTS = 10_000;
    private static final Address PEER = Address.loopback(1);

    /** How many updates the peer lacks. */
    @Param({"1", "100", "2000"})
    int lacking;

    private final StateReplica replica = new StateReplica(
            "a",
            1,
            StateSettings.of(200_000_000L).withBytesPerSecond(1L << 40).withUpdatesPerSecond(1e9),
            RandomGeneratorFactory.of("L64X128MixRandom").create(1));
    private StateInput ask = new StateInput.Tick();
    private final List<StateEffect> effects = new ArrayList<>();
    private long nowNanos;

    /** Writes the facts. */
    @Setup
    public void write() {
        for (int i = 0; i < FACTS; i++) {
            nowNanos += 1_000_000;
            replica.handle(
                    new StateInput.Write(i, StateKey.fact("a", "key-" + i), new byte[16], null, false),
                    nowNanos,
                    effects);
            effects.clear();
        }
        long origin = replica.factsOrigin().hash();
        ask = new StateInput.Received(
                PEER,
                new StateMessage.Digests(
                        0, List.of(), List.of(new StateMessage.Mark(origin, FACTS - lacking, 0)), true));
    }

    /** One request answered; returns how many messages. */
    @Benchmark
    public int answer() {
        replica.handle(ask, ++nowNanos, effects);
        int messages = effects.size();
        effects.clear();
        return messages;
    }
}
