package dev.grapevine.bench;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import dev.grapevine.recorder.Recorder;
import dev.grapevine.recorder.RecorderSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What recording adds to one packet received and one sent in answer: compare with and without. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RecorderBenchmark {
    record Nothing() {}

    /** Sends back what it gets. */
    private static final class Echo implements Machine {
        @Override
        public void handle(Input input, long nowNanos, Effects effects) {
            if (!(input instanceof Input.Datagram(Address from, ByteBuffer packet))) return;
            ByteBuffer answer = effects.buffer(packet.remaining());
            answer.put(packet.array(), packet.position(), packet.remaining());
            effects.add(new Effect.SendDatagram(from, answer.flip()));
        }

        @Override
        public long nextDeadlineNanos() {
            return Long.MAX_VALUE;
        }
    }

    @Param({"60", "1400"})
    int sizeBytes;

    @Param({"false", "true"})
    boolean recorded;

    private final Effects effects = new Effects();
    private Path directory;
    private Recorder recorder;
    private Machine machine;
    private Input input;
    private long now;

    @Setup
    public void begin() throws IOException {
        directory = Files.createTempDirectory("recorder-bench");
        recorder = Recorder.open(RecorderSettings.in(directory), "echo", "bench", 1, new Nothing());
        machine = recorded ? recorder.around(new Echo()) : new Echo();
        input = new Input.Datagram(Address.loopback(7946), ByteBuffer.wrap(new byte[sizeBytes]));
    }

    @Benchmark
    public int packetAndAnswer() {
        machine.handle(input, now += 1_000, effects);
        int count = effects.list().size();
        effects.clear();
        return count;
    }

    /** How many inputs the disk did not keep up with is printed: a benchmark gives them much faster than a network. */
    @TearDown
    public void end() throws IOException {
        recorder.close();
        if (recorded) System.out.println("inputs lost to the disk: " + recorder.lostInputs());
        try (Stream<Path> all = Files.walk(directory)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path each : deepestFirst) Files.delete(each);
        }
    }
}
