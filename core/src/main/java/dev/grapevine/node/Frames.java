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
    private byte[] held = new byte[0];
    private int size;

    /** Packets above {@code maxBytes} are malformed. */
    Frames(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Takes all bytes of a piece of the stream. Memory grows with what has arrived, never with what is announced. */
    void add(ByteBuffer piece) {
        int more = piece.remaining();
        if (held.length < size + more) {
            byte[] larger = new byte[Math.max(size + more, Math.min(2 * held.length, HEADER_BYTES + maxBytes))];
            System.arraycopy(held, 0, larger, 0, size);
            held = larger;
        }
        piece.get(held, size, more);
        size += more;
    }

    /**
     * The next whole packet, or null until more bytes have come.
     *
     * @throws MalformedPacketException if a length is out of range; the stream is then of no more use
     */
    @Nullable
    ByteBuffer next() {
        if (size < HEADER_BYTES) return null;
        int length = ByteBuffer.wrap(held).getInt();
        if (length <= 0 || length > maxBytes) throw new MalformedPacketException(Reason.TOO_LARGE, 0);
        if (size < HEADER_BYTES + length) return null;
        byte[] packet = new byte[length];
        System.arraycopy(held, HEADER_BYTES, packet, 0, length);
        size -= HEADER_BYTES + length;
        System.arraycopy(held, HEADER_BYTES + length, held, 0, size);
        return ByteBuffer.wrap(packet);
    }
}
