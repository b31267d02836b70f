package dev.grapevine.serf.memberlist;

import dev.grapevine.serf.msgpack.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys a node accepts. The first is the primary: it alone encrypts. Source: hashicorp/memberlist, keyring.go. */
public final class Keyring {
    private final List<Bytes> keys = new ArrayList<>();

    /**
     * A ring; an empty one means no encryption.
     *
     * @throws IllegalArgumentException if a key has not 16, 24 or 32 bytes
     */
    public Keyring(List<Bytes> keys) {
        for (Bytes key : keys) {
            String error = add(key);
            if (error != null) throw new IllegalArgumentException(error);
        }
    }

    /** Whether there is no key. */
    public boolean isEmpty() {
        return keys.isEmpty();
    }

    /** All keys, primary first; a copy. */
    public List<Bytes> keys() {
        return List.copyOf(keys);
    }

    /** The key at {@code index}. */
    Bytes get(int index) {
        return keys.get(index);
    }

    int size() {
        return keys.size();
    }

    /** Adds a key at the end; a present one stays where it is. Returns why it cannot be, else null. */
    public @Nullable String add(Bytes key) {
        if (key.size() != 16 && key.size() != 24 && key.size() != 32) return "key size must be 16, 24 or 32 bytes";
        if (!keys.contains(key)) keys.add(key);
        return null;
    }

    /** Makes a key of the ring the primary. Returns why it cannot be, else null. */
    public @Nullable String use(Bytes key) {
        if (!keys.remove(key)) return "Requested key is not in the keyring";
        keys.add(0, key);
        return null;
    }

    /** Removes a key; an absent one is no error. Returns why it cannot be, else null. */
    public @Nullable String remove(Bytes key) {
        if (!keys.isEmpty() && keys.get(0).equals(key)) return "Removing the primary key is not allowed";
        keys.remove(key);
        return null;
    }
}
