package dev.grapevine.state.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.state.aggregate.Aggregator.Input;
import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AggregateCodecTest {
    private static AggregateMessage.Offer offer(SplittableRandom random) {
        Mass mass = Mass.ofNoValue();
        for (int i = 0; i < 200; i++) mass = mass.plus(Mass.of(random.nextDouble(-50, 50)), 0.25);
        return new AggregateMessage.Offer("load", 7, 300, 99, mass, -50, 50);
    }

    private static byte[] bytes(AggregateMessage message) {
        ByteBuffer buffer = ByteBuffer.allocate(AggregateCodec.sizeBytes(message));
        AggregateCodec.write(buffer, message);
        assertThat(buffer.hasRemaining()).isFalse();
        return buffer.array();
    }

    @Test
    void messagesComeBackFromTheirBytesAndNoPrefixIsOne() {
        AggregateMessage.Offer offer = offer(new SplittableRandom(1));
        byte[] bytes = bytes(offer);
        assertThat(bytes.length).isLessThan(800); // with all buckets in use it still fits a datagram
        AggregateMessage.Offer read = (AggregateMessage.Offer) AggregateCodec.read(ByteBuffer.wrap(bytes));
        assertThat(bytes(read)).isEqualTo(bytes);
        assertThat(read.mass().sum()).isEqualTo(offer.mass().sum());
        assertThat(read.mass().histogram().size()).isEqualTo(Histogram.MAX_BUCKETS);
        assertThat(read.sequence()).isEqualTo(300);
        for (int cut = 0; cut < bytes.length; cut++) {
            byte[] prefix = Arrays.copyOf(bytes, cut);
            assertThatThrownBy(() -> AggregateCodec.read(ByteBuffer.wrap(prefix)))
                    .isInstanceOf(MalformedPacketException.class);
        }
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3})
    void mangledBytesAreRefusedOrUnderstoodAndHarmNobody(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        AggregateMessage.Offer offer = offer(random);
        byte[][] said = {
            bytes(offer),
            bytes(new AggregateMessage.Flow("load", 7, 3, 5, offer.mass(), 1, 2)),
            bytes(new AggregateMessage.Newer("load", 9))
        };
        Aggregator<Integer> node = new Aggregator<>(AggregateSettings.DEFAULT, random);
        int understood = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = said[random.nextInt(3)].clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--)
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            try {
                AggregateMessage message = AggregateCodec.read(ByteBuffer.wrap(bytes));
                understood++;
                node.handle(new Input.Received<>(random.nextInt(5), message), i, new ArrayList<>());
            } catch (MalformedPacketException refused) {
                assertThat(refused.reason()).isNotNull();
            }
        }
        assertThat(understood).isGreaterThan(500);
        assertThat(node.names()).hasSizeLessThanOrEqualTo(AggregateSettings.DEFAULT.maxNames());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"1", "-1", "0", "1e-12", "1e-8", "123456", "-7e9", "1e300", "-1e300"})
    void aBucketIsWithinTwoPercentOfItsValues(double value) {
        double middle = Histogram.value(Histogram.key(value));
        if (Math.abs(value) < 1e-9) assertThat(middle).isZero();
        else assertThat(middle / value).isBetween(1 - Histogram.ACCURACY, 1 + Histogram.ACCURACY);
    }
}
