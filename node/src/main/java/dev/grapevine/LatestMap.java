package dev.grapevine;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A map that any node may write and of which the last writer wins: of concurrent values the one with the largest hybrid logical time.
 * A removal removes what its author saw, so a concurrent write survives it.
 *
 * <pre>{@code
 * node.latest("config").put("mode", "blue");
 * }</pre>
 */
public interface LatestMap {
    /** The value of a key at this node. */
    Optional<byte[]> get(String key);

    /** The value of a key as a text. */
    default Optional<String> text(String key) {
        return get(key).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    /** The keys that have a value, in order. */
    Set<String> keys();

    /** Sets a key. */
    CompletableFuture<Update> put(String key, byte[] value);

    /** Sets a key to a text. */
    default CompletableFuture<Update> put(String key, String text) {
        return put(key, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Removes a key. */
    CompletableFuture<Update> remove(String key);
}
