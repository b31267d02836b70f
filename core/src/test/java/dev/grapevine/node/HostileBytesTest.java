package dev.grapevine.node;

import static dev.grapevine.membership.Members.address;
import static dev.grapevine.membership.Members.member;
import static dev.grapevine.membership.Members.random;
import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.core.CloseReason;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipSettings;
import dev.grapevine.membership.Message;
import dev.grapevine.membership.Tags;
import dev.grapevine.wire.Envelope;
import dev.grapevine.wire.KeyRing;
import dev.grapevine.wire.MalformedPacketException.Reason;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever arrives, a node does not throw, counts what is bad by its reason, and is unchanged by it. */
class HostileBytesTest {
    private static final byte[] KEY = new byte[KeyRing.KEY_BYTES];

    private final Effects effects = new Effects();

    private static NodeMachine node(int id, @Nullable KeyRing keys) {
        MembershipSettings membership = MembershipSettings.of(MembershipSettings.Profile.LAN);
        RumorSettings rumors = new RumorSettings(membership.gossipNanos(), 1, RumorSettings.Direction.PUSH_PULL, false);
        return new NodeMachine(
                new NodeSettings(
                        "c", "n" + id, 1000, address(id), Tags.NONE, keys, id, membership, rumors, 1400, List.of()),
                random(id));
    }

    private static long badPackets(NodeMachine node) {
        long sum = 0;
        for (Reason reason : Reason.values()) sum += node.badPackets(reason);
        return sum;
    }

    private void give(NodeMachine node, Input input) {
        node.handle(input, 1, effects);
        effects.clear();
    }

    /** A node that knows some members, all of them by the wire. */
    private NodeMachine acquainted(@Nullable KeyRing keys) {
        NodeMachine node = node(0, keys);
        give(node, new Input.Tick());
        for (int i = 1; i <= 20; i++) give(node, datagram(packet(keys, i, new Message.Known(member(i)))));
        assertThat(node.membership().liveMembers()).isEqualTo(21);
        return node;
    }

    private static Input datagram(byte[] packet) {
        return new Input.Datagram(address(7), ByteBuffer.wrap(packet));
    }

    private static byte[] packet(@Nullable KeyRing keys, long salt, Message... messages) {
        Envelope envelope = new Envelope("c", keys, salt);
        ByteBuffer packet = ByteBuffer.allocate(4096);
        envelope.open(packet);
        for (Message message : messages) MembershipCodec.encode(message, packet);
        envelope.close(packet, 0);
        return Arrays.copyOf(packet.array(), packet.position());
    }

    private static byte[] samplePacket(@Nullable KeyRing keys, RandomGenerator random) {
        List<Message> all = MembershipCodecTest.messages();
        Message[] some = new Message[1 + random.nextInt(3)];
        for (int i = 0; i < some.length; i++) some[i] = all.get(random.nextInt(all.size()));
        return packet(keys, random.nextLong(), some);
    }

    private static byte[][] samplePackets(@Nullable KeyRing keys, RandomGenerator random) {
        byte[][] packets = new byte[500][];
        for (int i = 0; i < packets.length; i++) packets[i] = samplePacket(keys, random);
        return packets;
    }

