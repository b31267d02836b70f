package dev.grapevine.node;

import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Cuts a stream into packets: each is preceded by its length in four bytes. */
final class Frames {
    /** Bytes before each packet. */
    static final int HEADER_BYTES = 4;

    private final int maxBytes;
    private static final byte[] EMPTY = new byte[0];

    private byte[] held = EMPTY;
    private int start;
    private int end;

    /** Packets above {@code maxBytes} are malformed. */
    Frames(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Takes all bytes of a piece of the stream. Memory grows with what has arrived, never with what is announced. */
    void add(ByteBuffer piece) {
        int more = piece.remaining();
        if (held.length - end < more) {
            int size = end - start;
            byte[] room = held;
            // Either there is little to move, or there was much to read since it was moved last.
            if (held.length < size + more)
                room = new byte[Math.max(size + more, Math.min(2 * size, HEADER_BYTES + maxBytes))];
            System.arraycopy(held, start, room, 0, size);
            held = room;
            start = 0;
            end = size;
        }
        piece.get(held, end, more);
        end += more;
    }

    /** Bytes of memory taken. */
    int heldBytes() {
        return held.length;
    }

    /**
     * The next whole packet, readable until the next call of {@link #add}, or null until more bytes have come.
     *
     * @throws MalformedPacketException if a length is out of range; the stream is then of no more use
     */
    @Nullable
    ByteBuffer next() {
        int size = end - start;
        if (size == 0) {
            held = EMPTY; // an idle stream costs nothing
            start = 0;
            end = 0;
        }
        if (size < HEADER_BYTES) return null;
        int length = held[start] << 24
                | (held[start + 1] & 0xFF) << 16
                | (held[start + 2] & 0xFF) << 8
                | held[start + 3] & 0xFF;
        if (length <= 0 || length > maxBytes) throw new MalformedPacketException(Reason.TOO_LARGE, 0);
        if (size < HEADER_BYTES + length) return null;
        ByteBuffer packet = ByteBuffer.wrap(held, start + HEADER_BYTES, length).slice();
        start += HEADER_BYTES + length;
        return packet;
    }
}
