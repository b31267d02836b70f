package dev.grapevine.topic;

import dev.grapevine.wire.Wire;

/**
 * One life of one publisher on one topic. Its messages are counted from 1.
 *
 * @param topic 1 to {@value #MAX_TOPIC_BYTES} bytes of UTF-8
 * @param origin the publisher's name, 1 to {@value #MAX_ORIGIN_BYTES} bytes of UTF-8
 * @param generation of that publisher, {@code >= 0}; larger in each of its lives
 * @param retentionMillis how long every node keeps a message for those who lack it, milliseconds, {@code 0..MAX_RETENTION_MILLIS}
 * @param reported whether members tell the publisher how far they are
 */
public record Source(
        String topic, String origin, long generation, Promise promise, int retentionMillis, boolean reported) {
    /** Most bytes of a topic's name. */
    public static final int MAX_TOPIC_BYTES = 128;

    /** Most bytes of a publisher's name. */
    public static final int MAX_ORIGIN_BYTES = 128;

    /** Longest retention: a day. */
    public static final int MAX_RETENTION_MILLIS = 86_400_000;

    public Source {
        int bytes = Wire.utf8Size(topic);
        if (bytes < 1 || bytes > MAX_TOPIC_BYTES)
            throw new IllegalArgumentException(
                    "a topic's name has 1 to " + MAX_TOPIC_BYTES + " bytes of UTF-8, not " + bytes);
        bytes = Wire.utf8Size(origin);
        if (bytes < 1 || bytes > MAX_ORIGIN_BYTES)
            throw new IllegalArgumentException(
                    "a publisher's name has 1 to " + MAX_ORIGIN_BYTES + " bytes of UTF-8, not " + bytes);
        if (generation < 0) throw new IllegalArgumentException("generation " + generation + " is negative");
        if (retentionMillis < 0 || retentionMillis > MAX_RETENTION_MILLIS)
            throw new IllegalArgumentException(
                    "a retention of " + retentionMillis + " ms is not in 0.." + MAX_RETENTION_MILLIS);
    }

    /** 64 bits that stand for this source in announcements; the same on every node. */
    public long key() {
        long hash = 0xCBF2_9CE4_8422_2325L;
        for (int i = 0; i < topic.length(); i++) hash = (hash ^ topic.charAt(i)) * 0x0000_0100_0000_01B3L;
        hash = mix(hash ^ topic.length());
        for (int i = 0; i < origin.length(); i++) hash = (hash ^ origin.charAt(i)) * 0x0000_0100_0000_01B3L;
        return mix(hash ^ generation * 8 ^ promise.ordinal());
    }

    // The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
    static long mix(long bits) {
        bits = (bits ^ bits >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        bits = (bits ^ bits >>> 27) * 0x94D0_49BB_1331_11EBL;
        return bits ^ bits >>> 31;
    }
}
