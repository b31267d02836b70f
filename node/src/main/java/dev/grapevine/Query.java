package dev.grapevine;

import dev.grapevine.node.QueryCommand;
import dev.grapevine.node.QueryEvent;
import dev.grapevine.runtime.Host;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A question to members, got from {@link Grapevine#query}; immutable until it is asked.
 *
 * <pre>{@code
 * for (Query.Answer answer : node.query("load").tag("role", "web").ask().join().answers())
 *     System.out.println(answer.member() + " " + answer.text());
 * }</pre>
 */
public final class Query {
    /** What a member answered. */
    public record Answer(String member, byte[] bytes) {
        /** The bytes as UTF-8. */
        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /**
     * What came until the deadline.
     *
     * @param asked members that were asked
     * @param acknowledged names of those that said so
     */
    public record Result(int asked, List<String> acknowledged, List<Answer> answers) {}

    /** A question put to this node; answer it at most once. */
    public static final class Question {
        private final QueryEvent.Questioned told;
        private final Host host;

        Question(QueryEvent.Questioned told, Host host) {
            this.told = told;
            this.host = host;
        }

        /** Who asks. */
        public String asker() {
            return told.asker();
        }

        /** What is asked for. */
        public String name() {
            return told.name();
        }

        /** What came with it. */
        public byte[] bytes() {
            return told.payload().clone();
        }

        /** Answers, up to 1024 bytes; fails with {@link dev.grapevine.runtime.RefusedException} if it is too late or too much. */
        public CompletableFuture<Void> answer(byte[] bytes) {
            return host.command(new QueryCommand.Answer(told.asker(), told.id(), bytes.clone()))
                    .thenAccept(done -> {});
        }

        /** Answers with a text. */
        public CompletableFuture<Void> answer(String text) {
            return answer(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private final Grapevine node;
    private final Host host;
    private final String name;
    private final byte[] payload;
    private final Map<String, String> tags;
    private final Duration timeout;

    Query(Grapevine node, Host host, String name, byte[] payload, Map<String, String> tags, Duration timeout) {
        this.node = node;
        this.host = host;
        this.name = name;
        this.payload = payload;
        this.tags = tags;
        this.timeout = timeout;
    }

    /** Something to go with the question, up to 1024 bytes. */
    public Query with(byte[] bytes) {
        return new Query(node, host, name, bytes.clone(), tags, timeout);
    }

    /** Asks only members with this tag at this value. */
    public Query tag(String key, String value) {
        Map<String, String> more = new LinkedHashMap<>(tags);
        more.put(key, value);
        return new Query(node, host, name, payload, more, timeout);
    }

    /** How long to wait for answers, up to an hour; unless set it follows the size of the cluster. */
    public Query timeout(Duration timeout) {
        return new Query(node, host, name, payload, tags, timeout);
    }

    /**
     * Asks.
     *
     * @return what came, once everybody has answered or the deadline has come. Fails with
     *     {@link dev.grapevine.runtime.RefusedException} if a limit is broken or too many queries run
     */
    public CompletableFuture<Result> ask() {
        Collector collector = new Collector();
        Subscription subscription = node.listen(event -> {
            if (event instanceof QueryEvent told) collector.hear(told);
        });
        host.command(new QueryCommand.Ask(name, payload, tags, true, timeout.toNanos()))
                .whenComplete((answer, failed) -> {
                    if (failed != null) collector.result.completeExceptionally(failed);
                    else collector.begin(((QueryCommand.Asked) answer).id());
                });
        collector.result.whenComplete((result, failed) -> subscription.close());
        return collector.result;
    }

    /** Gathers what belongs to one query. Events may be told before the query's id is known, so those are kept until then. */
    private static final class Collector {
        private static final int MOST_EARLY = 100_000;

        final CompletableFuture<Result> result = new CompletableFuture<>();
        private final List<QueryEvent> early = new ArrayList<>();
        private final List<String> acknowledged = new ArrayList<>();
        private final List<Answer> answers = new ArrayList<>();
        private boolean begun;
        private long id;

        synchronized void begin(long id) {
            this.id = id;
            begun = true;
            for (QueryEvent told : early) take(told);
            early.clear();
        }

        synchronized void hear(QueryEvent told) {
            if (begun) take(told);
            else if (early.size() < MOST_EARLY) early.add(told);
        }

        private void take(QueryEvent event) {
            switch (event) {
                case QueryEvent.Acknowledged(long query, String member) -> {
                    if (query == id) acknowledged.add(member);
                }
                case QueryEvent.Answered(long query, String member, byte[] payload) -> {
                    if (query == id) answers.add(new Answer(member, payload));
                }
                case QueryEvent.Done(long query, int asked, int acks, int answered) -> {
                    if (query == id)
                        result.complete(new Result(asked, List.copyOf(acknowledged), List.copyOf(answers)));
                }
                case QueryEvent.Questioned questioned -> {}
            }
        }
    }
}
