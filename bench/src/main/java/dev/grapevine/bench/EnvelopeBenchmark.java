package dev.grapevine.bench;

import dev.grapevine.wire.Envelope;
import dev.grapevine.wire.KeyRing;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
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

/** What a packet costs on its way out (open, close) and in (body), in clear and sealed. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EnvelopeBenchmark {
    @Param({"false", "true"})
    boolean sealed;

    /** Bytes in the body: a bare probe, and a packet full of updates. */
    @Param({"20", "1200"})
    int bodyBytes;

    private Envelope envelope = new Envelope("", null, 0);
    private final ByteBuffer outgoing = ByteBuffer.allocate(1500);
    private ByteBuffer received = ByteBuffer.allocate(0);
    private byte[] content = new byte[0];

    @Setup
    public void encodeOnce() {
        envelope = new Envelope("bench", sealed ? KeyRing.of(new byte[32]) : null, 42);
        content = new byte[bodyBytes];
        send();
        received = ByteBuffer.wrap(java.util.Arrays.copyOf(outgoing.array(), outgoing.position()));
    }

    @Benchmark
    public ByteBuffer send() {
        outgoing.clear();
        envelope.open(outgoing);
        outgoing.put(content);
        envelope.close(outgoing, 0);
        return outgoing;
    }

    @Benchmark
    public int receive() {
        return envelope.body(received).remaining();
    }
}
