package dev.grapevine.membership;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalHealthTest {
    @Test
    void theScoreStaysWithinItsBoundsAndStretchesTimes() {
        LocalHealth health = new LocalHealth(8);
        health.better();
        assertThat(health.score()).isZero();
        assertThat(health.stretch(1_000)).isEqualTo(1_000);
        health.worse(3);
        assertThat(health.stretch(1_000)).isEqualTo(4_000);
        health.worse(100);
        assertThat(health.stretch(1_000)).isEqualTo(9_000); // the paper's 9 s at S = 8
        health.better();
        assertThat(health.score()).isEqualTo(7);
    }

    @Test
    void beforeAnythingIsMeasuredTheLongestTimeoutHolds() {
        assertThat(new RoundTrip().timeoutNanos(0, 10, 500)).isEqualTo(500);
    }

    // RFC 6298 §2 worked by hand: SRTT 100, RTTVAR 50; then 180 gives RTTVAR 50 + (80-50)/4 = 57, SRTT 110.
    @ParameterizedTest(name = "a member at {0} of bounds {1}..{2}: {3}")
    @CsvSource({"0, 1, 10000, 338", "200, 1, 10000, 428", "0, 400, 10000, 400", "0, 1, 300, 300"})
    void theTimeoutIsSmoothedPlusFourDeviationsWithinItsBounds(long own, long min, long max, long timeout) {
        RoundTrip roundTrip = new RoundTrip();
        roundTrip.measured(100);
        roundTrip.measured(180);
        assertThat(roundTrip.timeoutNanos(own, min, max)).isEqualTo(timeout);
    }

    @Test
    void aMembersOwnRoundTripIsSmoothedInMicrosecondsAndNeverZero() {
        assertThat(RoundTrip.smooth(0, 800_000)).isEqualTo(800);
        assertThat(RoundTrip.smooth(800, 1_600_000)).isEqualTo(900);
        assertThat(RoundTrip.smooth(0, 0)).isEqualTo(1);
        assertThat(RoundTrip.smooth(1, 0)).isEqualTo(1);
        assertThat(RoundTrip.smooth(0, Long.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void itCannotGetWorseByLessThanNothing() {
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> new LocalHealth(8).worse(-1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
