package dev.grapevine.topic;

import dev.grapevine.topic.TopicMessage.Acked;
import dev.grapevine.topic.TopicMessage.Held;
import dev.grapevine.topic.TopicMessage.Range;
import dev.grapevine.topic.TopicMessage.Urgency;
import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of {@link TopicMessage}. Integers are unsigned varints unless a size is given; the table is in
 * {@code docs/protocols/broadcast.md}.
 *
 * <pre>
 * payload  1, flags (1 asked, 2 reported), promise: 1, topic: text, origin: text, generation, retention, sequence, hops, bytes
 * announce 2, urgency: 1, count, count × (source: 8, sequence, hops)
 * want     3, flags (1 graft), source: 8, first, last - first
 * prune    4, source: 8
 * ack      5, count, count × (source: 8, low, count, count × distance to the one before)
 * digest   6, flags (1 asking, 2 all), count, count × (source: 8, flags (1 settled): 1, base, top + 1 - base)
 * report   7, source: 8, low, age
 * </pre>
 */
public final class TopicCodec {
    /** Largest sequence; nobody publishes so much. */
    public static final long MAX_SEQUENCE = 1L << 56;

    /** Longest way that is counted; longer ones stay at it. */
    public static final int MAX_HOPS = 255;

    /** Most entries in a list. */
    static final int MAX_ENTRIES = 4096;

    /** Most confirmed messages beyond the gap in one entry. */
    static final int MAX_OTHERS = 256;

    private static final int PAYLOAD = 1;
    private static final int ANNOUNCE = 2;
    private static final int WANT = 3;
    private static final int PRUNE = 4;
    private static final int ACK = 5;
    private static final int DIGEST = 6;
    private static final int REPORT = 7;

    private static final List<Promise> PROMISES = List.of(Promise.values());
    private static final List<Urgency> URGENCIES = List.of(Urgency.values());

    private TopicCodec() {}

    /** The exact number of bytes that {@link #encode} writes. */
    public static int size(TopicMessage message) {
        return switch (message) {
            case TopicMessage.Payload(Source source, long sequence, int hops, boolean asked, byte[] bytes) ->
                3
                        + Wire.textSize(source.topic())
                        + Wire.textSize(source.origin())
                        + Wire.varintSize(source.generation())
                        + Wire.varintSize(source.retentionMillis())
                        + Wire.varintSize(sequence)
                        + Wire.varintSize(hops)
                        + Wire.bytesSize(bytes.length);
            case TopicMessage.Announce(Urgency urgency, List<Held> held) -> {
                int size = 2 + Wire.varintSize(held.size());
                for (Held one : held) size += 8 + Wire.varintSize(one.sequence()) + Wire.varintSize(one.hops());
                yield size;
            }
            case TopicMessage.Want(long source, long first, long last, boolean graft) ->
                10 + Wire.varintSize(first) + Wire.varintSize(last - first);
            case TopicMessage.Prune(long source) -> 9;
            case TopicMessage.Ack(List<Acked> acked) -> {
                int size = 1 + Wire.varintSize(acked.size());
                for (Acked one : acked) size += size(one);
                yield size;
            }
            case TopicMessage.Digest(boolean asking, boolean all, List<Range> ranges) -> {
                int size = 2 + Wire.varintSize(ranges.size());
                for (Range one : ranges) size += size(one);
                yield size;
            }
            case TopicMessage.Report(long source, long low, int ageMillis) ->
                9 + Wire.varintSize(low) + Wire.varintSize(ageMillis);
        };
    }

    static int size(Acked one) {
        int size = 8 + Wire.varintSize(one.low()) + Wire.varintSize(one.others().size());
        long before = one.low();
        for (long other : one.others()) {
            size += Wire.varintSize(other - before);
            before = other;
        }
        return size;
    }

    static int size(Range one) {
        return 9 + Wire.varintSize(one.base()) + Wire.varintSize(one.top() + 1 - one.base());
    }

    /** Writes {@code message} at the position of {@code to}, which has {@link #size} bytes left or more. */
    public static void encode(TopicMessage message, ByteBuffer to) {
        switch (message) {
            case TopicMessage.Payload(Source source, long sequence, int hops, boolean asked, byte[] bytes) -> {
                to.put((byte) PAYLOAD).put((byte) ((asked ? 1 : 0) | (source.reported() ? 2 : 0)));
                to.put((byte) source.promise().ordinal());
                Wire.putText(to, source.topic());
                Wire.putText(to, source.origin());
                Wire.putVarint(to, source.generation());
                Wire.putVarint(to, source.retentionMillis());
                Wire.putVarint(to, sequence);
                Wire.putVarint(to, hops);
                Wire.putBytes(to, bytes);
            }
            case TopicMessage.Announce(Urgency urgency, List<Held> held) -> {
                to.put((byte) ANNOUNCE).put((byte) urgency.ordinal());
                Wire.putVarint(to, held.size());
                for (Held one : held) {
                    to.putLong(one.source());
                    Wire.putVarint(to, one.sequence());
                    Wire.putVarint(to, one.hops());
                }
            }
            case TopicMessage.Want(long source, long first, long last, boolean graft) -> {
                to.put((byte) WANT).put((byte) (graft ? 1 : 0)).putLong(source);
                Wire.putVarint(to, first);
                Wire.putVarint(to, last - first);
            }
            case TopicMessage.Prune(long source) -> to.put((byte) PRUNE).putLong(source);
            case TopicMessage.Ack(List<Acked> acked) -> {
                to.put((byte) ACK);
                Wire.putVarint(to, acked.size());
                for (Acked one : acked) {
                    to.putLong(one.source());
                    Wire.putVarint(to, one.low());
                    Wire.putVarint(to, one.others().size());
                    long before = one.low();
                    for (long other : one.others()) {
                        Wire.putVarint(to, other - before);
                        before = other;
                    }
                }
            }
            case TopicMessage.Digest(boolean asking, boolean all, List<Range> ranges) -> {
                to.put((byte) DIGEST).put((byte) ((asking ? 1 : 0) | (all ? 2 : 0)));
                Wire.putVarint(to, ranges.size());
                for (Range one : ranges) {
                    to.putLong(one.source()).put((byte) (one.settled() ? 1 : 0));
                    Wire.putVarint(to, one.base());
                    Wire.putVarint(to, one.top() + 1 - one.base());
                }
            }
            case TopicMessage.Report(long source, long low, int ageMillis) -> {
                to.put((byte) REPORT).putLong(source);
                Wire.putVarint(to, low);
                Wire.putVarint(to, ageMillis);
            }
        }
    }

