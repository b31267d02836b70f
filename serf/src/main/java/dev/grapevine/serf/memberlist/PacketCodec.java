package dev.grapevine.serf.memberlist;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.Dialect;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.msgpack.MsgPackReader;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32;

/**
 * The layers of a datagram: {@code [label] [encrypt] [crc] [compress] message}, where the message may be a compound. Source:
 * hashicorp/memberlist, net.go, rawSendMsgPacket and ingestPacket.
 */
public final class PacketCodec {
    /** Parts of one compound. */
    public static final int MAX_PARTS = 255;

    /** What one datagram may become when decompressed: no honest sender compresses more than fits a datagram. */
    static final int MAX_UNPACKED_BYTES = 256 * 1024;

    private static final int MAX_NESTING = 4;

    private final Wire wire;
    private final Sealer sealer;
    private final byte[] label;
    private final Lzw lzw = new Lzw();
    private final CRC32 crc32 = new CRC32();
    private final MsgPackWriter scratch = new MsgPackWriter(Dialect.GOSSIP);
    private long partsRefused;

    /** A codec; the sealer's ring may change meanwhile. */
    public PacketCodec(Wire wire, Sealer sealer) {
        this.wire = wire;
        this.sealer = sealer;
        this.label = wire.label().array();
    }

    /** Bytes to keep free for label and encryption. */
    public int overheadBytes() {
        return wire.overheadBytes(encrypts());
    }

    /** How many parts of compounds were dropped while the rest of their packet was used. */
    public long partsRefused() {
        return partsRefused;
    }

    private boolean encrypts() {
        return !sealer.keyring().isEmpty() && wire.verifyOutgoing();
    }

    /**
     * Dresses one message.
     *
     * @param message with its type byte, as {@link Message#write} or {@link #compound} leave it
     * @param crc whether to add the checksum, which peers of protocol 5 and up understand
     * @param out receives the packet
     */
    public void seal(ByteBuffer message, boolean crc, ByteBuffer out) {
        ByteBuffer plain = wire.compression() ? compressed(message) : message;
        if (crc) plain = checked(plain);
        if (label.length > 0)
            out.put((byte) Message.HAS_LABEL).put((byte) label.length).put(label);
        if (!encrypts()) {
            out.put(plain);
            return;
        }
        byte[] copy = new byte[plain.remaining()];
        plain.get(copy);
        out.put(sealer.seal(wire.encryptionVersion(), copy, label));
    }

    /** The compress message if it is shorter, else {@code message}. */
    private ByteBuffer compressed(ByteBuffer message) {
        byte[] packed = lzw.compress(message.array(), message.arrayOffset() + message.position(), message.remaining());
        scratch.clear();
        writeCompressed(scratch, packed);
        return scratch.size() < message.remaining() ? scratch.view() : message;
    }

    static void writeCompressed(MsgPackWriter to, byte[] packed) {
        to.octet(Message.COMPRESS).map(2).text("Algo").unsigned(0).text("Buf").bytes(Bytes.of(packed));
    }

    private ByteBuffer checked(ByteBuffer plain) {
        crc32.reset();
        crc32.update(plain.duplicate());
        ByteBuffer checked = ByteBuffer.allocate(5 + plain.remaining());
        return checked.put((byte) Message.HAS_CRC)
                .putInt((int) crc32.getValue())
                .put(plain)
                .flip();
    }

    /**
     * Appends a compound of {@code parts}.
     *
     * @param parts {@code 1..255} messages with their type bytes, each at most 65535 bytes
     */
    public static void compound(List<Bytes> parts, MsgPackWriter to) {
        if (parts.isEmpty() || parts.size() > MAX_PARTS)
            throw new IllegalArgumentException(parts.size() + " parts do not fit a compound");
        to.octet(Message.COMPOUND).octet(parts.size());
        for (Bytes part : parts) to.octet(part.size() >>> 8).octet(part.size() & 0xFF);
        for (Bytes part : parts) to.raw(part);
    }

