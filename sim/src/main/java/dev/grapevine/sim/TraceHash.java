package dev.grapevine.sim;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A rolling 64-bit hash over everything that happens in a run. Two runs with the same hash had the same events at the same
 * times with the same bytes, up to the chance of 2⁻⁶⁴. It is no defence against somebody who wants a collision.
 */
final class TraceHash {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private long state = 0x6772_6170_6576_696EL;

    void add(long value) {
        state = mix(state, value);
    }

    void add(byte[] bytes, int from, int count) {
        int at = from;
        int end = from + count;
        for (; at + 8 <= end; at += 8) add((long) LONGS.get(bytes, at));
        long rest = count;
        for (; at < end; at++) rest = rest << 8 | bytes[at] & 0xFF;
        add(rest);
    }

    void add(String text) {
        long folded = text.length();
        for (int i = 0; i < text.length(); i++) folded = folded * 31 + text.charAt(i);
        add(folded);
    }

    long value() {
        return state;
    }

    /** Folds {@code value} into {@code state}: multiply and shift, as in SplitMix64. */
    static long mix(long state, long value) {
        long mixed = (state ^ value) * 0xBF58_476D_1CE4_E5B9L;
        mixed = (mixed ^ mixed >>> 29) * 0x94D0_49BB_1331_11EBL;
        return mixed ^ mixed >>> 32;
    }
}
