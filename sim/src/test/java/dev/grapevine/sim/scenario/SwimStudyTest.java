package dev.grapevine.sim.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class SwimStudyTest {
    @Test
    void realNodesProbeACrashedMemberAfterSwimsPeriodsAndSendAPingAndAnAckEach() {
        List<SwimStudy.Figure> figures = SwimStudy.run(10, 200, 5, () -> false);
        assertThat(figures).hasSize(3).allMatch(figure -> figure.deviation() <= 4);
        assertThat(figures.getFirst().reference()).isCloseTo(1.5301, within(0.00005)); // theory, finite n
        assertThat(figures.getFirst().sd()).isBetween(0.5, 1.2);
    }

    @Test
    void aWrongFigureWouldBeNoticed() {
        SwimStudy.Figure figure = new SwimStudy.Figure("periods", 10, 2, 2, 0, 1.48, 0.8, 200);
        assertThat(figure.deviation()).isGreaterThan(4);
    }

    @Test
    void aSweepCanBeStopped() {
        assertThat(LifeguardSweep.run(LifeguardSweep.Variant.OURS, 2, 1, 1, () -> true)
                        .runs())
                .isZero();
        assertThat(SwimStudy.run(10, 5, 1, () -> true)).isEmpty();
    }
}
