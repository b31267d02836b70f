package dev.grapevine.state;

import dev.grapevine.core.Event;

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

    /** This node missed that removals were forgotten, and took over everything from a peer. */
    record Reset(int entries) implements StateEvent {}

    /** How far the others have this node's writes; see {@link Convergence}. */
    record Converging(Convergence convergence) implements StateEvent {}

    /** A peer's updates are not taken in because this node is at its limit. */
    record Overfull(long bytes, long limit) implements StateEvent {}
}
