package dev.grapevine.sim.array;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeriodOracleTest {
    @ParameterizedTest(name = "{0} nodes, {1}, fanout {2}: {3} periods")
    @CsvSource({
        "100, push, 1, 9.75",
        "100, push, 3, 3.37",
        "100, pull, 1, 7.03",
        "100, push-pull, 1, 4.36",
        "100, push-pull, 3, 1.52",
        "1000, push-pull, 1, 6.25",
        "1000, push-pull, 3, 2.05"
    })
    void meansAgreeWithAnIndependentMonteCarlo(int nodes, String exchange, int fanout, double expected) {
        PeriodOracle oracle =
                PeriodOracle.estimate(nodes, Exchange.of(exchange), fanout, Contacts.ONE_BY_ONE, 1, 1, 1500, 11);
        double tolerance = 4 * oracle.sd() / Math.sqrt(oracle.runs()) + 0.02;
        assertThat(oracle.mean()).isBetween(expected - tolerance, expected + tolerance);
    }

    @Test
    void callingPeersAtOnceIsSlowerThanOneAfterTheOther() {
        PeriodOracle atOnce = PeriodOracle.estimate(100, Exchange.PUSH_PULL, 3, Contacts.AT_ONCE, 1, 1, 500, 3);
        PeriodOracle inTurn = PeriodOracle.estimate(100, Exchange.PUSH_PULL, 3, Contacts.ONE_BY_ONE, 1, 1, 500, 3);
        assertThat(atOnce.mean()).isGreaterThan(inTurn.mean() + 0.3);
    }

    @Test
    void aSingleNodeNeedsNoTime() {
        PeriodOracle oracle = PeriodOracle.estimate(1, Exchange.PUSH, 1, Contacts.AT_ONCE, 1, 1, 2, 1);
        assertThat(oracle.mean()).isZero();
        assertThat(oracle.sd()).isZero();
    }

    @Test
    void theSameSeedGivesTheSameFigures() {
        PeriodOracle first = PeriodOracle.estimate(50, Exchange.PULL, 2, Contacts.AT_ONCE, 0.9, 0.8, 20, 5);
        assertThat(PeriodOracle.estimate(50, Exchange.PULL, 2, Contacts.AT_ONCE, 0.9, 0.8, 20, 5))
                .isEqualTo(first);
        assertThat(PeriodOracle.estimate(50, Exchange.PULL, 2, Contacts.AT_ONCE, 0.9, 0.8, 20, 6))
                .isNotEqualTo(first);
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThatThrownBy(() -> PeriodOracle.estimate(3, Exchange.PUSH, 3, Contacts.AT_ONCE, 1, 1, 2, 1))
                .hasMessageContaining("fanout");
        assertThatThrownBy(() -> PeriodOracle.estimate(3, Exchange.PUSH, 1, Contacts.AT_ONCE, 0, 1, 2, 1))
                .hasMessageContaining("success");
    }
}
