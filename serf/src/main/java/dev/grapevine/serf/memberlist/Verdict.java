package dev.grapevine.serf.memberlist;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a node was declared dead.
 *
 * @param declaredBy who said so; the node itself if it left
 * @param suspectedBy the accusers known here, the first one first; empty if there was no suspicion here
 * @param suspectedForNanos how long the suspicion ran here, {@code 0} if there was none
 * @param ownHealthScore how much this node doubted itself
 * @param lastProbe our own last failed probe of it, if any
 */
public record Verdict(
        String declaredBy,
        List<String> suspectedBy,
        long incarnation,
        long suspectedForNanos,
        int ownHealthScore,
        @Nullable FailedProbe lastProbe) {
    /** Copies the list. */
    public Verdict {
        suspectedBy = List.copyOf(suspectedBy);
    }
}
