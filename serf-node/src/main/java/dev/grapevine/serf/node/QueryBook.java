package dev.grapevine.serf.node;

import dev.grapevine.serf.QueryKey;
import dev.grapevine.serf.SerfEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The queries that run. Our own ack may come before the answer to the command that started the query has been looked at,
 * so what belongs to no query yet is kept for the one that is about to be entered. Thread-safe.
 */
final class QueryBook {
    private static final int MAX_EARLY = 4_096;

    private final Map<QueryKey, SerfQuery> running = new LinkedHashMap<>();
    private final Map<QueryKey, List<SerfEvent>> early = new LinkedHashMap<>();
    private int starting;
    private int earlyCount;

    /** A query is about to be started: until {@link #enter} or {@link #cancel}, events of unknown queries are kept. */
    synchronized void expect() {
        starting++;
    }

    /** It was not started. */
    synchronized void cancel() {
        if (--starting == 0) forgetEarly();
    }

    /** It was started: it gets what has come for it already. */
    synchronized void enter(SerfQuery query) {
        running.put(query.key(), query);
        List<SerfEvent> waited = early.remove(query.key());
        if (waited != null) {
            earlyCount -= waited.size();
            for (SerfEvent event : waited) give(query, event);
        }
        if (--starting == 0) forgetEarly();
    }

    synchronized void onEvent(QueryKey key, SerfEvent event) {
        SerfQuery query = running.get(key);
        if (query != null) {
            give(query, event);
        } else if (starting > 0 && earlyCount < MAX_EARLY) {
            earlyCount++;
            early.computeIfAbsent(key, ignored -> new ArrayList<>()).add(event);
        }
    }

    /** The node is gone. */
    synchronized void failAll(Throwable why) {
        for (SerfQuery query : running.values()) query.fail(why);
        running.clear();
    }

    private void forgetEarly() {
        early.clear();
        earlyCount = 0;
    }

    private void give(SerfQuery query, SerfEvent event) {
        switch (event) {
            case SerfEvent.QueryAcked acked -> query.ack(acked.from());
            case SerfEvent.QueryAnswered answered -> query.response(answered.from(), answered.payload());
            default -> {
                running.remove(query.key());
                query.end();
            }
        }
    }
}