    /**
     * Undresses a datagram and appends its messages in order. Bad parts of a compound are dropped alone.
     *
     * @throws MalformedMessageException if nothing of it can be used
     */
    public void open(ByteBuffer packet, List<Message> into) {
        if (!packet.hasRemaining()) throw new MalformedMessageException("an empty packet", 0);
        byte[] bytes = new byte[packet.remaining()];
        packet.get(packet.position(), bytes);
        int from = withoutLabel(bytes);
        if (!sealer.keyring().isEmpty()) {
            try {
                bytes = sealer.open(bytes, from, bytes.length - from, label);
                from = 0;
            } catch (MalformedMessageException e) {
                if (wire.verifyIncoming()) throw e;
            }
        }
        if (bytes.length - from >= 5 && bytes[from] == Message.HAS_CRC) {
            crc32.reset();
            crc32.update(bytes, from + 5, bytes.length - from - 5);
            int expected = ByteBuffer.wrap(bytes).getInt(from + 1);
            if ((int) crc32.getValue() != expected) throw new MalformedMessageException("bad checksum", from);
            from += 5;
        }
        dispatch(bytes, from, bytes.length, new int[] {MAX_UNPACKED_BYTES}, 0, into);
    }

    /** Checks the label and returns where the rest begins. */
    private int withoutLabel(byte[] bytes) {
        boolean labelled = (bytes[0] & 0xFF) == Message.HAS_LABEL;
        if (wire.skipInboundLabelCheck()) {
            if (labelled) throw new MalformedMessageException("a label where none is due", 0);
            return 0;
        }
        if (!labelled) {
            if (label.length > 0) throw new MalformedMessageException("no label", 0);
            return 0;
        }
        int length = bytes.length < 2 ? 0 : bytes[1] & 0xFF;
        if (length == 0 || bytes.length < 2 + length) throw new MalformedMessageException("a broken label", 1);
        if (!Bytes.of(bytes, 2, length).equals(wire.label())) throw new MalformedMessageException("another label", 2);
        return 2 + length;
    }

    private void dispatch(byte[] bytes, int from, int end, int[] budget, int depth, List<Message> into) {
        if (from >= end) throw new MalformedMessageException("no message", from);
        if (depth > MAX_NESTING) throw new MalformedMessageException("layers nested too deep", from);
        int type = bytes[from] & 0xFF;
        switch (type) {
            case Message.COMPOUND -> parts(bytes, from + 1, end, budget, depth, into);
            case Message.COMPRESS -> {
                byte[] plain =
                        decompressed(new MsgPackReader(ByteBuffer.wrap(bytes, from + 1, end - from - 1)), budget[0]);
                budget[0] -= plain.length;
                dispatch(plain, 0, plain.length, budget, depth + 1, into);
            }
            case Message.PUSH_PULL, Message.ENCRYPT, Message.HAS_CRC, Message.ERR ->
                throw new MalformedMessageException("message type " + type + " in a packet", from);
            default ->
                into.add(Message.read(type, new MsgPackReader(ByteBuffer.wrap(bytes, from + 1, end - from - 1))));
        }
    }

    /** The plain bytes of a compress message's body. */
    static byte[] decompressed(MsgPackReader in, int maxBytes) {
        long algorithm = 0;
        Bytes packed = null;
        for (int pairs = in.map(); pairs > 0; pairs--) {
            switch (in.text()) {
                case "Algo" -> algorithm = in.unsigned(8);
                case "Buf" -> packed = in.bytes();
                default -> in.skip();
            }
        }
        if (algorithm != 0) throw new MalformedMessageException("unknown compression " + algorithm, in.offset());
        if (packed == null) throw new MalformedMessageException("nothing to decompress", in.offset());
        byte[] array = packed.array();
        return Lzw.decompress(array, 0, array.length, maxBytes);
    }

    private void parts(byte[] bytes, int from, int end, int[] budget, int depth, List<Message> into) {
        int count = from < end ? bytes[from] & 0xFF : 0;
        int at = from + 1 + 2 * count;
        if (at > end) throw new MalformedMessageException("a truncated compound", from);
        for (int i = 0; i < count; i++) {
            int lengthAt = from + 1 + 2 * i;
            int length = (bytes[lengthAt] & 0xFF) << 8 | bytes[lengthAt + 1] & 0xFF;
            if (length > end - at) {
                partsRefused += count - i;
                return;
            }
            try {
                dispatch(bytes, at, at + length, budget, depth + 1, into);
            } catch (MalformedMessageException e) {
                partsRefused++;
            }
            at += length;
        }
    }
}
