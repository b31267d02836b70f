package dev.grapevine.broadcast;

import dev.grapevine.wire.Wire;

/**
 * What an entry is called. An owned key belongs to one node, which alone writes it, under version numbers; two nodes may use
 * the same name for two entries. A shared key has no owner: any node may write it, under version vectors.
 *
 * @param owner the owning node's name, empty for a shared key; at most {@value #MAX_BYTES} bytes of UTF-8
 * @param name at most {@value #MAX_BYTES} bytes of UTF-8
 */
public record RumorKey(String owner, String name) {
    /** Most bytes of an owner and of a name, each. */
    public static final int MAX_BYTES = 255;

    public RumorKey {
        if (Wire.utf8Size(owner) > MAX_BYTES) throw new IllegalArgumentException(tooLong("owner", owner));
        if (Wire.utf8Size(name) > MAX_BYTES) throw new IllegalArgumentException(tooLong("name", name));
    }

    /** The entry that any node may write. */
    public static RumorKey shared(String name) {
        return new RumorKey("", name);
    }

    /** Whether any node may write it. */
    public boolean isShared() {
        return owner.isEmpty();
    }

    /** What stands for this key in a digest; the same on every node. */
    public long hash() {
        return Hash64.join(Hash64.of(owner), Hash64.of(name));
    }

    private static String tooLong(String what, String text) {
        return "the " + what + " has " + Wire.utf8Size(text) + " bytes, the limit is " + MAX_BYTES;
    }
}
