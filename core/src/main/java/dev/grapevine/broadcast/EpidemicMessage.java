package dev.grapevine.broadcast;

import dev.grapevine.wire.Encodable;
import java.nio.ByteBuffer;
import java.util.List;

/** What {@link Epidemic}s say to each other. {@link EpidemicCodec} has the bytes. */
public sealed interface EpidemicMessage extends Encodable {
    /**
     * One line of a digest: a version that the sender holds.
     *
     * @param keyHash {@link RumorKey#hash()}
     * @param dropped the sender once held it and can no longer give it
     */
    record Line(long keyHash, Version version, boolean dropped) {}

    /**
     * I hold these; ask for what you lack. Settled: the sender holds nothing young, and {@code store} is the digest of
     * all that it holds; else {@code store} says nothing.
     */
    record Offer(boolean settled, int store, List<Line> lines) implements EpidemicMessage {}

    /**
     * Of the keys whose hashes lie in {@code low..high} (as signed numbers) I hold these; send me what I lack.
     *
     * @param both push-pull: the receiver asks for what it lacks, too
     * @param complete the lines are all that the sender holds in that range; else all that it holds and is young
     * @param settled as in {@link Offer}
     * @param store as in {@link Offer}
     */
    record Digest(boolean both, boolean complete, boolean settled, int store, long low, long high, List<Line> lines)
            implements EpidemicMessage {}

    /** Send me these, or what replaced them. */
    record Request(List<Line> lines) implements EpidemicMessage {}

    /** Values; hops count up to the sender. */
    record Delta(List<Rumor> rumors) implements EpidemicMessage {}

    @Override
    default int sizeBytes() {
        return EpidemicCodec.size(this);
    }

    @Override
    default void encode(ByteBuffer into) {
        EpidemicCodec.encode(this, into);
    }
}
