package dev.grapevine.state.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DifferenceEstimateTest {
    /** All levels of two samples see any number of differences; the bounds are four deviations of one estimate. */
    @ParameterizedTest(name = "{0} differences")
    @CsvSource({"1, 3", "10, 10", "100, 60", "1000, 600", "100000, 60000"})
    void theNumberOfDifferencesIsSeenInTheSamples(int differences, int bound) {
        SplittableRandom random = new SplittableRandom(differences);
        double sum = 0;
        int runs = 20;
        for (int run = 0; run < runs; run++) {
            // The samples are linear: a difference's own sample is the sum of those of both sets.
            SetSummary none = new SetSummary();
            SampleOnly difference = new SampleOnly();
            for (int i = 0; i < differences; i++) difference.add(random.nextLong());
            DifferenceEstimate estimate = new DifferenceEstimate(0);
            for (int level = 1; level < SetSummary.LEVELS; level++)
                estimate.level(
                        level,
                        SetSummary.CELLS,
                        SetSummary.equalCells(none.level(level), difference.levels[level], SetSummary.CELLS));
            assertThat((double) estimate.differences()).isCloseTo(differences, within((double) bound));
            sum += estimate.differences();
        }
        assertThat(sum / runs).isCloseTo(differences, within(0.2 * differences));
    }

    private static final class SampleOnly {
        final long[] levels = new long[SetSummary.LEVELS];

        void add(long id) {
            SetSummary.sample(id, levels);
        }
    }
}
