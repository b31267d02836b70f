package dev.grapevine.serf;

import dev.grapevine.serf.memberlist.BroadcastQueue;

/** Keeps queues from growing without end. Source: hashicorp/serf, serf/serf.go, checkQueueDepth. */
final class QueueGuard {
    static final long CHECK_NANOS = 30_000_000_000L;
    static final int MAX_DEPTH = 4096;
    private static final int WARN_DEPTH = 128;

    private QueueGuard() {}

    static void check(SerfContext context) {
        check(context, "Intent", context.intents);
        check(context, "Event", context.events);
        check(context, "Query", context.queries);
    }

    private static void check(SerfContext context, String name, BroadcastQueue queue) {
        if (queue.size() >= WARN_DEPTH) context.warn(name + " queue depth: " + queue.size());
        int dropped = queue.prune(MAX_DEPTH);
        if (dropped > 0) context.warn(name + " queue dropped " + dropped + " messages");
    }
}
