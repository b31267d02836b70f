package dev.grapevine.broadcast;

import dev.grapevine.broadcast.EpidemicMessage.Line;
import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The bytes of {@link EpidemicMessage}. Integers are unsigned varints unless a size is given; the table is in
 * {@code docs/protocols/epidemic.md}.
 *
 * <pre>
 * offer    1, flags (1 settled), [store: 4], lines
 * digest   2, flags (1 settled, 2 both, 4 complete, 8 all keys), [store: 4], [low: 8, high: 8 unless all keys], lines
 * request  3, lines
 * delta    4, count, count × rumor
 * lines    count, count × line
 * line     key hash: 8, kind (1 number, 2 vector, +128 dropped), version
 * version  a number; or count, count × (replica: text, counter)
 * rumor    owner: text, name: text, version (a number if there is an owner, else a vector), hops, payload: bytes
 * </pre>
 */
public final class EpidemicCodec {
    /** Most bytes that a message of lines has besides its lines. */
    static final int LINES_OVERHEAD_BYTES = 1 + 1 + 4 + 16 + 5;

    /** Most bytes that a delta has besides its rumors. */
    static final int DELTA_OVERHEAD_BYTES = 1 + 5;

    private static final int OFFER = 1;
    private static final int DIGEST = 2;
    private static final int REQUEST = 3;
    private static final int DELTA = 4;

    private static final int SETTLED = 1;
    private static final int BOTH = 2;
    private static final int COMPLETE = 4;
    private static final int ALL_KEYS = 8;

    private static final int NUMBER = 1;
    private static final int VECTOR = 2;
    private static final int DROPPED = 128;

    private static final int MIN_LINE_BYTES = 10;
    private static final int MIN_RUMOR_BYTES = 6;
    private static final int MAX_PAYLOAD_BYTES = 16 << 20;

    private EpidemicCodec() {}

    /** The exact number of bytes that {@link #encode} writes. */
    public static int size(EpidemicMessage message) {
        return switch (message) {
            case EpidemicMessage.Offer offer -> 2 + (offer.settled() ? 4 : 0) + sizeOfLines(offer.lines());
            case EpidemicMessage.Digest digest ->
                2 + (digest.settled() ? 4 : 0) + (isAllKeys(digest) ? 0 : 16) + sizeOfLines(digest.lines());
            case EpidemicMessage.Request(List<Line> lines) -> 1 + sizeOfLines(lines);
            case EpidemicMessage.Delta(List<Rumor> rumors) -> {
                int size = 1 + Wire.varintSize(rumors.size());
                for (Rumor rumor : rumors) size += size(rumor);
                yield size;
            }
        };
    }

    /** Writes {@code message} at the position of {@code to}, which has {@link #size} bytes left or more. */
    public static void encode(EpidemicMessage message, ByteBuffer to) {
        switch (message) {
            case EpidemicMessage.Offer(boolean settled, int store, List<Line> lines) -> {
                to.put((byte) OFFER).put((byte) (settled ? SETTLED : 0));
                if (settled) to.putInt(store);
                putLines(to, lines);
            }
            case EpidemicMessage.Digest digest -> putDigest(to, digest);
            case EpidemicMessage.Request(List<Line> lines) -> {
                to.put((byte) REQUEST);
                putLines(to, lines);
            }
            case EpidemicMessage.Delta(List<Rumor> rumors) -> {
                to.put((byte) DELTA);
                Wire.putVarint(to, rumors.size());
                for (Rumor rumor : rumors) putRumor(to, rumor);
            }
        }
    }

