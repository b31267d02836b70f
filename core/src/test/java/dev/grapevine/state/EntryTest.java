package dev.grapevine.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The laws of merging, on entries as nodes can really come to have them; every collection is made of entries. */
class EntryTest {
    private static final List<Origin> ORIGINS =
            List.of(new Origin("a", 1, true), new Origin("b", 1, true), new Origin("c", 1, true));

    static LongStream seeds() {
        Long one = Long.getLong("grapevine.seed");
        return one == null ? LongStream.range(0, 500) : LongStream.of(one);
    }

    private static RandomGenerator luck(long seed) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    private static Entry merge(Entry a, Entry b) {
        return a.merge(b, Entry.Seen.NOTHING);
    }

    /** Three nodes write, remove with what they or others read, and tell each other; all their states on the way. */
    private static List<Entry> history(long seed) {
        RandomGenerator luck = luck(seed);
        Entry[] nodes = {Entry.ABSENT, Entry.ABSENT, Entry.ABSENT};
        long[] versions = new long[3];
        List<Entry> states = new ArrayList<>();
        states.add(Entry.ABSENT);
        for (int step = 0; step < 15; step++) {
            int node = luck.nextInt(3);
            Context seen = luck.nextBoolean()
                    ? nodes[node].context()
                    : states.get(luck.nextInt(states.size())).context();
            nodes[node] = switch (luck.nextInt(4)) {
                case 0 -> nodes[node].removed(seen, ORIGINS.get(node), ++versions[node]);
                case 1 -> merge(nodes[node], nodes[luck.nextInt(3)]);
                default ->
                    nodes[node].written(
                            seen,
                            new Sibling(
                                    ORIGINS.get(node), ++versions[node], luck.nextInt(9), Value.of(new byte[] {1})));
            };
            states.add(nodes[node]);
        }
        return states;
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @MethodSource("seeds")
    void mergingIsCommutativeAssociativeIdempotentAndMonotone(long seed) {
        List<Entry> states = history(seed);
        RandomGenerator luck = luck(~seed);
        for (int i = 0; i < 20; i++) {
            Entry a = states.get(luck.nextInt(states.size()));
            Entry b = states.get(luck.nextInt(states.size()));
            Entry c = states.get(luck.nextInt(states.size()));
            assertThat(merge(a, b)).isEqualTo(merge(b, a));
            assertThat(merge(merge(a, b), c)).isEqualTo(merge(a, merge(b, c)));
            assertThat(merge(a, a)).isEqualTo(a);
            Entry joined = merge(a, b);
            assertThat(merge(joined, a)).isEqualTo(joined); // nothing that a knew is forgotten
            assertThat(joined.context()).isEqualTo(a.context().join(b.context()));
        }
    }

    @Test
    void concurrentWritesAreSiblingsUntilAWriteThatSawThem() {
        Entry a = Entry.ABSENT.written(Context.EMPTY, new Sibling(ORIGINS.get(0), 1, 0, Value.of(new byte[] {1})));
        Entry b = Entry.ABSENT.written(Context.EMPTY, new Sibling(ORIGINS.get(1), 1, 0, Value.of(new byte[] {2})));
        Entry both = merge(a, b);
        assertThat(both.siblings()).hasSize(2);
        Entry replaced = both.written(b.context(), new Sibling(ORIGINS.get(2), 1, 0, Value.of(new byte[] {3})));
        assertThat(replaced.siblings()).extracting(Sibling::origin).containsExactly(ORIGINS.get(0), ORIGINS.get(2));
        assertThat(merge(replaced, both)).isEqualTo(replaced);
    }

    @Test
    void aWriteThatARemovalDidNotSeeSurvivesIt() {
        Entry a = Entry.ABSENT.written(Context.EMPTY, new Sibling(ORIGINS.get(0), 1, 0, Value.of(new byte[] {1})));
        Entry removed = a.removed(a.context(), ORIGINS.get(1), 1);
        Entry rewritten = a.written(a.context(), new Sibling(ORIGINS.get(2), 1, 0, Value.of(new byte[] {2})));
        assertThat(merge(removed, a).isTombstone()).isTrue();
        assertThat(merge(removed, rewritten).siblings()).hasSize(1);
    }

    @Test
    void theLargestHybridTimeIsTheLatest() {
        HybridClock slow = new HybridClock(60_000);
        HybridClock fast = new HybridClock(60_000);
        slow.wallClock(1_000_000);
        fast.wallClock(1_030_000);
        long first = fast.next();
        slow.saw(first);
        assertThat(slow.next()).isGreaterThan(first);
        fast.wallClock(9_000_000);
        long absurd = fast.next();
        slow.saw(absurd);
        assertThat(slow.next()).isLessThan(absurd);
    }
}
