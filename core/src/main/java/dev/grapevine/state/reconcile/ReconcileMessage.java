package dev.grapevine.state.reconcile;

import dev.grapevine.wire.Encodable;
import java.nio.ByteBuffer;

/**
 * What two nodes say to each other in an exchange; the bytes are {@link ReconcileCodec}'s. {@code exchange} is the initiator's
 * number for it, 0..255, so that what is late is not taken for what is due.
 */
public sealed interface ReconcileMessage extends Encodable {
    /** The initiator's number of the exchange, {@code 0..255}. */
    int exchange();

    @Override
    default int sizeBytes() {
        return ReconcileCodec.sizeBytes(this);
    }

    @Override
    default void encode(ByteBuffer into) {
        ReconcileCodec.write(into, this);
    }

    /**
     * Initiator: this is my set; what is different?
     *
     * @param size of its set
     * @param digest lower 40 bits
     * @param all sample of level 0
     * @param sparse the first 16 cells of level 2
     */
    record Compare(int exchange, int size, long digest, long all, int sparse) implements ReconcileMessage {}

    /** Responder: my set is the same. */
    record Same(int exchange) implements ReconcileMessage {}

    /**
     * Responder: we differ in little; here are the syndromes of my set from number {@code from} on.
     *
     * @param size of its set
     */
    record Sketch(int exchange, int size, int from, PinSketch syndromes) implements ReconcileMessage {}

    /** Initiator: that was not enough; give me syndromes {@code from..capacity-1}, or samples if {@code capacity} is 0. */
    record More(int exchange, int from, int capacity) implements ReconcileMessage {}

    /**
     * Responder: we differ in much; judge yourself how much.
     *
     * @param size of its set
     * @param salt the key of this exchange
     * @param levels samples of the levels from 1 on, as many as a set of that size fills
     */
    record Samples(int exchange, int size, long salt, long[] levels) implements ReconcileMessage {}

    /** Initiator: give me {@code count} coded symbols from {@code from} on. */
    record WantSymbols(int exchange, int from, int count) implements ReconcileMessage {}

    /** Responder: coded symbols of my set, which has {@code size} ids. */
    record Symbols(int exchange, int size, CodedSymbols run) implements ReconcileMessage {}

    /** Initiator: list all your ids. */
    record WantListing(int exchange) implements ReconcileMessage {}

    /**
     * All ids of the sender's set after those of the listing before this: up to the last one here, or up to the end.
     *
     * @param byInitiator whose set it is
     * @param end whether there are no more
     */
    record Listing(int exchange, boolean byInitiator, boolean end, long[] ids) implements ReconcileMessage {}

    /**
     * Give me the entries whose ids begin with these bits.
     *
     * @param byInitiator who asks
     */
    record Want(int exchange, boolean byInitiator, int bits, long[] prefixes) implements ReconcileMessage {}

    /** Responder: I do not know that exchange (any more), or I have too many; try again later. */
    record Busy(int exchange) implements ReconcileMessage {}
}