    /**
     * Reads one message from the position of {@code from}, which moves behind it.
     *
     * @throws MalformedPacketException if the bytes are no message
     */
    public static EpidemicMessage decode(ByteBuffer from) {
        int start = from.position();
        return switch (Wire.u8(from)) {
            case OFFER -> {
                int flags = flags(from, SETTLED);
                boolean settled = (flags & SETTLED) != 0;
                yield new EpidemicMessage.Offer(settled, settled ? Wire.i32(from) : 0, lines(from));
            }
            case DIGEST -> digest(from);
            case REQUEST -> new EpidemicMessage.Request(lines(from));
            case DELTA -> {
                int count = count(from, MIN_RUMOR_BYTES);
                List<Rumor> rumors = new ArrayList<>(count);
                for (int i = 0; i < count; i++) rumors.add(rumor(from));
                yield new EpidemicMessage.Delta(rumors);
            }
            default -> throw new MalformedPacketException(Reason.BAD_VALUE, start);
        };
    }

    static int size(Line line) {
        return 9 + size(line.version());
    }

    static int size(Rumor rumor) {
        return Wire.textSize(rumor.key().owner())
                + Wire.textSize(rumor.key().name())
                + size(rumor.version())
                + Wire.varintSize(rumor.hops())
                + Wire.bytesSize(rumor.payload().length);
    }

    /** Cuts {@code lines}, in order, into parts that fit a message of {@code maxBytes} each; at least one, maybe empty. */
    static List<List<Line>> split(List<Line> lines, int maxBytes) {
        List<List<Line>> parts = new ArrayList<>();
        int start = 0;
        int size = LINES_OVERHEAD_BYTES;
        for (int i = 0; i < lines.size(); ) {
            int end = endOfKey(lines, i); // lines of one key stay together: a digest says all of a key or nothing
            int more = 0;
            for (int j = i; j < end; j++) more += size(lines.get(j));
            if (i > start && size + more > maxBytes) {
                parts.add(List.copyOf(lines.subList(start, i)));
                start = i;
                size = LINES_OVERHEAD_BYTES;
            }
            size += more;
            i = end;
        }
        parts.add(List.copyOf(lines.subList(start, lines.size())));
        return parts;
    }

    private static int endOfKey(List<Line> lines, int start) {
        int end = start + 1;
        while (end < lines.size()
                && lines.get(end).keyHash() == lines.get(start).keyHash()) end++;
        return end;
    }

    private static boolean isAllKeys(EpidemicMessage.Digest digest) {
        return digest.low() == Long.MIN_VALUE && digest.high() == Long.MAX_VALUE;
    }

    private static int sizeOfLines(List<Line> lines) {
        int size = Wire.varintSize(lines.size());
        for (Line line : lines) size += size(line);
        return size;
    }

    private static int size(Version version) {
        return switch (version) {
            case Version.Number(long value) -> Wire.varintSize(value);
            case Version.Vector vector -> {
                int size = Wire.varintSize(vector.counters().size());
                for (Map.Entry<String, Long> counter : vector.counters().entrySet())
                    size += Wire.textSize(counter.getKey()) + Wire.varintSize(counter.getValue());
                yield size;
            }
        };
    }

    private static void putDigest(ByteBuffer to, EpidemicMessage.Digest digest) {
        boolean all = isAllKeys(digest);
        int flags = (digest.settled() ? SETTLED : 0)
                | (digest.both() ? BOTH : 0)
                | (digest.complete() ? COMPLETE : 0)
                | (all ? ALL_KEYS : 0);
        to.put((byte) DIGEST).put((byte) flags);
        if (digest.settled()) to.putInt(digest.store());
        if (!all) to.putLong(digest.low()).putLong(digest.high());
        putLines(to, digest.lines());
    }

    private static void putLines(ByteBuffer to, List<Line> lines) {
        Wire.putVarint(to, lines.size());
        for (Line line : lines) {
            int kind = line.version() instanceof Version.Number ? NUMBER : VECTOR;
            to.putLong(line.keyHash()).put((byte) (kind | (line.dropped() ? DROPPED : 0)));
            putVersion(to, line.version());
        }
    }

    private static void putVersion(ByteBuffer to, Version version) {
        switch (version) {
            case Version.Number(long value) -> Wire.putVarint(to, value);
            case Version.Vector vector -> {
                Wire.putVarint(to, vector.counters().size());
                for (Map.Entry<String, Long> counter : vector.counters().entrySet()) {
                    Wire.putText(to, counter.getKey());
                    Wire.putVarint(to, counter.getValue());
                }
            }
        }
    }

