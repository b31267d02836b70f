package dev.grapevine.sim.array;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExperimentTest {
    private static Summary run(Epidemic epidemic, int runs, int threads) {
        return new Experiment(epidemic, new Spread.AntiEntropy(), runs, 7, threads).run(Experiment.Progress.NONE);
    }

    @ParameterizedTest
    @EnumSource(Exchange.class)
    void anyNumberOfThreadsGivesTheSameHash(Exchange exchange) {
        for (Epidemic epidemic : new Epidemic[] {
            Epidemic.of(1 << 20, exchange, 1),
            Epidemic.of(1 << 20, exchange, 2).with(Link.losing(0.1)),
            Epidemic.of(3000, exchange, 1).with(Clock.POISSON)
        }) {
            long hash = run(epidemic, 3, 1).hash();
            assertThat(run(epidemic, 3, 2).hash()).isEqualTo(hash);
            assertThat(run(epidemic, 3, 5).hash()).isEqualTo(hash);
        }
    }

    /** Recorded once; another value on any JVM means that runs can no longer be had again from their seed. */
    @Test
    void theHashIsTheSameOnEveryJvm() {
        assertThat(run(Epidemic.of(1 << 20, Exchange.PUSH_PULL, 1).with(Link.losing(0.05)), 2, 2)
                        .hash())
                .isEqualTo(GOLDEN_BLOCKS);
        assertThat(run(Epidemic.of(1000, Exchange.PUSH_PULL, 3).with(Clock.POISSON), 20, 2)
                        .hash())
                .isEqualTo(GOLDEN_POISSON);
    }

    private static final long GOLDEN_BLOCKS = -7620698158578416808L;
    private static final long GOLDEN_POISSON = -3816209785013266977L;

    @ParameterizedTest(name = "{0}, fanout {1}, loss {2}")
    @CsvSource({"push-pull, 1, 0", "push-pull, 2, 0.2", "pull, 3, 0.1", "push, 3, 0.3"})
    void drawingByNumberDrawingByBlockAndContactByContactAgree(String exchange, int fanout, double loss) {
        Epidemic epidemic = Epidemic.of(1 << 19, Exchange.of(exchange), fanout).with(Link.losing(loss));
        int runs = 6;
        double[][] figures = new double[3][2];
        double[] squares = new double[3];
        try (Workers workers = new Workers(2)) {
            for (int run = 0; run < runs; run++) {
                Outcome[] ways = {
                    BlockRounds.run(epidemic, 1, run, workers, 1.0 / 8, Experiment.Progress.NONE),
                    BlockRounds.run(epidemic, 2, run, workers, 0, Experiment.Progress.NONE),
                    DirectRounds.run(epidemic, 3, run)
                };
                for (int way = 0; way < ways.length; way++) {
                    Outcome outcome = ways[way];
                    figures[way][0] += outcome.meanReception() / runs;
                    figures[way][1] += outcome.checkedPayloads() / (double) epidemic.nodes() / runs;
                    squares[way] += outcome.meanReception() * outcome.meanReception() / runs;
                }
            }
        }
        double sd = Math.sqrt(Math.max(1e-4, squares[2] - figures[2][0] * figures[2][0]));
        for (int way = 0; way < 2; way++) {
            assertThat(figures[way][0]).isCloseTo(figures[2][0], within(4 * sd * Math.sqrt(2.0 / runs)));
            assertThat(figures[way][1]).isCloseTo(figures[2][1], within(0.05 * figures[2][1]));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 63, 64, 65, 127})
    void tinyClustersAreFullyInformedOnEveryClock(int nodes) {
        for (Clock clock : Clock.values()) {
            for (Exchange exchange : Exchange.values()) {
                Summary summary = run(Epidemic.of(nodes, exchange, 1).with(clock), 5, 1);
                assertThat(summary.residue().mean()).isZero();
                assertThat(summary.curve()[summary.curve().length - 1]).isCloseTo(1, within(1e-12));
                if (nodes == 1) assertThat(summary.rounds().mean()).isZero();
                else assertThat(summary.rounds().mean()).isPositive();
            }
        }
    }

    @Test
    void allPeersAtOnceInformEverybodyInOneRound() {
        Summary summary = run(Epidemic.of(200, Exchange.PUSH, 199), 3, 1);
        assertThat(summary.rounds().mean()).isEqualTo(1);
        assertThat(summary.rounds().sd()).isZero();
    }

    @Test
    void crashedNodesSlowTheSurvivorsDownAndAreNeverInformed() {
        Epidemic all = Epidemic.of(1 << 19, Exchange.PUSH_PULL, 1);
        Summary healthy = run(all, 4, 2);
        Summary halved = run(all.withLive(1 << 18), 4, 2);
        assertThat(halved.residue().mean()).isZero();
        assertThat(halved.rounds().mean()).isGreaterThan(healthy.rounds().mean() + 3);
        assertThat(halved.roundsOfRuns()).hasSize(4);
    }

    @ParameterizedTest(name = "degree {0}, {1} crashed")
    @CsvSource({"3, 0", "5, 0.5", "8, 0.9"})
    void aFloodReachesWithinItsComponentOnly(int degree, double crashed) {
        int live = (int) (2000 * (1 - crashed));
        Epidemic epidemic = Epidemic.of(2000, Exchange.PUSH, 1).withLive(live);
        Summary summary = new Experiment(epidemic, new Spread.Flooding(degree), 10, 1, 2).run(Experiment.Progress.NONE);
        if (crashed == 0) assertThat(summary.residue().mean()).isZero();
        if (crashed == 0.9) assertThat(summary.residue().mean()).isGreaterThan(0.8);
    }

    @Test
    void whatDoesNotFitTogetherIsRefused() {
        Epidemic push = Epidemic.of(1001, Exchange.PUSH, 1);
        assertThatThrownBy(() -> new Experiment(push, new Spread.Flooding(5), 1, 1, 1))
                .hasMessageContaining("graph");
        assertThatThrownBy(() -> new Experiment(push.with(Clock.POISSON), new Spread.InfectAndDie(), 1, 1, 1))
                .hasMessageContaining("clock");
        assertThatThrownBy(() -> Epidemic.of(0, Exchange.PUSH, 1)).hasMessageContaining("nodes");
        assertThatThrownBy(() -> Epidemic.of(10, Exchange.PUSH, 10)).hasMessageContaining("fanout");
        assertThatThrownBy(() -> Link.losing(1)).hasMessageContaining("loss");
        assertThatThrownBy(() -> Rumor.of("feedback-dice:2")).hasMessageContaining("feedback-dice");
        assertThatThrownBy(() -> Rumor.of("blind-coin")).hasMessageContaining("k");
    }
}
