package dev.grapevine.state;

import dev.grapevine.state.StateMessage.Buckets;
import dev.grapevine.state.StateMessage.Chunk;
import dev.grapevine.state.StateMessage.Delta;
import dev.grapevine.state.StateMessage.Digests;
import dev.grapevine.state.StateMessage.Entries;
import dev.grapevine.state.StateMessage.Finish;
import dev.grapevine.state.StateMessage.Finished;
import dev.grapevine.state.StateMessage.Found;
import dev.grapevine.state.StateMessage.Lookup;
import dev.grapevine.state.StateMessage.Mark;
import dev.grapevine.state.StateMessage.Missed;
import dev.grapevine.state.StateMessage.Rate;
import dev.grapevine.state.StateMessage.Summary;
import dev.grapevine.state.StateMessage.Want;
import dev.grapevine.state.StateMessage.Watch;
import dev.grapevine.state.Value.Blob;
import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of {@link StateMessage}. Integers are unsigned varints unless a size is given; {@code docs/protocols/state.md} has the
 * table. Whatever a message says of origins is said once, in a table at its head; the rest refers to it by index.
 *
 * <pre>
 * summary  1, vector: 8, allowed, wanted, marks
 * rate     2, allowed
 * buckets  3, log2 of the count, count × hash: 4
 * digests  4, flags (1 want), buckets (0 or log2 + 1), [count, count × bucket], marks
 * delta    5, flags (1 more), origins, count, count × segment
 * missed   6
 * watch    7, flags (1 reply), id: 8, view: 8, marks, bits: bytes
 * want     8, blob: 16, offset
 * chunk    9, blob: 16, size, offset, bytes
 * lookup   10, count, count × (owner: text, key)
 * found    11, origins, count, count × (owner: text, key, entry)
 * entries  12, flags (1 by the initiator), exchange: 1, origins, count, count × (owner: text, key, entry), keys (gone)
 * finish   13, flags (1 all), exchange: 1, wants, count, count × origin hash: 8, keys
 * finished 14, exchange: 1, wants, given, origins, vector (seen), vector (collected)
 * keys     count, count × (owner: text, key)
 * marks    count, count × (origin hash: 8, version × 2 + whether more, [beyond: 4])
 * origins  count, count × (generation × 2 + shared, node: text)
 * segment  origin, from, to - from, need, count, count × (version above the one before, key, entry)
 * key      facts: name: text; shared: space: text, name: text
 * entry    vector, count, count × (origin, version, stamp: 0 or 1 + 8, value)
 * vector   count, count × (origin, version)
 * value    size; above 1024 the blob: 16, else the bytes
 * </pre>
 */
public final class StateCodec {
    /** Most bytes of one chunk of a large value. */
    public static final int MAX_CHUNK_BYTES = 256 << 10;

    private static final int SUMMARY = 1;
    private static final int RATE = 2;
    private static final int BUCKETS = 3;
    private static final int DIGESTS = 4;
    private static final int DELTA = 5;
    private static final int MISSED = 6;
    private static final int WATCH = 7;
    private static final int WANT = 8;
    private static final int CHUNK = 9;
    private static final int LOOKUP = 10;
    private static final int FOUND = 11;
    private static final int ENTRIES = 12;
    private static final int FINISH = 13;
    private static final int FINISHED = 14;

    private static final int MAX_BUCKETS_LOG2 = 12;
    private static final long MAX_VERSION = (1L << 60) - 1;
    private static final int MAX_VIEW = 1 << 20;

    private StateCodec() {}

