package dev.grapevine.state;

import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counters that go up and down (PN-counters): a collection with one key for every life of a node that ever counted, which it alone
 * writes: what it added and what it took. The value is the sum over all of them.
 */
public final class Counters {
    /** Most that one call may add or take. */
    public static final long MAX_STEP = 1L << 40;

    private Counters() {}

    static StateKey key(String counter, Origin replica) {
        return StateKey.shared(Spaces.counter(counter), replica.node() + "#" + replica.generation());
    }

    /** The value that a store shows, 0 if nobody has counted. */
    public static long value(StateStore store, String counter) {
        long sum = 0;
        for (Entry each : Spaces.entriesOf(store, Spaces.counter(counter)).values()) {
            long[] parts = parts(each);
            sum += parts[0] - parts[1];
        }
        return sum;
    }

    static byte[] add(@Nullable Entry mine, long by) {
        long[] parts = mine == null ? new long[2] : parts(mine);
        int part = by >= 0 ? 0 : 1;
        parts[part] = Math.min(Long.MAX_VALUE - MAX_STEP, parts[part]) + Math.abs(by);
        ByteBuffer sum = ByteBuffer.allocate(Wire.varintSize(parts[0]) + Wire.varintSize(parts[1]));
        Wire.putVarint(sum, parts[0]);
        Wire.putVarint(sum, parts[1]);
        return sum.array();
    }

    // Bytes that are no counter's count nothing: they are a peer's.
    private static long[] parts(Entry entry) {
        long[] parts = new long[2];
        if (entry.isTombstone()) return parts;
        try {
            ByteBuffer bytes = ByteBuffer.wrap(entry.latest().value().bytes());
            long up = Wire.varint(bytes, Long.MAX_VALUE);
            parts[1] = Wire.varint(bytes, Long.MAX_VALUE);
            parts[0] = up;
        } catch (MalformedPacketException e) {
            parts[1] = 0;
        }
        return parts;
    }

    /** Whether a store has such a counter. */
    public static boolean exists(StateStore store, String counter) {
        for (Map.Entry<StateKey, Entry> each :
                Spaces.entriesOf(store, Spaces.counter(counter)).entrySet())
            if (!each.getValue().isTombstone()) return true;
        return false;
    }
}
