package dev.grapevine.serf.node;

import dev.grapevine.serf.QueryKey;
import dev.grapevine.serf.msgpack.Bytes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A query that this node asked: who got it, who answered what, and when it is over. Thread-safe. */
public final class SerfQuery {
    /**
     * What a query brought.
     *
     * @param acks names of the nodes that got it, in order of arrival; empty unless acks were asked for
     * @param responses payload by node, in order of arrival; an empty answer is {@link Bytes#EMPTY}
     */
    public record Answers(List<String> acks, Map<String, Bytes> responses) {}

    /** Told of each answer as it comes. Called in order, one at a time. */
    public interface Listener {
        /** A node got the query. */
        void onAck(String from);

        /** A node answered. */
        void onResponse(String from, @Nullable Bytes payload);

        /** The time is over; nothing more follows. */
        void onDone();
    }

    private final QueryKey key;
    private final Duration timeout;
    private final Listener listener;
    private final List<String> acks = new ArrayList<>();
    private final Map<String, Bytes> responses = new LinkedHashMap<>();
    private final CompletableFuture<Answers> done = new CompletableFuture<>();

    SerfQuery(QueryKey key, Duration timeout, Listener listener) {
        this.key = key;
        this.timeout = timeout;
        this.listener = listener;
    }

    /** What names it in the cluster. */
    public QueryKey key() {
        return key;
    }

    /** How long answers are collected. */
    public Duration timeout() {
        return timeout;
    }

    /** All answers, once the time is over. */
    public CompletableFuture<Answers> answers() {
        return done.copy();
    }

    void ack(String from) {
        synchronized (acks) {
            acks.add(from);
        }
        listener.onAck(from);
    }

    void response(String from, @Nullable Bytes payload) {
        synchronized (acks) {
            responses.put(from, payload == null ? Bytes.EMPTY : payload);
        }
        listener.onResponse(from, payload);
    }

    void end() {
        Answers all;
        synchronized (acks) {
            all = new Answers(List.copyOf(acks), new LinkedHashMap<>(responses));
        }
        listener.onDone();
        done.complete(all);
    }

    void fail(Throwable why) {
        done.completeExceptionally(why);
    }

    /** A listener that does nothing. */
    static Listener silent() {
        return new Listener() {
            @Override
            public void onAck(String from) {}

            @Override
            public void onResponse(String from, @Nullable Bytes payload) {}

            @Override
            public void onDone() {}
        };
    }
}
