package dev.grapevine.state;

/**
 * A write that was made.
 *
 * @param version its number, 0 if there was nothing to remove
 */
public record Update(StateKey key, Origin origin, long version) {}
