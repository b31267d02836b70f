package dev.grapevine;

import java.util.concurrent.CompletableFuture;

/**
 * A counter that every node may move up and down, and that counts every move once (a PN-counter).
 *
 * <pre>{@code
 * node.counter("requests").add(1);
 * }</pre>
 */
public interface SharedCounter {
    /** The sum of all moves that this node knows of. */
    long value();

    /**
     * Moves the counter.
     *
     * @param by at most 2^40 either way
     */
    CompletableFuture<Update> add(long by);
}
