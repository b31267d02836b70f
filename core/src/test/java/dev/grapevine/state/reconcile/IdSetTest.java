package dev.grapevine.state.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdSetTest {
    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3})
    void itIsASortedSetWhateverIsAddedAndRemoved(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        IdSet set = new IdSet();
        TreeSet<Long> model = new TreeSet<>(Long::compareUnsigned);
        for (int i = 0; i < 12_000; i++) {
            // Ids from a few thousand, so that they meet; growing first, then shrinking to nothing.
            long id = random.nextLong(4000) * 0x9E37_79B9_7F4A_7C15L;
            if (random.nextInt(10) < (i < 6000 ? 8 : 2)) assertThat(set.add(id)).isEqualTo(model.add(id));
            else assertThat(set.remove(id)).isEqualTo(model.remove(id));
            assertThat(set.size()).isEqualTo(model.size());
            assertThat(set.contains(id)).isEqualTo(model.contains(id));
        }
        assertThat(set.toArray())
                .containsExactly(model.stream().mapToLong(i -> i).toArray());
        long first = random.nextLong();
        long last = first + (1L << 60);
        if (Long.compareUnsigned(first, last) < 0) {
            long[] expected = model.subSet(first, true, last, true).stream()
                    .mapToLong(i -> i)
                    .toArray();
            assertThat(set.within(first, last, Integer.MAX_VALUE)).containsExactly(expected);
            assertThat(set.within(first, last, 5))
                    .containsExactly(Arrays.copyOf(expected, Math.min(5, expected.length)));
        }
        for (long id : set.toArray()) assertThat(set.remove(id)).isTrue();
        assertThat(set.size()).isZero();
        assertThat(set.digest()).isZero();
        assertThat(set.summary().sketch().isEmpty()).isTrue();
        assertThat(set.within(0, -1, 10)).isEmpty();
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3})
    void theSummaryDependsOnTheIdsAndNotOnTheirHistory(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long[] ids = random.longs(2000).toArray();
        IdSet straight = IdSets.of(ids);
        IdSet detour = new IdSet();
        for (int i = ids.length - 1; i >= 0; i--) {
            detour.add(~ids[i]);
            detour.add(ids[i]);
        }
        for (long id : ids) detour.remove(~id);
        assertThat(detour.digest()).isEqualTo(straight.digest());
        assertThat(detour.summary().sketch()).isEqualTo(straight.summary().sketch());
        for (int level = 0; level < SetSummary.LEVELS; level++)
            assertThat(detour.summary().level(level))
                    .isEqualTo(straight.summary().level(level));
        straight.remove(ids[7]);
        assertThat(detour.digest()).isNotEqualTo(straight.digest());
    }
}
