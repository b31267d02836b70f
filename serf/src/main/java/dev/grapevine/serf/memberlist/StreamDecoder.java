package dev.grapevine.serf.memberlist;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.msgpack.MsgPackReader;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the one message of a stream as its bytes arrive. Nothing says how long it is: structure does. No work is repeated
 * while bytes are missing that are known to be needed, so a peer that sends one byte at a time costs little.
 */
public final class StreamDecoder {
    /** What arrived so far. */
    public sealed interface Outcome {
        /** More bytes are needed. */
        enum More implements Outcome {
            /** The only one. */
            NEEDED
        }

        /** The message is complete. */
        record Complete(StreamMessage message) implements Outcome {}

        /** The stream is useless; {@code reply}, if not null, is to be sent as an err message before closing. */
        record Useless(String reason, @Nullable String reply) implements Outcome {}
    }

    private final StreamCodec codec;
    private byte[] bytes = new byte[512];
    private int size;
    private int neededBytes = 1;
    private int from;
    private boolean labelRead;
    private PushPull.@Nullable Parser pushPull;

    /**
     * A decoder for one direction of one stream.
     *
     * @param dialled whether we dialled: then the peer sends no label header
     */
    public StreamDecoder(StreamCodec codec, boolean dialled) {
        this.codec = codec;
        this.labelRead = dialled;
    }

    /** Bytes held. */
    public int heldBytes() {
        return size;
    }

    /** Takes what arrived and says whether it is enough. After anything but {@link Outcome.More} the decoder is spent. */
    public Outcome feed(ByteBuffer arrived) {
        int count = arrived.remaining();
        if (count > StreamCodec.MAX_UNPACKED_BYTES - size) return new Outcome.Useless("too many bytes", null);
        if (count > bytes.length - size) bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + count));
        arrived.get(arrived.position(), bytes, size, count);
        size += count;
        if (size < neededBytes) return Outcome.More.NEEDED;
        try {
            return read();
        } catch (MalformedMessageException e) {
            if (!e.isTruncated()) return new Outcome.Useless(String.valueOf(e.getMessage()), null);
            neededBytes = e.neededBytes();
            if (neededBytes > StreamCodec.MAX_UNPACKED_BYTES || neededBytes < 0)
                return new Outcome.Useless("a length of " + neededBytes, null);
            return Outcome.More.NEEDED;
        }
    }

    private Outcome read() {
        if (!labelRead) readLabel();
        need(from + 1);
        boolean keyed = !codec.sealer().keyring().isEmpty();
        int type = bytes[from] & 0xFF;
        if (type == Message.ENCRYPT) {
            if (!keyed) {
                String reply = "Remote state is encrypted and encryption is not configured";
                return new Outcome.Useless(reply, reply);
            }
            return readSealed();
        }
        if (keyed && codec.wire().verifyIncoming()) {
            String reply = "Encryption is configured but remote state is not encrypted";
            return new Outcome.Useless(reply, reply);
        }
        try {
            return new Outcome.Complete(message(ByteBuffer.wrap(bytes, from, size - from)));
        } catch (MalformedMessageException e) {
            throw e.isTruncated() ? MalformedMessageException.truncated(e.offset(), from + e.neededBytes()) : e;
        }
    }

    private void readLabel() {
        need(1);
        boolean labelled = (bytes[0] & 0xFF) == Message.HAS_LABEL;
        Bytes found = Bytes.EMPTY;
        if (labelled) {
            need(2);
            int length = bytes[1] & 0xFF;
            if (length == 0) throw new MalformedMessageException("a broken label", 1);
            need(2 + length);
            found = Bytes.of(bytes, 2, length);
        }
        boolean right = codec.wire().skipInboundLabelCheck()
                ? !labelled
                : found.equals(codec.wire().label());
        if (!right) throw new MalformedMessageException("another label", 0);
        labelRead = true;
        from = labelled ? 2 + found.size() : 0;
    }

    private Outcome readSealed() {
        need(from + 5);
        long length = ByteBuffer.wrap(bytes).getInt(from + 1) & 0xFFFF_FFFFL;
        if (length > StreamCodec.MAX_SEALED_BYTES)
            throw new MalformedMessageException("an encrypted state of " + length + " bytes", from);
        need(from + 5 + (int) length);
        byte[] plain;
        try {
            byte[] aad = codec.aad(Arrays.copyOfRange(bytes, from, from + 5));
            plain = codec.sealer().open(bytes, from + 5, (int) length, aad);
        } catch (MalformedMessageException e) {
            return new Outcome.Useless("cannot decrypt: " + e.getMessage(), e.getMessage());
        }
        return new Outcome.Complete(whole(plain));
    }

    /** A message that must be complete. */
    private StreamMessage whole(byte[] plain) {
        try {
            pushPull = null;
            return message(ByteBuffer.wrap(plain));
        } catch (MalformedMessageException e) {
            throw new MalformedMessageException(String.valueOf(e.getMessage()), e.offset());
        }
    }

    private StreamMessage message(ByteBuffer in) {
        if (!in.hasRemaining()) throw MalformedMessageException.truncated(0, 1);
        int type = in.get(in.position()) & 0xFF;
        ByteBuffer body = in.slice(in.position() + 1, in.remaining() - 1);
        try {
            return switch (type) {
                case Message.PING ->
                    new StreamMessage.PingOnStream((Message.Ping) Message.read(type, new MsgPackReader(body)));
                case Message.ACK ->
                    new StreamMessage.AckOnStream((Message.Ack) Message.read(type, new MsgPackReader(body)));
                case Message.ERR ->
                    new StreamMessage.ErrOnStream((Message.Err) Message.read(type, new MsgPackReader(body)));
                case Message.USER -> new StreamMessage.UserOnStream(user(new MsgPackReader(body)));
                case Message.PUSH_PULL -> {
                    if (pushPull == null) pushPull = new PushPull.Parser();
                    yield new StreamMessage.PushPullOnStream(pushPull.read(body));
                }
                case Message.COMPRESS -> {
                    byte[] plain = PacketCodec.decompressed(new MsgPackReader(body), StreamCodec.MAX_UNPACKED_BYTES);
                    if (plain.length > 0 && plain[0] == Message.COMPRESS)
                        throw new MalformedMessageException("compressed twice", 0);
                    yield whole(plain);
                }
                default -> throw new MalformedMessageException("message type " + type + " on a stream", 0);
            };
        } catch (MalformedMessageException e) {
            throw e.isTruncated() ? MalformedMessageException.truncated(e.offset() + 1, e.neededBytes() + 1) : e;
        }
    }

    private static Bytes user(MsgPackReader in) {
        long length = 0;
        for (int pairs = in.map(); pairs > 0; pairs--) {
            if (in.text().equals("UserMsgLen")) length = in.signed();
            else in.skip();
        }
        if (length < 0 || length > PushPull.MAX_USER_STATE_BYTES)
            throw new MalformedMessageException("a user message of " + length + " bytes", in.offset());
        return in.raw((int) length);
    }

    private void need(int count) {
        if (size < count) throw MalformedMessageException.truncated(size, count);
    }
}
