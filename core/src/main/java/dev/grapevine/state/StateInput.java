package dev.grapevine.state;

import dev.grapevine.core.Address;
import dev.grapevine.state.reconcile.ReconcileMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@link StateReplica} is told. */
public sealed interface StateInput {
    /** A message of a peer, already checked. */
    record Received(Address from, StateMessage message) implements StateInput {}

    /** Who is a member, this node included. */
    record Members(List<Peer> members) implements StateInput {}

    /** A peer's digest differs from ours. */
    record Differs(Address peer) implements StateInput {}

    /** A message of a peer that compares all entries. */
    record Compared(Address from, ReconcileMessage message) implements StateInput {}

    /** The wall clock. */
    record WallClock(long epochMillis) implements StateInput {}

    /**
     * Writes; answered with {@link StateEffect.Written} once the rate of updates allows it.
     *
     * @param id given back in the answer
     * @param key a fact of this node, or a shared entry
     * @param value null to remove
     * @param seen what the author saw; null for everything that this node has
     * @param stamped whether the value gets a hybrid logical time
     */
    record Write(
            long id,
            StateKey key,
            byte @Nullable [] value,
            @Nullable Context seen,
            boolean stamped) implements StateInput {}

    /** Adds to a counter, {@code by} above or below 0; answered like a write. */
    record Count(long id, String counter, long by) implements StateInput {}

    /**
     * Answers with {@link StateEffect.Seen} once enough members have an update of this node.
     *
     * @param members how many, this node included; 0 for a majority of the view, -1 for all of it
     */
    record Await(long id, Update update, int members) implements StateInput {}

    /** Somebody wants to know how far this node's writes have come: from now on that is followed for a while. */
    record Follow() implements StateInput {}

    /**
     * What an earlier life of this node kept of shared entries ({@link StateEvent.Keep}). What cannot be read is left out, and then
     * nothing counts as seen, so that all of it is compared with others' again.
     *
     * @param collected {@link Context#bytes}, empty for none
     * @param seen likewise
     */
    @SuppressWarnings("ArrayRecordComponent") // carried, never compared
    record Restore(byte[] collected, List<byte[]> keys, List<byte[]> values, byte[] seen) implements StateInput {}

    /** Look at the time. */
    record Tick() implements StateInput {}
}
