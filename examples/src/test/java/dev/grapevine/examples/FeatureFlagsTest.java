package dev.grapevine.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.Grapevine;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.testkit.Deployment;
import dev.grapevine.testkit.Fault;
import dev.grapevine.testkit.GrapevineTest;
import dev.grapevine.testkit.SimulatedCluster;
import dev.grapevine.testkit.SimulatedNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FeatureFlagsTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private static Deployment<FeatureFlags> deploy(SimulatedCluster cluster) {
        return cluster.deploy(node -> {
            FeatureFlags flags = new FeatureFlags(node.name(), node::gossip);
            node.onRumor(flags::heard);
            return flags;
        });
    }

    @GrapevineTest(nodes = 10, seeds = 20)
    void everyNodeSeesAFlipEvenOneThatWasDownMeanwhile(SimulatedCluster cluster) {
        Deployment<FeatureFlags> flags = deploy(cluster);
        cluster.runFor(Duration.ofSeconds(1));
        cluster.node(7).restart();
        cluster.runFor(Duration.ofSeconds(1));
        cluster.node(4).crash();
        cluster.node(0).restart();
        flags.on(cluster.node(0)).set("dark-mode", true);
        cluster.runFor(Duration.ofSeconds(5));
        cluster.node(4).start();
        cluster.eventually(
                "all see it",
                SOON,
                () -> cluster.nodes().stream().allMatch(node -> flags.on(node).isOn("dark-mode")));
    }

    @GrapevineTest(nodes = 8, seeds = 20)
    void flipsOnBothSidesOfAPartitionEndInOneAnswer(SimulatedCluster cluster) {
        Deployment<FeatureFlags> flags = deploy(cluster);
        List<SimulatedNode> left = cluster.nodes().subList(0, cluster.size() / 2);
        Fault split = cluster.partition(left);
        cluster.loss(0.1);
        for (int i = 0; i < 10; i++) {
            SimulatedNode anyone = cluster.node(cluster.random().nextInt(cluster.size()));
            flags.on(anyone).set("beta", cluster.random().nextBoolean());
            cluster.runFor(Duration.ofMillis(cluster.random().nextInt(700)));
        }
        split.heal();
        cluster.eventually(
                "all agree",
                SOON,
                () -> cluster.nodes().stream()
                                .map(node -> flags.on(node).all())
                                .distinct()
                                .count()
                        == 1);
    }

    @Test
    void theSameCodeRunsOnRealSockets() throws InterruptedException {
        try (Grapevine a = Grapevine.named("a").profile(Profile.LOCAL).start();
                Grapevine b = Grapevine.named("b")
                        .profile(Profile.LOCAL)
                        .seeds("127.0.0.1:" + a.port())
                        .start()) {
            FeatureFlags onA = FeatureFlags.on(a);
            FeatureFlags onB = FeatureFlags.on(b);
            CountDownLatch heard = new CountDownLatch(1);
            b.onRumor(rumor -> heard.countDown()); // after the flags, which were added before
            b.awaitMembers(2, SOON);
            onA.set("dark-mode", true);
            assertThat(heard.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(onB.all()).isEqualTo(Map.of("dark-mode", true));
        }
    }
}
