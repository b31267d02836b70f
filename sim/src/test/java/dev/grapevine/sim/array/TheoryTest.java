package dev.grapevine.sim.array;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TheoryTest {
    private static final Verification.Listener SILENT = (check, done, total) -> {};

    @Test
    void everyFigureForSmallClustersIsMatchedWithinFourStandardErrors() {
        var checks = Verification.run(Verification.Extent.QUICK, 1, 2, SILENT);
        assertThat(checks).hasSizeGreaterThan(130).allMatch(Verification.Check::passed);
    }

    @Test
    void aWrongFigureIsNoticed() {
        Epidemic epidemic = Epidemic.of(1000, Exchange.PUSH, 1);
        Summary summary = new Experiment(epidemic, new Spread.AntiEntropy(), 400, 1, 1).run(Experiment.Progress.NONE);
        Theory.Reference wrong = new Theory.Reference(
                "1.3",
                epidemic,
                new Spread.AntiEntropy(),
                Theory.Measure.ROUNDS,
                18.4,
                1.32,
                0,
                0.00005,
                Double.NaN,
                "");
        assertThat(Verification.check(wrong, summary).passed()).isFalse();
    }

    @Test
    void aFigureThatCannotBeComparedSaysWhyAndIsComparedWithWhatItsRuleGives() {
        var labelled =
                Theory.references().stream().filter(Theory.Reference::labelled).toList();
        assertThat(labelled).isNotEmpty().allMatch(r -> r.expected() != r.value());
        assertThat(Theory.references().stream().filter(r -> !r.labelled())).allMatch(r -> r.expected() == r.value());
    }

    @Test
    void referencesAreFoundByExperiment() {
        assertThat(Theory.about(Epidemic.of(1_000_000, Exchange.PUSH_PULL, 1), new Spread.AntiEntropy()))
                .extracting(Theory.Reference::value)
                .contains(16.31, 12.7, 7.2);
    }
}
