package dev.grapevine.state;

import dev.grapevine.core.Composed;
import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A causal past of one entry as a version vector: for each origin that wrote the entry, the newest of its versions seen. Given
 * back with a write it says what its author saw; exactly that is replaced. Immutable.
 */
public final class Context implements Composed {
    /** Nothing was seen. */
    public static final Context EMPTY = new Context(new Origin[0], new long[0]);

    private final Origin[] origins; // ascending
    private final long[] versions;

    private Context(Origin[] origins, long[] versions) {
        this.origins = origins;
        this.versions = versions;
    }

    /** One origin's writes up to {@code version}, {@code >= 1}. */
    public static Context of(Origin origin, long version) {
        return new Context(new Origin[] {origin}, new long[] {version});
    }

    /** Both ascending by origin and as long as each other; kept, not copied. */
    static Context ofSorted(Origin[] origins, long[] versions) {
        return origins.length == 0 ? EMPTY : new Context(origins, versions);
    }

    /** What {@link #bytes} made. @throws IllegalArgumentException for other bytes */
    public static Context of(byte[] bytes) {
        try {
            ByteBuffer from = ByteBuffer.wrap(bytes);
            Context context = new StateReader(from).vector();
            if (from.hasRemaining()) throw new IllegalArgumentException("these bytes are no context of a read");
            return context;
        } catch (MalformedPacketException e) {
            throw new IllegalArgumentException("these bytes are no context of a read", e);
        }
    }

    /** This as bytes, to be kept and given back with a write. */
    public byte[] bytes() {
        return new StateWriter().origins(this).putOrigins().vector(this).done();
    }

    /** Of this the writes to shared entries. */
    Context shared() {
        int count = 0;
        for (Origin each : origins) if (each.shared()) count++;
        if (count == origins.length) return this;
        Origin[] some = new Origin[count];
        long[] theirs = new long[count];
        for (int i = 0, at = 0; i < origins.length; i++) {
            if (!origins[i].shared()) continue;
            some[at] = origins[i];
            theirs[at++] = versions[i];
        }
        return ofSorted(some, theirs);
    }

    /** How many origins it names. */
    public int size() {
        return origins.length;
    }

    /** An origin, {@code 0 <= index < size()}, ascending. */
    public Origin origin(int index) {
        return origins[index];
    }

    /** The newest version seen of {@link #origin origin(index)}. */
    public long version(int index) {
        return versions[index];
    }

    /** The newest version seen of {@code origin}, 0 if none. */
    public long get(Origin origin) {
        int at = Arrays.binarySearch(origins, origin);
        return at < 0 ? 0 : versions[at];
    }

    /** Whether the update that {@code origin} numbered {@code version} has been seen. */
    public boolean covers(Origin origin, long version) {
        return get(origin) >= version;
    }

    /** This past and all of {@code origin}'s writes up to {@code version}. */
    public Context with(Origin origin, long version) {
        int at = Arrays.binarySearch(origins, origin);
        if (at >= 0) {
            if (versions[at] >= version) return this;
            long[] changed = versions.clone();
            changed[at] = version;
            return new Context(origins, changed);
        }
        int to = -at - 1;
        Origin[] more = new Origin[origins.length + 1];
        long[] changed = new long[versions.length + 1];
        System.arraycopy(origins, 0, more, 0, to);
        System.arraycopy(versions, 0, changed, 0, to);
        more[to] = origin;
        changed[to] = version;
        System.arraycopy(origins, to, more, to + 1, origins.length - to);
        System.arraycopy(versions, to, changed, to + 1, origins.length - to);
        return new Context(more, changed);
    }

    /** The union of two pasts. */
    public Context join(Context other) {
        Context joined = this;
        for (int i = 0; i < other.size(); i++) joined = joined.with(other.origins[i], other.versions[i]);
        return joined;
    }

    @Override
    public List<Object> composition() {
        return List.of(List.of(origins), versions);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Context context
                && Arrays.equals(origins, context.origins)
                && Arrays.equals(versions, context.versions);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(origins) * 31 + Arrays.hashCode(versions);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < size(); i++)
            text.append(i == 0 ? "" : ", ").append(origins[i]).append(':').append(versions[i]);
        return text.append('}').toString();
    }
}
