package dev.grapevine.membership;

import dev.grapevine.core.Address;
import org.jspecify.annotations.Nullable;

/**
 * When and from whom something became known; rows that were filled by one message share one.
 *
 * @param atNanos by this node's clock
 * @param from who told, null for this node itself
 * @param hops members that the news went through
 */
record Learned(long atNanos, @Nullable Address from, int hops) {}
