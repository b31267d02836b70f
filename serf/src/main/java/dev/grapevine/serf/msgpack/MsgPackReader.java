package dev.grapevine.serf.msgpack;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads MessagePack of any {@link Dialect}, from hostile hands: every length and count is compared with the bytes at hand
 * before memory is taken, nesting is bounded, and a value that does not fit its field is refused.
 *
 * <p>All methods throw {@link MalformedMessageException}. After {@link MalformedMessageException#isTruncated()} the same
 * bytes may be read again from the start once there are more of them.
 */
public final class MsgPackReader {
    /** How deep values may nest in something that is skipped. */
    public static final int MAX_DEPTH = 32;

    private final ByteBuffer in;
    private final int base;

    /** Reads from {@code buffer}'s position to its limit; the buffer itself does not move and must not change meanwhile. */
    public MsgPackReader(ByteBuffer buffer) {
        this.in = buffer.duplicate().order(ByteOrder.BIG_ENDIAN);
        this.base = in.position();
    }

    /** Reads {@code bytes}. */
    public MsgPackReader(Bytes bytes) {
        this(ByteBuffer.wrap(bytes.unsafe()));
    }

    /** How many bytes have been read. */
    public int offset() {
        return in.position() - base;
    }

    /** How many bytes are left. */
    public int remaining() {
        return in.remaining();
    }

    /** One byte outside any value, {@code 0..255}. */
    public int octet() {
        need(1);
        return in.get() & 0xFF;
    }

    /** {@code count} bytes outside any value. */
    public Bytes raw(int count) {
        need(count);
        byte[] copy = new byte[count];
        in.get(copy);
        return Bytes.of(copy);
    }

    /** Consumes a nil if one is next. */
    public boolean nil() {
        need(1);
        if (in.get(in.position()) != (byte) 0xC0) return false;
        in.get();
        return true;
    }

    /** The pairs of a map, {@code 0} for nil; never more than half the bytes that are left. */
    public int map() {
        int at = offset();
        int type = octet();
        if (type == 0xC0) return 0;
        if ((type & 0xF0) == 0x80) return counted(type & 0x0F, 2);
        if (type == 0xDE) return counted(big(2), 2);
        if (type == 0xDF) return counted(big(4), 2);
        throw bad("a map was due, not 0x" + Integer.toHexString(type), at);
    }

    /** The elements of a list, {@code -1} for nil; never more than the bytes that are left. */
    public int list() {
        int at = offset();
        int type = octet();
        if (type == 0xC0) return -1;
        if ((type & 0xF0) == 0x90) return counted(type & 0x0F, 1);
        if (type == 0xDC) return counted(big(2), 1);
        if (type == 0xDD) return counted(big(4), 1);
        throw bad("a list was due, not 0x" + Integer.toHexString(type), at);
    }

    /** Text from the raw, str or bin family; nil is the empty text. Bytes that are not UTF-8 become U+FFFD. */
    public String text() {
        int at = offset();
        int type = octet();
        if (type == 0xC0) return "";
        int length = runLength(type);
        if (length < 0) throw bad("text was due, not 0x" + Integer.toHexString(type), at);
        need(length);
        String text =
                StandardCharsets.UTF_8.decode(in.slice(in.position(), length)).toString();
        in.position(in.position() + length);
        return text;
    }

    /** Bytes from the raw, str or bin family, or a list of integers below 256; nil is null. */
    public @Nullable Bytes bytes() {
        int at = offset();
        int type = octet();
        if (type == 0xC0) return null;
        int length = runLength(type);
        if (length >= 0) return raw(length);
        if ((type & 0xF0) != 0x90 && type != 0xDC && type != 0xDD)
            throw bad("bytes were due, not 0x" + Integer.toHexString(type), at);
        in.position(in.position() - 1);
        byte[] copy = new byte[list()];
        for (int i = 0; i < copy.length; i++) copy[i] = (byte) unsigned(8);
        return Bytes.of(copy);
    }

    /**
     * An integer in any format; nil is zero.
     *
     * @param bits the width of the field, {@code 1..64}; a result of 64 bits is to be read as unsigned
     */
    public long unsigned(int bits) {
        int at = offset();
        int type = octet();
        long value;
        switch (type) {
            case 0xC0 -> value = 0;
            case 0xCC, 0xCD, 0xCE, 0xCF -> value = big(1 << (type - 0xCC));
            case 0xD0, 0xD1, 0xD2, 0xD3 -> {
                value = signExtended(1 << (type - 0xD0));
                if (value < 0) throw bad("negative value " + value, at);
            }
            default -> {
                if (type > 0x7F) throw bad("an integer was due, not 0x" + Integer.toHexString(type), at);
                value = type;
            }
        }
        if (bits < 64 && value >>> bits != 0) throw bad("value does not fit " + bits + " bits", at);
        return value;
    }

    /** A signed integer of 64 bits in any format; nil is zero. */
    public long signed() {
        int at = offset();
        int type = octet();
        if (type >= 0xE0) return (byte) type;
        if (type >= 0xD0 && type <= 0xD3) return signExtended(1 << (type - 0xD0));
        in.position(in.position() - 1);
        long value = unsigned(64);
        if (value < 0) throw bad("value does not fit 63 bits", at);
        return value;
    }

    /** True or false; {@code 0}, {@code 1} and nil pass too. */
    public boolean bool() {
        int at = offset();
        int type = octet();
        return switch (type) {
            case 0xC3, 0x01 -> true;
            case 0xC2, 0x00, 0xC0 -> false;
            default -> throw bad("a boolean was due, not 0x" + Integer.toHexString(type), at);
        };
    }

    /** A number with a fraction, or an integer; nil is zero. */
    public double float64() {
        need(1);
        int type = in.get(in.position()) & 0xFF;
        if (type == 0xCB) {
            need(9);
            in.get();
            return in.getDouble();
        }
        if (type == 0xCA) {
            need(5);
            in.get();
            return in.getFloat();
        }
        return signed();
    }

    /** Passes over one value of any kind. */
    public void skip() {
        long[] left = new long[MAX_DEPTH];
        int depth = 0;
        left[0] = 1;
        while (true) {
            while (left[depth] == 0) if (--depth < 0) return;
            left[depth]--;
            long inside = skipOne();
            if (inside == 0) continue;
            if (++depth == MAX_DEPTH) throw bad("nested deeper than " + MAX_DEPTH, offset());
            left[depth] = inside;
        }
    }

    /** Passes over one header and its bytes; returns how many values lie inside. */
    private long skipOne() {
        int at = offset();
        int type = octet();
        if (type <= 0x7F || type >= 0xE0) return 0;
        if ((type & 0xF0) == 0x80) return 2L * counted(type & 0x0F, 2);
        if ((type & 0xF0) == 0x90) return counted(type & 0x0F, 1);
        int length = runLength(type);
        if (length >= 0) return pass(length);
        return switch (type) {
            case 0xC0, 0xC2, 0xC3 -> 0;
            case 0xCC, 0xD0 -> pass(1);
            case 0xCD, 0xD1 -> pass(2);
            case 0xCA, 0xCE, 0xD2 -> pass(4);
            case 0xCB, 0xCF, 0xD3 -> pass(8);
            case 0xD4, 0xD5, 0xD6, 0xD7, 0xD8 -> pass(1 + (1 << (type - 0xD4)));
            case 0xC7, 0xC8, 0xC9 -> {
                long size = big(1 << (type - 0xC7));
                if (size >= Integer.MAX_VALUE) throw bad("an extension of " + size + " bytes", at);
                yield pass((int) size + 1);
            }
            case 0xDC -> counted(big(2), 1);
            case 0xDD -> counted(big(4), 1);
            case 0xDE -> 2L * counted(big(2), 2);
            case 0xDF -> 2L * counted(big(4), 2);
            default -> throw bad("unknown format 0x" + Integer.toHexString(type), at);
        };
    }

    private long pass(int count) {
        need(count);
        in.position(in.position() + count);
        return 0;
    }

    /** The length of a raw, str or bin value whose first byte is {@code type}; -1 if it is none. */
    private int runLength(int type) {
        if ((type & 0xE0) == 0xA0) return type & 0x1F;
        int width = switch (type) {
            case 0xD9, 0xC4 -> 1;
            case 0xDA, 0xC5 -> 2;
            case 0xDB, 0xC6 -> 4;
            default -> 0;
        };
        if (width == 0) return -1;
        int at = offset();
        long length = big(width);
        if (length > Integer.MAX_VALUE - 64 - offset()) throw bad("a length of " + length, at);
        return (int) length;
    }

    private int counted(long count, int bytesEach) {
        long needed = offset() + count * bytesEach;
        if (needed > Integer.MAX_VALUE) throw bad("a count of " + count, offset());
        if (count * bytesEach > in.remaining()) throw MalformedMessageException.truncated(offset(), (int) needed);
        return (int) count;
    }

    private long big(int count) {
        need(count);
        long value = 0;
        for (int i = 0; i < count; i++) value = value << 8 | in.get() & 0xFF;
        return value;
    }

    private long signExtended(int count) {
        int shift = 64 - 8 * count;
        return big(count) << shift >> shift;
    }

    private void need(int count) {
        if (in.remaining() < count) throw MalformedMessageException.truncated(offset(), offset() + count);
    }

    private MalformedMessageException bad(String reason, int at) {
        return new MalformedMessageException(reason, at);
    }
}
