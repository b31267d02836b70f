package dev.grapevine;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What nodes say of themselves: each owns a map of keys to bytes that it alone writes and everybody can read. The facts of a node are
 * gone when it is no member any more; a crashed node's stay until it is forgotten.
 *
 * <pre>{@code
 * node.facts().put("role", "primary");
 * Optional<String> role = other.facts().text("node-1", "role");
 * }</pre>
 *
 * <p>Reads are local.
 */
public interface Facts {
    /** A fact changed; {@code value} is null when it is gone. */
    record Change(String owner, String key, byte @Nullable [] value) {
        /** The value as UTF-8, null when it is gone. */
        public @Nullable String text() {
            byte[] bytes = value;
            return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /**
     * Sets a fact of this node.
     *
     * @param key at most 255 bytes of UTF-8
     * @param value at most 16 MiB
     * @return the update once it is made; fails with the limit in the message if one is broken
     */
    CompletableFuture<Update> put(String key, byte[] value);

    /** Sets a fact of this node to a text. */
    default CompletableFuture<Update> put(String key, String text) {
        return put(key, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Removes a fact of this node. */
    CompletableFuture<Update> remove(String key);

    /** A fact, as far as this node knows. */
    Optional<byte[]> get(String owner, String key);

    /** A fact that is a text. */
    default Optional<String> text(String owner, String key) {
        return get(owner, key).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    /** All facts of a node, by key. */
    Map<String, byte[]> of(String owner);

    /**
     * Tells of each change once, those of one owner in the order in which it made them; one that is overwritten before it gets here is
     * skipped, and a value above 1 KiB is told when it is here whole.
     *
     * @param prefix of the keys; empty for all
     */
    Subscription listen(String prefix, Consumer<? super Change> listener);
}
