package dev.grapevine.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuspicionTest {
    private static final long MIN = 2_000_000_000L;
    private static final long MAX = 30_000_000_000L;

    @ParameterizedTest(name = "{0} of 3 confirmations: {1} ms")
    @CsvSource({"0, 30000", "1, 16000", "2, 7810", "3, 2000", "9, 2000"})
    void suspicionShrinksWithConfirmations(int confirmations, long expectedMillis) {
        assertThat(Suspicion.timeoutNanos(confirmations, 3, MIN, MAX) / 1_000_000)
                .isEqualTo(expectedMillis);
    }

    @Test
    void withNobodyToConfirmTheLeastTimeHolds() {
        assertThat(Suspicion.timeoutNanos(0, 0, MIN, MAX)).isEqualTo(MIN);
    }

    @Test
    void anArgumentOutOfRangeIsRefused() {
        assertThatThrownBy(() -> Suspicion.timeoutNanos(-1, 3, MIN, MAX)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Suspicion.timeoutNanos(0, -1, MIN, MAX)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Suspicion.timeoutNanos(0, 3, 0, MAX)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Suspicion.timeoutNanos(0, 3, MAX, MIN)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anAccuserCountsOnceAndNoMoreCountThanAreExpected() {
        Suspicion suspicion = new Suspicion("a", 0, List.of());
        assertThat(suspicion.confirm("a", 2)).isFalse();
        assertThat(suspicion.confirm("b", 2)).isTrue();
        assertThat(suspicion.confirm("b", 2)).isFalse();
        assertThat(suspicion.confirm("c", 2)).isTrue();
        assertThat(suspicion.confirm("d", 2)).isFalse();
        assertThat(suspicion.accuser()).isEqualTo("a");
        assertThat(suspicion.confirmers()).containsExactly("b", "c");
        assertThat(suspicion.deadlineNanos(2, MIN, MAX)).isEqualTo(MIN);
    }

    @Test
    void moreProbesThanAVerdictTellsAreNotKeptNotEvenTheFirstOnes() {
        List<Observation> many = java.util.stream.LongStream.range(0, 18)
                .mapToObj(i -> new Observation("a", Path.DATAGRAM, "", Outcome.TIMEOUT, i, 1))
                .toList();
        Suspicion suspicion = new Suspicion("a", 0, many);
        assertThat(suspicion.observations()).isEqualTo(many.subList(12, 18));
        suspicion.observed(many.subList(0, 1));
        assertThat(suspicion.observations()).hasSize(Message.Verdict.MAX_PROBES).endsWith(many.getFirst());
    }
}
