package dev.grapevine.wire;

import java.nio.ByteBuffer;

/** Any bytes as a packet, in clear and sealed: refused, or in clear what {@link Envelope#close} makes of the same body. */
public final class EnvelopeFuzz {
    private EnvelopeFuzz() {}

    /** One input. */
    public static void fuzzerTestOneInput(byte[] packet) {
        Envelope clear = new Envelope("fuzz", null, 1);
        ByteBuffer body = open(clear, packet);
        if (body != null) {
            ByteBuffer again = ByteBuffer.allocate(packet.length);
            clear.open(again);
            again.put(body);
            clear.close(again, 0);
            // The low nibble of the first byte and all others are fixed by the checksum.
            if (!again.flip().equals(ByteBuffer.wrap(packet))) throw new AssertionError("two packets with one body");
        }
        if (open(new Envelope("fuzz", KeyRing.of(new byte[KeyRing.KEY_BYTES]), 1), packet) != null
                && packet.length < 34) throw new AssertionError("opened without a seal");
    }

    private static ByteBuffer open(Envelope envelope, byte[] packet) {
        try {
            return envelope.body(ByteBuffer.wrap(packet));
        } catch (MalformedPacketException refused) {
            return null;
        }
    }
}
