package dev.grapevine.recording;

import java.nio.ByteBuffer;

/**
 * 64 bits that stand for some bytes: two datagrams with the same hash are the same up to the chance of 2⁻⁶⁴. Multiply and
 * shift over eight bytes at a time, as in SplitMix64 (Steele, Lea, Flood 2014); no defence against somebody who wants a collision.
 */
public final class ContentHash {
    private static final long START = 0x6772_6170_6576_696EL;

    private ContentHash() {}

    /** The hash of the bytes between position and limit, which stay where they are. */
    public static long of(ByteBuffer bytes) {
        return of(START, bytes);
    }

    /** The same, continuing from an earlier hash. */
    static long of(long start, ByteBuffer bytes) {
        long state = mix(start, bytes.remaining());
        int at = bytes.position();
        int end = bytes.limit();
        for (; at + 8 <= end; at += 8) state = mix(state, bytes.getLong(at));
        long rest = 0;
        for (; at < end; at++) rest = rest << 8 | bytes.get(at) & 0xFF;
        return mix(state, rest);
    }

    static long mix(long state, long value) {
        long mixed = (state ^ value) * 0xBF58_476D_1CE4_E5B9L;
        mixed = (mixed ^ mixed >>> 29) * 0x94D0_49BB_1331_11EBL;
        return mixed ^ mixed >>> 32;
    }
}
