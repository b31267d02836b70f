package dev.grapevine.state;

import dev.grapevine.state.Value.Blob;
import java.util.List;

/** What nodes say to each other about replicated state. The bytes are made by {@link StateCodec}. */
public sealed interface StateMessage {
    /**
     * An origin, by {@link Origin#hash}, and the prefix of its updates that the sender has.
     *
     * @param beyond stands for what the sender has of it beyond that, 0 for nothing
     */
    record Mark(long origin, long version, int beyond) {}

    /**
     * "This is all I have": a hash of it, and what changed lately, so that the few that differ are usually among them.
     *
     * @param allowed rate of updates that the sender may make, per second and times 1000, for flow control
     * @param wanted rate that it would like to make
     */
    record Summary(long vector, long allowed, long wanted, List<Mark> recent) implements StateMessage {}

    /** The rates agreed on, told to the peer whose {@link Summary} asked: {@code allowed} is the peer's from now on. */
    record Rate(long allowed) implements StateMessage {}

    /** Hashes of all that the sender has, by the leading bits of the origins' hashes. */
    record Buckets(int[] hashes) implements StateMessage {}

    /**
     * The prefixes that the sender has.
     *
     * @param buckets how many buckets the hashes are divided into; 0 for marks in no order
     * @param listed the buckets of which all marks are here
     * @param want whether the sender asks for what it lacks of {@code marks} and no answer but that
     */
    record Digests(int buckets, List<Integer> listed, List<Mark> marks, boolean want) implements StateMessage {}

    /** Updates; {@code more} if the sender had to stop for its budget. */
    record Delta(List<Segment> segments, boolean more) implements StateMessage {}

    /** "You missed that removals were forgotten": only a comparison of all entries helps. */
    record Missed() implements StateMessage {}

    /**
     * The present state of some keys, for one who compares all entries ({@link Repairs}).
     *
     * @param exchange the number of the comparison, {@code 0..255}
     * @param byInitiator whether the sender began it
     * @param items ascending by key
     * @param gone keys of which the sender has nothing
     */
    record Entries(int exchange, boolean byInitiator, List<Kept> items, List<StateKey> gone) implements StateMessage {}

    /**
     * The initiator knows what differs and asks what follows from it, once all that it asked for was sent.
     *
     * @param wants how many ids it asked for by prefixes
     * @param all whether it wants to know of every origin, not only of {@code origins}
     * @param origins hashes of the origins of which it wants to know what the responder had seen
     * @param keys whose present state it needs besides
     */
    record Finish(int exchange, int wants, boolean all, long[] origins, List<StateKey> keys) implements StateMessage {}

    /**
     * The responder's answer, after all entries.
     *
     * @param wants how many ids it asked for by prefixes
     * @param given how many keys it told of
     * @param seen what it had seen when the comparison began
     * @param collected up to where it had forgotten removals then
     */
    record Finished(int exchange, int wants, int given, Context seen, Context collected) implements StateMessage {}

    /**
     * Who has seen a cut: the bits of a view's members in the order of their names.
     *
     * @param id drawn by whoever asked
     * @param view hash of the view's members
     * @param cut versions to be seen
     * @param bits bit {@code i} of byte {@code i / 8}: the view's member {@code i} says that it has seen the cut
     * @param reply whether this answers another one
     */
    record Watch(long id, long view, List<Mark> cut, byte[] bits, boolean reply) implements StateMessage {}

    /** Asks for the present state of some keys. */
    record Lookup(List<StateKey> keys) implements StateMessage {}

    /** The present state of those keys asked for that the sender has. */
    record Found(List<Kept> items) implements StateMessage {}

    /** Asks for bytes of a large value. */
    record Want(Blob blob, int offset) implements StateMessage {}

    /** Bytes of a large value; none if the sender does not have it. */
    record Chunk(Blob blob, int size, int offset, byte[] bytes) implements StateMessage {}
}
