package dev.grapevine.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AgendaTest {
    private record Entry(long at, int order) {}

    @Test
    void entriesComeOutByTimeAndThenInTheOrderOfAdding() {
        Agenda agenda = new Agenda();
        PriorityQueue<Entry> expected =
                new PriorityQueue<>(Comparator.comparingLong(Entry::at).thenComparingInt(Entry::order));
        SplittableRandom random = new SplittableRandom(1);
        long now = 0;
        for (int i = 0; i < 200_000; i++) {
            if (i < 5_000 || random.nextInt(100) < 50) {
                long at = now + random.nextInt(50);
                agenda.add(at, Agenda.TICK, i, 7, null);
                expected.add(new Entry(at, i));
            } else if (agenda.poll()) {
                Entry first = expected.remove();
                assertThat(agenda.atNanos).isEqualTo(first.at());
                assertThat(agenda.host).isEqualTo(first.order());
                now = agenda.atNanos;
            }
        }
        assertThat(agenda.size()).isEqualTo(expected.size());
    }

    @Test
    void anEmptyAgendaHasNothingDue() {
        Agenda agenda = new Agenda();
        assertThat(agenda.poll()).isFalse();
        assertThat(agenda.nextNanos()).isEqualTo(Long.MAX_VALUE);
    }
}
