package dev.grapevine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeadlineHeapTest {
    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theFirstIsAlwaysTheEarliest(long seed) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        DeadlineHeap<Integer> heap = new DeadlineHeap<>();
        List<DeadlineHeap.Alarm<Integer>> alarms = new ArrayList<>();
        long[] model = new long[200];
        for (int i = 0; i < model.length; i++) {
            alarms.add(new DeadlineHeap.Alarm<>(i));
            model[i] = Long.MAX_VALUE;
        }
        for (int step = 0; step < 20_000; step++) {
            int which = random.nextInt(model.length);
            long at = random.nextInt(4) == 0 ? Long.MAX_VALUE : random.nextInt(500);
            if (random.nextInt(8) == 0) {
                heap.remove(alarms.get(which));
                model[which] = Long.MAX_VALUE;
            } else {
                heap.set(alarms.get(which), at);
                model[which] = at;
            }
            long first = Long.MAX_VALUE;
            int set = 0;
            for (long each : model) {
                first = Math.min(first, each);
                if (each != Long.MAX_VALUE) set++;
            }
            assertThat(heap.firstNanos()).isEqualTo(first);
            assertThat(heap.size()).isEqualTo(set);
            Integer due = heap.due(250);
            if (first <= 250) assertThat(model[due]).isEqualTo(first);
            else assertThat(due).isNull();
        }
    }
}
