package dev.grapevine.state.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RatelessTest {
    private static int symbolsNeeded(IdSets sets, long salt, int first, int step) {
        RatelessEncoder theirs = new RatelessEncoder(sets.theirs(), SipKey.of(salt));
        RatelessDecoder decoder = new RatelessDecoder(sets.ours(), SipKey.of(salt));
        decoder.add(theirs.next(first));
        while (!decoder.isComplete()) decoder.add(theirs.next(step));
        assertThat(decoder.theirs()).containsExactlyInAnyOrder(sets.onlyTheirs());
        assertThat(decoder.ours()).containsExactlyInAnyOrder(sets.onlyOurs());
        return decoder.received();
    }

    /** The mean of an independent simulation of the SIGCOMM 2024 scheme, and the deviation of one of its runs. */
    @ParameterizedTest(name = "{0} differences: {1} symbols each")
    @CsvSource({
        "1, 1.000, 0, 200",
        "2, 1.63, 1.0, 2000",
        "4, 1.76, .79, 2000",
        "8, 1.74, .57, 1500",
        "16, 1.67, .34, 1000",
        "32, 1.57, .22, 600",
        "64, 1.49, .13, 300",
        "128, 1.44, .10, 150",
        "256, 1.40, .06, 80",
        "1024, 1.38, .03, 20",
        "4096, 1.362, .014, 8",
        "16384, 1.353, .006, 3"
    })
    void symbolsPerDifferenceAreThePublishedOnes(int differences, double expected, double deviation, int runs) {
        SplittableRandom random = new SplittableRandom(differences);
        long symbols = 0;
        int first = differences < 1000 ? 1 : differences * 6 / 5;
        int step = Math.max(1, differences / 512);
        for (int run = 0; run < runs; run++) {
            IdSets sets = IdSets.differing(3, differences / 2, differences - differences / 2, random);
            symbols += symbolsNeeded(sets, random.nextLong(), first, step);
        }
        double mean = (double) symbols / runs / differences;
        double rounding = expected == Math.rint(expected * 100) / 100 ? 0.005 : 0.0005;
        double stepBias = step > 1 ? 1.0 * step / differences : 0;
        assertThat(mean).isCloseTo(expected, within(4 * deviation / Math.sqrt(runs) + rounding + stepBias));
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void oneSidedAndLopsidedDifferencesAreReadWhateverTheSizes(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        symbolsNeeded(IdSets.differing(2000, 0, 1 + random.nextInt(60), random), seed, 16, 16);
        symbolsNeeded(IdSets.differing(2000, 1 + random.nextInt(60), 0, random), seed, 16, 16);
        symbolsNeeded(IdSets.differing(0, 300, 1, random), seed, 16, 16);
        symbolsNeeded(IdSets.differing(5, 0, 0, random), seed, 16, 16);
        symbolsNeeded(IdSets.differing(0, 0, 0, random), seed, 1, 1);
    }

    @Test
    void symbolsComeBackFromTheirBytesAndEveryPrefixIsMalformed() {
        SplittableRandom random = new SplittableRandom(11);
        IdSets sets = IdSets.differing(0, 5000, 0, random);
        RatelessEncoder encoder = new RatelessEncoder(sets.ours(), SipKey.of(5));
        encoder.next(3);
        CodedSymbols symbols = encoder.next(20);
        ByteBuffer bytes = ByteBuffer.allocate(symbols.sizeBytes(5000));
        symbols.write(bytes, 5000);
        assertThat(bytes.remaining()).isZero();
        assertThat(bytes.position()).isLessThan(20 * 15); // the counts take a byte or two each, although above 128
        CodedSymbols read = CodedSymbols.read(bytes.flip(), 3, 20, 5000);
        assertThat(read.sums).isEqualTo(symbols.sums);
        assertThat(read.checks).isEqualTo(symbols.checks);
        assertThat(read.counts).isEqualTo(symbols.counts);
        for (int cut = 0; cut < bytes.limit(); cut++) {
            ByteBuffer prefix = bytes.duplicate().position(0).limit(cut);
            assertThatThrownBy(() -> CodedSymbols.read(prefix, 3, 20, 5000))
                    .isInstanceOf(MalformedPacketException.class);
        }
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3})
    void hostileSymbolsCostNoMoreThanHonestOnesAndEnd(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        IdSets sets = IdSets.differing(0, 200, 0, random);
        SipKey key = SipKey.of(seed); // the peer knows the key of the exchange
        RatelessDecoder decoder = new RatelessDecoder(sets.ours(), key);
        for (int batch = 0; batch < 50 && !decoder.isHopeless(); batch++) {
            CodedSymbols symbols = new CodedSymbols(decoder.received(), 20);
            for (int i = 0; i < 20; i++) {
                symbols.sums[i] = random.nextLong();
                symbols.checks[i] =
                        random.nextBoolean() ? RatelessEncoder.check(key.hash(symbols.sums[i])) : random.nextInt();
                symbols.counts[i] = random.nextInt(3);
            }
            decoder.add(symbols);
            assertThat(decoder.theirs().length + decoder.ours().length).isLessThanOrEqualTo(decoder.received());
        }
        assertThat(decoder.isComplete()).isFalse();
    }
}
