package dev.grapevine.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class TimersTest {
    private final Timers<String> timers = new Timers<>();

    @Test
    void timersFallDueByDeadlineAndThenInTheOrderOfSetting() {
        timers.set("late", 20);
        timers.set("first", 10);
        timers.set("second", 10);
        assertThat(timers.nextDeadlineNanos()).isEqualTo(10);
        assertThat(timers.pollDue(9)).isNull();
        assertThat(timers.pollDue(10)).isEqualTo("first");
        assertThat(timers.pollDue(10)).isEqualTo("second");
        assertThat(timers.pollDue(10)).isNull();
        assertThat(timers.pollDue(99)).isEqualTo("late");
        assertThat(timers.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void settingATimerAgainMovesItBehindThoseOfTheSameDeadline() {
        timers.set("moved", 10);
        timers.set("other", 20);
        timers.set("moved", 20);
        assertThat(timers.size()).isEqualTo(2);
        assertThat(timers.deadlineNanos("moved")).isEqualTo(20);
        assertThat(timers.pollDue(20)).isEqualTo("other");
        assertThat(timers.pollDue(20)).isEqualTo("moved");
    }

    @Test
    void aCancelledTimerNeverFallsDue() {
        timers.set("gone", 10);
        assertThat(timers.cancel("gone")).isTrue();
        assertThat(timers.cancel("gone")).isFalse();
        assertThat(timers.isSet("gone")).isFalse();
        assertThat(timers.deadlineNanos("gone")).isEqualTo(Long.MAX_VALUE);
        assertThat(timers.pollDue(Long.MAX_VALUE)).isNull();
    }

    /** Against a plain sorted list: thousands of settings, movings, cancellings and polls. */
    @Test
    void anyMixOfCallsKeepsTheOrder() {
        record Entry(int timer, long deadline, long order) {}
        RandomGenerator luck = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
        Timers<Integer> tested = new Timers<>();
        List<Entry> expected = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            int timer = luck.nextInt(50);
            long deadline = luck.nextInt(40);
            if (luck.nextInt(3) > 0) {
                tested.set(timer, deadline);
                expected.removeIf(entry -> entry.timer() == timer);
                expected.add(new Entry(timer, deadline, step));
                expected.sort(Comparator.comparingLong(Entry::deadline).thenComparingLong(Entry::order));
            } else if (luck.nextBoolean()) {
                assertThat(tested.cancel(timer)).isEqualTo(expected.removeIf(entry -> entry.timer() == timer));
            } else {
                boolean due = !expected.isEmpty() && expected.getFirst().deadline() <= deadline;
                assertThat(tested.pollDue(deadline))
                        .isEqualTo(due ? expected.removeFirst().timer() : null);
            }
            assertThat(tested.size()).isEqualTo(expected.size());
            assertThat(tested.nextDeadlineNanos())
                    .isEqualTo(
                            expected.isEmpty()
                                    ? Long.MAX_VALUE
                                    : expected.getFirst().deadline());
        }
    }
}