    /** A message as bytes. */
    public static byte[] encode(StateMessage message) {
        StateWriter out = new StateWriter();
        switch (message) {
            case Summary(long vector, long allowed, long wanted, List<Mark> recent) -> {
                out.u8(SUMMARY).i64(vector).varint(allowed).varint(wanted);
                putMarks(out, recent);
            }
            case Rate(long allowed) -> out.u8(RATE).varint(allowed);
            case Buckets(int[] hashes) -> {
                out.u8(BUCKETS).u8(Integer.numberOfTrailingZeros(hashes.length));
                for (int hash : hashes) out.i32(hash);
            }
            case Digests(int buckets, List<Integer> listed, List<Mark> marks, boolean want) -> {
                out.u8(DIGESTS).u8(want ? 1 : 0);
                out.u8(buckets == 0 ? 0 : Integer.numberOfTrailingZeros(buckets) + 1);
                if (buckets > 0) {
                    out.varint(listed.size());
                    for (int bucket : listed) out.varint(bucket);
                }
                putMarks(out, marks);
            }
            case Delta(List<Segment> segments, boolean more) -> {
                out.u8(DELTA).u8(more ? 1 : 0);
                for (Segment segment : segments) {
                    out.origin(segment.origin());
                    for (Segment.Item item : segment.items()) out.origins(item.entry());
                }
                out.putOrigins().varint(segments.size());
                for (Segment segment : segments) putSegment(out, segment);
            }
            case Missed() -> out.u8(MISSED);
            case Entries(int exchange, boolean byInitiator, List<Kept> items, List<StateKey> gone) -> {
                out.u8(ENTRIES).u8(byInitiator ? 1 : 0).u8(exchange);
                for (Kept item : items) out.origins(item.entry());
                out.putOrigins();
                putKept(out, items);
                putKeys(out, gone);
            }
            case Finish(int exchange, int wants, boolean all, long[] origins, List<StateKey> keys) -> {
                out.u8(FINISH).u8(all ? 1 : 0).u8(exchange).varint(wants).varint(origins.length);
                for (long origin : origins) out.i64(origin);
                putKeys(out, keys);
            }
            case Finished(int exchange, int wants, int given, Context seen, Context collected) -> {
                out.u8(FINISHED).u8(exchange).varint(wants).varint(given);
                out.origins(seen).origins(collected);
                out.putOrigins().vector(seen).vector(collected);
            }
            case Lookup(List<StateKey> keys) -> {
                out.u8(LOOKUP);
                putKeys(out, keys);
            }
            case Found(List<Kept> items) -> {
                out.u8(FOUND);
                for (Kept item : items) out.origins(item.entry());
                out.putOrigins();
                putKept(out, items);
            }
            case Watch(long id, long view, List<Mark> cut, byte[] bits, boolean reply) -> {
                out.u8(WATCH).u8(reply ? 1 : 0).i64(id).i64(view);
                putMarks(out, cut);
                out.bytes(bits);
            }
            case Want(Blob blob, int offset) -> out.u8(WANT).blob(blob).varint(offset);
            case Chunk(Blob blob, int size, int offset, byte[] bytes) ->
                out.u8(CHUNK).blob(blob).varint(size).varint(offset).bytes(bytes);
        }
        return out.done();
    }

    private static void putMarks(StateWriter out, List<Mark> marks) {
        out.varint(marks.size());
        for (Mark mark : marks) {
            out.i64(mark.origin()).varint(mark.version() << 1 | (mark.beyond() == 0 ? 0 : 1));
            if (mark.beyond() != 0) out.i32(mark.beyond());
        }
    }

    private static void putKept(StateWriter out, List<Kept> items) {
        out.varint(items.size());
        for (Kept item : items) out.text(item.key().owner()).key(item.key()).entry(item.entry());
    }

    private static void putKeys(StateWriter out, List<StateKey> keys) {
        out.varint(keys.size());
        for (StateKey key : keys) out.text(key.owner()).key(key);
    }

    private static void putSegment(StateWriter out, Segment segment) {
        out.index(segment.origin());
        out.varint(segment.from()).varint(segment.to() - segment.from()).varint(segment.need());
        out.varint(segment.items().size());
        long before = segment.from();
        for (Segment.Item item : segment.items()) {
            out.varint(item.version() - before).key(item.key()).entry(item.entry());
            before = item.version();
        }
    }

    /**
     * Reads a message, which must end with {@code from}.
     *
     * @throws MalformedPacketException if these are not the bytes of a message, or it is beyond a limit
     */
    public static StateMessage decode(ByteBuffer from) {
        StateMessage message = read(from);
        if (from.hasRemaining()) throw bad(Reason.BAD_VALUE, from);
        return message;
    }

