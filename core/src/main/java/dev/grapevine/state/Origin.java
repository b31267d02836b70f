package dev.grapevine.state;

import dev.grapevine.core.Composed;
import dev.grapevine.wire.Wire;
import java.util.List;

/**
 * Who numbered an update: one life of one node. A node has two sequences of versions, one for its facts, which die with it, and
 * one for what it wrote to shared entries, which outlives it.
 */
public final class Origin implements Comparable<Origin>, Composed {
    /** Most bytes of a node's name in UTF-8. */
    public static final int MAX_NODE_BYTES = 128;

    /** Largest generation. */
    public static final long MAX_GENERATION = (1L << 48) - 1;

    private final String node;
    private final long generation;
    private final boolean shared;
    private final long hash;

    /**
     * @param node name of the node, 1 to {@link #MAX_NODE_BYTES} bytes of UTF-8
     * @param generation of the node's life, {@code 0..MAX_GENERATION}
     * @param shared whether these are writes to shared entries, not facts
     * @throws IllegalArgumentException outside these ranges
     */
    public Origin(String node, long generation, boolean shared) {
        int bytes = Wire.utf8Size(node);
        if (bytes == 0 || bytes > MAX_NODE_BYTES)
            throw new IllegalArgumentException("a node's name has 1 to " + MAX_NODE_BYTES + " bytes, not " + bytes);
        if (generation < 0 || generation > MAX_GENERATION)
            throw new IllegalArgumentException("generation " + generation + " is not in 0.." + MAX_GENERATION);
        this.node = node;
        this.generation = generation;
        this.shared = shared;
        hash = Hash.join(Hash.of(node), generation << 1 | (shared ? 1 : 0));
    }

    /** The node's name. */
    public String node() {
        return node;
    }

    /** The node's life. */
    public long generation() {
        return generation;
    }

    /** Whether these are writes to shared entries, not facts. */
    public boolean shared() {
        return shared;
    }

    /** What stands for this origin in digests; the same on every node. */
    public long hash() {
        return hash;
    }

    @Override
    public List<Object> composition() {
        return List.of(node, generation, shared);
    }

    @Override
    public int compareTo(Origin other) {
        if (this == other) return 0;
        int order = node.compareTo(other.node);
        if (order == 0) order = Long.compare(generation, other.generation);
        return order == 0 ? Boolean.compare(shared, other.shared) : order;
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof Origin origin
                        && hash == origin.hash
                        && generation == origin.generation
                        && shared == origin.shared
                        && node.equals(origin.node);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(hash);
    }

    /** {@code name#generation}, with {@code /shared} behind it for shared entries. */
    @Override
    public String toString() {
        return node + "#" + generation + (shared ? "/shared" : "");
    }
}
