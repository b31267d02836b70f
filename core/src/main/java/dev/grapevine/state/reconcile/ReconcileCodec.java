package dev.grapevine.state.reconcile;

import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;

/**
 * Messages of an exchange as bytes; {@code docs/protocols/reconciliation.md} has the table. A message is its kind (1 byte), the
 * exchange (1 byte) and its fields. Every size is checked before memory is taken, and no message may take more than {@value
 * #MAX_BYTES} bytes.
 */
public final class ReconcileCodec {
    /** The longest message: what a packet on a stream may hold with room to spare. */
    public static final int MAX_BYTES = 64 * 1024;

    /** The largest set that is reconciled. */
    public static final int MAX_SET = 1 << 26;

    /** Ids in one listing, at most: 8 bytes and a bit each. */
    static final int MAX_LISTED = 7_000;

    /** Coded symbols in one message, at most: 12 bytes and a varint of at most 5 each. */
    static final int MAX_SYMBOLS = 3_800;

    private static final int COMPARE = 1;
    private static final int SAME = 2;
    private static final int SKETCH = 3;
    private static final int MORE = 4;
    private static final int SAMPLES = 5;
    private static final int WANT_SYMBOLS = 6;
    private static final int SYMBOLS = 7;
    private static final int WANT_LISTING = 8;
    private static final int LISTING = 9;
    private static final int WANT = 10;
    private static final int BUSY = 11;
    private static final int FURTHER = 12; // a sketch that does not begin at 0
    private static final int WANT_BACK = 13; // by the responder

    private static final long DIGEST_MASK = (1L << 40) - 1;

    private ReconcileCodec() {}

    /** The digest as it goes on the wire. */
    static long digest(long digest) {
        return digest & DIGEST_MASK;
    }

    /** Bytes that {@link #write} writes. */
    public static int sizeBytes(ReconcileMessage message) {
        return 2
                + switch (message) {
                    case ReconcileMessage.Compare m -> Wire.varintSize(m.size()) + 5 + 8 + 4;
                    case ReconcileMessage.Same m -> 0;
                    case ReconcileMessage.Sketch m ->
                        Wire.varintSize(m.size())
                                + (m.from() == 0 ? 0 : Wire.varintSize(m.from()))
                                + PinSketch.sizeBytes(
                                        BinaryField.GF48, m.syndromes().capacity());
                    case ReconcileMessage.More m -> Wire.varintSize(m.from()) + Wire.varintSize(m.capacity());
                    case ReconcileMessage.Samples m -> Wire.varintSize(m.size()) + 8 + 8 * m.levels().length;
                    case ReconcileMessage.WantSymbols m -> Wire.varintSize(m.from()) + Wire.varintSize(m.count());
                    case ReconcileMessage.Symbols m ->
                        Wire.varintSize(m.size())
                                + Wire.varintSize(m.run().from)
                                + Wire.varintSize(m.run().size())
                                + m.run().sizeBytes(m.size());
                    case ReconcileMessage.WantListing m -> 0;
                    case ReconcileMessage.Listing m -> 1 + SortedIds.sizeBytes(m.ids(), 64);
                    case ReconcileMessage.Want m -> SortedIds.sizeBytes(m.prefixes(), m.bits());
                    case ReconcileMessage.Busy m -> 0;
                };
    }

    /** Writes a message. */
    public static void write(ByteBuffer into, ReconcileMessage message) {
        switch (message) {
            case ReconcileMessage.Compare m -> {
                head(into, COMPARE, m);
                Wire.putVarint(into, m.size());
                into.put((byte) (m.digest() >>> 32)).putInt((int) m.digest());
                into.putLong(m.all()).putInt(m.sparse());
            }
            case ReconcileMessage.Same m -> head(into, SAME, m);
            case ReconcileMessage.Sketch m -> {
                head(into, m.from() == 0 ? SKETCH : FURTHER, m);
                Wire.putVarint(into, m.size());
                if (m.from() > 0) Wire.putVarint(into, m.from());
                m.syndromes().write(into, 0, m.syndromes().capacity());
            }
            case ReconcileMessage.More m -> {
                head(into, MORE, m);
                Wire.putVarint(into, m.from());
                Wire.putVarint(into, m.capacity());
            }
            case ReconcileMessage.Samples m -> {
                head(into, SAMPLES, m);
                Wire.putVarint(into, m.size());
                into.putLong(m.salt());
                for (long level : m.levels()) into.putLong(level);
            }
            case ReconcileMessage.WantSymbols m -> {
                head(into, WANT_SYMBOLS, m);
                Wire.putVarint(into, m.from());
                Wire.putVarint(into, m.count());
            }
            case ReconcileMessage.Symbols m -> {
                head(into, SYMBOLS, m);
                Wire.putVarint(into, m.size());
                Wire.putVarint(into, m.run().from);
                Wire.putVarint(into, m.run().size());
                m.run().write(into, m.size());
            }
            case ReconcileMessage.WantListing m -> head(into, WANT_LISTING, m);
            case ReconcileMessage.Listing m -> {
                head(into, LISTING, m);
                into.put((byte) ((m.byInitiator() ? 1 : 0) | (m.end() ? 2 : 0)));
                SortedIds.write(into, m.ids(), 64);
            }
            case ReconcileMessage.Want m -> {
                head(into, m.byInitiator() ? WANT : WANT_BACK, m);
                SortedIds.write(into, m.prefixes(), m.bits());
            }
            case ReconcileMessage.Busy m -> head(into, BUSY, m);
        }
    }

