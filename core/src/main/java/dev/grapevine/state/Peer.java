package dev.grapevine.state;

import dev.grapevine.core.Address;

/**
 * A member as replicated state sees it.
 *
 * @param live whether it is exchanged with and counts in views; one that is not keeps its facts until it is no member any more
 */
public record Peer(String name, long generation, Address address, boolean live) {}
