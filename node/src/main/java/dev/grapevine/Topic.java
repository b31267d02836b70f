package dev.grapevine;

import dev.grapevine.node.TopicCommand;
import dev.grapevine.node.TopicEvent;
import dev.grapevine.runtime.Host;
import dev.grapevine.topic.Promise;
import dev.grapevine.topic.Source;
import dev.grapevine.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Messages for every member, by a tree that costs about one payload per delivery. Got from {@link Grapevine#topic}; immutable, thread-safe.
 *
 * <pre>{@code
 * Topic deploy = node.topic("deploy");
 * deploy.subscribe(message -> System.out.println(message.source().origin() + ": " + message.text()));
 * Topic.Publication sent = deploy.publish("version 7").join();
 * System.out.println(sent.delivery().join().have() + " members have it");
 * }</pre>
 */
public final class Topic {
    /** A message of this or another node. {@code bytes} is the subscriber's own. */
    public record Message(Source source, long sequence, byte[] bytes, int hops, long atNanos) {
        /** The bytes as UTF-8. */
        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /** A message of this node that is on its way. */
    public static final class Publication {
        private final Source source;
        private final long sequence;
        private final Host host;

        private Publication(Source source, long sequence, Host host) {
            this.source = source;
            this.sequence = sequence;
            this.host = host;
        }

        /** Counts this node's messages on the topic from 1. */
        public long sequence() {
            return sequence;
        }

        /** What the topic's messages of this node are called everywhere. */
        public Source source() {
            return source;
        }

        /**
         * How many members of the view have it now, and when the last of them did. Fails with
         * {@link dev.grapevine.runtime.RefusedException} once the retention window is over. Rumors are not reported: only this node counts.
         */
        public CompletableFuture<Topics.Delivery> delivery() {
            return host.command(new TopicCommand.Ask(source, sequence)).thenApply(Topics.Delivery.class::cast);
        }
    }

    private final Grapevine node;
    private final Host host;
    private final String name;
    private final Promise promise;
    private final int retentionMillis;

    Topic(Grapevine node, Host host, String name, Promise promise, int retentionMillis) {
        new Source(name, "x", 0, promise, retentionMillis, true); // checks the limits
        this.node = node;
        this.host = host;
        this.name = name;
        this.promise = promise;
        this.retentionMillis = retentionMillis;
    }

    /** The topic's name. */
    public String name() {
        return name;
    }

    /** What is promised of the messages that are published with this. */
    public Promise promise() {
        return promise;
    }

    /** The same topic with another promise for what is published. */
    public Topic withPromise(Promise promise) {
        return new Topic(node, host, name, promise, retentionMillis);
    }

    /**
     * The same topic with another retention window: how long members keep a message for those who lack it, as long as their memory lasts.
     *
     * @param retention up to a day; a minute unless set
     */
    public Topic withRetention(Duration retention) {
        if (retention.isNegative() || retention.toMillis() > Source.MAX_RETENTION_MILLIS)
            throw new IllegalArgumentException("a retention of " + retention + " is not between nothing and a day");
        return new Topic(node, host, name, promise, (int) retention.toMillis());
    }

    /** Publishes a text; see {@link #publish(byte[])}. */
    public CompletableFuture<Publication> publish(String text) {
        return publish(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Publishes to every member, this node included.
     *
     * @return done once the message is on its way: while the members nearest to this node have too much unconfirmed, it waits. Fails with
     *     {@link dev.grapevine.runtime.RefusedException} when it is larger than {@link Promise#maxBytes} or too much waits already
     */
    public CompletableFuture<Publication> publish(byte[] bytes) {
        return host.command(new TopicCommand.Publish(name, promise, retentionMillis, true, bytes.clone()))
                .thenApply(answer -> {
                    TopicCommand.Published published = (TopicCommand.Published) answer;
                    return new Publication(published.source(), published.sequence(), host);
                });
    }

    /** Hears every message on the topic from now on, whoever publishes it and with whatever promise; each once. */
    public Subscription subscribe(Consumer<? super Message> listener) {
        return node.listen(event -> {
            if (event instanceof TopicEvent.Delivered told
                    && told.source().topic().equals(name))
                listener.accept(
                        new Message(told.source(), told.sequence(), told.bytes().clone(), told.hops(), told.atNanos()));
        });
    }

    @Override
    public String toString() {
        return "topic " + name + " of " + node;
    }
}
