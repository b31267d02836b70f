package dev.grapevine.state;

import java.util.List;

/**
 * A piece of one origin's updates, in the order of their versions, for a peer that has a prefix of at least {@code from}.
 *
 * @param from the prefix that it continues
 * @param to the prefix that a peer has after it, {@code >= from}
 * @param need how far that peer must then come for nothing to be missing; 0 if {@code to} is enough
 * @param items ascending by version, each above {@code from}
 */
public record Segment(Origin origin, long from, long to, long need, List<Item> items) {
    /** A key's present state at the slot of the newest version that the segment's origin gave it. */
    public record Item(long version, StateKey key, Entry entry) {}
}
