package dev.grapevine;

import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A set that every node may change (an OR-set): a removal removes what its author saw, so of a concurrent addition and removal the
 * addition wins.
 *
 * <pre>{@code
 * node.set("drained").add("rack-7");
 * }</pre>
 */
public interface SharedSet {
    /** Whether the element is in the set, as far as this node knows. */
    boolean contains(String element);

    /** The elements, in order. */
    Set<String> elements();

    /** Adds an element of at most 255 bytes of UTF-8. */
    CompletableFuture<Update> add(String element);

    /** Removes an element. */
    CompletableFuture<Update> remove(String element);
}
