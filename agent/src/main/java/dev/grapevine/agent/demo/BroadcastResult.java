package dev.grapevine.agent.demo;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a broadcast; the components are the keys of the document that {@code --json} prints.
 *
 * @param accepted messages that were published
 * @param coverage deliveries to nodes that stayed, as a share of what there should be
 * @param twice messages that a node heard more than once
 * @param outOfOrder messages that a node heard after a later one of the same sender
 * @param payloadsPerDelivery payloads that arrived, for each delivery
 * @param payloadsSentPerDelivery payloads sent, the lost ones included
 * @param expectedSent what theory allows for the latter: 1 / (1 - loss) by datagram, 1 by stream
 * @param lastHop longest way of a message
 * @param floodHop longest way of a flood over the same number of links per node, as theory has it
 * @param bytesPerNode sent by each node while it lasted: datagrams and streams, membership included
 * @param leastBytesPerNode the payloads alone, each once
 * @param everywhere messages of which the publishers know by reports that every member has them; null for rumors
 * @param contradicted nodes that say the wished coverage and the budget contradict each other; null if there is neither
 * @param held whether the mode's promise held
 * @param tree how the last message of the first sender travelled
 */
record BroadcastResult(
        int nodes,
        String mode,
        int sizeBytes,
        int messages,
        int senders,
        double loss,
        int killed,
        int accepted,
        double coverage,
        long twice,
        long outOfOrder,
        double payloadsPerDelivery,
        double payloadsSentPerDelivery,
        double expectedSent,
        int lastHop,
        double floodHop,
        double meanHops,
        double p50Millis,
        double p99Millis,
        double maxMillis,
        double seconds,
        double messagesPerSecond,
        long bytesPerNode,
        long leastBytesPerNode,
        double controlPerDelivery,
        @Nullable Long everywhere,
        @Nullable Integer contradicted,
        boolean held,
        List<Branch> tree,
        long seed) {
    /** @param from the node that gave it; null for the publisher */
    record Branch(int node, @Nullable Integer from, int hops, double millis) {}
}
