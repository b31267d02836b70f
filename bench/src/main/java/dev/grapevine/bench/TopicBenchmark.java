package dev.grapevine.bench;

import dev.grapevine.blob.BlobMessage;
import dev.grapevine.core.Address;
import dev.grapevine.topic.Promise;
import dev.grapevine.topic.Source;
import dev.grapevine.topic.TopicCodec;
import dev.grapevine.topic.TopicMessage;
import dev.grapevine.topic.TopicSettings;
import dev.grapevine.topic.Topics;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Messages on topics and chunks of blobs as bytes, and one message relayed by a node with a parent and two children. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TopicBenchmark {
    private static final Address PARENT = Address.loopback(1);
    private static final Address LEFT = Address.loopback(2);
    private static final Address RIGHT = Address.loopback(3);
    private static final long STEP_NANOS = 100_000;

    private final Source source = new Source("topic", "publisher", 1, Promise.REPAIRED, 60_000, false);
    private final byte[] bytes = new byte[128];
    private final TopicMessage payload = new TopicMessage.Payload(source, 1_000, 3, false, bytes);
    private final TopicMessage ack =
            new TopicMessage.Ack(List.of(new TopicMessage.Acked(source.key(), 1_000, List.of())));
    private final BlobMessage chunk = new BlobMessage.Small(new byte[BlobMessage.CHUNK_BYTES]);
    private final ByteBuffer outgoing = ByteBuffer.allocate(BlobMessage.CHUNK_BYTES + 64);
    private final ByteBuffer payloadBytes = ByteBuffer.allocate(1_400);
    private final ByteBuffer chunkBytes = ByteBuffer.allocate(BlobMessage.CHUNK_BYTES + 64);
    private final List<Topics.Effect> effects = new ArrayList<>();
    private Topics node = new Topics("node", 1, TopicSettings.of(2_000_000, 1_300));
    private long sequence;

    @Setup
    public void tree() {
        TopicCodec.encode(payload, payloadBytes);
        payloadBytes.flip();
        chunk.encode(chunkBytes);
        chunkBytes.flip();
        node = new Topics("node", 1, TopicSettings.of(2_000_000, 1_300));
        for (Address peer : List.of(PARENT, LEFT, RIGHT)) node.handle(new Topics.Input.NeighborUp(peer), 0, effects);
        sequence = 0;
        relay();
        for (Address child : List.of(LEFT, RIGHT))
            node.handle(new Topics.Input.Received(child, new TopicMessage.Want(source.key(), 2, 2, true)), 1, effects);
    }

    @Benchmark
    public int encodePayload() {
        TopicCodec.encode(payload, outgoing.clear());
        return outgoing.position();
    }

    @Benchmark
    public TopicMessage decodePayload() {
        return TopicCodec.decode(payloadBytes.rewind());
    }

    @Benchmark
    public int encodeAck() {
        TopicCodec.encode(ack, outgoing.clear());
        return outgoing.position();
    }

    @Benchmark
    public int encodeChunk() {
        chunk.encode(outgoing.clear());
        return outgoing.position();
    }

    @Benchmark
    public BlobMessage decodeChunk() {
        return BlobMessage.decode(chunkBytes.rewind());
    }

    /** A message of the parent's is delivered and pushed to two children, which confirm each tenth. */
    @Benchmark
    public int relay() {
        effects.clear();
        long now = ++sequence * STEP_NANOS;
        node.handle(
                new Topics.Input.Received(PARENT, new TopicMessage.Payload(source, sequence, 3, false, bytes)),
                now,
                effects);
        if (sequence % 10 == 0) {
            TopicMessage confirmed =
                    new TopicMessage.Ack(List.of(new TopicMessage.Acked(source.key(), sequence, List.of())));
            node.handle(new Topics.Input.Received(LEFT, confirmed), now, effects);
            node.handle(new Topics.Input.Received(RIGHT, confirmed), now, effects);
        }
        return effects.size();
    }
}
