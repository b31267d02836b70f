package dev.grapevine.state.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SortedIdsTest {
    @ParameterizedTest(name = "{0} ids by {1} bits")
    @CsvSource({"0, 64", "1, 64", "1, 1", "50, 26", "1000, 64", "1000, 16", "40000, 48"})
    void idsComeBackFromTheirBytesAndNoMoreThanTheBoundIsTaken(int count, int bits) {
        SplittableRandom random = new SplittableRandom(count + bits);
        long[] prefixes =
                SortedIds.prefixes(SortedIds.sorted(random.longs(count).toArray()), bits);
        ByteBuffer bytes = ByteBuffer.allocate(SortedIds.sizeBytes(prefixes, bits));
        SortedIds.write(bytes, prefixes, bits);
        assertThat(bytes.remaining()).isZero();
        SortedIds.Prefixes read = SortedIds.read(bytes.flip(), count);
        assertThat(read.values()).containsExactly(prefixes);
        assertThat(read.bits()).isEqualTo(bits);
        assertThat(bytes.remaining()).isZero();
        if (count >= 50 && prefixes.length == count) {
            double least = bits - Math.log(count) / Math.log(2) + 1.44;
            assertThat(8.0 * bytes.limit() / count).isLessThan(least + 0.7 + 40.0 / count);
        }
        if (prefixes.length > 0)
            assertThatThrownBy(() -> SortedIds.read(bytes.duplicate().position(0), prefixes.length - 1))
                    .isInstanceOf(MalformedPacketException.class);
        for (int cut = 0; cut < Math.min(200, bytes.limit()); cut++) {
            ByteBuffer prefix = ByteBuffer.wrap(Arrays.copyOf(bytes.array(), cut));
            assertThatThrownBy(() -> SortedIds.read(prefix, count)).isInstanceOf(MalformedPacketException.class);
        }
    }

    @Test
    void idsThatCrowdAtTheTopAreWrittenAllTheSame() {
        long[] crowded = {0, -3, -2, -1};
        ByteBuffer bytes = ByteBuffer.allocate(SortedIds.sizeBytes(crowded, 64));
        SortedIds.write(bytes, crowded, 64);
        assertThat(SortedIds.read(bytes.flip(), 4).values()).containsExactly(crowded);
    }

    @Test
    void hostileBytesAreRefusedOrAreSomeList() {
        SplittableRandom random = new SplittableRandom(17);
        int read = 0;
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = new byte[random.nextInt(24)];
            random.nextBytes(bytes);
            if (bytes.length > 3) {
                bytes[0] = (byte) random.nextInt(12);
                bytes[1] = (byte) (random.nextInt(66) | random.nextInt(2) << 7);
                bytes[2] = (byte) random.nextInt(66);
            }
            try {
                SortedIds.Prefixes prefixes = SortedIds.read(ByteBuffer.wrap(bytes), 10);
                for (int k = 1; k < prefixes.values().length; k++)
                    assertThat(Long.compareUnsigned(prefixes.values()[k - 1], prefixes.values()[k]))
                            .isNegative();
                read++;
            } catch (MalformedPacketException refused) {
                assertThat(refused.reason()).isNotNull();
            }
        }
        assertThat(read).isBetween(100, 49_000);
    }
}