    private static void putRumor(ByteBuffer to, Rumor rumor) {
        Wire.putText(to, rumor.key().owner());
        Wire.putText(to, rumor.key().name());
        putVersion(to, rumor.version());
        Wire.putVarint(to, rumor.hops());
        Wire.putBytes(to, rumor.payload());
    }

    private static EpidemicMessage.Digest digest(ByteBuffer from) {
        int flags = flags(from, SETTLED | BOTH | COMPLETE | ALL_KEYS);
        boolean settled = (flags & SETTLED) != 0;
        int store = settled ? Wire.i32(from) : 0;
        boolean all = (flags & ALL_KEYS) != 0;
        int start = from.position();
        long low = all ? Long.MIN_VALUE : Wire.i64(from);
        long high = all ? Long.MAX_VALUE : Wire.i64(from);
        if (low > high) throw new MalformedPacketException(Reason.BAD_VALUE, start);
        return new EpidemicMessage.Digest(
                (flags & BOTH) != 0, (flags & COMPLETE) != 0, settled, store, low, high, lines(from));
    }

    private static int flags(ByteBuffer from, int known) {
        int start = from.position();
        int flags = Wire.u8(from);
        if ((flags & ~known) != 0) throw new MalformedPacketException(Reason.BAD_VALUE, start);
        return flags;
    }

    /** A count of things of at least {@code minBytes} each: more than the rest of the packet can hold takes no memory. */
    private static int count(ByteBuffer from, int minBytes) {
        int start = from.position();
        long count = Wire.varint(from, Integer.MAX_VALUE);
        if (count > from.remaining() / minBytes) throw new MalformedPacketException(Reason.TOO_LARGE, start);
        return (int) count;
    }

    private static List<Line> lines(ByteBuffer from) {
        int count = count(from, MIN_LINE_BYTES);
        List<Line> lines = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long keyHash = Wire.i64(from);
            int start = from.position();
            int kind = Wire.u8(from);
            Version version = switch (kind & ~DROPPED) {
                case NUMBER -> number(from);
                case VECTOR -> vector(from);
                default -> throw new MalformedPacketException(Reason.BAD_VALUE, start);
            };
            lines.add(new Line(keyHash, version, (kind & DROPPED) != 0));
        }
        return lines;
    }

    private static Version.Number number(ByteBuffer from) {
        return new Version.Number(positive(from));
    }

    private static Version.Vector vector(ByteBuffer from) {
        int start = from.position();
        int count = (int) Wire.varint(from, Version.Vector.MAX_REPLICAS);
        if (count == 0) throw new MalformedPacketException(Reason.BAD_VALUE, start);
        TreeMap<String, Long> counters = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            int at = from.position();
            String replica = Wire.text(from, Version.Vector.MAX_REPLICA_BYTES);
            if (!counters.isEmpty() && counters.lastKey().compareTo(replica) >= 0)
                throw new MalformedPacketException(Reason.BAD_VALUE, at); // one vector, one way to write it
            counters.put(replica, positive(from));
        }
        return new Version.Vector(counters);
    }

    private static long positive(ByteBuffer from) {
        int start = from.position();
        long value = Wire.varint(from);
        if (value <= 0 || value > Version.MAX) throw new MalformedPacketException(Reason.BAD_VALUE, start);
        return value;
    }

    private static Rumor rumor(ByteBuffer from) {
        String owner = Wire.text(from, RumorKey.MAX_BYTES);
        String name = Wire.text(from, RumorKey.MAX_BYTES);
        Version version = owner.isEmpty() ? vector(from) : number(from);
        int hops = (int) Wire.varint(from, Rumor.MAX_HOPS);
        byte[] payload = Wire.bytes(from, MAX_PAYLOAD_BYTES);
        return new Rumor(new RumorKey(owner, name), version, payload, hops);
    }
}
