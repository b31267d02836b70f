package dev.grapevine.state.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RangeReconcilerTest {
    private static final SipKey KEY = SipKey.of(1);

    private record Exchange(long bytes, int messages) {}

    private static RangeMessage carried(RangeMessage message) {
        ByteBuffer buffer = ByteBuffer.allocate(message.sizeBytes());
        message.encode(buffer);
        assertThat(buffer.hasRemaining()).isFalse();
        return RangeMessage.read(buffer.flip());
    }

    private static Exchange exchange(IdSets sets) {
        RangeReconciler[] sides = {
            new RangeReconciler(SortedIds.sorted(sets.ours()), KEY),
            new RangeReconciler(SortedIds.sorted(sets.theirs()), KEY)
        };
        long[][] onlyOurs = {sets.onlyOurs(), sets.onlyTheirs()};
        LongStream[] found = {LongStream.empty(), LongStream.empty()};
        RangeMessage message = sides[0].begin();
        long bytes = 0;
        int messages = 0;
        for (int turn = 1; message != null; turn = 1 - turn) {
            bytes += message.sizeBytes();
            messages++;
            RangeReconciler.Step step = sides[turn].handle(carried(message));
            found[turn] = LongStream.concat(found[turn], Arrays.stream(step.give()));
            found[1 - turn] = LongStream.concat(found[1 - turn], Arrays.stream(step.want()));
            message = step.reply();
        }
        for (int side = 0; side < 2; side++)
            assertThat(found[side].toArray()).containsExactlyInAnyOrder(onlyOurs[side]);
        return new Exchange(bytes, messages);
    }

    @ParameterizedTest(name = "{1} and {2} differ beside {0}")
    @CsvSource({
        "0, 0, 0",
        "0, 1, 0",
        "0, 0, 1",
        "10, 0, 0",
        "10, 3, 3",
        "5000, 1, 0",
        "5000, 0, 1",
        "5000, 50, 60",
        "0, 800, 900",
        "3, 2000, 0"
    })
    void everyDifferenceIsFoundByEitherSide(int common, int ours, int theirs) {
        for (int seed = 0; seed < 10; seed++)
            exchange(IdSets.differing(common, ours, theirs, new SplittableRandom(seed)));
    }

    /** Published for ranges cut in 16, fingerprints of 16 bytes and bounds of 5: 1797 bytes and 7 messages, 950 each at 100. */
    @ParameterizedTest(name = "{0} differences in a million")
    @CsvSource({"1, 1797, 7", "100, 950, 8"})
    void oneDifferenceInAMillionTakesAboutWhatWasPublished(int differences, int publishedBytes, int messages) {
        Exchange exchange = exchange(
                IdSets.differing(1_000_000, differences / 2, differences - differences / 2, new SplittableRandom(5)));
        // Fingerprints of 8 bytes and bounds of 3 and a length: three fifths.
        assertThat((double) exchange.bytes() / differences).isBetween(publishedBytes * 0.3, publishedBytes * 0.8);
        assertThat(exchange.messages()).isBetween(5, messages);
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3})
    void mangledBytesAreRefusedOrAnsweredWithoutHarm(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        RangeReconciler node =
                new RangeReconciler(SortedIds.sorted(random.longs(2000).toArray()), KEY);
        RangeMessage first =
                new RangeReconciler(SortedIds.sorted(random.longs(1000).toArray()), KEY).begin();
        RangeMessage second = node.handle(first).reply();
        ByteBuffer bytes = ByteBuffer.allocate(second.sizeBytes());
        second.encode(bytes);
        int understood = 0;
        for (int i = 0; i < 5000; i++) {
            byte[] mangled = Arrays.copyOf(bytes.array(), random.nextInt(bytes.capacity() + 1));
            for (int flips = random.nextInt(3); flips > 0 && mangled.length > 0; flips--)
                mangled[random.nextInt(mangled.length)] = (byte) random.nextInt();
            try {
                node.handle(RangeMessage.read(ByteBuffer.wrap(mangled)));
                understood++;
            } catch (MalformedPacketException refused) {
                assertThat(refused.reason()).isNotNull();
            }
        }
        assertThat(understood).isPositive();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"1000000000000000000000", "30", "19", "1180", "11801180", "0180017f"})
    void badRangesAreRefused(String hex) {
        byte[] bytes = java.util.HexFormat.of().parseHex(hex);
        assertThatThrownBy(() -> RangeMessage.read(ByteBuffer.wrap(bytes)))
                .isInstanceOf(MalformedPacketException.class);
    }
}
