package dev.grapevine.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.state.StateMessage.Mark;
import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StateCodecTest {
    private static final Origin A = new Origin("a", 7, true);
    private static final Origin B = new Origin("b", 9, true);
    private static final Origin FACTS = new Origin("a", 7, false);

    static List<StateMessage> messages() {
        Sibling small = new Sibling(A, 3, 0, Value.of(new byte[] {1, 2}));
        Sibling stamped = new Sibling(B, 5, 1L << 40, Value.of(new byte[0]));
        Sibling large = new Sibling(A, 4, 0, Value.of(new byte[5000]));
        Entry siblings = new Entry(Context.of(A, 3).with(B, 5), List.of(small, stamped));
        Entry one = new Entry(Context.of(A, 4), List.of(large));
        Entry gone = new Entry(Context.of(FACTS, 2), List.of());
        StateKey shared = StateKey.shared("mx", "k");
        StateKey fact = StateKey.fact("a", "role");
        List<Kept> kept = List.of(new Kept(shared, siblings), new Kept(fact, gone));
        Value.Blob blob = new Value.Blob(1, -2);
        return List.of(
                new StateMessage.Summary(-1, 5, 6, List.of(new Mark(1, 2, 0), new Mark(-3, 400, 9))),
                new StateMessage.Rate(1000),
                new StateMessage.Buckets(new int[] {1, -2, 3, 4}),
                new StateMessage.Digests(4, List.of(0, 3), List.of(new Mark(5, 6, 0)), false),
                new StateMessage.Digests(0, List.of(), List.of(new Mark(5, 0, 0)), true),
                new StateMessage.Delta(
                        List.of(
                                new Segment(
                                        A,
                                        2,
                                        4,
                                        9,
                                        List.of(
                                                new Segment.Item(3, shared, siblings),
                                                new Segment.Item(4, shared, one))),
                                new Segment(FACTS, 0, 2, 0, List.of(new Segment.Item(2, fact, gone)))),
                        true),
                new StateMessage.Missed(),
                new StateMessage.Entries(200, true, kept, List.of(shared)),
                new StateMessage.Finish(7, 12, true, new long[] {1, -2}, List.of(fact)),
                new StateMessage.Finished(7, 300, 2, Context.of(A, 3), Context.of(FACTS, 1)),
                new StateMessage.Watch(3, 4, List.of(new Mark(1, 2, 0)), new byte[] {5}, true),
                new StateMessage.Lookup(List.of(shared, fact)),
                new StateMessage.Found(kept),
                new StateMessage.Want(blob, 77),
                new StateMessage.Chunk(blob, 10, 2, new byte[] {1, 2, 3}));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void whatWasWrittenIsReadAndWrittenTheSame(StateMessage message) {
        byte[] bytes = StateCodec.encode(message);
        StateMessage read = StateCodec.decode(ByteBuffer.wrap(bytes));
        assertThat(read.getClass()).isEqualTo(message.getClass());
        assertThat(StateCodec.encode(read)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void badBytesAreRefusedAndNothingElse(StateMessage message) {
        RandomGenerator luck = RandomGeneratorFactory.of("L64X128MixRandom").create(Long.getLong("grapevine.seed", 7));
        byte[] good = StateCodec.encode(message);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bad = good.clone();
            for (int flips = 1 + luck.nextInt(4); flips > 0; flips--)
                bad[luck.nextInt(bad.length)] = (byte) (luck.nextInt(4) == 0 ? 0xFF : luck.nextInt(256));
            int length = luck.nextInt(3) == 0 ? luck.nextInt(bad.length + 1) : bad.length;
            try {
                StateMessage read = StateCodec.decode(ByteBuffer.wrap(bad, 0, length));
                assertThat(StateCodec.encode(read).length).isLessThanOrEqualTo(4 * length + 64);
            } catch (MalformedPacketException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    @ParameterizedTest
    @MethodSource("messages")
    void everyPrefixIsTruncated(StateMessage message) {
        byte[] good = StateCodec.encode(message);
        for (int length = 0; length < good.length; length++) {
            ByteBuffer prefix = ByteBuffer.wrap(good, 0, length);
            try {
                StateCodec.decode(prefix);
            } catch (MalformedPacketException e) {
                continue;
            }
            throw new AssertionError("the first " + length + " bytes of " + message + " were taken for a message");
        }
    }
}
