package dev.grapevine.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StateClusterTest {
    private static final long PERIOD = 200_000_000L;
    private static final long SECOND = StateCluster.SECOND;

    static LongStream seeds() {
        Long one = Long.getLong("grapevine.seed");
        return one == null ? LongStream.range(0, Long.getLong("grapevine.seeds", 12)) : LongStream.of(one);
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aFactReachesEverybody() {
        StateCluster cluster = new StateCluster(10, StateSettings.of(PERIOD), 1);
        cluster.put(3, cluster.fact(3, "role"), text("db"));
        assertThat(cluster.runUntilConverged(5 * SECOND)).isBetween(0L, 3 * SECOND);
        for (StateReplica node : cluster.nodes) {
            Entry entry = node.store().get(cluster.fact(3, "role"));
            assertThat(entry).isNotNull();
            assertThat(entry.siblings()).hasSize(1);
            assertThat(entry.latest().value().bytes()).isEqualTo(text("db"));
        }
    }

    @Test
    void nodesInSyncSayLittleAndAreNotAnswered() {
        StateCluster cluster = new StateCluster(10, StateSettings.of(PERIOD), 1);
        for (int i = 0; i < 10; i++) cluster.put(i, cluster.fact(i, "role"), text("db"));
        cluster.runUntilConverged(10 * SECOND);
        cluster.runFor(20 * SECOND);
        long messages = cluster.messages;
        long bytes = cluster.bytes;
        cluster.runFor(60 * SECOND);
        assertThat(cluster.messages - messages).isBetween(50L, 70L); // a heartbeat in ten seconds each
        assertThat(cluster.bytes - bytes).isLessThanOrEqualTo(32 * (cluster.messages - messages));
    }

    @Test
    void aWriteBeyondALimitIsRefusedWithTheLimit() {
        StateCluster cluster = new StateCluster(2, StateSettings.of(PERIOD).withLimits(2, 1000), 1);
        cluster.put(0, cluster.fact(0, "a"), new byte[400]);
        cluster.put(0, cluster.fact(0, "b"), new byte[700]);
        assertThat(cluster.refusals.getLast()).contains("the limit is 1000");
        cluster.put(0, cluster.fact(0, "b"), new byte[1]);
        cluster.put(0, cluster.fact(0, "c"), new byte[1]);
        assertThat(cluster.refusals.getLast()).contains("the limit is 2");
        cluster.put(0, cluster.fact(1, "a"), new byte[1]);
        assertThat(cluster.refusals.getLast()).contains("only n101 itself");
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @MethodSource("seeds")
    void writersUnderLossAndAPartitionConverge(long seed) {
        StateCluster cluster = new StateCluster(7, StateSettings.of(PERIOD), seed);
        cluster.loss = 0.2;
        cluster.duplicates = 0.1;
        for (int round = 0; round < 60; round++) {
            if (round == 15) cluster.partition(0, 1);
            if (round == 40) cluster.heal();
            for (int i = 0; i < 3; i++) Chaos.write(cluster, 12);
            cluster.runFor(PERIOD / 2);
        }
        assertThat(cluster.runUntilConverged(60 * SECOND)).isGreaterThanOrEqualTo(0);
        assertThat(cluster.seen).isNotEmpty();
    }

    @Test
    void aLargeValueWhoseWriterDiedBeforeAnybodyHadItsBytesIsGivenUpAndNewcomersAreServed() {
        StateCluster cluster = new StateCluster(4, StateSettings.of(PERIOD).withBytesPerSecond(100_000), 1);
        StateKey key = StateKey.shared(Spaces.latest("x"), "large");
        cluster.put(1, StateKey.shared(Spaces.shared("x"), "kept"), new byte[10]);
        cluster.runFor(5 * SECOND);
        cluster.put(0, key, new byte[5_000_000]);
        while (cluster.nodes[2].store().waiting().isEmpty()) cluster.runFor(PERIOD / 10);
        cluster.crash(0);
        cluster.runFor(60 * SECOND);
        assertThat(cluster.published).as("it may come back").noneMatch(event -> event instanceof StateEvent.Lost);
        cluster.restart(0, new StateStore());
        cluster.runFor(60 * SECOND);
        assertThat(cluster.published).anyMatch(event -> event instanceof StateEvent.Lost);
        for (StateReplica node : cluster.nodes)
            assertThat(node.store().waiting()).isEmpty();
        assertThat(cluster.runUntilConverged(60 * SECOND)).isGreaterThanOrEqualTo(0);
        assertThat(cluster.nodes[0].store().size()).isEqualTo(1);
    }

    /** Seeds that still fail: rarely a removed value shows again for a while. Mend the cause, then take them off this list. */
    private static final List<Long> KNOWN = List.of(162L);

    /** {@code -Dgrapevine.hunt=100000} seeds from {@code -Dgrapevine.seed} on; each takes some hundredths of a second. */
    @Test
    void noRemovedKeyComesBackWhateverHappens() {
        boolean isHunt = Long.getLong("grapevine.seed") != null || Long.getLong("grapevine.hunt") != null;
        long first = Long.getLong("grapevine.seed", 0);
        long seeds = Long.getLong("grapevine.hunt", isHunt ? 1 : 2000);
        Map<Long, String> failed = new LinkedHashMap<>();
        for (long seed = first; seed < first + seeds; seed++) {
            try {
                StateCluster cluster = Chaos.run(5, seed, 60);
                double most = 1.5 * cluster.nodes.length * cluster.settings.bytesPerSecond();
                assertThat(cluster.bytes / (cluster.nowNanos / 1e9))
                        .as("bytes a second")
                        .isLessThan(most);
                if (!cluster.isConverged()) failed.put(seed, "no agreement");
            } catch (RuntimeException | AssertionError e) {
                failed.put(seed, String.valueOf(e.getMessage()));
            }
        }
        assertThat(failed.keySet()).as("failed: %s", failed).containsExactlyElementsOf(isHunt ? List.of() : KNOWN);
    }
}
