package dev.grapevine.node;

import dev.grapevine.membership.Message;
import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;

/** Type and body of a membership message: refused as malformed, or read and written again to the same bytes for ever. */
public final class MembershipCodecFuzz {
    private MembershipCodecFuzz() {}

    /** One input. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) return;
        Message first = decode(ByteBuffer.wrap(input, 1, input.length - 1).slice(), input[0] & 0xFF);
        if (first == null) return;
        ByteBuffer once = encode(first);
        ByteBuffer body = once.duplicate();
        int type = body.get() & 0xFF;
        dev.grapevine.wire.Wire.varint(body);
        Message second = decode(body.slice(), type);
        if (second == null) throw new AssertionError("not read back: " + first);
        if (!encode(second).equals(once)) throw new AssertionError(first + " came back as " + second);
    }

    private static Message decode(ByteBuffer body, int type) {
        try {
            return MembershipCodec.decode(type, body);
        } catch (MalformedPacketException refused) {
            return null;
        }
    }

    private static ByteBuffer encode(Message message) {
        ByteBuffer bytes = ByteBuffer.allocate(MembershipCodec.size(message));
        MembershipCodec.encode(message, bytes);
        if (bytes.hasRemaining()) throw new AssertionError("its size is not exact: " + message);
        return bytes.flip();
    }
}
