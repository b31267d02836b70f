package dev.grapevine.state.aggregate;

import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;

/**
 * Messages of aggregates as bytes; {@code docs/protocols/aggregates.md} has the table. Kind (1 byte), name, epoch (varint); then
 * for an offer (1) and a flow (2): sequence (varint), leader (8 bytes), sum, count, nodes, weight, min and max (8 bytes each, IEEE
 * 754), buckets (varint), and for each its distance from the one before (zigzag varint; the first: from 0) and its share (4 bytes,
 * IEEE 754). A newer epoch (3) has nothing more.
 */
public final class AggregateCodec {
    /** Most bytes of a name in UTF-8. */
    public static final int MAX_NAME_BYTES = 64;

    private static final int OFFER = 1;
    private static final int FLOW = 2;
    private static final int NEWER = 3;
    private static final long MAX_EPOCH = 1L << 48;

    private AggregateCodec() {}

    /** Bytes that {@link #write} writes. */
    public static int sizeBytes(AggregateMessage message) {
        int head = 1 + Wire.textSize(message.name()) + Wire.varintSize(message.epoch());
        return head
                + switch (message) {
                    case AggregateMessage.Offer m -> Wire.varintSize(m.sequence()) + size(m.mass());
                    case AggregateMessage.Flow m -> Wire.varintSize(m.sequence()) + size(m.flow());
                    case AggregateMessage.Newer m -> 0;
                };
    }

    private static int size(Mass mass) {
        Histogram histogram = mass.histogram();
        int bytes = 7 * 8 + Wire.varintSize(histogram.size()) + 4 * histogram.size();
        for (int i = 0, before = 0; i < histogram.size(); before = histogram.key(i++))
            bytes += Wire.varintSize(zigzag(histogram.key(i) - before));
        return bytes;
    }

    private static long zigzag(long value) {
        return value << 1 ^ value >> 63;
    }

    /** Writes a message. */
    public static void write(ByteBuffer into, AggregateMessage message) {
        into.put((byte)
                switch (message) {
                    case AggregateMessage.Offer m -> OFFER;
                    case AggregateMessage.Flow m -> FLOW;
                    case AggregateMessage.Newer m -> NEWER;
                });
        Wire.putText(into, message.name());
        Wire.putVarint(into, message.epoch());
        switch (message) {
            case AggregateMessage.Offer m -> write(into, m.sequence(), m.leader(), m.mass(), m.min(), m.max());
            case AggregateMessage.Flow m -> write(into, m.sequence(), m.leader(), m.flow(), m.min(), m.max());
            case AggregateMessage.Newer m -> {}
        }
    }

    private static void write(ByteBuffer into, int sequence, long leader, Mass mass, double min, double max) {
        Wire.putVarint(into, sequence);
        into.putLong(leader);
        into.putDouble(mass.sum())
                .putDouble(mass.count())
                .putDouble(mass.nodes())
                .putDouble(mass.weight());
        into.putDouble(min).putDouble(max);
        Histogram histogram = mass.histogram();
        Wire.putVarint(into, histogram.size());
        for (int i = 0, before = 0; i < histogram.size(); before = histogram.key(i++)) {
            Wire.putVarint(into, zigzag(histogram.key(i) - before));
            into.putFloat((float) histogram.share(i));
        }
    }

    /**
     * Reads one message, which must fill the buffer.
     *
     * @throws MalformedPacketException if it is none, something is left over, or a number is not finite
     */
    public static AggregateMessage read(ByteBuffer from) {
        int start = from.position();
        int kind = Wire.u8(from);
        String name = Wire.text(from, MAX_NAME_BYTES);
        long epoch = Wire.varint(from, MAX_EPOCH);
        AggregateMessage message = switch (kind) {
            case OFFER, FLOW -> {
                int sequence = (int) Wire.varint(from, Integer.MAX_VALUE);
                Wire.need(from, 7 * 8);
                long leader = from.getLong();
                double sum = from.getDouble();
                double count = from.getDouble();
                double nodes = from.getDouble();
                double weight = from.getDouble();
                double min = from.getDouble();
                double max = from.getDouble();
                Mass mass = new Mass(sum, count, nodes, weight, histogram(from));
                if (!mass.isFinite() || Double.isNaN(min) || Double.isNaN(max))
                    throw new MalformedPacketException(Reason.BAD_VALUE, start);
                yield kind == OFFER
                        ? new AggregateMessage.Offer(name, epoch, sequence, leader, mass, min, max)
                        : new AggregateMessage.Flow(name, epoch, sequence, leader, mass, min, max);
            }
            case NEWER -> new AggregateMessage.Newer(name, epoch);
            default -> throw new MalformedPacketException(Reason.BAD_VALUE, start);
        };
        if (name.isEmpty() || epoch == 0) throw new MalformedPacketException(Reason.BAD_VALUE, start);
        if (from.hasRemaining()) throw new MalformedPacketException(Reason.TOO_LARGE, from.position());
        return message;
    }

    private static Histogram histogram(ByteBuffer from) {
        int buckets = (int) Wire.varint(from, Histogram.MAX_BUCKETS);
        Histogram histogram = new Histogram();
        long key = 0;
        for (int i = 0; i < buckets; i++) {
            int at = from.position();
            long zigzag = Wire.varint(from, 1L << 32);
            long step = zigzag >>> 1 ^ -(zigzag & 1);
            key += step;
            if (i > 0 && step <= 0 || key != (int) key) throw new MalformedPacketException(Reason.BAD_VALUE, at);
            Wire.need(from, 4);
            histogram.add((int) key, from.getFloat());
        }
        return histogram;
    }
}
