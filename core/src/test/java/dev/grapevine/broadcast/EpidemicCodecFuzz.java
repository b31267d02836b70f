package dev.grapevine.broadcast;

import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;

/** A message of the exchange of rumors: refused as malformed, or read and written again to the same message for ever. */
public final class EpidemicCodecFuzz {
    private EpidemicCodecFuzz() {}

    /** One input. */
    public static void fuzzerTestOneInput(byte[] input) {
        EpidemicMessage first;
        try {
            first = EpidemicCodec.decode(ByteBuffer.wrap(input));
        } catch (MalformedPacketException refused) {
            return;
        }
        ByteBuffer once = encode(first);
        EpidemicMessage second = EpidemicCodec.decode(once.duplicate());
        if (!second.equals(first)) throw new AssertionError(first + " came back as " + second);
        if (!encode(second).equals(once)) throw new AssertionError("written in two ways: " + first);
    }

    private static ByteBuffer encode(EpidemicMessage message) {
        ByteBuffer bytes = ByteBuffer.allocate(EpidemicCodec.size(message));
        EpidemicCodec.encode(message, bytes);
        if (bytes.hasRemaining()) throw new AssertionError("its size is not exact: " + message);
        return bytes.flip();
    }
}
