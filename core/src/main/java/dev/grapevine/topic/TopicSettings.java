package dev.grapevine.topic;

/**
 * Times and limits of topics. Everything here bounds what a node spends, whatever its peers do.
 *
 * @param ackNanos how long confirmations are gathered, nanoseconds, {@code > 0}; a round trip
 * @param retryNanos how long an unconfirmed message waits before its child is asked, nanoseconds, {@code > 2 * ackNanos}; doubled
 *     each time
 * @param lazyNanos how long announcements are gathered, nanoseconds, {@code > 0}
 * @param graftNanos how long an announced message may take to come by the tree, nanoseconds, {@code > 2 * retryNanos}; so much
 *     that links repair themselves first
 * @param settleNanos age at which messages count in digests, nanoseconds, {@code >= graftNanos}: what is still on its way is not
 *     missing
 * @param syncNanos least time between two comparisons that this node begins, nanoseconds, {@code > 0}
 * @param reportNanos how long a member gathers before it reports to a publisher, nanoseconds, {@code > 0}
 * @param optimizeHops an announcement with so many hops less than the tree took moves the link into the tree, {@code >= 1}
 * @param pushBytes largest message that goes by datagram, bytes; larger ones go by stream
 * @param maxKeptBytes bytes of payloads kept on a node, {@code >= 2 MiB}; the oldest go first, so the window shrinks in a storm
 * @param maxSources sources known, {@code >= 1}
 * @param windowMessages messages on their way per publisher and per link, {@code 1..4096}; more wait
 * @param windowBytes bytes on their way per publisher and per link, {@code > 0}; a single larger message may still go
 * @param waitingMessages of a publisher that may wait for the window; more are refused
 */
public record TopicSettings(
        long ackNanos,
        long retryNanos,
        long lazyNanos,
        long graftNanos,
        long settleNanos,
        long syncNanos,
        long reportNanos,
        int optimizeHops,
        int pushBytes,
        long maxKeptBytes,
        int maxSources,
        int windowMessages,
        long windowBytes,
        int waitingMessages) {
    public TopicSettings {
        if (ackNanos <= 0 || retryNanos <= 2 * ackNanos || lazyNanos <= 0 || graftNanos <= 2 * retryNanos)
            throw new IllegalArgumentException("times of " + ackNanos + ", " + retryNanos + ", " + lazyNanos + ", "
                    + graftNanos + " ns do not follow each other");
        if (settleNanos < graftNanos || syncNanos <= 0 || reportNanos <= 0)
            throw new IllegalArgumentException(
                    "times of " + settleNanos + ", " + syncNanos + ", " + reportNanos + " ns do not fit");
        if (optimizeHops < 1 || pushBytes < 1 || maxKeptBytes < 2 << 20 || maxSources < 1)
            throw new IllegalArgumentException("limits of " + optimizeHops + " hops, " + pushBytes + " B, "
                    + maxKeptBytes + " B, " + maxSources + " sources");
        if (windowMessages < 1 || windowMessages > 4096 || windowBytes < 1 || waitingMessages < 0)
            throw new IllegalArgumentException(
                    "a window of " + windowMessages + ", " + windowBytes + " B, " + waitingMessages + " waiting");
    }

    /**
     * Times that follow from the round trip between members.
     *
     * @param roundTripNanos a usual one, nanoseconds, {@code 1..10^10}; 2 ms suits one data centre
     * @param pushBytes largest message that fits a datagram
     */
    public static TopicSettings of(long roundTripNanos, int pushBytes) {
        if (roundTripNanos < 1 || roundTripNanos > 10_000_000_000L)
            throw new IllegalArgumentException("a round trip of " + roundTripNanos + " ns");
        return new TopicSettings(
                5 * roundTripNanos,
                25 * roundTripNanos,
                50 * roundTripNanos,
                200 * roundTripNanos,
                400 * roundTripNanos,
                400 * roundTripNanos,
                150 * roundTripNanos,
                2,
                pushBytes,
                32L << 20,
                10_000,
                512,
                4L << 20,
                4_096);
    }

    /** The same with other limits of memory. */
    public TopicSettings withKept(long maxKeptBytes) {
        return new TopicSettings(
                ackNanos,
                retryNanos,
                lazyNanos,
                graftNanos,
                settleNanos,
                syncNanos,
                reportNanos,
                optimizeHops,
                pushBytes,
                maxKeptBytes,
                maxSources,
                windowMessages,
                windowBytes,
                waitingMessages);
    }

    /** The same with other limits of what is on its way. */
    public TopicSettings withWindow(int messages, long bytes, int waiting) {
        return new TopicSettings(
                ackNanos,
                retryNanos,
                lazyNanos,
                graftNanos,
                settleNanos,
                syncNanos,
                reportNanos,
                optimizeHops,
                pushBytes,
                maxKeptBytes,
                maxSources,
                messages,
                bytes,
                waiting);
    }
}
