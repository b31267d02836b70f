package dev.grapevine.membership;

import static dev.grapevine.membership.Members.member;
import static dev.grapevine.membership.Members.random;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeOrderTest {
    private final Entry self = new Entry(member(0), Members.NOW);
    private final ProbeOrder order = new ProbeOrder();

    private List<Entry> fill(int count, RandomGenerator random) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            entries.add(new Entry(member(i), Members.NOW));
            order.add(entries.getLast(), random);
        }
        return entries;
    }

    @Test
    void nobodyToProbeIsNull() {
        assertThat(order.next(self, random(1))).isNull();
        order.add(self, random(1));
        assertThat(order.next(self, random(1))).isNull();
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void everyRoundProbesEachMemberOnceSoNobodyWaitsMoreThanTwoRoundsLessOne(long seed) {
        RandomGenerator random = random(seed);
        int n = 20;
        List<Entry> entries = fill(n, random);
        int[] last = new int[n + 1];
        int worst = 0;
        for (int round = 0; round < 200; round++) {
            Set<Entry> asked = new HashSet<>();
            for (int i = 0; i < n; i++) {
                Entry entry = order.next(self, random);
                asked.add(entry);
                int id = entries.indexOf(entry);
                int period = round * n + i + 1;
                worst = Math.max(worst, period - last[id]);
                last[id] = period;
            }
            assertThat(asked).hasSize(n);
        }
        // Theory §2.1: at most 2n-1 periods, and in so many rounds the worst case does come near.
        assertThat(worst).isBetween(n + n / 2, 2 * n - 1);
    }

    @Test
    void theDeadAreLeftOutAndTheReturnedComeBack() {
        RandomGenerator random = random(9);
        List<Entry> entries = fill(6, random);
        for (int i = 0; i < 3; i++) entries.get(i).member = member(i + 1, 1000, 0, Status.FAILED);
        entries.get(3).member = member(4, 1000, 0, Status.SUSPECT);
        Set<Entry> asked = new HashSet<>();
        for (int i = 0; i < 30; i++) asked.add(order.next(self, random));
        assertThat(asked).containsExactlyInAnyOrder(entries.get(3), entries.get(4), entries.get(5));
        entries.get(0).member = member(1, 1000, 1, Status.ALIVE);
        order.add(entries.get(0), random);
        order.add(entries.get(0), random); // twice is once
        List<Entry> round = new ArrayList<>();
        for (int i = 0; i < 40; i++) round.add(order.next(self, random));
        assertThat(round.stream().filter(e -> e == entries.get(0)).count()).isBetween(9L, 11L);
    }

    @Test
    void aNewcomersPlaceInTheRoundIsUniform() {
        int[] places = new int[8];
        RandomGenerator random = random(11);
        for (int run = 0; run < 8_000; run++) {
            ProbeOrder fresh = new ProbeOrder();
            Entry newcomer = new Entry(member(100), Members.NOW);
            for (int i = 1; i < 8; i++) fresh.add(new Entry(member(i), Members.NOW), random);
            fresh.add(newcomer, random);
            for (int i = 0; i < 8; i++) if (fresh.next(self, random) == newcomer) places[i]++;
        }
        // 1000 expected, sd 30: within five of them.
        for (int hits : places) assertThat(hits).isBetween(850, 1150);
    }
}
