package dev.grapevine.serf.memberlist;

import dev.grapevine.serf.msgpack.MalformedMessageException;
import java.util.Arrays;

/**
 * The LZW of GIF: least significant bit first, literals of 8 bits, codes of 9 to 12 bits. Writes the same bytes as Go's
 * compress/lzw, which peers use. One object compresses one thing at a time.
 */
public final class Lzw {
    private static final int CLEAR = 256;
    private static final int END = 257;
    private static final int MAX_WIDTH = 12;
    private static final int LAST_CODE = (1 << MAX_WIDTH) - 1;
    private static final int SLOTS = 1 << 14; // four times the codes: probes stay short
    private static final int NO_CODE = -1;

    private final int[] table = new int[SLOTS]; // key << 12 | code, 0 when free: no entry has code 0
    private byte[] out = new byte[512];
    private int size;
    private long bits;
    private int bitCount;
    private int width;
    private int next;
    private int limit;

    /** A compressor. */
    public Lzw() {}

    /** {@code count} bytes of {@code in}, compressed. */
    public byte[] compress(byte[] in, int from, int count) {
        size = 0;
        bits = 0;
        bitCount = 0;
        reset();
        emit(CLEAR);
        if (count > 0) {
            int current = in[from] & 0xFF;
            for (int i = from + 1; i < from + count; i++) {
                int literal = in[i] & 0xFF;
                int key = current << 8 | literal;
                int slot = slot(key);
                if (table[slot] != 0) {
                    current = table[slot] & LAST_CODE;
                    continue;
                }
                emit(current);
                current = literal;
                if (step()) table[slot] = key << MAX_WIDTH | next;
            }
            emit(current);
            step();
        }
        emit(END);
        while (bitCount > 0) flushByte();
        return Arrays.copyOf(out, size);
    }

    private void reset() {
        Arrays.fill(table, 0);
        width = 9;
        next = END;
        limit = 512;
    }

    /** Moves on to the next code; false if the dictionary was full and has been emptied. */
    private boolean step() {
        next++;
        if (next == limit) {
            width++;
            limit <<= 1;
        }
        if (next < LAST_CODE) return true;
        emit(CLEAR);
        reset();
        return false;
    }

    private int slot(int key) {
        int slot = (key * 0x9E37_79B1) >>> 18;
        while (table[slot] != 0 && table[slot] >>> MAX_WIDTH != key) slot = slot + 1 & SLOTS - 1;
        return slot;
    }

    private void emit(int code) {
        bits |= (long) code << bitCount;
        bitCount += width;
        while (bitCount >= 8) flushByte();
    }

    private void flushByte() {
        if (size == out.length) out = Arrays.copyOf(out, size * 2);
        out[size++] = (byte) bits;
        bits >>>= 8;
        bitCount = Math.max(0, bitCount - 8);
    }

    /**
     * Reverses {@link #compress}, from hostile hands.
     *
     * @param maxBytes what the result may have at most
     * @throws MalformedMessageException if the codes make no sense, end too early, or say more than {@code maxBytes}
     */
    public static byte[] decompress(byte[] in, int from, int count, int maxBytes) {
        // Entry e is what was said last time plus one byte, and that stands in the output already: a start and a
        // length.
        int[] start = new int[LAST_CODE + 1];
        int[] length = new int[LAST_CODE + 1];
        byte[] out = new byte[Math.max(16, (int) Math.min(maxBytes, count * 3L))];
        int size = 0;
        int width = 9;
        int hi = END;
        int lastStart = NO_CODE;
        int lastLength = 0;
        int at = from;
        int end = from + count;
        int bits = 0;
        int bitCount = 0;
        while (true) {
            while (bitCount < width) {
                if (at == end) throw new MalformedMessageException("LZW data ends without an end code", count);
                bits |= (in[at++] & 0xFF) << bitCount;
                bitCount += 8;
            }
            int code = bits & (1 << width) - 1;
            bits >>>= width;
            bitCount -= width;
            if (code == END) return Arrays.copyOf(out, size);
            if (code == CLEAR) {
                width = 9;
                hi = END;
                lastStart = NO_CODE;
                continue;
            }
            if (code > hi) throw new MalformedMessageException("LZW code " + code + " above " + hi, at - from);
            boolean fresh = code == hi && lastStart != NO_CODE;
            int wordStart = fresh ? lastStart : start[code];
            int wordLength = code < CLEAR ? 1 : fresh ? lastLength + 1 : length[code];
            if (wordLength > maxBytes - size)
                throw new MalformedMessageException("LZW output above " + maxBytes + " bytes", at - from);
            if (wordLength > out.length - size)
                out = Arrays.copyOf(out, (int) Math.min(maxBytes, Math.max(size + (long) wordLength, 2L * out.length)));
            int here = size;
            if (code < CLEAR) out[size++] = (byte) code;
            // Byte by byte: a fresh word ends with its own first byte.
            else for (int i = 0; i < wordLength; i++) out[size++] = out[wordStart + i];
            if (lastStart != NO_CODE) {
                start[hi] = lastStart;
                length[hi] = lastLength + 1;
            }
            lastStart = here;
            lastLength = wordLength;
            if (++hi >= 1 << width) {
                if (width < MAX_WIDTH) width++;
                else {
                    hi = LAST_CODE;
                    lastStart = NO_CODE;
                }
            }
        }
    }
}
