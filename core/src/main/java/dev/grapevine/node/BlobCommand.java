package dev.grapevine.node;

import dev.grapevine.core.Command;

/** What an application asks about large payloads. */
public sealed interface BlobCommand extends Command {
    /** Announces a payload to everybody. Answered with its {@link dev.grapevine.blob.BlobId}; refused above 64 MiB. */
    record Publish(byte[] bytes) implements BlobCommand {}
}
