package dev.grapevine.agent.serf;

import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.msgpack.MsgPackReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Function;

/** Objects from a stream of bytes without framing: what is not there yet is waited for, within a limit on its size. */
final class RpcInput {
    private final InputStream in;
    private final int maxBytes;
    private byte[] bytes = new byte[4096];
    private int from;
    private int to;

    /**
     * Reads from {@code in}.
     *
     * @param maxBytes what one call of {@link #next} may take, {@code > 0}
     */
    RpcInput(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /**
     * The next thing that {@code read} can make of the bytes; it is called again from the start each time more bytes have
     * come, and must have no effect until it succeeds.
     *
     * @throws EOFException if the peer ends before or within it
     * @throws MalformedMessageException if no further bytes could mend it, or it would take more than the limit
     */
    <T> T next(Function<MsgPackReader, T> read) throws IOException {
        while (true) {
            MsgPackReader reader = new MsgPackReader(ByteBuffer.wrap(bytes, from, to - from));
            try {
                T value = read.apply(reader);
                from += reader.offset();
                return value;
            } catch (MalformedMessageException truncated) {
                if (!truncated.isTruncated()) throw truncated;
                if (truncated.neededBytes() > maxBytes)
                    throw new MalformedMessageException("more than " + maxBytes + " bytes", truncated.offset());
                fill(truncated.neededBytes());
            }
        }
    }

    /** Waits until there are {@code needed} bytes from {@link #from} on. */
    private void fill(int needed) throws IOException {
        if (from > 0) {
            System.arraycopy(bytes, from, bytes, 0, to - from);
            to -= from;
            from = 0;
        }
        while (to < needed) {
            // Grown by what has come, never by what was announced.
            if (to == bytes.length)
                bytes = Arrays.copyOf(bytes, Math.min(2 * bytes.length, Math.max(maxBytes, to + 1)));
            int count = in.read(bytes, to, bytes.length - to);
            if (count < 0) throw new EOFException("the other side ended");
            to += count;
        }
    }
}
