package dev.grapevine.node;

import dev.grapevine.blob.BlobId;
import dev.grapevine.core.Address;
import dev.grapevine.core.Event;

/** What happens with large payloads. */
public sealed interface BlobEvent extends Event {
    /**
     * A payload is here, whole and verified; told once. This node's own are not told.
     *
     * @param bytes do not change them
     * @param from who gave the last of it
     */
    record Arrived(BlobId id, byte[] bytes, Address from) implements BlobEvent {}
}