    private static StateMessage read(ByteBuffer from) {
        switch (Wire.u8(from)) {
            case SUMMARY -> {
                return new Summary(
                        Wire.i64(from), Wire.varint(from, MAX_VERSION), Wire.varint(from, MAX_VERSION), marks(from));
            }
            case RATE -> {
                return new Rate(Wire.varint(from, MAX_VERSION));
            }
            case BUCKETS -> {
                int[] hashes = new int[1 << log2(from)];
                Wire.need(from, hashes.length * 4L);
                for (int i = 0; i < hashes.length; i++) hashes[i] = from.getInt();
                return new Buckets(hashes);
            }
            case DIGESTS -> {
                boolean want = flag(from);
                int buckets = Wire.u8(from);
                if (buckets > MAX_BUCKETS_LOG2 + 1) throw bad(Reason.TOO_LARGE, from);
                buckets = buckets == 0 ? 0 : 1 << buckets - 1;
                List<Integer> listed = new ArrayList<>();
                if (buckets > 0) {
                    int count = count(from, 1);
                    for (int i = 0; i < count; i++) listed.add((int) Wire.varint(from, buckets - 1));
                }
                return new Digests(buckets, listed, marks(from), want);
            }
            case DELTA -> {
                boolean more = flag(from);
                StateReader in = new StateReader(from);
                int count = count(from, 5);
                List<Segment> segments = new ArrayList<>(count);
                for (int i = 0; i < count; i++) segments.add(segment(in, from));
                return new Delta(segments, more);
            }
            case MISSED -> {
                return new Missed();
            }
            case ENTRIES -> {
                boolean byInitiator = flag(from);
                int exchange = Wire.u8(from);
                List<Kept> items = kept(new StateReader(from), from);
                return new Entries(exchange, byInitiator, items, keys(from));
            }
            case FINISH -> {
                boolean all = flag(from);
                int exchange = Wire.u8(from);
                int wants = (int) Wire.varint(from, Integer.MAX_VALUE);
                long[] origins = new long[count(from, 8)];
                for (int i = 0; i < origins.length; i++) origins[i] = Wire.i64(from);
                return new Finish(exchange, wants, all, origins, keys(from));
            }
            case FINISHED -> {
                int exchange = Wire.u8(from);
                int wants = (int) Wire.varint(from, Integer.MAX_VALUE);
                int given = (int) Wire.varint(from, Integer.MAX_VALUE);
                StateReader in = new StateReader(from);
                Context seen = in.vector();
                return new Finished(exchange, wants, given, seen, in.vector());
            }
            case WATCH -> {
                boolean reply = flag(from);
                return new Watch(Wire.i64(from), Wire.i64(from), marks(from), Wire.bytes(from, MAX_VIEW / 8), reply);
            }
            case LOOKUP -> {
                return new Lookup(keys(from));
            }
            case FOUND -> {
                return new Found(kept(new StateReader(from), from));
            }
            case WANT -> {
                return new Want(blob(from), (int) Wire.varint(from, Value.MAX_BYTES));
            }
            case CHUNK -> {
                Blob blob = blob(from);
                int size = (int) Wire.varint(from, Value.MAX_BYTES);
                int offset = (int) Wire.varint(from, size);
                return new Chunk(blob, size, offset, Wire.bytes(from, Math.min(size - offset, MAX_CHUNK_BYTES)));
            }
            default -> throw bad(Reason.BAD_VALUE, from);
        }
    }

    private static Segment segment(StateReader in, ByteBuffer from) {
        Origin origin = in.origin();
        long begin = Wire.varint(from, MAX_VERSION);
        long to = begin + Wire.varint(from, MAX_VERSION);
        long need = Wire.varint(from, MAX_VERSION);
        int count = count(from, 6);
        List<Segment.Item> items = new ArrayList<>(count);
        long version = begin;
        for (int i = 0; i < count; i++) {
            long step = Wire.varint(from, MAX_VERSION);
            if (step == 0) throw bad(Reason.BAD_VALUE, from);
            version += step;
            if (version > MAX_VERSION) throw bad(Reason.TOO_LARGE, from);
            StateKey key = StateReader.key(from, origin.shared() ? "" : origin.node());
            Entry entry = in.entry();
            if (!entry.context().covers(origin, version)) throw bad(Reason.BAD_VALUE, from);
            in.check(key, entry);
            items.add(new Segment.Item(version, key, entry));
        }
        if (to > MAX_VERSION) throw bad(Reason.TOO_LARGE, from);
        return new Segment(origin, begin, to, need, items);
    }

    private static List<StateKey> keys(ByteBuffer from) {
        int count = count(from, 3);
        List<StateKey> keys = new ArrayList<>(count);
        for (int i = 0; i < count; i++) keys.add(StateReader.key(from, Wire.text(from, Origin.MAX_NODE_BYTES)));
        return keys;
    }

    private static List<Kept> kept(StateReader in, ByteBuffer from) {
        int count = count(from, 5);
        List<Kept> items = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            StateKey key = StateReader.key(from, Wire.text(from, Origin.MAX_NODE_BYTES));
            if (i > 0 && items.getLast().key().compareTo(key) >= 0) throw bad(Reason.BAD_VALUE, from);
            Entry entry = in.entry();
            in.check(key, entry);
            items.add(new Kept(key, entry));
        }
        return items;
    }

    private static List<Mark> marks(ByteBuffer from) {
        int count = count(from, 9);
        List<Mark> marks = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long origin = Wire.i64(from);
            long version = Wire.varint(from, MAX_VERSION << 1 | 1);
            marks.add(new Mark(origin, version >>> 1, (version & 1) == 0 ? 0 : Wire.i32(from)));
        }
        return marks;
    }

    private static int log2(ByteBuffer from) {
        int log2 = Wire.u8(from);
        if (log2 > MAX_BUCKETS_LOG2) throw bad(Reason.TOO_LARGE, from);
        return log2;
    }

    private static boolean flag(ByteBuffer from) {
        int flags = Wire.u8(from);
        if (flags > 1) throw bad(Reason.BAD_VALUE, from);
        return flags == 1;
    }

    static Blob blob(ByteBuffer from) {
        return new Blob(Wire.i64(from), Wire.i64(from));
    }

    /** A count of things that take at least {@code leastBytes} each: never more than can follow. */
    static int count(ByteBuffer from, int leastBytes) {
        return (int) Wire.varint(from, from.remaining() / leastBytes);
    }

    static MalformedPacketException bad(Reason reason, ByteBuffer at) {
        return new MalformedPacketException(reason, at.position());
    }
}
