package dev.grapevine.recorder;

import java.nio.file.Path;

/**
 * Where and how much to record.
 *
 * @param directory made if missing; each start of a node gets a folder of its own in it
 * @param ringBytes most bytes kept of one start; beyond, the oldest segment is deleted and an exact replay is no longer possible.
 *     {@code >=} {@value #LEAST_RING_BYTES}
 * @param redactPayloads whether of datagrams, stream bytes and payloads the lengths alone are kept: such a recording can be listed and not replayed
 */
public record RecorderSettings(Path directory, long ringBytes, boolean redactPayloads) {
    /** The smallest ring: sixteen segments of 64 KiB. */
    public static final long LEAST_RING_BYTES = 1 << 20;

    private static final long DEFAULT_RING_BYTES = 64 << 20;

    public RecorderSettings {
        if (ringBytes < LEAST_RING_BYTES)
            throw new IllegalArgumentException("a ring of " + ringBytes + " bytes is below " + LEAST_RING_BYTES);
    }

    /** Up to 64 MiB in {@code directory}: hours of an idle node. */
    public static RecorderSettings in(Path directory) {
        return new RecorderSettings(directory, DEFAULT_RING_BYTES, false);
    }

    /** These settings with another bound. */
    public RecorderSettings withRingBytes(long bytes) {
        return new RecorderSettings(directory, bytes, redactPayloads);
    }

    /** These settings without any content: what happened and how large it was can be read, not replayed. */
    public RecorderSettings withoutPayloads() {
        return new RecorderSettings(directory, ringBytes, true);
    }
}
