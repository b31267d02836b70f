package dev.grapevine.state.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PinSketchTest {
    /** Short ids of BIP-330 and their sketches, computed with the BIP's reference code. */
    private static final long[] ERLAY = {
        0xCDECC532L, 0xD6FA9376L, 0xAE3E4960L, 0x30375813L, 0x682A266AL, 0xD2539A8FL,
        0x00A38248L, 0x503EB15AL, 0xC90DDA99L, 0xA7192A7FL, 0x8C7645D2L, 0x5C0591AAL
    };

    private static PinSketch sketch(BinaryField field, int capacity, long... elements) {
        PinSketch sketch = new PinSketch(field, capacity);
        for (long element : elements) sketch.toggle(element);
        return sketch;
    }

    private static String hex(PinSketch sketch, int from, int to) {
        ByteBuffer bytes = ByteBuffer.allocate(PinSketch.sizeBytes(sketch.field(), to - from));
        sketch.write(bytes, from, to);
        return HexFormat.of().formatHex(bytes.array());
    }

    private static BinaryField field(int bits) {
        return bits == 32 ? BinaryField.GF32 : bits == 48 ? BinaryField.GF48 : BinaryField.GF64;
    }

    private static long[] randomElements(BinaryField field, int count, SplittableRandom random) {
        return LongStream.generate(() -> random.nextLong() & field.mask())
                .filter(x -> x != 0)
                .distinct()
                .limit(count)
                .toArray();
    }

    @Test
    void sketchesAreTheBytesOfTheErlayVectors() {
        assertThat(hex(sketch(BinaryField.GF32, 4, 2), 0, 4)).isEqualTo("02000000080000002000000080000000");
        assertThat(hex(sketch(BinaryField.GF32, 4, 1, 2), 0, 4)).isEqualTo("03000000090000002100000081000000");
        assertThat(hex(sketch(BinaryField.GF32, 4, 0xFFFF_FFFFL), 0, 4)).isEqualTo("ffffffffa7073533cb4833736d2c92a3");
        PinSketch initiator = sketch(BinaryField.GF32, 8, Arrays.copyOf(ERLAY, 9));
        PinSketch responder = sketch(BinaryField.GF32, 8, Arrays.copyOfRange(ERLAY, 3, 12));
        assertThat(hex(initiator, 0, 8)).isEqualTo("5912f6a6b395ebbb8dffdb2043a752a7c3392b479b93371a3c538b12d83879ab");
        assertThat(hex(responder, 0, 8)).isEqualTo("7af3b4644bf81aa7dd9200c96f3ffde5f43481567910e92932347235501f6300");
        assertThat(hex(responder, 4, 8)).isEqualTo("f43481567910e92932347235501f6300");
    }

    @Test
    void theErlayDifferenceIsReadWithSixSyndromesAndNotWithFour() {
        PinSketch difference = sketch(BinaryField.GF32, 8, Arrays.copyOf(ERLAY, 9));
        difference.add(sketch(BinaryField.GF32, 8, Arrays.copyOfRange(ERLAY, 3, 12)));
        assertThat(difference.cut(4).decode()).isNull();
        for (int capacity : new int[] {6, 8})
            assertThat(difference.cut(capacity).decode())
                    .containsExactlyInAnyOrder(ERLAY[0], ERLAY[1], ERLAY[2], ERLAY[9], ERLAY[10], ERLAY[11]);
    }

    @ParameterizedTest(name = "GF(2^{0}), capacity {1}")
    @CsvSource({"32, 1", "32, 2", "32, 3", "32, 17", "48, 1", "48, 5", "48, 33", "48, 96", "64, 1", "64, 4", "64, 64"})
    void everyDifferenceWithinTheCapacityIsRead(int bits, int capacity) {
        BinaryField field = field(bits);
        SplittableRandom random = new SplittableRandom(31L * bits + capacity);
        for (int size = 0; size <= capacity; size += size < 12 || size > capacity - 4 ? 1 : 7) {
            long[] elements = randomElements(field, size, random);
            assertThat(sketch(field, capacity, elements).decode()).containsExactlyInAnyOrder(elements);
        }
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whatBothHaveIsGoneFromTheSumOfTheirSketches(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long[] all = randomElements(BinaryField.GF48, 300, random);
        PinSketch a = sketch(BinaryField.GF48, 32, Arrays.copyOf(all, 290));
        PinSketch b = sketch(BinaryField.GF48, 32, Arrays.copyOfRange(all, 10, 300));
        a.add(b);
        long[] expected = LongStream.concat(Arrays.stream(all, 0, 10), Arrays.stream(all, 290, 300))
                .toArray();
        assertThat(a.decode()).containsExactlyInAnyOrder(expected);
        assertThat(a.cut(19).decode()).isNull();
        assertThat(a.cut(20).decode()).containsExactlyInAnyOrder(expected);
    }

    @Test
    void tooManyDifferencesAreRecognised() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 100; i++) {
            int excess = 1 + random.nextInt(30);
            assertThat(sketch(BinaryField.GF48, 16, randomElements(BinaryField.GF48, 16 + excess, random))
                            .decode())
                    .isNull();
        }
    }

    @Test
    void elementsThatHaveMuchInCommonAreToldApart() {
        long[] close = LongStream.rangeClosed(1, 40).toArray();
        assertThat(sketch(BinaryField.GF64, 40, close).decode()).containsExactlyInAnyOrder(close);
        long[] high = LongStream.range(0, 40).map(i -> i << 42 | 1L << 47).toArray();
        assertThat(sketch(
                                BinaryField.GF48,
                                40,
                                Arrays.stream(high)
                                        .map(i -> i & BinaryField.GF48.mask())
                                        .distinct()
                                        .toArray())
                        .decode())
                .hasSize((int) Arrays.stream(high)
                        .map(i -> i & BinaryField.GF48.mask())
                        .distinct()
                        .count());
    }

    @Test
    void aSketchIsExtendedByTheFurtherSyndromesAlone() {
        long[] elements = randomElements(BinaryField.GF48, 12, new SplittableRandom(3));
        PinSketch whole = sketch(BinaryField.GF48, 16, elements);
        ByteBuffer further = ByteBuffer.allocate(PinSketch.sizeBytes(BinaryField.GF48, 8));
        whole.write(further, 8, 16);
        PinSketch first = whole.cut(8);
        assertThat(first.decode()).isNull();
        PinSketch extended = first.extendedBy(PinSketch.read(further.flip(), BinaryField.GF48, 8));
        assertThat(extended).isEqualTo(whole);
        assertThat(extended.decode()).containsExactlyInAnyOrder(elements);
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3})
    void hostileSyndromesGiveNothingOrASetWhoseSyndromesTheyAre(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 300; i++) {
            int count = 1 + random.nextInt(12);
            byte[] bytes = new byte[6 * count];
            for (int k = 0; k < bytes.length; k++) bytes[k] = (byte) (random.nextInt(4) == 0 ? random.nextInt() : 0);
            PinSketch hostile = PinSketch.read(ByteBuffer.wrap(bytes), BinaryField.GF48, count);
            long[] decoded = hostile.decode();
            if (decoded != null)
                assertThat(sketch(BinaryField.GF48, count, decoded)).isEqualTo(hostile);
        }
    }

    @Test
    void badBytesAndBadElementsAreRefused() {
        assertThatThrownBy(() -> PinSketch.read(ByteBuffer.allocate(11), BinaryField.GF48, 2))
                .isInstanceOf(MalformedPacketException.class);
        assertThatThrownBy(() -> PinSketch.read(ByteBuffer.allocate(11), BinaryField.GF48, 0))
                .isInstanceOf(MalformedPacketException.class);
        assertThatThrownBy(() -> PinSketch.read(ByteBuffer.allocate(11), BinaryField.GF48, 1 << 30))
                .isInstanceOf(MalformedPacketException.class);
        assertThatThrownBy(() -> new PinSketch(BinaryField.GF48, 4).toggle(0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PinSketch(BinaryField.GF48, 4).toggle(1L << 48))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PinSketch(BinaryField.GF48, 4).add(new PinSketch(BinaryField.GF48, 5)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
