package dev.grapevine.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.core.Command;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Event;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import dev.grapevine.membership.Status;
import dev.grapevine.node.NodeEvent;
import dev.grapevine.sim.MachineFactory;
import dev.grapevine.sim.Start;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimulatedClusterTest {
    private static final Duration SOON = Duration.ofSeconds(15);

    @GrapevineTest(nodes = 12, seeds = 5)
    void aCrashIsKnownToAllWithItsEvidence(SimulatedCluster cluster) {
        SimulatedNode victim = cluster.node(3);
        victim.crash();
        cluster.eventually(
                "all know that it failed",
                SOON,
                () -> cluster.up().stream().allMatch(node -> node.status(victim) == Status.FAILED));
        for (SimulatedNode node : cluster.up())
            assertThat(node.why(victim.name()).getLast().status()).isEqualTo(Status.FAILED);
        assertThat(cluster.up()).hasSize(11).doesNotContain(victim);
        victim.start();
        cluster.awaitJoined();
    }

    @GrapevineTest(nodes = 8, seeds = 5)
    void aRumorPassesAHealedPartition(SimulatedCluster cluster) {
        Fault split = cluster.partition(cluster.nodes().subList(0, 4));
        cluster.node(0).gossip("over here");
        cluster.eventually(
                "one half has heard it",
                SOON,
                () -> cluster.nodes().subList(0, 4).stream().allMatch(node -> node.heard("over here")));
        assertThat(cluster.nodes().subList(4, 8)).noneMatch(node -> node.heard("over here"));
        split.heal();
        split.heal();
        cluster.eventually(
                "all have heard it", SOON, () -> cluster.nodes().stream().allMatch(node -> node.heard("over here")));
        cluster.awaitJoined();
    }

    @GrapevineTest(nodes = 6, seeds = 5)
    void nobodyHearsARumorTwiceUnderLoss(SimulatedCluster cluster) {
        cluster.loss(0.2);
        cluster.node(1).gossip("once");
        cluster.always(
                "no rumor is heard twice",
                Duration.ofSeconds(5),
                () -> cluster.nodes().stream().allMatch(node -> node.rumors().size() <= 1));
        assertThat(cluster.now()).isGreaterThanOrEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        long first = hashOfARun(7);
        assertThat(hashOfARun(7)).isEqualTo(first);
        assertThat(hashOfARun(8)).isNotEqualTo(first);
    }

    private static long hashOfARun(long seed) {
        SimulatedCluster cluster = SimulatedCluster.of(5, seed);
        cluster.awaitJoined();
        cluster.node(2).restart();
        cluster.node(4).pause();
        cluster.runFor(Duration.ofSeconds(2));
        cluster.node(4).resume();
        cluster.oneWay(List.of(cluster.node(0)), List.of(cluster.node(1)));
        cluster.runFor(Duration.ofSeconds(5));
        return cluster.simulation().traceHash();
    }

    @Test
    void whatIsDeployedIsMadeAnewWhenItsNodeRestarts() {
        SimulatedCluster cluster = SimulatedCluster.of(3, 1);
        Deployment<List<String>> heard = cluster.deploy(node -> {
            List<String> texts = new ArrayList<>();
            node.onRumor(rumor -> texts.add(new String(rumor.payload(), StandardCharsets.UTF_8)));
            return texts;
        });
        cluster.awaitJoined();
        cluster.node(0).gossip("a");
        cluster.runFor(SOON);
        List<String> before = heard.on(cluster.node(1));
        assertThat(before).containsExactly("a");
        cluster.node(1).crash();
        assertThatThrownBy(() -> heard.on(cluster.node(1))).hasMessage("nothing runs on node-1");
        cluster.node(1).start();
        cluster.awaitJoined();
        cluster.node(2).gossip("b");
        cluster.runFor(SOON);
        assertThat(heard.on(cluster.node(1)))
                .containsExactlyInAnyOrder("a", "b")
                .isNotSameAs(before);
        assertThat(before).containsExactly("a"); // the old process hears no more
        SimulatedNode added = cluster.add();
        cluster.awaitJoined();
        cluster.eventually(
                "it is told what it missed", SOON, () -> heard.on(added).size() == 2);
    }

    @Test
    void whatDoesNotHoldIsToldWithTheClusterAndItsFaults() {
        SimulatedCluster cluster = SimulatedCluster.of(3, 1);
        cluster.awaitJoined();
        cluster.isolate(cluster.node(2));
        assertThatThrownBy(() -> cluster.eventually("pigs fly", Duration.ofMillis(50), () -> false))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("not within 50 ms: pigs fly")
                .hasMessageContaining("node-1: 3 of 3 alive")
                .hasMessageContaining("fault #0 at ")
                .hasMessageContaining("partition: [node-2] | the others");
        long asked = cluster.simulation().nowNanos();
        assertThatThrownBy(() -> cluster.always(
                        "time stands still", SOON, () -> cluster.simulation().nowNanos() == asked))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("does not hold at");
        assertThatThrownBy(() -> cluster.node(3)).isInstanceOf(NoSuchNodeException.class);
    }

    // A machine of a user's own.

    record Count() implements Command {}

    record Counted(int ticks) implements Event {}

    /** Counts the seconds. */
    static final class Counter implements Machine {
        private int ticks;

        @Override
        public void handle(Input input, long nowNanos, Effects effects) {
            switch (input) {
                case Input.Tick() -> {
                    if (nowNanos < ticks * 1_000_000_000L) return;
                    ticks++;
                    effects.add(new Effect.Publish(new Counted(ticks)));
                }
                case Input.Commanded(long id, Count()) -> effects.add(new Effect.Answer(id, ticks));
                default -> {}
            }
        }

        @Override
        public long nextDeadlineNanos() {
            return ticks * 1_000_000_000L;
        }
    }

    static final class Counters implements MachineFactory {
        @Override
        public Machine start(Start start) {
            return new Counter();
        }
    }

    @GrapevineTest(nodes = 2, seeds = 2, machines = Counters.class)
    void machinesOfOnesOwnRunToo(SimulatedCluster cluster) {
        List<Event> heard = new ArrayList<>();
        cluster.node(1).onEvent(heard::add);
        cluster.runFor(Duration.ofMillis(2_500));
        var asked = cluster.node(0).command(new Count());
        cluster.runFor(Duration.ofMillis(1));
        assertThat(asked.result()).isEqualTo(3);
        assertThat(cluster.node(1).machine(Counter.class).ticks).isEqualTo(3);
        assertThat(heard).containsExactly(new Counted(1), new Counted(2), new Counted(3));
        assertThat(cluster.node(1).events()).isEqualTo(heard);
        assertThat(cluster.node(1).rumors()).isEmpty();
        assertThat(cluster.describe()).contains("node-1: up");
    }

    @GrapevineTest(nodes = 3, seeds = 1, joined = false)
    void aTestMayWatchTheJoin(SimulatedCluster cluster) {
        assertThat(cluster.node(0).members()).isEmpty();
        List<NodeEvent> none = new ArrayList<>();
        cluster.node(0).onRumor(none::add);
        cluster.awaitJoined();
        assertThat(cluster.node(0).members()).hasSize(3);
        assertThat(none).isEmpty();
    }
}
