package dev.grapevine;

import dev.grapevine.state.Context;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A map that any node may write. Values that were written concurrently are kept side by side as siblings until a write that saw them
 * replaces them (Dynamo's semantics, with dotted version vectors).
 *
 * <pre>{@code
 * SharedMap carts = node.shared("carts");
 * SharedMap.Read cart = carts.get("alice");
 * carts.put("alice", merge(cart.values()), cart.context());
 * }</pre>
 */
public interface SharedMap {
    /**
     * What a key shows at this node.
     *
     * @param values none if there is no such key; several if they were written concurrently
     * @param context to be given back with the write that this read leads to
     */
    record Read(List<byte[]> values, Context context) {
        /** The values as UTF-8. */
        public List<String> texts() {
            return values.stream()
                    .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                    .toList();
        }

        /** Whether there are several values, which wait to be merged. */
        public boolean hasSiblings() {
            return values.size() > 1;
        }
    }

    /** The key changed and now reads like this. */
    record Change(String key, Read now) {}

    /** What a key shows at this node. */
    Read get(String key);

    /** The keys that have a value, in order. */
    Set<String> keys();

    /** Replaces everything that this node has of the key. */
    CompletableFuture<Update> put(String key, byte[] value);

    /** Replaces everything that this node has of the key by a text. */
    default CompletableFuture<Update> put(String key, String text) {
        return put(key, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Replaces exactly what was seen by the read that {@code context} is of; whatever else there is stays as a sibling. */
    CompletableFuture<Update> put(String key, byte[] value, Context context);

    /** Replaces exactly what was seen by a text. */
    default CompletableFuture<Update> put(String key, String text, Context context) {
        return put(key, text.getBytes(StandardCharsets.UTF_8), context);
    }

    /** Removes everything that this node has of the key; a value that is written concurrently stays. */
    CompletableFuture<Update> remove(String key);

    /** Removes exactly what was seen by the read that {@code context} is of. */
    CompletableFuture<Update> remove(String key, Context context);

    /** Tells of each change of a key with this prefix. */
    Subscription listen(String prefix, Consumer<? super Change> listener);
}
