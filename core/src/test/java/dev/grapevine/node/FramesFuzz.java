package dev.grapevine.node;

import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** However a stream is cut into pieces, the same packets come out, and no more memory is taken than has arrived. */
public final class FramesFuzz {
    private static final int MAX = 4_096;

    private FramesFuzz() {}

    /** One input: how long the pieces are, then the stream. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 2) return;
        int step = 1 + (input[0] & 0xFF);
        List<ByteBuffer> atOnce = cut(input, input.length);
        List<ByteBuffer> inPieces = cut(input, step);
        if (!atOnce.equals(inPieces))
            throw new AssertionError("pieces of " + step + ": " + inPieces + " not " + atOnce);
    }

    private static List<ByteBuffer> cut(byte[] input, int step) {
        Frames frames = new Frames(MAX);
        List<ByteBuffer> packets = new ArrayList<>();
        try {
            for (int at = 1; at < input.length; at += step) {
                frames.add(ByteBuffer.wrap(input, at, Math.min(step, input.length - at)));
                if (frames.heldBytes() > Math.max(2 * input.length, Frames.HEADER_BYTES + MAX + step))
                    throw new AssertionError("holds " + frames.heldBytes() + " of " + input.length + " bytes");
                for (ByteBuffer packet; (packet = frames.next()) != null; ) {
                    byte[] copy = new byte[packet.remaining()];
                    packet.get(copy);
                    packets.add(ByteBuffer.wrap(copy));
                }
            }
        } catch (MalformedPacketException useless) {
            packets.add(ByteBuffer.allocate(0)); // no packet is empty: this marks the end
        }
        return packets;
    }
}
