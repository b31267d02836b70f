package dev.grapevine.core;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The list that a {@link Machine} fills and a driver performs, with the buffers for the bytes in it. A driver keeps one for
 * all its machines: buffers are reused after {@link #clear()}, so that sending allocates nothing but the effect itself.
 */
public final class Effects {
    /** Bytes of one pooled buffer: the largest UDP payload over IPv4. */
    public static final int BUFFER_BYTES = 65_507;

    private static final int SMALL_BYTES = 2_048;

    private final List<Effect> effects = new ArrayList<>();
    private final List<Effect> view = Collections.unmodifiableList(effects);
    private final List<ByteBuffer> small = new ArrayList<>();
    private final List<ByteBuffer> large = new ArrayList<>();
    private int smallUsed;
    private int largeUsed;

    /** Appends one effect. */
    public void add(Effect effect) {
        effects.add(effect);
    }

    /**
     * An empty big-endian heap buffer with room for at least {@code sizeBytes}, the caller's until {@link #clear()}.
     *
     * @param sizeBytes {@code >= 0}; above {@link #BUFFER_BYTES} the buffer is made for the occasion
     */
    public ByteBuffer buffer(int sizeBytes) {
        if (sizeBytes > BUFFER_BYTES) return ByteBuffer.allocate(sizeBytes);
        if (sizeBytes > SMALL_BYTES) {
            if (largeUsed == large.size()) large.add(ByteBuffer.allocate(BUFFER_BYTES));
            return large.get(largeUsed++).clear();
        }
        if (smallUsed == small.size()) small.add(ByteBuffer.allocate(SMALL_BYTES));
        return small.get(smallUsed++).clear();
    }

    /** What is to be done, in order; a view that changes with this object. */
    public List<Effect> list() {
        return view;
    }

    /** Forgets the effects and takes back every buffer. Called by the driver once all are performed. */
    public void clear() {
        effects.clear();
        smallUsed = 0;
        largeUsed = 0;
        // A burst must not pin its peak for ever.
        if (large.size() > 4) large.subList(4, large.size()).clear();
        if (small.size() > 256) small.subList(256, small.size()).clear();
    }
}
