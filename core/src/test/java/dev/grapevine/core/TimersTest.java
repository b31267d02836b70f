package dev.grapevine.core;

import static org.assertj.core.api.Assertions.assertThat;

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
}
