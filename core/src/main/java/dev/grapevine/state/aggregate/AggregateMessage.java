package dev.grapevine.state.aggregate;

import dev.grapevine.wire.Encodable;
import java.nio.ByteBuffer;

/** What nodes say to each other about one aggregate; the bytes are {@link AggregateCodec}'s. */
public sealed interface AggregateMessage extends Encodable {
    /** Which aggregate. */
    String name();

    @Override
    default int sizeBytes() {
        return AggregateCodec.sizeBytes(this);
    }

    @Override
    default void encode(ByteBuffer into) {
        AggregateCodec.write(into, this);
    }

    /** Which epoch of it, counted up from 1. */
    long epoch();

    /**
     * Let us average; this is what I have.
     *
     * @param sequence the sender's number of this exchange: sent again with the same number if no answer comes
     * @param leader the least number drawn by a node that the sender knows of
     */
    record Offer(String name, long epoch, int sequence, long leader, Mass mass, double min, double max)
            implements AggregateMessage {}

    /**
     * Answer to an offer: {@code flow} went from you to me.
     *
     * @param leader to whose weight the flow of weight belongs
     */
    record Flow(String name, long epoch, int sequence, long leader, Mass flow, double min, double max)
            implements AggregateMessage {}

    /** Answer to an offer of an older epoch: that one is over, begin this one. */
    record Newer(String name, long epoch) implements AggregateMessage {}
}
