package dev.grapevine.serf.msgpack;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Appends MessagePack values to a growing array. Field order is the caller's: Serf's peers write map keys sorted bytewise,
 * and so must whoever wants the same bytes.
 */
public final class MsgPackWriter {
    private final Dialect dialect;
    private byte[] bytes;
    private int size;

    /** An empty writer. */
    public MsgPackWriter(Dialect dialect) {
        this.dialect = dialect;
        this.bytes = new byte[256];
    }

    /** How many bytes have been written. */
    public int size() {
        return size;
    }

    /** Forgets everything written and keeps the memory. */
    public MsgPackWriter clear() {
        size = 0;
        return this;
    }

    /** A copy of everything written. */
    public Bytes toBytes() {
        return Bytes.of(bytes, 0, size);
    }

    /** A view of everything written, valid until the next write. */
    public ByteBuffer view() {
        return ByteBuffer.wrap(bytes, 0, size);
    }

    /** The count of a map's pairs; key and value of each follow. */
    public MsgPackWriter map(int pairs) {
        return header(pairs, 0x80, 0xDE);
    }

    /** The count of a list's elements, which follow. */
    public MsgPackWriter list(int elements) {
        return header(elements, 0x90, 0xDC);
    }

    private MsgPackWriter header(int count, int fix, int wide) {
        if (count < 0) throw new IllegalArgumentException("negative count " + count);
        if (count < 16) return octet(fix | count);
        return count <= 0xFFFF ? octet(wide).big(count, 2) : octet(wide + 1).big(count, 4);
    }

    /** Text. */
    public MsgPackWriter text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int length = utf8.length;
        if (length < 32) octet(0xA0 | length);
        else if (length <= 0xFF && dialect == Dialect.MODERN) octet(0xD9).big(length, 1);
        else if (length <= 0xFFFF) octet(0xDA).big(length, 2);
        else octet(0xDB).big(length, 4);
        return raw(utf8, 0, length);
    }

    /** Bytes; null is nil. */
    public MsgPackWriter bytes(@Nullable Bytes value) {
        if (value == null) return nil();
        int length = value.size();
        if (dialect == Dialect.MODERN) {
            if (length <= 0xFF) octet(0xC4).big(length, 1);
            else if (length <= 0xFFFF) octet(0xC5).big(length, 2);
            else octet(0xC6).big(length, 4);
        } else if (length < 32) octet(0xA0 | length);
        else if (length <= 0xFFFF) octet(0xDA).big(length, 2);
        else octet(0xDB).big(length, 4);
        return raw(value.unsafe(), 0, length);
    }

    /** An unsigned integer of up to 64 bits, in the shortest format. */
    public MsgPackWriter unsigned(long value) {
        if (value >= 0 && value < 0x80) return octet((int) value);
        if (value >>> 8 == 0) return octet(0xCC).big(value, 1);
        if (value >>> 16 == 0) return octet(0xCD).big(value, 2);
        if (value >>> 32 == 0) return octet(0xCE).big(value, 4);
        return octet(0xCF).big(value, 8);
    }

    /** A field that is a signed integer in the peers' structures; see {@link Dialect}. */
    public MsgPackWriter signed(long value) {
        if (value >= 0 && (value < 0x80 || dialect == Dialect.GOSSIP)) return unsigned(value);
        if (value < 0 && value >= -32) return octet((int) value & 0xFF);
        // go-msgpack v2 writes int8 only for negative values: fixint covers the others.
        if (value < 0 && value >= Byte.MIN_VALUE) return octet(0xD0).big(value, 1);
        if (value == (short) value) return octet(0xD1).big(value, 2);
        if (value == (int) value) return octet(0xD2).big(value, 4);
        return octet(0xD3).big(value, 8);
    }

    /** True or false. */
    public MsgPackWriter bool(boolean value) {
        return octet(value ? 0xC3 : 0xC2);
    }

    /** A double of eight bytes. */
    public MsgPackWriter float64(double value) {
        return octet(0xCB).big(Double.doubleToRawLongBits(value), 8);
    }

    /** A number rounded to four bytes; readers of doubles take it too. */
    public MsgPackWriter float32(float value) {
        return octet(0xCA).big(Float.floatToRawIntBits(value), 4);
    }

    /** Nothing. */
    public MsgPackWriter nil() {
        return octet(0xC0);
    }

    /** One byte outside any value, for example a message's type. */
    public MsgPackWriter octet(int value) {
        ensure(1);
        bytes[size++] = (byte) value;
        return this;
    }

    /** Bytes outside any value. */
    public MsgPackWriter raw(byte[] value, int from, int count) {
        ensure(count);
        System.arraycopy(value, from, bytes, size, count);
        size += count;
        return this;
    }

    /** Bytes outside any value. */
    public MsgPackWriter raw(Bytes value) {
        return raw(value.unsafe(), 0, value.size());
    }

    private MsgPackWriter big(long value, int count) {
        ensure(count);
        for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) bytes[size++] = (byte) (value >>> shift);
        return this;
    }

    private void ensure(int more) {
        if (bytes.length - size < more) bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
}
