package dev.grapevine.state.reconcile;

import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A list of ids in order, or of the upper bits of ids, as bytes: the gaps between them in a Rice code. A list of n random
 * prefixes of b bits takes about n·(b - lg n + 1.5) bits, close to the least possible. To name one of N ids to somebody who has
 * them, lg N + 6 bits are enough for one that is taken for another in 64.
 *
 * <p>Wire: count (varint), prefix bits (1 byte, 1..64, 128 more if the Rice parameter follows in a byte, 0..63; without it, it
 * is the one that fits prefixes spread over the whole range), then the bits, most significant first, padded with zeros to a whole
 * byte: for each gap to the id before (the first: to 0), the gap without its lowest {@code parameter} bits as that many ones
 * and a zero, then these bits.
 */
final class SortedIds {
    private static final int PARAMETER_FOLLOWS = 128;

    private SortedIds() {}

    /** Bits of prefix that tell an id from the {@code size - 1} others in all but one of 64 cases. */
    static int prefixBits(int size) {
        return Math.min(64, 38 - Integer.numberOfLeadingZeros(Math.max(1, size)));
    }

    /** The upper {@code bits} bits of ids in unsigned order, each once, as numbers. */
    static long[] prefixes(long[] sorted, int bits) {
        long[] prefixes = new long[sorted.length];
        int count = 0;
        for (long id : sorted) {
            long prefix = id >>> 64 - bits;
            if (count == 0 || prefixes[count - 1] != prefix) prefixes[count++] = prefix;
        }
        return Arrays.copyOf(prefixes, count);
    }

    /** The ids sorted in unsigned order: a copy. */
    static long[] sorted(long[] ids) {
        long[] sorted = new long[ids.length];
        for (int i = 0; i < ids.length; i++) sorted[i] = ids[i] ^ Long.MIN_VALUE;
        Arrays.sort(sorted);
        for (int i = 0; i < sorted.length; i++) sorted[i] ^= Long.MIN_VALUE;
        return sorted;
    }

    /** The parameter that fits {@code count} prefixes spread over all of {@code bits} bits: all ones together are {@code <= 2·count}. */
    private static int spreadParameter(int count, int bits) {
        return count == 0 ? 0 : Math.min(63, Math.max(0, bits - 32 + Integer.numberOfLeadingZeros(count)));
    }

    /** The parameter that fits these prefixes, which may crowd in a part of the range, if that saves more than its byte. */
    private static int parameter(long[] prefixes, int bits) {
        int spread = spreadParameter(prefixes.length, bits);
        if (prefixes.length < 2) return spread;
        long width = prefixes[prefixes.length - 1] - prefixes[0];
        int first = Math.max(0, 58 - Long.numberOfLeadingZeros(prefixes[0])); // at most 64 ones for the first gap
        int crowded = Math.max(first, 63 - Long.numberOfLeadingZeros(Long.divideUnsigned(width, prefixes.length) | 1));
        return crowded < spread && (long) (spread - crowded) * prefixes.length > 16 ? crowded : spread;
    }

    static int sizeBytes(long[] prefixes, int prefixBits) {
        int parameter = parameter(prefixes, prefixBits);
        long bits = 0;
        for (int i = 0; i < prefixes.length; i++) {
            long gap = i == 0 ? prefixes[0] : prefixes[i] - prefixes[i - 1];
            bits += (gap >>> parameter) + 1 + parameter;
        }
        int head = parameter == spreadParameter(prefixes.length, prefixBits) ? 1 : 2;
        return Wire.varintSize(prefixes.length) + head + (int) ((bits + 7) / 8);
    }

    /** Writes ascending (unsigned) numbers below 2^{@code bits}. */
    static void write(ByteBuffer into, long[] prefixes, int bits) {
        int parameter = parameter(prefixes, bits);
        boolean spread = parameter == spreadParameter(prefixes.length, bits);
        Wire.putVarint(into, prefixes.length);
        into.put((byte) (spread ? bits : bits | PARAMETER_FOLLOWS));
        if (!spread) into.put((byte) parameter);
        BitWriter writer = new BitWriter(into);
        for (int i = 0; i < prefixes.length; i++) {
            long gap = i == 0 ? prefixes[0] : prefixes[i] - prefixes[i - 1];
            for (long ones = gap >>> parameter; ones > 0; ones--) writer.bits(1, 1);
            writer.bits(0, 1);
            writer.bits(gap, parameter);
        }
        writer.finish();
    }

    /** Prefixes as they were read. */
    record Prefixes(long[] values, int bits) {}

    /**
     * Reads what {@link #write} wrote. Takes memory for no more ids than there are bits left to read.
     *
     * @param max ids allowed
     */
    static Prefixes read(ByteBuffer from, int max) {
        int start = from.position();
        int count = (int) Wire.varint(from, max);
        int head = Wire.u8(from);
        int bits = head & PARAMETER_FOLLOWS - 1;
        if (bits < 1 || bits > 64) throw new MalformedPacketException(Reason.BAD_VALUE, start);
        int spread = spreadParameter(count, bits);
        int parameter = (head & PARAMETER_FOLLOWS) == 0 ? spread : Wire.u8(from);
        if (parameter > 63 || head > PARAMETER_FOLLOWS && parameter == spread)
            throw new MalformedPacketException(Reason.BAD_VALUE, start);
        if ((parameter + 1L) * count > 8L * from.remaining())
            throw new MalformedPacketException(Reason.TRUNCATED, from.limit());
        long last = -1L >>> 64 - bits;
        long[] values = new long[count];
        BitReader reader = new BitReader(from);
        long value = 0;
        for (int i = 0; i < count; i++) {
            long ones = 0;
            while (reader.bits(1) == 1) ones++;
            if (parameter > 0 && ones >>> 64 - parameter != 0) throw bad(from);
            long gap = ones << parameter | reader.bits(parameter);
            if (i > 0 && gap == 0) throw bad(from);
            long next = value + gap;
            if (Long.compareUnsigned(next, value) < 0 || Long.compareUnsigned(next, last) > 0) throw bad(from);
            value = next;
            values[i] = value;
        }
        if (!reader.restIsZero()) throw bad(from);
        return new Prefixes(values, bits);
    }

    private static MalformedPacketException bad(ByteBuffer from) {
        return new MalformedPacketException(Reason.BAD_VALUE, from.position());
    }

    private static final class BitWriter {
        private final ByteBuffer into;
        private int held;
        private int count;

        BitWriter(ByteBuffer into) {
            this.into = into;
        }

        void bits(long value, int bits) {
            for (int i = bits - 1; i >= 0; i--) {
                held = held << 1 | (int) (value >>> i & 1);
                if (++count == 8) {
                    into.put((byte) held);
                    held = 0;
                    count = 0;
                }
            }
        }

        void finish() {
            if (count > 0) bits(0, 8 - count);
        }
    }

    private static final class BitReader {
        private final ByteBuffer from;
        private int held;
        private int left;

        BitReader(ByteBuffer from) {
            this.from = from;
        }

        long bits(int bits) {
            long value = 0;
            for (int i = 0; i < bits; i++) {
                if (left == 0) {
                    held = Wire.u8(from);
                    left = 8;
                }
                value = value << 1 | held >>> --left & 1;
            }
            return value;
        }

        boolean restIsZero() {
            return (held & (1 << left) - 1) == 0;
        }
    }
}
