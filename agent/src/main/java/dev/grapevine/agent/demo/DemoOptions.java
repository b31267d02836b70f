package dev.grapevine.agent.demo;

import dev.grapevine.node.RumorSettings.Direction;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is to be shown.
 *
 * @param nodes {@code 1..}{@value #MOST_NODES}
 * @param fanout random members that a node contacts per period, {@code 1..32}
 * @param interval the period, 1 ms to 1 min
 * @param message the rumor
 * @param loss share of datagrams that is dropped, {@code 0..0.9}
 * @param kill nodes that stop without a word, {@code 0..nodes-1}: node 0 stays
 * @param seed of all luck that is ours to choose: peers, phases, losses, who is killed
 * @param record where every node is recorded; null for nowhere
 */
record DemoOptions(
        int nodes,
        int fanout,
        Direction exchange,
        Duration interval,
        String message,
        double loss,
        int kill,
        long seed,
        @Nullable Path record) {
    /** Two sockets each, and a system allows a process some tens of thousands. */
    static final int MOST_NODES = 5_000;

    DemoOptions {
        check(nodes >= 1 && nodes <= MOST_NODES, "--nodes must be in 1.." + MOST_NODES + ", not " + nodes);
        check(fanout >= 1 && fanout <= 32, "--fanout must be in 1..32, not " + fanout);
        check(
                interval.compareTo(Duration.ofMillis(1)) >= 0 && interval.compareTo(Duration.ofMinutes(1)) <= 0,
                "--interval must be in 1ms..1m, not " + interval.toMillis() + "ms");
        check(!message.isEmpty(), "--message must not be empty");
        check(loss >= 0 && loss <= 0.9, "--loss must be in 0..0.9, not " + loss);
        check(kill >= 0 && kill < nodes, "--kill must be in 0.." + (nodes - 1) + " (node 0 stays), not " + kill);
    }

    /** How the exchange is called on the command line. */
    String exchangeWord() {
        return switch (exchange) {
            case PUSH -> "push";
            case PULL -> "pull";
            case PUSH_PULL -> "push-pull";
        };
    }

    private static void check(boolean good, String otherwise) {
        if (!good) throw new IllegalArgumentException(otherwise);
    }
}