    private static void head(ByteBuffer into, int kind, ReconcileMessage message) {
        into.put((byte) kind).put((byte) message.exchange());
    }

    /**
     * Reads one message, which must fill the buffer.
     *
     * @throws MalformedPacketException if it is none, or something is left over
     */
    public static ReconcileMessage read(ByteBuffer from) {
        int start = from.position();
        if (from.remaining() > MAX_BYTES) throw new MalformedPacketException(Reason.TOO_LARGE, start);
        int kind = Wire.u8(from);
        int exchange = Wire.u8(from);
        ReconcileMessage message = switch (kind) {
            case COMPARE -> {
                int size = size(from);
                Wire.need(from, 17);
                long digest = (from.get() & 0xFFL) << 32 | from.getInt() & 0xFFFF_FFFFL;
                yield new ReconcileMessage.Compare(exchange, size, digest, from.getLong(), from.getInt());
            }
            case SAME -> new ReconcileMessage.Same(exchange);
            case SKETCH, FURTHER -> {
                int size = size(from);
                int first = kind == SKETCH ? 0 : (int) Wire.varint(from, SetSummary.CAPACITY - 1);
                if (kind == FURTHER && first == 0) throw new MalformedPacketException(Reason.BAD_VALUE, start);
                int count = from.remaining() / BinaryField.GF48.bytes(); // the rest, and what is over is refused
                if (count > SetSummary.CAPACITY - first) throw new MalformedPacketException(Reason.TOO_LARGE, start);
                yield new ReconcileMessage.Sketch(exchange, size, first, PinSketch.read(from, BinaryField.GF48, count));
            }
            case MORE -> {
                int first = (int) Wire.varint(from, SetSummary.CAPACITY);
                int capacity = (int) Wire.varint(from, SetSummary.CAPACITY);
                if (first > 0 && first >= capacity) throw new MalformedPacketException(Reason.BAD_VALUE, start);
                yield new ReconcileMessage.More(exchange, first, capacity);
            }
            case SAMPLES -> {
                int size = size(from);
                long salt = Wire.i64(from);
                if (from.remaining() > 8 * (SetSummary.LEVELS - 1))
                    throw new MalformedPacketException(Reason.TOO_LARGE, start);
                long[] levels = new long[from.remaining() / 8];
                for (int i = 0; i < levels.length; i++) levels[i] = Wire.i64(from);
                yield new ReconcileMessage.Samples(exchange, size, salt, levels);
            }
            case WANT_SYMBOLS -> {
                int first = (int) Wire.varint(from, Integer.MAX_VALUE);
                yield new ReconcileMessage.WantSymbols(
                        exchange, first, (int) Wire.varint(from, Integer.MAX_VALUE - first));
            }
            case SYMBOLS -> {
                int size = size(from);
                int first = (int) Wire.varint(from, Integer.MAX_VALUE - MAX_SYMBOLS);
                int count = (int) Wire.varint(from, MAX_SYMBOLS);
                yield new ReconcileMessage.Symbols(exchange, size, CodedSymbols.read(from, first, count, size));
            }
            case WANT_LISTING -> new ReconcileMessage.WantListing(exchange);
            case LISTING -> {
                int flags = Wire.u8(from);
                SortedIds.Prefixes ids = SortedIds.read(from, MAX_LISTED);
                if (flags > 3 || ids.bits() != 64) throw new MalformedPacketException(Reason.BAD_VALUE, start);
                yield new ReconcileMessage.Listing(exchange, (flags & 1) != 0, (flags & 2) != 0, ids.values());
            }
            case WANT, WANT_BACK -> {
                SortedIds.Prefixes prefixes = SortedIds.read(from, MAX_BYTES);
                yield new ReconcileMessage.Want(exchange, kind == WANT, prefixes.bits(), prefixes.values());
            }
            case BUSY -> new ReconcileMessage.Busy(exchange);
            default -> throw new MalformedPacketException(Reason.BAD_VALUE, start);
        };
        if (from.hasRemaining()) throw new MalformedPacketException(Reason.TOO_LARGE, from.position());
        return message;
    }

    private static int size(ByteBuffer from) {
        return (int) Wire.varint(from, MAX_SET);
    }
}
