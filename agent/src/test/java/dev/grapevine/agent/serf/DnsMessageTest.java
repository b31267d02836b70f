package dev.grapevine.agent.serf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.serf.msgpack.Bytes;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Multicast DNS messages; the real agent's (serf 0.9.4, {@code serf agent -discover=blue}) were captured on a veth pair. */
class DnsMessageTest {
    private static final String SERVICE = "_serf_blue._tcp.local";
    private static final Bytes REAL_QUESTION =
            Bytes.hex("4e49000000010000000000000a5f736572665f626c7565045f746370056c6f63616c00000c0001");
    private static final Bytes REAL_ANSWER =
            Bytes.hex("0000840000000004000000000a5f736572665f626c7565045f746370056c6f6361"
                    + "6c00000c0001000000780005026d61c00cc02d0021000100000078000a000a00011f0a02766d00c044000100010000007800040a4d"
                    + "0001c02d0010000100000078001413536572662027626c75652720636c7573746572");

    static LongStream seeds() {
        Long given = Long.getLong("grapevine.seed");
        return given == null ? LongStream.range(1, 5) : LongStream.of(given);
    }

    private static DnsMessage ours() {
        String instance = "node-1." + SERVICE;
        return new DnsMessage(
                true,
                7,
                List.of(),
                List.of(
                        new DnsMessage.Resource.Pointer(SERVICE, instance),
                        new DnsMessage.Resource.Service(instance, 7946, "host"),
                        new DnsMessage.Resource.Host("host", Bytes.of(new byte[] {10, 0, 0, 9})),
                        new DnsMessage.Resource.Text(instance, "Serf 'blue' cluster")));
    }

    @Test
    void theRealAgentsQuestionIsReadAndOursIsTheSame() throws Exception {
        DnsMessage question = DnsMessage.read(ByteBuffer.wrap(REAL_QUESTION.array()));
        assertThat(question).isEqualTo(DnsMessage.question(0x4E49, SERVICE, DnsMessage.PTR));
        assertThat(Bytes.of(question.bytes())).isEqualTo(REAL_QUESTION);
    }

    @Test
    void theRealAgentsAnswerSaysWhereItIs() {
        assertThat(Discovery.addresses(ByteBuffer.wrap(REAL_ANSWER.array()), SERVICE))
                .containsExactly("10.77.0.1:7946");
        assertThat(Discovery.addresses(ByteBuffer.wrap(REAL_ANSWER.array()), "_serf_green._tcp.local"))
                .isEmpty();
    }

    @Test
    void ourAnswerSaysWhereWeAre() {
        assertThat(Discovery.addresses(ByteBuffer.wrap(ours().bytes()), SERVICE))
                .containsExactly("10.0.0.9:7946");
    }

    @Test
    void aNameThatPointsToItselfIsRefused() {
        ByteBuffer packet = ByteBuffer.wrap(REAL_QUESTION.array().clone());
        packet.putShort(12, (short) 0xC00C);
        assertThatThrownBy(() -> DnsMessage.read(packet)).isInstanceOf(DnsMessage.MalformedDnsException.class);
    }

    @Test
    void aNameThatDoesNotFitIsRefusedWhenItIsWritten() {
        String tooLong = "x".repeat(64) + "." + SERVICE;
        assertThatThrownBy(() -> DnsMessage.question(1, tooLong, DnsMessage.PTR).bytes())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 to 63 bytes");
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @MethodSource("seeds")
    void spoiltMessagesAreReadOrRefusedAndNothingElse(long seed) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = (random.nextBoolean() ? REAL_ANSWER.array() : ours().bytes()).clone();
            for (int flips = random.nextInt(1, 6); flips > 0; flips--)
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            ByteBuffer packet = ByteBuffer.wrap(bytes, 0, random.nextInt(bytes.length + 1));
            try {
                DnsMessage read = DnsMessage.read(packet);
                assertThat(read.records().size()).isLessThanOrEqualTo(64);
            } catch (DnsMessage.MalformedDnsException expected) {
                refused++;
            }
        }
        assertThat(refused).isBetween(1_000, 19_999);
    }
}
