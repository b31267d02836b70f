package dev.grapevine.node;

import dev.grapevine.core.Command;
import dev.grapevine.topic.Promise;
import dev.grapevine.topic.Source;

/** What an application asks about topics. */
public sealed interface TopicCommand extends Command {
    /**
     * Publishes. Answered with {@link Published} once the message is on its way, which may have to wait for earlier ones; refused if it is
     * larger than the promise allows, or too much waits.
     */
    record Publish(String topic, Promise promise, int retentionMillis, boolean reported, byte[] bytes)
            implements TopicCommand {}

    /** The answer: what the message is called everywhere. */
    record Published(Source source, long sequence) {}

    /** How far is it? Answered with a {@link dev.grapevine.topic.Topics.Delivery}; refused if it is not kept any more. */
    record Ask(Source source, long sequence) implements TopicCommand {}
}
