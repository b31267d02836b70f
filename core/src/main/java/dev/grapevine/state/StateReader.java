package dev.grapevine.state;

import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Reads entries and what belongs to them; the table of origins first. */
final class StateReader {
    private static final long MAX_VERSION = (1L << 60) - 1;

    private final ByteBuffer from;
    private final Origin[] table;

    StateReader(ByteBuffer from) {
        this.from = from;
        table = new Origin[StateCodec.count(from, 3)];
        for (int i = 0; i < table.length; i++) {
            long life = Wire.varint(from, Origin.MAX_GENERATION << 1 | 1);
            String node = Wire.text(from, Origin.MAX_NODE_BYTES);
            if (node.isEmpty()) throw StateCodec.bad(Reason.BAD_VALUE, from);
            table[i] = new Origin(node, life >>> 1, (life & 1) == 1);
        }
    }

    Origin origin() {
        return table[(int) Wire.varint(from, table.length - 1L)];
    }

    private long version() {
        long version = Wire.varint(from, MAX_VERSION);
        if (version == 0) throw StateCodec.bad(Reason.BAD_VALUE, from);
        return version;
    }

    Context vector() {
        int count = StateCodec.count(from, 2);
        Origin[] origins = new Origin[count];
        long[] versions = new long[count];
        for (int i = 0; i < count; i++) {
            origins[i] = origin();
            versions[i] = version();
            if (i > 0 && origins[i - 1].compareTo(origins[i]) >= 0) throw StateCodec.bad(Reason.BAD_VALUE, from);
        }
        return Context.ofSorted(origins, versions);
    }

    static StateKey key(ByteBuffer from, String owner) {
        String space = owner.isEmpty() ? Wire.text(from, StateKey.MAX_SPACE_BYTES) : "";
        if (owner.isEmpty() && space.isEmpty()) throw StateCodec.bad(Reason.BAD_VALUE, from);
        return new StateKey(owner, space, Wire.text(from, StateKey.MAX_NAME_BYTES));
    }

    Entry entry() {
        Context context = vector();
        int count = StateCodec.count(from, 4);
        List<Sibling> siblings = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Origin origin = origin();
            long version = version();
            if (!context.covers(origin, version)) throw StateCodec.bad(Reason.BAD_VALUE, from);
            int stamped = Wire.u8(from);
            if (stamped > 1) throw StateCodec.bad(Reason.BAD_VALUE, from);
            long stamp = stamped == 0 ? 0 : Wire.i64(from);
            if (stamp < 0) throw StateCodec.bad(Reason.BAD_VALUE, from);
            Sibling sibling = new Sibling(origin, version, stamp, value());
            if (i > 0 && siblings.getLast().compareTo(sibling) >= 0) throw StateCodec.bad(Reason.BAD_VALUE, from);
            siblings.add(sibling);
        }
        return new Entry(context, List.copyOf(siblings));
    }

    private Value value() {
        int size = (int) Wire.varint(from, Value.MAX_BYTES);
        if (size > Value.INLINE_BYTES) return Value.absent(size, StateCodec.blob(from));
        Wire.need(from, size);
        byte[] bytes = new byte[size];
        from.get(bytes);
        return Value.of(bytes);
    }

    /** A fact is known to its owner alone, in one life; a shared entry to writers of shared entries. */
    void check(StateKey key, Entry entry) {
        Context context = entry.context();
        if (context.size() == 0) throw StateCodec.bad(Reason.BAD_VALUE, from);
        for (int i = 0; i < context.size(); i++) {
            Origin origin = context.origin(i);
            boolean fits = key.isShared()
                    ? origin.shared()
                    : !origin.shared() && origin.node().equals(key.owner()) && context.size() == 1;
            if (!fits) throw StateCodec.bad(Reason.BAD_VALUE, from);
        }
    }
}
