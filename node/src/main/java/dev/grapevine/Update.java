package dev.grapevine;

import java.util.concurrent.CompletableFuture;

/** A write to replicated state that this node made and that the others will have. */
public interface Update {
    /** What it is called in messages: the key and this node's number for it. */
    @Override
    String toString();

    /**
     * Completes when every live member is known to have this update, or one that replaced it. Members that join while it is waited for
     * are waited for too, members that leave or fail are not; {@link Seen#viewChanged} says that this happened.
     */
    CompletableFuture<Seen> awaitSeenByEveryone();

    /** Completes when a majority of the live members is known to have this update. */
    CompletableFuture<Seen> awaitSeenByQuorum();

    /**
     * Completes when so many live members are known to have this update.
     *
     * @param members this node included, {@code >= 1}; refused when there are fewer
     */
    CompletableFuture<Seen> awaitSeenBy(int members);
}
