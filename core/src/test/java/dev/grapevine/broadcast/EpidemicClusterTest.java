package dev.grapevine.broadcast;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.broadcast.EpidemicSettings.Activity;
import dev.grapevine.broadcast.EpidemicSettings.Exchange;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Many nodes, over encoded bytes, on a network that delays and loses. */
class EpidemicClusterTest {
    private static final long PERIOD = EpidemicCluster.PERIOD;

    static LongStream seeds() {
        Long one = Long.getLong("grapevine.seed");
        return one == null ? LongStream.range(1, 41) : LongStream.of(one);
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @MethodSource("seeds")
    void aQuietClusterHearsEverythingOnceAndFallsSilent(long seed) {
        EpidemicSettings settings = EpidemicSettings.of(PERIOD).withSizes(1200, 64, 1 << 16);
        EpidemicCluster cluster = new EpidemicCluster(100, settings, seed);
        cluster.latencyNanos = PERIOD / 50;
        cluster.loss = 0.1;
        for (int i = 0; i < 5; i++) cluster.put(i * 7, "news", 200);
        cluster.run(200 * PERIOD);
        assertThat(cluster.isQuiet()).isTrue();
        assertThat(deliveredTwice(cluster)).isEmpty();
        assertThat(cluster.deliveries).hasSize(5 * 99); // 100·e^-14 is the chance that one is missed
        // Everything was asked for once, except where a request or an answer was lost.
        assertThat(cluster.payloads / (5.0 * 99)).isBetween(1.0, 1.25);
    }

    private static Set<String> deliveredTwice(EpidemicCluster cluster) {
        Set<String> seen = new HashSet<>();
        Set<String> twice = new HashSet<>();
        for (EpidemicCluster.Delivery delivery : cluster.deliveries) {
            Rumor rumor = delivery.told().rumor();
            String told = delivery.node() + " " + rumor.key() + " " + rumor.version();
            if (!seen.add(told)) twice.add(told);
        }
        return twice;
    }

    @ParameterizedTest
    @EnumSource
    void withoutLossAPayloadMovesOncePerDelivery(Exchange exchange) {
        EpidemicSettings settings =
                EpidemicSettings.of(PERIOD).withFanout(3).withExchange(exchange, Activity.CONTINUOUS);
        EpidemicCluster cluster = new EpidemicCluster(200, settings, 5);
        cluster.latencyNanos = PERIOD / 100;
        for (int i = 0; i < 10; i++) {
            cluster.put(i, "news", 1000);
            cluster.run((i + 1) * 3 * PERIOD);
        }
        cluster.run(100 * PERIOD);
        assertThat(cluster.deliveries).hasSize(10 * 199);
        assertThat(cluster.payloads).isEqualTo(10 * 199);
    }

    @Test
    void aNodeThatWasAwayIsServedByComparingDigests() {
        EpidemicCluster cluster = new EpidemicCluster(30, EpidemicSettings.of(PERIOD), 3);
        cluster.down[29] = true;
        for (int i = 0; i < 300; i++) cluster.put(i % 29, "k" + i, 100);
        cluster.run(100 * PERIOD);
        assertThat(cluster.isQuiet()).isTrue();
        cluster.down[29] = false;
        long before = cluster.bytes;
        int other = cluster.nodes.get(4).digest();
        assertThat(cluster.nodes.get(29).digest()).isNotEqualTo(other);
        cluster.give(29, new Epidemic.Input.PeerDigest("n4", other));
        cluster.run(200 * PERIOD);
        assertThat(cluster.nodes.get(29).digest()).isEqualTo(other);
        // 300 values of 100 bytes, each named twice more; and then the newly informed node speaks of them to all.
        assertThat(cluster.bytes - before).isGreaterThan(300 * 100);
        assertThat(deliveredTwice(cluster)).isEmpty();
        assertThat(cluster.payloads).isEqualTo(300 * 29);
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @MethodSource("seeds")
    void concurrentWritersOnBothSidesOfAPartitionEndWithTheSameSiblings(long seed) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        EpidemicSettings settings = EpidemicSettings.of(PERIOD).withExchange(Exchange.PUSH_PULL, Activity.CONTINUOUS);
        EpidemicCluster cluster = new EpidemicCluster(16, settings, seed);
        cluster.latencyNanos = PERIOD / 10;
        cluster.loss = 0.1;
        cluster.firstGroup = 8;
        for (int i = 0; i < 40; i++) {
            int node = random.nextInt(16);
            byte[] value = {(byte) i};
            if (random.nextBoolean()) cluster.give(node, new Epidemic.Input.PutShared("s" + i % 5, value));
            else cluster.give(node, new Epidemic.Input.Put("k" + i % 3, value));
            cluster.run(cluster.nowNanos + random.nextLong(PERIOD));
        }
        // Both halves settle apart, so that only the comparison of digests can join them.
        cluster.run(cluster.nowNanos + 60 * PERIOD);
        cluster.firstGroup = Integer.MAX_VALUE;
        cluster.run(cluster.nowNanos + 150 * PERIOD);
        for (Epidemic node : cluster.nodes) {
            assertThat(node.digest()).isEqualTo(cluster.nodes.getFirst().digest());
            for (int i = 0; i < 5; i++) assertThat(versions(node, i)).isEqualTo(versions(cluster.nodes.getFirst(), i));
        }
        assertThat(deliveredTwice(cluster)).isEmpty();
    }

    private static Set<Version> versions(Epidemic node, int shared) {
        Set<Version> versions = new HashSet<>();
        List<Rumor> values = node.values(RumorKey.shared("s" + shared));
        for (Rumor rumor : values) versions.add(rumor.version());
        return versions;
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        long[] bytes = new long[2];
        for (int run = 0; run < 2; run++) {
            EpidemicCluster cluster = new EpidemicCluster(50, EpidemicSettings.of(PERIOD), 11);
            cluster.loss = 0.2;
            cluster.put(3, "news", 500);
            cluster.run(100 * PERIOD);
            bytes[run] = cluster.bytes;
        }
        assertThat(bytes[0]).isEqualTo(bytes[1]).isPositive();
    }
}
