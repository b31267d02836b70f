package dev.grapevine.state.reconcile;

import dev.grapevine.wire.Encodable;
import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What is known of the ids in ranges that follow each other and leave nothing out.
 *
 * <p>Wire: for each range one byte, {@code 16·kind + length of its bound}, then the bound: the first bytes of the least id that is
 * above the range, all others 0; length 9 stands for no bound. Then, for kind 1, a fingerprint (8 bytes) and, for kind 2, the ids
 * ({@link SortedIds}, 64 bits each); kind 0 has nothing more.
 *
 * <p>A range takes a byte at least, so a message takes memory in proportion to its bytes.
 *
 * @param ranges ascending; those after the last are alike
 */
public record RangeMessage(List<Range> ranges) implements Encodable {
    /** Ids of one range. */
    public sealed interface Range {
        /** The least id above the range, unsigned; 0 if all further ids are in it. */
        long bound();
    }

    /** Nothing more is to be said of these. */
    record Skip(long bound) implements Range {}

    /** The sum of the hashes of the sender's ids. */
    record Fingerprint(long bound, long sum) implements Range {}

    /** The sender's ids. */
    record Ids(long bound, long[] ids) implements Range {}

    private static final int NO_BOUND = 9;

    public RangeMessage {
        ranges = List.copyOf(ranges);
    }

    private static int boundBytes(long bound) {
        return bound == 0 ? 0 : 8 - Long.numberOfTrailingZeros(bound) / 8;
    }

    @Override
    public int sizeBytes() {
        int bytes = 0;
        for (Range range : ranges) {
            bytes += 1 + boundBytes(range.bound());
            if (range instanceof Fingerprint) bytes += 8;
            if (range instanceof Ids ids) bytes += SortedIds.sizeBytes(ids.ids(), 64);
        }
        return bytes;
    }

    @Override
    public void encode(ByteBuffer into) {
        for (Range range : ranges) {
            int length = boundBytes(range.bound());
            int kind = switch (range) {
                case Skip skip -> 0;
                case Fingerprint fingerprint -> 1;
                case Ids ids -> 2;
            };
            into.put((byte) (kind << 4 | (range.bound() == 0 ? NO_BOUND : length)));
            for (int i = 0; i < length; i++) into.put((byte) (range.bound() >>> 56 - 8 * i));
            if (range instanceof Fingerprint fingerprint) into.putLong(fingerprint.sum());
            if (range instanceof Ids ids) SortedIds.write(into, ids.ids(), 64);
        }
    }

    /**
     * Reads a message, which must fill the buffer.
     *
     * @throws MalformedPacketException if it is none, ranges do not ascend, or ids lie outside of theirs
     */
    public static RangeMessage read(ByteBuffer from) {
        List<Range> ranges = new ArrayList<>();
        long lower = 0;
        boolean open = true;
        while (from.hasRemaining()) {
            int at = from.position();
            int head = Wire.u8(from);
            int length = head & 15;
            if (!open || length == 0 || length > NO_BOUND) throw new MalformedPacketException(Reason.BAD_VALUE, at);
            long bound = 0;
            if (length == NO_BOUND) open = false;
            else {
                for (int i = 0; i < length; i++) bound |= (long) Wire.u8(from) << 56 - 8 * i;
                if (boundBytes(bound) != length || Long.compareUnsigned(bound, lower) <= 0)
                    throw new MalformedPacketException(Reason.BAD_VALUE, at);
            }
            switch (head >> 4) {
                case 0 -> ranges.add(new Skip(bound));
                case 1 -> ranges.add(new Fingerprint(bound, Wire.i64(from)));
                case 2 -> {
                    SortedIds.Prefixes ids = SortedIds.read(from, from.remaining());
                    long[] values = ids.values();
                    boolean within = values.length == 0
                            || Long.compareUnsigned(values[0], lower) >= 0
                                    && (bound == 0 || Long.compareUnsigned(values[values.length - 1], bound) < 0);
                    if (ids.bits() != 64 || !within) throw new MalformedPacketException(Reason.BAD_VALUE, at);
                    ranges.add(new Ids(bound, values));
                }
                default -> throw new MalformedPacketException(Reason.BAD_VALUE, at);
            }
            lower = bound;
        }
        return new RangeMessage(ranges);
    }
}
