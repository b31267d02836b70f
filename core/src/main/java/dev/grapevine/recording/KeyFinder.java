package dev.grapevine.recording;

import dev.grapevine.wire.KeyRing;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Gives a replay the keys that a recording only names. */
@FunctionalInterface
public interface KeyFinder {
    /** Has no key. */
    KeyFinder NONE = fingerprint -> null;

    /** The 32 bytes of the key with this {@linkplain KeyRing#fingerprint fingerprint}; null if it is not at hand. */
    byte @Nullable [] find(long fingerprint);

    /**
     * Looks among {@code keys}.
     *
     * @throws IllegalArgumentException if one has not {@link KeyRing#KEY_BYTES} bytes
     */
    static KeyFinder among(List<byte[]> keys) {
        Map<Long, byte[]> known = new LinkedHashMap<>();
        for (byte[] key : keys) known.put(KeyRing.fingerprint(key), key.clone());
        return known::get;
    }
}