    private static byte[] damaged(byte[] packet, RandomGenerator random) {
        switch (random.nextInt(4)) {
            case 0 -> {
                return Arrays.copyOf(packet, random.nextInt(packet.length));
            }
            case 1 -> {
                byte[] noise = new byte[random.nextInt(200)];
                random.nextBytes(noise);
                // Noise that at least looks like one of ours, half of the time.
                if (random.nextBoolean()) System.arraycopy(packet, 0, noise, 0, Math.min(5, noise.length));
                return noise;
            }
            default -> {
                byte[] other = packet.clone();
                int changes = 1 + random.nextInt(4);
                for (int i = 0; i < changes; i++)
                    other[random.nextInt(other.length)] ^= (byte) (1 + random.nextInt(255));
                return Arrays.equals(other, packet) ? new byte[0] : other;
            }
        }
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2})
    void aMillionDamagedDatagramsAreCountedAndChangeNothing(long seed) {
        RandomGenerator random = random(seed);
        NodeMachine node = acquainted(null);
        byte[][] packets = samplePackets(null, random);
        List<Member> before = node.membership().members();
        int digest = node.membership().digest();
        long deadline = node.nextDeadlineNanos();
        int runs = 1_000_000;
        for (int i = 0; i < runs; i++) {
            node.handle(datagram(damaged(packets[random.nextInt(packets.length)], random)), 1, effects);
        }
        assertThat(effects.list()).as("nothing is answered").isEmpty();
        assertThat(badPackets(node)).isEqualTo(runs);
        assertThat(node.goodPackets()).isEqualTo(20);
        assertThat(node.membership().members()).isEqualTo(before);
        assertThat(node.membership().digest()).isEqualTo(digest);
        assertThat(node.nextDeadlineNanos()).isEqualTo(deadline);
        for (Reason reason : List.of(
                Reason.TRUNCATED,
                Reason.UNKNOWN_VERSION,
                Reason.OTHER_CLUSTER,
                Reason.BAD_CHECKSUM,
                Reason.WRONG_PROTECTION))
            assertThat(node.badPackets(reason)).as(reason.name()).isPositive();
    }

    @Test
    void damagedSealedDatagramsAreCountedAndChangeNothing() {
        RandomGenerator random = random(3);
        KeyRing keys = KeyRing.of(KEY);
        NodeMachine node = acquainted(keys);
        List<Member> before = node.membership().members();
        byte[][] packets = samplePackets(keys, random);
        int runs = 100_000;
        for (int i = 0; i < runs; i++) give(node, datagram(damaged(packets[random.nextInt(packets.length)], random)));
        assertThat(badPackets(node)).isEqualTo(runs);
        assertThat(node.membership().members()).isEqualTo(before);
        for (Reason reason : List.of(Reason.UNKNOWN_KEY, Reason.BAD_SEAL, Reason.WRONG_PROTECTION))
            assertThat(node.badPackets(reason)).as(reason.name()).isPositive();
    }

    /** The checksum is right, so that the messages themselves are read: bodies of noise and of damaged messages. */
    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {4, 5})
    void whateverAMemberSaysThrowsNothing(long seed) {
        RandomGenerator random = random(seed);
        NodeMachine node = acquainted(null);
        Envelope envelope = new Envelope("c", null, 1);
        byte[][] packets = samplePackets(null, random);
        long now = 1;
        int runs = 250_000;
        for (int i = 0; i < runs; i++) {
            byte[] good = packets[random.nextInt(packets.length)];
            byte[] body = Arrays.copyOfRange(good, Envelope.CLEAR_BYTES, good.length);
            int changes = random.nextInt(4);
            for (int c = 0; c < changes; c++) body[random.nextInt(body.length)] = (byte) random.nextInt();
            ByteBuffer packet = ByteBuffer.allocate(body.length + Envelope.CLEAR_BYTES);
            envelope.open(packet);
            packet.put(body);
            envelope.close(packet, 0);
            now += random.nextInt(3) == 0 ? random.nextLong(200_000_000L) : 0;
            node.handle(new Input.Datagram(address(random.nextInt(30)), packet.flip()), now, effects);
            effects.clear();
            if (node.nextDeadlineNanos() <= now) node.handle(new Input.Tick(), now, effects);
            effects.clear();
            // It lost its identity to a twin; or its table is full of damaged names, which only makes it slower.
            if (node.nextDeadlineNanos() == Long.MAX_VALUE || i % 10_000 == 0) node = acquainted(null);
        }
        assertThat(node.nextDeadlineNanos()).isLessThan(Long.MAX_VALUE);
    }

    @Test
    void oneBadMessageSpoilsItsWholePacket() {
        NodeMachine node = acquainted(null);
        byte[] two = packet(null, 1, new Message.Known(member(99)), new Message.Nack(1));
        Envelope envelope = new Envelope("c", null, 1);
        ByteBuffer cut = ByteBuffer.allocate(100);
        envelope.open(cut);
        cut.put(two, Envelope.CLEAR_BYTES, two.length - Envelope.CLEAR_BYTES - 1);
        envelope.close(cut, 0);
        give(node, new Input.Datagram(address(1), cut.flip()));
        assertThat(node.badPackets(Reason.TRUNCATED)).isOne();
        assertThat(node.membership().members()).doesNotContain(member(99));
        give(node, datagram(two));
        assertThat(node.membership().members()).contains(member(99));
    }

    @Test
    void messagesOfANewerVersionAreSkippedAndTheRestIsRead() {
        NodeMachine node = acquainted(null);
        Envelope envelope = new Envelope("c", null, 1);
        ByteBuffer packet = ByteBuffer.allocate(200);
        envelope.open(packet);
        packet.put((byte) 200).put((byte) 3).put(new byte[] {1, 2, 3});
        MembershipCodec.encode(new Message.Known(member(99)), packet);
        envelope.close(packet, 0);
        give(node, new Input.Datagram(address(1), packet.flip()));
        assertThat(node.unknownMessages()).isOne();
        assertThat(node.membership().members()).contains(member(99));
    }

    // ---- streams ----

    private static ByteBuffer frame(byte[] packet) {
        return ByteBuffer.allocate(4 + packet.length)
                .putInt(packet.length)
                .put(packet)
                .flip();
    }

    @Test
    void aBadPacketOnAStreamClosesIt() {
        NodeMachine node = acquainted(null);
        give(node, new Input.StreamAccepted(-1, address(7)));
        byte[] bad = packet(null, 1, new Message.Known(member(99)));
        bad[bad.length - 1] ^= 1;
        node.handle(new Input.StreamBytes(-1, frame(bad)), 2, effects);
        assertThat(effects.list()).containsExactly(new Effect.CloseStream(-1));
        effects.clear();
        // What still arrives before it is closed counts for nothing.
        node.handle(new Input.StreamBytes(-1, frame(packet(null, 1, new Message.Known(member(99))))), 3, effects);
        assertThat(effects.list()).isEmpty();
        assertThat(node.membership().members()).doesNotContain(member(99));
        assertThat(node.badPackets(Reason.BAD_CHECKSUM)).isOne();
    }

    @Test
    void noiseOnStreamsThrowsNothingAndChangesNothing() {
        RandomGenerator random = random(8);
        NodeMachine node = acquainted(null);
        List<Member> before = node.membership().members();
        for (long stream = -1; stream > -20_000; stream--) {
            give(node, new Input.StreamAccepted(stream, address(7)));
            for (int i = random.nextInt(4); i >= 0; i--) {
                byte[] noise = damaged(samplePacket(null, random), random);
                give(node, new Input.StreamBytes(stream, random.nextBoolean() ? frame(noise) : ByteBuffer.wrap(noise)));
            }
            give(node, new Input.StreamClosed(stream, CloseReason.REMOTE));
        }
        assertThat(badPackets(node)).isPositive();
        assertThat(node.membership().members()).isEqualTo(before);
    }

    @Test
    void strangersCannotFillMemoryWithPacketsThatNeverEnd() {
        NodeMachine node = acquainted(null);
        ByteBuffer announced = ByteBuffer.allocate(1 << 20).putInt(0, 16 << 20);
        ByteBuffer more = ByteBuffer.allocate(1 << 20);
        int closed = 0;
        for (long stream = -1; stream >= -64; stream--) {
            give(node, new Input.StreamAccepted(stream, address(7)));
            for (int i = 0; i < 8; i++) {
                node.handle(new Input.StreamBytes(stream, (i == 0 ? announced : more).duplicate()), 2, effects);
                closed += effects.list().size();
                effects.clear();
            }
        }
        // 64 streams of 8 MiB were offered; 64 MiB are the budget of all.
        assertThat(closed).isBetween(56, 63);
        assertThat(node.badPackets(Reason.TOO_LARGE)).isEqualTo(closed);
        // Closing gives the memory back.
        for (long stream = -1; stream >= -64; stream--) give(node, new Input.StreamClosed(stream, CloseReason.LOCAL));
        give(node, new Input.StreamAccepted(-100, address(7)));
        give(node, new Input.StreamBytes(-100, frame(packet(null, 1, new Message.Known(member(99))))));
        assertThat(node.membership().members()).contains(member(99));
    }
}
