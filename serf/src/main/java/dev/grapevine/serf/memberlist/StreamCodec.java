package dev.grapevine.serf.memberlist;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.Dialect;
import dev.grapevine.serf.msgpack.MsgPackWriter;

/**
 * Dresses what goes over a stream: {@code [label header, by who dialled] [encrypt] [compress] message}. Source:
 * hashicorp/memberlist, net.go, rawSendMsgStream and encryptLocalState.
 */
public final class StreamCodec {
    /** What an encrypted stream may carry. */
    public static final int MAX_SEALED_BYTES = 20 * 1024 * 1024;
    /** What a stream may become when decompressed. */
    public static final int MAX_UNPACKED_BYTES = 40 * 1024 * 1024;

    private final Wire wire;
    private final Sealer sealer;
    private final Lzw lzw = new Lzw();

    /** A codec; the sealer's ring may change meanwhile. */
    public StreamCodec(Wire wire, Sealer sealer) {
        this.wire = wire;
        this.sealer = sealer;
    }

    Wire wire() {
        return wire;
    }

    Sealer sealer() {
        return sealer;
    }

    /** The bytes of {@code message} on a stream that we dialled or accepted. */
    public Bytes seal(StreamMessage message, boolean dialled) {
        MsgPackWriter out = new MsgPackWriter(Dialect.GOSSIP);
        switch (message) {
            case StreamMessage.PingOnStream(Message.Ping ping) -> Message.write(ping, out);
            case StreamMessage.AckOnStream(Message.Ack ack) -> Message.write(ack, out);
            case StreamMessage.ErrOnStream(Message.Err err) -> Message.write(err, out);
            case StreamMessage.PushPullOnStream(PushPull pushPull) -> pushPull.write(out);
            case StreamMessage.UserOnStream(Bytes payload) ->
                out.octet(Message.USER)
                        .map(1)
                        .text("UserMsgLen")
                        .signed(payload.size())
                        .raw(payload);
        }
        return seal(out, dialled);
    }

    /** The same for a message that is spelt already, from its type byte on. */
    public Bytes seal(MsgPackWriter message, boolean dialled) {
        byte[] plain = message.toBytes().array();
        MsgPackWriter out = new MsgPackWriter(Dialect.GOSSIP);
        if (wire.compression()) {
            PacketCodec.writeCompressed(out, lzw.compress(plain, 0, plain.length));
            // The reference compresses even what grows; every receiver reads both forms, so we send the shorter one.
            if (out.size() < plain.length) plain = out.toBytes().array();
            out.clear();
        }
        if (dialled && wire.label().size() > 0)
            out.octet(Message.HAS_LABEL).octet(wire.label().size()).raw(wire.label());
        if (sealer.keyring().isEmpty() || !wire.verifyOutgoing())
            return out.raw(plain, 0, plain.length).toBytes();
        byte[] header = header(Sealer.sealedBytes(wire.encryptionVersion(), plain.length));
        byte[] sealed = sealer.seal(wire.encryptionVersion(), plain, aad(header));
        return out.raw(header, 0, header.length).raw(sealed, 0, sealed.length).toBytes();
    }

    static byte[] header(int sealedBytes) {
        return new byte[] {
            Message.ENCRYPT,
            (byte) (sealedBytes >>> 24),
            (byte) (sealedBytes >>> 16),
            (byte) (sealedBytes >>> 8),
            (byte) sealedBytes
        };
    }

    /** The five header bytes and our label, in both directions. */
    byte[] aad(byte[] header) {
        byte[] aad =
                java.util.Arrays.copyOf(header, header.length + wire.label().size());
        System.arraycopy(
                wire.label().array(), 0, aad, header.length, wire.label().size());
        return aad;
    }
}
