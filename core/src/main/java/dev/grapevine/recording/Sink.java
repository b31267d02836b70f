package dev.grapevine.recording;

import dev.grapevine.core.Address;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;

/** Bytes that are being written: a buffer that grows, up to a bound. */
final class Sink {
    private static final int FIRST_BYTES = 4_096;
    private static final int MOST_KEPT_BYTES = 1 << 18; // one large command must not pin its size for ever

    private ByteBuffer buffer = ByteBuffer.allocate(FIRST_BYTES);

    void clear() {
        if (buffer.capacity() > MOST_KEPT_BYTES) buffer = ByteBuffer.allocate(FIRST_BYTES);
        buffer.clear();
    }

    int size() {
        return buffer.position();
    }

    /** Forgets what was written from {@code size} on. */
    void cut(int size) {
        buffer.position(size);
    }

    byte[] array() {
        return buffer.array();
    }

    void u8(int value) {
        room(1).put((byte) value);
    }

    void i64(long value) {
        room(8).putLong(value);
    }

    void varint(long value) {
        Wire.putVarint(room(Wire.MAX_VARINT_BYTES), value);
    }

    /** A signed number: zigzag, so that small negative ones are short too. */
    void signed(long value) {
        varint(value << 1 ^ value >> 63);
    }

    void text(String value) {
        Wire.putText(room(Wire.textSize(value)), value);
    }

    void bytes(byte[] value) {
        Wire.putBytes(room(Wire.bytesSize(value.length)), value);
    }

    /** The bytes between position and limit, which stay where they are. */
    void bytes(ByteBuffer value) {
        int length = value.remaining();
        varint(length);
        ByteBuffer to = room(length);
        to.put(to.position(), value, value.position(), length);
        to.position(to.position() + length);
    }

    void address(Address value) {
        Wire.putAddress(room(Wire.addressSize(value)), value);
    }

    private ByteBuffer room(int more) {
        if (buffer.remaining() < more) {
            int needed = Math.addExact(buffer.position(), more);
            ByteBuffer larger = ByteBuffer.allocate(
                    Math.max(needed, (int) Math.min(Integer.MAX_VALUE - 64L, 2L * buffer.capacity())));
            larger.put(buffer.flip());
            buffer = larger;
        }
        return buffer;
    }
}
