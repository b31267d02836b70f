package dev.grapevine.state;

import dev.grapevine.wire.Wire;

/**
 * What an entry is called.
 *
 * @param owner the node whose fact this is; empty for a shared entry
 * @param space the collection that a shared entry belongs to, at most {@value #MAX_SPACE_BYTES} bytes of UTF-8; empty for a fact
 * @param name within the collection or among the facts of its owner, at most {@value #MAX_NAME_BYTES} bytes of UTF-8
 */
public record StateKey(String owner, String space, String name) implements Comparable<StateKey> {
    /** Most bytes of a collection's name, the mark of its kind included. */
    public static final int MAX_SPACE_BYTES = 128;

    /** Most bytes of a key. */
    public static final int MAX_NAME_BYTES = 255;

    public StateKey {
        check("the owner", owner, Origin.MAX_NODE_BYTES);
        check("the name of a collection", space, MAX_SPACE_BYTES);
        check("the key", name, MAX_NAME_BYTES);
        if (owner.isEmpty() == space.isEmpty())
            throw new IllegalArgumentException("an entry has an owner or a collection, and not both");
    }

    /** A fact of a node. */
    public static StateKey fact(String owner, String name) {
        return new StateKey(owner, "", name);
    }

    /** An entry of a collection that any node may write. */
    public static StateKey shared(String space, String name) {
        return new StateKey("", space, name);
    }

    /** Whether any node may write it. */
    public boolean isShared() {
        return owner.isEmpty();
    }

    long hash() {
        return Hash.join(Hash.join(Hash.of(owner), Hash.of(space)), Hash.of(name));
    }

    private static void check(String what, String text, int max) {
        int bytes = Wire.utf8Size(text);
        if (bytes > max)
            throw new IllegalArgumentException(what + " has " + bytes + " bytes of UTF-8, the limit is " + max);
    }

    @Override
    public int compareTo(StateKey other) {
        int order = owner.compareTo(other.owner);
        if (order == 0) order = space.compareTo(other.space);
        return order == 0 ? name.compareTo(other.name) : order;
    }

    @Override
    public String toString() {
        return (owner.isEmpty() ? space : owner) + "/" + name;
    }
}
