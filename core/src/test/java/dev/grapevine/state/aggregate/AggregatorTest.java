package dev.grapevine.state.aggregate;

import static dev.grapevine.state.aggregate.AggregateCluster.NAME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.grapevine.state.aggregate.Aggregator.Effect;
import dev.grapevine.state.aggregate.Aggregator.Input;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AggregatorTest {
    private static final long SECOND = 1_000_000_000L;
    private static final AggregateSettings SETTINGS = AggregateSettings.DEFAULT;
    private static final long EPOCH = SETTINGS.cycleNanos() * SETTINGS.cyclesPerEpoch();

    private static double[] values(AggregateCluster cluster, int count) {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = Math.exp(3 * cluster.random.nextDouble());
            cluster.add(values[i]);
        }
        cluster.meet();
        return values;
    }

    private static void areRight(AggregateCluster cluster, double[] values, double relative) {
        double sum = Arrays.stream(values).sum();
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = values.length;
        assertThat(cluster.results).hasSize(cluster.nodes.size());
        for (AggregateResult result : cluster.results.values()) {
            assertThat(result.nodes()).isCloseTo(n, within(n * relative));
            assertThat(result.count()).isCloseTo(n, within(n * relative));
            assertThat(result.sum()).isCloseTo(sum, within(sum * relative));
            assertThat(result.mean()).isCloseTo(sum / n, within(sum / n * relative));
            assertThat(result.min()).isEqualTo(sorted[0]);
            assertThat(result.max()).isEqualTo(sorted[n - 1]);
            for (double share : new double[] {0.1, 0.5, 0.9, 0.99}) {
                double low = sorted[Math.max(0, (int) Math.ceil((share - 0.01) * n) - 1)];
                double high = sorted[Math.min(n - 1, (int) Math.ceil((share + 0.01) * n) - 1)];
                assertThat(result.spread().quantile(share)).isBetween(low * 0.98, high * 1.021);
            }
        }
    }

    @ParameterizedTest(name = "{0} nodes, loss {1}")
    @CsvSource({"1, 0", "2, 0.3", "3, 0", "50, 0", "200, 0.1", "200, 0.2"})
    void everyNodeKnowsCountSumMeanExtremesAndQuantilesAtTheEndOfAnEpoch(int nodes, double loss) {
        AggregateCluster cluster = new AggregateCluster(SETTINGS, loss, SECOND / 500, nodes);
        double[] values = values(cluster, nodes);
        cluster.runUntil(EPOCH + 2 * SECOND);
        areRight(cluster, values, 2e-3);
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3})
    void whatIsLostInOneEpochIsRestoredInTheNext(long seed) {
        AggregateCluster cluster = new AggregateCluster(SETTINGS, 0.05, SECOND / 500, seed);
        double[] values = values(cluster, 100);
        cluster.runUntil(SECOND * 4);
        double[] left = Arrays.copyOfRange(values, 30, 130);
        for (int i = 0; i < 30; i++) {
            cluster.crash(i);
            left[70 + i] = Math.exp(cluster.random.nextDouble());
            cluster.add(left[70 + i]);
        }
        cluster.meet();
        cluster.runUntil(2 * EPOCH + 2 * SECOND);
        areRight(cluster, left, 2e-3);
    }

    @Test
    void aValueThatChangesCountsFromTheNextEpochOn() {
        AggregateCluster cluster = new AggregateCluster(SETTINGS, 0, SECOND / 1000, 9);
        double[] values = values(cluster, 20);
        cluster.runUntil(SECOND);
        for (int i = 0; i < 20; i++) cluster.give(i, new Input.Contribute<>(NAME, values[i] += 100));
        cluster.give(7, new Input.Withdraw<>(NAME));
        cluster.runUntil(2 * EPOCH + 2 * SECOND);
        double sum = Arrays.stream(values).sum() - values[7];
        for (AggregateResult result : cluster.results.values()) {
            assertThat(result.count()).isCloseTo(19, within(0.01));
            assertThat(result.nodes()).isCloseTo(20, within(0.01));
            assertThat(result.sum()).isCloseTo(sum, within(0.01 * sum));
        }
    }

    @Test
    void nodesWithoutAValueTakePart() {
        AggregateCluster cluster = new AggregateCluster(SETTINGS, 0, SECOND / 1000, 10);
        values(cluster, 40);
        int idle = 40;
        cluster.nodes.put(idle, new Aggregator<>(SETTINGS, cluster.random.split()));
        cluster.meet();
        cluster.runUntil(EPOCH + 2 * SECOND);
        AggregateResult result = cluster.nodes.get(idle).completed(NAME);
        assertThat(result).isNotNull();
        assertThat(result.nodes()).isCloseTo(41, within(0.05));
        assertThat(result.count()).isCloseTo(40, within(0.05));
    }

    @Test
    void anOfferThatComesAgainMovesNothing() {
        Aggregator<String> a = new Aggregator<>(SETTINGS, new SplittableRandom(1));
        Aggregator<String> b = new Aggregator<>(SETTINGS, new SplittableRandom(2));
        List<Effect<String>> effects = new ArrayList<>();
        a.handle(new Input.Peers<>(List.of("b")), 0, effects);
        a.handle(new Input.Contribute<>(NAME, 10), 0, effects);
        b.handle(new Input.Contribute<>(NAME, 20), 0, effects);
        a.handle(new Input.Tick<>(), a.nextDeadlineNanos(), effects);
        AggregateMessage offer = ((Effect.Send<String>) effects.getFirst()).message();
        effects.clear();
        b.handle(new Input.Received<>("a", offer), SECOND, effects);
        b.handle(new Input.Received<>("a", offer), SECOND, effects);
        assertThat(effects).hasSize(2);
        assertThat(effects.get(0)).isEqualTo(effects.get(1));
        assertThat(b.mass(NAME).sum()).isEqualTo(15);
        AggregateMessage flow = ((Effect.Send<String>) effects.getFirst()).message();
        for (int i = 0; i < 2; i++) a.handle(new Input.Received<>("b", flow), SECOND, effects);
        assertThat(a.mass(NAME).sum()).isEqualTo(15);
        assertThat(a.mass(NAME).weight() + b.mass(NAME).weight()).isEqualTo(1);
    }

    @Test
    void badNamesAndValuesAreRefused() {
        Aggregator<String> node = new Aggregator<>(SETTINGS, new SplittableRandom(1));
        for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY})
            assertThatThrownBy(() -> node.handle(new Input.Contribute<>(NAME, bad), 0, new ArrayList<>()))
                    .hasMessageContaining("finite");
        for (String bad : new String[] {"", "x".repeat(65)})
            assertThatThrownBy(() -> node.handle(new Input.Contribute<>(bad, 1), 0, new ArrayList<>()))
                    .hasMessageContaining("64");
        assertThat(node.names()).isEmpty();
    }
}
