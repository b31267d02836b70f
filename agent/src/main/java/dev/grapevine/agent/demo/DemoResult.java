package dev.grapevine.agent.demo;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happened; the components are the keys of the document that {@code --json} prints, in that order.
 *
 * @param informed living nodes that have the rumor
 * @param killed nodes that were stopped
 * @param detected stopped nodes that every living node knows to have failed
 * @param joinMillis from the start of the first node until every node knew all others
 * @param spreadMillis from the rumor's start until the last living node had it; null if some never had
 * @param periods the same, in periods
 * @param expectedPeriods what theory expects; null if it does not say
 * @param datagrams sent by all nodes while the rumor spread
 * @param bytes sent by all nodes in that time: payloads of datagrams and streams
 * @param payloadsPerDelivery payloads that arrived for each one that was news; null before any
 */
record DemoResult(
        int nodes,
        int informed,
        String exchange,
        int fanout,
        double intervalMillis,
        double loss,
        int killed,
        int detected,
        double joinMillis,
        @Nullable Double spreadMillis,
        @Nullable Double periods,
        @Nullable Double expectedPeriods,
        long datagrams,
        long bytes,
        @Nullable Double payloadsPerDelivery,
        List<Delivery> deliveries,
        List<Failure> failures) {
    /**
     * @param from the node that gave it; null for the node where it began
     * @param millis after the rumor's start
     * @param hop 0 where it began
     */
    record Delivery(int node, @Nullable Integer from, double millis, int hop) {}

    /**
     * @param detectedMillis after it was stopped, until the first living node held it for failed; null if none did
     * @param evidence why that node did; null if none did
     */
    record Failure(
            int node,
            @Nullable Double detectedMillis,
            @Nullable String evidence) {}

    boolean good() {
        return informed == nodes - killed && detected == killed;
    }
}
