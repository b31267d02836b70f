package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipSettings;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.membership.Message;
import dev.grapevine.membership.Message.Update;
import dev.grapevine.membership.Status;
import dev.grapevine.membership.Tags;
import dev.grapevine.wire.Envelope;
import dev.grapevine.wire.KeyRing;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator.SplittableGenerator;
import java.util.random.RandomGeneratorFactory;
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

/**
 * What messages cost as bytes. Reading makes the message it returns, and what that holds, and nothing else; writing and packing make
 * nothing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CodecBenchmark {
    private static final int PACKET_BYTES = 1400;

    private final Message ping = new Message.Ping(300, 77, 99);
    private final Message alive = new Update.Alive(member(7), 3);
    private final Update[] updates = new Update[64];
    private final ByteBuffer outgoing = ByteBuffer.allocate(PACKET_BYTES);
    private final ByteBuffer encodedPing = encoded(ping);
    private final ByteBuffer encodedAlive = encoded(alive);
    private final Envelope clear = new Envelope("bench", null, 1);
    private final Envelope sealed = new Envelope("bench", KeyRing.of(new byte[32]), 1);
    private final Effects effects = new Effects();
    private NodeMachine node = node();
    private ByteBuffer pingPacket = ByteBuffer.allocate(0);
    private long nowNanos;

    private static Member member(int id) {
        Address address = Address.ipv4(0x0A00_0000 + id, 7946);
        return new Member("node-" + id, 1_700_000_000_000L + id, 0, Status.ALIVE, address, Tags.NONE, 1, 1);
    }

    private static NodeMachine node() {
        MembershipSettings times = MembershipSettings.of(Profile.LAN);
        RumorSettings rumors = new RumorSettings(times.gossipNanos(), 1, RumorSettings.Direction.PUSH_PULL, false);
        Member self = member(0);
        return new NodeMachine(
                new NodeSettings(
                        "bench",
                        self.name(),
                        self.generation(),
                        self.address(),
                        Tags.NONE,
                        null,
                        1,
                        times,
                        rumors,
                        PACKET_BYTES,
                        List.of()),
                RandomGeneratorFactory.<SplittableGenerator>of("L64X128MixRandom")
                        .create(1));
    }

    private static ByteBuffer encoded(Message message) {
        ByteBuffer bytes = ByteBuffer.allocate(MembershipCodec.size(message));
        MembershipCodec.encode(message, bytes);
        return bytes.flip();
    }

    @Setup
    public void prepare() {
        for (int i = 0; i < updates.length; i++) updates[i] = new Update.Alive(member(100 + i), 2);
        node = node();
        node.handle(new Input.Tick(), 0, effects);
        effects.clear();
        Message toNode = new Message.Ping(300, member(0).identityTag(), 1);
        ByteBuffer packet = ByteBuffer.allocate(PACKET_BYTES);
        clear.open(packet);
        MembershipCodec.encode(toNode, packet);
        clear.close(packet, 0);
        pingPacket = ByteBuffer.wrap(Arrays.copyOf(packet.array(), packet.position()));
    }

    @Benchmark
    public ByteBuffer encodePing() {
        MembershipCodec.encode(ping, outgoing.clear());
        return outgoing;
    }

    @Benchmark
    public ByteBuffer encodeUpdate() {
        MembershipCodec.encode(alive, outgoing.clear());
        return outgoing;
    }

    @Benchmark
    public Message decodePing() {
        return decode(encodedPing);
    }

    @Benchmark
    public Message decodeUpdate() {
        return decode(encodedAlive);
    }

    private static Message decode(ByteBuffer bytes) {
        bytes.position(0);
        int type = Wire.u8(bytes);
        Wire.varint(bytes);
        Message message = MembershipCodec.decode(type, bytes);
        if (message == null) throw new IllegalStateException("type " + type);
        return message;
    }

    /** A packet full of updates, to the byte, in clear. */
    @Benchmark
    public int pack() {
        return pack(clear, Envelope.CLEAR_BYTES);
    }

    /** The same, sealed. */
    @Benchmark
    public int packAndSeal() {
        return pack(sealed, Envelope.SEALED_BYTES);
    }

    private int pack(Envelope envelope, int overheadBytes) {
        envelope.open(outgoing.clear());
        int end = PACKET_BYTES - (overheadBytes == Envelope.SEALED_BYTES ? Envelope.SEAL_TRAILER_BYTES : 0);
        int packed = 0;
        while (outgoing.position() + MembershipCodec.size(updates[packed]) <= end) {
            MembershipCodec.encode(updates[packed], outgoing);
            packed++;
        }
        envelope.close(outgoing, 0);
        return packed;
    }

    /** A whole node: a probe comes in and its answer goes out. The records of inputs, effects and messages are made anew. */
    @Benchmark
    public int answerPing() {
        node.handle(new Input.Datagram(member0, pingPacket), nowNanos += 1000, effects);
        int count = effects.list().size();
        effects.clear();
        return count;
    }

    private final Address member0 = member(1).address();
}