    /**
     * Reads one message from the position of {@code from}, which moves behind it.
     *
     * @throws MalformedPacketException if the bytes are no message
     */
    public static TopicMessage decode(ByteBuffer from) {
        int start = from.position();
        return switch (Wire.u8(from)) {
            case PAYLOAD -> payload(from);
            case ANNOUNCE -> {
                Urgency urgency = URGENCIES.get(choice(from, URGENCIES.size()));
                int count = count(from, 10);
                List<Held> held = new ArrayList<>(count);
                for (int i = 0; i < count; i++)
                    held.add(new Held(Wire.i64(from), sequence(from), (int) Wire.varint(from, MAX_HOPS)));
                yield new TopicMessage.Announce(urgency, held);
            }
            case WANT -> {
                boolean graft = choice(from, 2) == 1;
                long source = Wire.i64(from);
                long first = sequence(from);
                long last = first + Wire.varint(from, MAX_SEQUENCE - first);
                yield new TopicMessage.Want(source, first, last, graft);
            }
            case PRUNE -> new TopicMessage.Prune(Wire.i64(from));
            case ACK -> {
                int count = count(from, 10);
                List<Acked> acked = new ArrayList<>(count);
                for (int i = 0; i < count; i++) acked.add(acked(from));
                yield new TopicMessage.Ack(acked);
            }
            case DIGEST -> {
                int flags = choice(from, 4);
                int count = count(from, 11);
                List<Range> ranges = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    long source = Wire.i64(from);
                    boolean settled = choice(from, 2) == 1;
                    long base = sequence(from);
                    long top = base - 1 + Wire.varint(from, MAX_SEQUENCE - base);
                    ranges.add(new Range(source, base, top, settled));
                }
                yield new TopicMessage.Digest((flags & 1) != 0, (flags & 2) != 0, ranges);
            }
            case REPORT ->
                new TopicMessage.Report(
                        Wire.i64(from), Wire.varint(from, MAX_SEQUENCE), (int) Wire.varint(from, Integer.MAX_VALUE));
            default -> throw new MalformedPacketException(Reason.BAD_VALUE, start);
        };
    }

    private static TopicMessage payload(ByteBuffer from) {
        int flags = choice(from, 4);
        Promise promise = PROMISES.get(choice(from, PROMISES.size()));
        String topic = name(from, Source.MAX_TOPIC_BYTES);
        String origin = name(from, Source.MAX_ORIGIN_BYTES);
        long generation = Wire.varint(from, MAX_SEQUENCE);
        int retention = (int) Wire.varint(from, Source.MAX_RETENTION_MILLIS);
        Source source = new Source(topic, origin, generation, promise, retention, (flags & 2) != 0);
        long sequence = sequence(from);
        int hops = (int) Wire.varint(from, MAX_HOPS);
        byte[] bytes = Wire.bytes(from, promise.maxBytes());
        return new TopicMessage.Payload(source, sequence, hops, (flags & 1) != 0, bytes);
    }

    private static Acked acked(ByteBuffer from) {
        long source = Wire.i64(from);
        long low = Wire.varint(from, MAX_SEQUENCE);
        int count = (int) Wire.varint(from, MAX_OTHERS);
        Wire.need(from, count);
        List<Long> others = new ArrayList<>(count);
        long before = low;
        for (int i = 0; i < count; i++) {
            int at = from.position();
            long more = Wire.varint(from, MAX_SEQUENCE - before);
            if (more == 0) throw new MalformedPacketException(Reason.BAD_VALUE, at);
            before += more;
            others.add(before);
        }
        return new Acked(source, low, others);
    }

    private static String name(ByteBuffer from, int maxBytes) {
        int at = from.position();
        String name = Wire.text(from, maxBytes);
        if (name.isEmpty()) throw new MalformedPacketException(Reason.BAD_VALUE, at);
        return name;
    }

    private static long sequence(ByteBuffer from) {
        int at = from.position();
        long sequence = Wire.varint(from, MAX_SEQUENCE);
        if (sequence == 0) throw new MalformedPacketException(Reason.BAD_VALUE, at);
        return sequence;
    }

    private static int choice(ByteBuffer from, int choices) {
        int at = from.position();
        int choice = Wire.u8(from);
        if (choice >= choices) throw new MalformedPacketException(Reason.BAD_VALUE, at);
        return choice;
    }

    /** A number of entries of at least {@code minBytes} each: memory is taken for what is there, not for what is announced. */
    private static int count(ByteBuffer from, int minBytes) {
        int count = (int) Wire.varint(from, MAX_ENTRIES);
        Wire.need(from, (long) count * minBytes);
        return count;
    }
}
