package dev.grapevine.serf.fuzz;

import dev.grapevine.serf.SerfMessage;
import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.MalformedMessageException;

/** A Serf message: refused, or written again to something that reads as the same. */
public final class MessageFuzz {
    private MessageFuzz() {}

    /** For fuzzers, which find it by its name. */
    public static void fuzzerTestOneInput(byte[] input) {
        SerfMessage message;
        try {
            message = SerfMessage.decode(Bytes.of(input));
        } catch (MalformedMessageException refused) {
            return;
        }
        SerfMessage again = SerfMessage.decode(message.encoded());
        if (!again.equals(message)) throw new IllegalStateException(message + " became " + again);
    }
}
