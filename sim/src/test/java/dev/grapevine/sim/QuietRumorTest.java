package dev.grapevine.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.core.Effect;
import dev.grapevine.core.Machine;
import dev.grapevine.membership.MembershipSettings;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.membership.Tags;
import dev.grapevine.node.NodeCommand;
import dev.grapevine.node.NodeEvent;
import dev.grapevine.node.NodeMachine;
import dev.grapevine.node.NodeSettings;
import dev.grapevine.node.RumorSettings;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Rumors in a cluster where nothing else happens. */
class QuietRumorTest {
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

    @Test
    void whoJoinsLongAfterARumorHearsItFromTheOneWhoKnowsIt() {
        Simulation sim = Simulation.of(3);
        for (int i = 0; i < 2; i++) sim.add(QuietRumorTest::node);
        Set<Integer> heard = new LinkedHashSet<>();
        sim.observe(new Observer() {
            @Override
            public void performing(long atNanos, Host host, Effect effect) {
                if (effect instanceof Effect.Publish(NodeEvent.RumorReceived rumor)
                        && rumor.key().equals("rumor of old")) heard.add(host.index());
            }
        });
        Host first = sim.hosts().get(0);
        Host second = sim.hosts().get(1);
        sim.command(first, new NodeCommand.Gossip("rumor of old", new byte[] {1}));
        sim.runFor(Duration.ofSeconds(60)); // alone: it knows of nobody whom it could tell
        assertThat(heard).containsExactly(0);
        sim.command(second, new NodeCommand.Join(List.of(first.address().toString())));
        sim.runFor(Duration.ofSeconds(10));
        assertThat(heard).containsExactly(0, 1);
    }
}
