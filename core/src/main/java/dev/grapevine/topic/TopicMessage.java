package dev.grapevine.topic;

import dev.grapevine.wire.Encodable;
import java.nio.ByteBuffer;
import java.util.List;

/** What nodes say to each other about topics. {@code source} is always {@link Source#key()}. */
public sealed interface TopicMessage extends Encodable {
    @Override
    default int sizeBytes() {
        return TopicCodec.size(this);
    }

    @Override
    default void encode(ByteBuffer into) {
        TopicCodec.encode(this, into);
    }

    /**
     * A message with its bytes.
     *
     * @param hops links from the publisher to the sender of this
     * @param asked whether the receiver asked for it; otherwise it was pushed along the tree
     */
    record Payload(Source source, long sequence, int hops, boolean asked, byte[] bytes) implements TopicMessage {}

    /** A message that the sender has, {@code hops} links from the publisher. */
    record Held(long source, long sequence, int hops) {}

    /** How urgently an announced message is to be asked for. */
    enum Urgency {
        /** The link has no place in the tree yet: whoever lacks the message asks at once, and the link joins the tree. */
        OFFER,
        /** It comes by the tree; ask if it does not. */
        LAZY,
        /** It was pushed to you and you did not confirm it: confirm or ask at once. */
        CONFIRM
    }

    /** Announces messages. */
    record Announce(Urgency urgency, List<Held> held) implements TopicMessage {}

    /**
     * Asks for messages {@code first..last}.
     *
     * @param graft whether the sender wants that source's messages pushed from now on
     */
    record Want(long source, long first, long last, boolean graft) implements TopicMessage {}

    /** The link has no place in that source's tree: announce from now on. */
    record Prune(long source) implements TopicMessage {}

    /** Of {@code source} the sender has (or needs no more) everything up to {@code low}, and also {@code others}, all above it. */
    record Acked(long source, long low, List<Long> others) {}

    /** Confirms messages. */
    record Ack(List<Acked> acked) implements TopicMessage {}

    /**
     * Of {@code source} the sender can give {@code base..top}, as far as it has come without a gap.
     *
     * @param settled whether {@code base} is as far back as the retention window reaches
     */
    record Range(long source, long base, long top, boolean settled) {}

    /**
     * Compares what is held.
     *
     * @param asking whether the receiver is to answer with its own
     * @param all whether the answer is to be about all sources, and not only about those in {@code ranges}
     */
    record Digest(boolean asking, boolean all, List<Range> ranges) implements TopicMessage {}

    /** To the publisher: everything up to {@code low} is here, the last of it since {@code ageMillis}. */
    record Report(long source, long low, int ageMillis) implements TopicMessage {}
}
