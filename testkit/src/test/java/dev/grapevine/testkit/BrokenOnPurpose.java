package dev.grapevine.testkit;

import java.time.Duration;

/** Tests that fail, for {@link ShrinkingTest}; its name keeps the build from running it by itself. */
class BrokenOnPurpose {
    private int calls;

    @GrapevineTest(nodes = 20, seeds = 50)
    void threeAreEnough(SimulatedCluster cluster) {
        calls++;
        if (calls > 1) throw new IllegalStateException("a field of an earlier run");
        cluster.loss(0.01);
        cluster.node(1).pause();
        cluster.runFor(Duration.ofSeconds(1));
        cluster.node(1).resume();
        cluster.node(2).crash();
        cluster.runFor(Duration.ofSeconds(1));
        boolean lucky = cluster.seed() < 4;
        if (!lucky && !cluster.node(2).isUp()) throw new AssertionError("node-2 is down");
    }

    @GrapevineTest(nodes = 3, seeds = 3)
    void fine(SimulatedCluster cluster) {
        cluster.runFor(Duration.ofMillis(1));
    }

    @GrapevineTest(nodes = 0)
    void noNodes(SimulatedCluster cluster) {}
}
