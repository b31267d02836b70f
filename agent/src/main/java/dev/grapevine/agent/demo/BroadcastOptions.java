package dev.grapevine.agent.demo;

import dev.grapevine.topic.Promise;
import dev.grapevine.topic.TopicAim;

/**
 * What a broadcast is to be like.
 *
 * @param nodes {@code 2..1000}
 * @param sizeBytes of each message, up to what the promise allows
 * @param messages {@code 1..1000000}
 * @param senders nodes that publish in turn, {@code 1..nodes - kill}
 * @param rate messages a second; 0 for as many as are accepted
 * @param loss share of datagrams dropped, {@code 0..0.9}
 * @param aim what each node may spend, and how many are to hear rumors
 * @param kill nodes that stop without a word after a third of the messages
 */
record BroadcastOptions(
        int nodes,
        Promise promise,
        int sizeBytes,
        int messages,
        int senders,
        int rate,
        double loss,
        TopicAim aim,
        int kill,
        long seed) {
    private static final long MOST_DELIVERIES = 50_000_000;

    BroadcastOptions {
        check(nodes >= 2 && nodes <= 1000, "--nodes is " + nodes + ": give 2 to 1000");
        check(messages >= 1 && messages <= 1_000_000, "--messages is " + messages + ": give 1 to 1000000");
        check(
                (long) nodes * messages <= MOST_DELIVERIES,
                nodes + " nodes and " + messages + " messages make " + (long) nodes * messages
                        + " deliveries: give --messages up to " + MOST_DELIVERIES / nodes);
        check(
                sizeBytes >= 1 && sizeBytes <= promise.maxBytes(),
                "--size is " + sizeBytes + " bytes: --mode " + word(promise) + " allows 1 to " + promise.maxBytes());
        check(kill >= 0 && kill < nodes - 1, "--kill is " + kill + ": give 0 to " + (nodes - 2) + " of " + nodes);
        check(
                senders >= 1 && senders <= nodes - kill,
                "--senders is " + senders + ": give 1 to " + (nodes - kill) + ", those that stay");
        check(rate >= 0, "--rate is " + rate + ": give messages a second, or 0 for as many as are accepted");
        check(loss >= 0 && loss <= 0.9, "--loss is " + loss + ": give a share from 0 to 0.9");
    }

    static String word(Promise promise) {
        return promise.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static void check(boolean good, String otherwise) {
        if (!good) throw new IllegalArgumentException(otherwise);
    }
}
