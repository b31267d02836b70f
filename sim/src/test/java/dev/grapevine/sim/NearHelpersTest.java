package dev.grapevine.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.core.Machine;
import dev.grapevine.membership.Membership;
import dev.grapevine.membership.MembershipSettings;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.membership.Tags;
import dev.grapevine.node.NodeCommand;
import dev.grapevine.node.NodeMachine;
import dev.grapevine.node.NodeSettings;
import dev.grapevine.node.RumorSettings;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Members know where they are and ask those for help with a probe who lie on the way. */
class NearHelpersTest {
    private static final int NODES = 30;
    private static final long MS = 1_000_000;

    private static Machine node(Start start) {
        MembershipSettings membership = MembershipSettings.of(Profile.WAN);
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

    /** Mean time from asking for help to the answer, milliseconds. */
    private static double helpMillis(boolean near) {
        Simulation sim = Simulation.of(1);
        long[][] sites = {{MS, 40 * MS, 75 * MS}, {40 * MS, MS, 60 * MS}, {75 * MS, 60 * MS, MS}};
        sim.network().link(Link.LAN.latency(new Latency.Matrix(sites)));
        for (int i = 0; i < NODES; i++) sim.add(NearHelpersTest::node);
        String first = sim.hosts().getFirst().address().toString();
        for (Host host : sim.hosts()) sim.command(host, new NodeCommand.Join(List.of(first)));
        sim.runFor(Duration.ofSeconds(300)); // everybody learns where the others are
        for (Host host : sim.hosts()) if (!near) membership(host).prefer((relay, target) -> -1);
        long answers = 0;
        long nanos = 0;
        for (Host host : sim.hosts()) {
            answers -= membership(host).helped().answers();
            nanos -= membership(host).helped().nanos();
        }
        sim.network().link(Link.LAN.latency(new Latency.Matrix(sites)).loss(0.2));
        sim.runFor(Duration.ofSeconds(300));
        for (Host host : sim.hosts()) {
            answers += membership(host).helped().answers();
            nanos += membership(host).helped().nanos();
        }
        assertThat(answers).isGreaterThan(100);
        return nanos / 1e6 / answers;
    }

    private static Membership membership(Host host) {
        return ((NodeMachine) host.machine()).membership();
    }

    @Test
    void helpComesSoonerFromMembersOnTheWay() {
        double drawn = helpMillis(false);
        double near = helpMillis(true);
        assertThat(near).isLessThan(0.92 * drawn); // measured: 0.86
    }
}
