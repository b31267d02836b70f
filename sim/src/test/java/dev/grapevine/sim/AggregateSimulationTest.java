package dev.grapevine.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.grapevine.core.Effect;
import dev.grapevine.core.Machine;
import dev.grapevine.membership.MembershipSettings;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.membership.Tags;
import dev.grapevine.node.NodeCommand;
import dev.grapevine.node.NodeMachine;
import dev.grapevine.node.NodeSettings;
import dev.grapevine.node.RumorSettings;
import dev.grapevine.state.aggregate.AggregateCommand;
import dev.grapevine.state.aggregate.AggregateCompleted;
import dev.grapevine.state.aggregate.AggregateResult;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Aggregates in whole nodes, on a bad network. */
class AggregateSimulationTest {
    private static final int NODES = 24;

    private static Machine node(Start start) {
        MembershipSettings membership = MembershipSettings.of(Profile.LAN);
        NodeSettings settings = new NodeSettings(
                "sim",
                "n" + start.host(),
                start.epochMillis(),
                start.address(),
                Tags.NONE,
                null,
                start.random().nextLong(),
                membership,
                new RumorSettings(membership.gossipNanos(), 1, RumorSettings.Direction.PUSH_PULL, false),
                1_400,
                List.of());
        return new NodeMachine(settings, start.random(), member -> member);
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = 1)
    void everyNodeKnowsTheSumWithOnePacketInTenLostAndAfterCrashes(long seed) {
        Simulation sim = Simulation.of(seed);
        sim.network().link(Link.LAN.loss(0.1));
        for (int i = 0; i < NODES; i++) sim.add(AggregateSimulationTest::node);
        Map<Integer, AggregateResult> results = new LinkedHashMap<>();
        sim.observe(new Observer() {
            @Override
            public void performing(long atNanos, Host host, Effect effect) {
                if (effect instanceof Effect.Publish(AggregateCompleted(AggregateResult result)))
                    results.put(host.index(), result);
            }
        });
        String first = sim.hosts().getFirst().address().toString();
        for (Host host : sim.hosts()) sim.command(host, new NodeCommand.Join(List.of(first)));
        sim.runFor(Duration.ofSeconds(10));
        double sum = 0;
        for (Host host : sim.hosts()) {
            sim.command(host, new AggregateCommand.Contribute("load", host.index()));
            sum += host.index();
        }
        sim.runFor(Duration.ofSeconds(20));
        areRight(results, NODES, sum);
        for (int i = 0; i < 4; i++) {
            sim.crash(sim.hosts().get(NODES - 1 - i));
            results.remove(NODES - 1 - i);
            sum -= NODES - 1 - i;
        }
        sim.runFor(Duration.ofSeconds(60)); // the crashes are found, and an epoch that began after that ends
        areRight(results, NODES - 4, sum);
    }

    private static void areRight(Map<Integer, AggregateResult> results, int nodes, double sum) {
        assertThat(results).hasSize(nodes);
        for (AggregateResult result : results.values()) {
            assertThat(result.nodes()).isCloseTo(nodes, within(nodes * 0.01));
            assertThat(result.sum()).isCloseTo(sum, within(sum * 0.01));
        }
    }
}
