package dev.grapevine.node;

import static dev.grapevine.membership.Members.address;
import static dev.grapevine.membership.Members.member;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.core.Address;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.Message;
import dev.grapevine.membership.Message.Update;
import dev.grapevine.membership.Message.Verdict;
import dev.grapevine.membership.Outcome;
import dev.grapevine.membership.Path;
import dev.grapevine.membership.Status;
import dev.grapevine.membership.Tags;
import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MembershipCodecTest {
    private static final Member FULL = new Member(
            "näme",
            Member.MAX_GENERATION,
            Member.MAX_INCARNATION,
            Status.SUSPECT,
            Address.parse("[2001:db8::1]:65535", 0),
            Tags.of(Map.of("role", "db", "zone", "eu")),
            1,
            255);

    static List<Message> messages() {
        return List.of(
                new Message.Ping(0, 0, 0),
                new Message.Ping(0xFFFF, -1, Integer.MIN_VALUE),
                new Message.Ack(300, 77),
                new Message.PingRequest(5, 6, address(1)),
                new Message.PingRequest(5, 6, FULL.address()),
                new Message.Nack(0xFFFF),
                new Message.Accuse("a", 1, 2),
                new Message.Join(member(1)),
                new Message.Join(FULL),
                new Message.Welcome(FULL, Integer.MAX_VALUE),
                new Message.SyncRequest(4, new int[16]),
                new Message.SyncRequest(8, new int[256]),
                new Message.SyncSummary(5, 31, 1, -1, new int[0], new int[0]),
                new Message.SyncSummary(8, 255, 0, 9, new int[] {1, 2}, new int[] {3, 4}),
                new Message.SyncPull(new int[0]),
                new Message.SyncPull(new int[] {-1, 0, 1}),
                new Message.Known(FULL.as(Status.LEFT, 1)),
                new Message.Duplicate(FULL),
                new Message.Admit(0, 0, -1, false, List.of(), List.of()),
                new Message.Admit(0xFFFF, Long.MIN_VALUE, 7, true, List.of(FULL, member(1)), List.of(member(2))),
                new Message.Returned(0, 0, -1, List.of()),
                new Message.Returned(0xFFFF, Long.MIN_VALUE, 7, List.of(FULL, member(1))),
                new Update.Alive(FULL, 255),
                new Update.Suspect("a", 1, 2, "b", 3),
                new Update.Failed("a", 1, 2, new Verdict("j", List.of(), List.of(), 0, 0), 3),
                new Update.Failed("a", 1, 2, verdict(), 0),
                new Update.Left("a", 1, 2, "operator", 9));
    }

    private static Verdict verdict() {
        return new Verdict(
                "judge",
                List.of("a", "b", "c", "d"),
                List.of(
                        new Verdict.Probe(Path.DATAGRAM, Outcome.TIMEOUT, 200),
                        new Verdict.Probe(Path.RELAY, Outcome.NACK, 0),
                        new Verdict.Probe(Path.STREAM, Outcome.REFUSED, (1L << 40) - 1)),
                8,
                123_456);
    }

    private static ByteBuffer encoded(Message message) {
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        MembershipCodec.encode(message, buffer);
        return buffer.flip();
    }

    private static Message decoded(ByteBuffer packet) {
        int type = Wire.u8(packet);
        int length = (int) Wire.varint(packet, 4096);
        assertThat(packet.remaining()).isEqualTo(length);
        return MembershipCodec.decode(type, packet);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void aMessageComesBackAndItsSizeIsExact(Message message) {
        ByteBuffer packet = encoded(message);
        assertThat(MembershipCodec.size(message)).isEqualTo(packet.remaining());
        Message back = decoded(packet);
        assertThat(packet.hasRemaining()).isFalse();
        // Records with arrays have no value equality: their bytes have.
        assertThat(back).hasSameClassAs(message);
        assertThat(encoded(back)).isEqualTo(encoded(message));
        assertThat(back).usingRecursiveComparison().usingOverriddenEquals().isEqualTo(message);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void aBodyCutAnywhereIsMalformed(Message message) {
        ByteBuffer packet = encoded(message);
        int type = Wire.u8(packet);
        int length = (int) Wire.varint(packet);
        for (int cut = 0; cut < length; cut++) {
            ByteBuffer body = packet.slice(packet.position(), cut);
            assertThatThrownBy(() -> MembershipCodec.decode(type, body))
                    .as("%d of %d bytes", cut, length)
                    .isInstanceOf(MalformedPacketException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("messages")
    void whatANewerVersionAddsAtTheEndIsNotRead(Message message) {
        ByteBuffer packet = encoded(message);
        int type = Wire.u8(packet);
        int length = (int) Wire.varint(packet);
        ByteBuffer longer = ByteBuffer.allocate(length + 3).put(packet).flip().limit(length + 3);
        Message back = MembershipCodec.decode(type, longer);
        assertThat(back).isNotNull();
        assertThat(encoded(back)).isEqualTo(encoded(message));
        assertThat(longer.remaining()).isEqualTo(3);
    }

    @Test
    void aTypeOfANewerVersionIsNull() {
        for (int type = 19; type < 256; type++)
            assertThat(MembershipCodec.decode(type, ByteBuffer.allocate(9))).isNull();
        assertThat(MembershipCodec.decode(0, ByteBuffer.allocate(9))).isNull();
    }

    @Test
    void aProbeAndItsAnswerKeepTheIdleBudget() {
        // docs/protocols/native.md: sequences of a probe take at most two bytes.
        assertThat(MembershipCodec.size(new Message.Ping((1 << 14) - 1, -1, -1)))
                .isEqualTo(12);
        assertThat(MembershipCodec.size(new Message.Ack((1 << 14) - 1, -1))).isEqualTo(8);
    }

    private static void isMalformed(int type, int... body) {
        byte[] bytes = new byte[body.length];
        for (int i = 0; i < body.length; i++) bytes[i] = (byte) body[i];
        assertThatThrownBy(() -> MembershipCodec.decode(type, ByteBuffer.wrap(bytes)))
                .isInstanceOf(MalformedPacketException.class);
    }

    @Test
    void aValueOutOfItsRangeIsMalformed() {
        isMalformed(MembershipCodec.NACK, 0x80, 0x80, 4); // sequence 65536
        isMalformed(MembershipCodec.ACCUSE, 0, 1, 1); // a name of no bytes
        isMalformed(MembershipCodec.ACCUSE, 1, 'a', 255, 255, 255, 255, 255, 255, 127, 0); // generation above 48 bits
        isMalformed(MembershipCodec.ACCUSE, 1, 'a', 0, 255, 255, 255, 255, 255, 127); // incarnation above 40 bits
        isMalformed(MembershipCodec.JOIN, 4, 1, 'a', 0, 0, 4, 10, 0, 0, 1, 0, 1, 1, 1, 0); // no such status
        isMalformed(MembershipCodec.JOIN, 0, 1, 'a', 0, 0, 4, 10, 0, 0, 1, 0, 0, 1, 1, 0); // port 0
        isMalformed(MembershipCodec.JOIN, 0, 1, 'a', 0, 0, 4, 0, 0, 0, 0, 0, 1, 1, 1, 0); // the wildcard
        // A helper is asked to write to port 0.
        isMalformed(MembershipCodec.PING_REQUEST, 0, 0, 0, 0, 0, 4, 10, 0, 0, 1, 0, 0);
        isMalformed(MembershipCodec.JOIN, 0, 1, 'a', 0, 0, 4, 10, 0, 0, 1, 0, 1, 2, 1, 0); // protocols 2..1
        isMalformed(MembershipCodec.SYNC_REQUEST, 3);
        isMalformed(MembershipCodec.SYNC_REQUEST, 9);
        isMalformed(MembershipCodec.SYNC_SUMMARY, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0); // bucket 16 of 16
        isMalformed(MembershipCodec.SYNC_PULL, 0x81, 0x20); // 4097 tags
        isMalformed(MembershipCodec.FAILED, 1, 'a', 0, 0, 1, 'j', 5); // five confirmers
        isMalformed(MembershipCodec.FAILED, 1, 'a', 0, 0, 1, 'j', 0, 7); // seven probes
        isMalformed(MembershipCodec.FAILED, 1, 'a', 0, 0, 1, 'j', 0, 1, 0x30, 0, 0, 0, 0); // no such path
        isMalformed(MembershipCodec.FAILED, 1, 'a', 0, 0, 1, 'j', 0, 1, 0x07, 0, 0, 0, 0); // no such outcome
    }
}
