package dev.grapevine.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.topic.TopicMessage.Acked;
import dev.grapevine.topic.TopicMessage.Held;
import dev.grapevine.topic.TopicMessage.Range;
import dev.grapevine.topic.TopicMessage.Urgency;
import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicCodecTest {
    private static final Source SOURCE =
            new Source("deploy", "näme", 1_700_000_000_000L, Promise.ORDERED, 60_000, true);

    private static final List<TopicMessage> SAMPLES = List.of(
            new TopicMessage.Payload(SOURCE, 1, 0, false, new byte[0]),
            new TopicMessage.Payload(SOURCE, TopicCodec.MAX_SEQUENCE, 255, true, new byte[] {1, 2, 3}),
            new TopicMessage.Announce(Urgency.OFFER, List.of()),
            new TopicMessage.Announce(Urgency.CONFIRM, List.of(new Held(-1, 7, 3), new Held(5, 1L << 40, 0))),
            new TopicMessage.Want(Long.MIN_VALUE, 5, 5, true),
            new TopicMessage.Want(3, 1, 1_000_000, false),
            new TopicMessage.Prune(42),
            new TopicMessage.Ack(List.of(new Acked(1, 0, List.of(2L, 3L, 900L)), new Acked(2, 77, List.of()))),
            new TopicMessage.Digest(true, true, List.of()),
            new TopicMessage.Digest(false, false, List.of(new Range(9, 1, 0, true), new Range(8, 4, 90, false))),
            new TopicMessage.Report(11, 0, Integer.MAX_VALUE));

    private static byte[] bytes(TopicMessage message) {
        ByteBuffer buffer = ByteBuffer.allocate(TopicCodec.size(message));
        TopicCodec.encode(message, buffer);
        assertThat(buffer.hasRemaining()).as("the size of %s", message).isFalse();
        return buffer.array();
    }

    @Test
    void everyMessageComesBackAsItWas() {
        for (TopicMessage sample : SAMPLES) {
            ByteBuffer read = ByteBuffer.wrap(bytes(sample));
            TopicMessage back = TopicCodec.decode(read);
            assertThat(back).usingRecursiveComparison().isEqualTo(sample);
            assertThat(read.hasRemaining()).isFalse();
        }
    }

    @Test
    void aMessageThatIsCutAnywhereIsMalformed() {
        for (TopicMessage sample : SAMPLES) {
            byte[] whole = bytes(sample);
            for (int length = 0; length < whole.length; length++) {
                ByteBuffer cut = ByteBuffer.wrap(whole, 0, length);
                assertThatThrownBy(() -> TopicCodec.decode(cut)).isInstanceOf(MalformedPacketException.class);
            }
        }
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3})
    void hostileBytesAreMalformedOrAMessageThatCanBeWritten(long seed) {
        RandomGenerator luck =
                RandomGeneratorFactory.of("L64X128MixRandom").create(Long.getLong("grapevine.seed", seed));
        List<byte[]> samples = new ArrayList<>();
        for (TopicMessage sample : SAMPLES) samples.add(bytes(sample));
        int good = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = samples.get(luck.nextInt(samples.size())).clone();
            if (bytes.length == 0 || luck.nextInt(4) == 0) luck.nextBytes(bytes = new byte[luck.nextInt(64)]);
            else
                for (int flips = 1 + luck.nextInt(3); flips > 0; flips--)
                    bytes[luck.nextInt(bytes.length)] = (byte) luck.nextInt();
            ByteBuffer read = ByteBuffer.wrap(bytes);
            try {
                TopicMessage message = TopicCodec.decode(read);
                int used = read.position();
                assertThat(bytes(message)).hasSizeLessThanOrEqualTo(used);
                good++;
            } catch (MalformedPacketException malformed) {
                assertThat(malformed.getStackTrace()).isEmpty();
            }
        }
        assertThat(good).isBetween(100, 99_000);
    }

    @Test
    void lengthsThatTheBytesDoNotBackTakeNoMemory() {
        ByteBuffer announce = ByteBuffer.wrap(new byte[] {2, 0, (byte) 0xFF, 0x1F, 1, 2, 3});
        assertThatThrownBy(() -> TopicCodec.decode(announce)).isInstanceOf(MalformedPacketException.class);
        ByteBuffer ack = ByteBuffer.wrap(new byte[] {5, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, (byte) 0x80, 2});
        assertThatThrownBy(() -> TopicCodec.decode(ack)).isInstanceOf(MalformedPacketException.class);
    }
}
