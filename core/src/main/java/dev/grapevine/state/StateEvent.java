package dev.grapevine.state;

import dev.grapevine.core.Event;
import java.util.List;

/** What happened to replicated state as this node sees it. */
public sealed interface StateEvent extends Event {
    /**
     * A key shows other values than before. Each change is told once; those of one owner's facts in the order of their versions.
     *
     * @param before without siblings if there was no value
     * @param after without siblings if there is none any more
     */
    record Changed(StateKey key, Entry before, Entry after) implements StateEvent {}

    /** A node is no member any more, or lives anew, and the facts of its earlier life are gone; {@code keys} had a value. */
    record FactsDied(String node, long generation, int keys) implements StateEvent {}

    /** Removals that everybody in the view has seen are forgotten. */
    record Collected(int removals, int members) implements StateEvent {}

    /**
     * This node compared all its entries with a peer's, because versions alone could not tell what was missing, or because it missed
     * that removals were forgotten.
     *
     * @param missed whether it missed removals
     * @param taken entries that the peer told of
     * @param dropped keys that were removed while this node did not hear of it
     * @param given entries that the peer lacked
     * @param roundTrips of the comparison
     */
    record Repaired(boolean missed, int taken, int dropped, int given, int roundTrips) implements StateEvent {}

    /**
     * Shared entries that are to be kept on a disk, told only where one is ({@link StateReplica#keep}). They may be written after
     * another in this order, and of several of these events only the newest of each part: what was forgotten before the entries,
     * what had been seen after them. Then whatever is there after a crash can be given to {@link StateInput.Restore}.
     *
     * @param collected up to where removals were forgotten, as {@link Context#bytes}
     * @param values of the keys, one by one; empty for a key that is there no more
     * @param seen what has been seen, as {@link Context#bytes}
     */
    @SuppressWarnings("ArrayRecordComponent") // carried, never compared
    record Keep(byte[] collected, List<byte[]> keys, List<byte[]> values, byte[] seen) implements StateEvent {}

    /**
     * A large value is lost: the life of whoever wrote it is over, and all members are there and have none of its bytes. This node
     * removes it for everybody.
     *
     * @param removal this node's
     */
    record Lost(Update removal) implements StateEvent {}

    /** How far the others have this node's writes; see {@link Convergence}. */
    record Converging(Convergence convergence) implements StateEvent {}

    /** A peer's updates are not taken in because this node is at its limit. */
    record Overfull(long bytes, long limit) implements StateEvent {}
}
