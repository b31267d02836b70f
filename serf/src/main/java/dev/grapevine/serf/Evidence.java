package dev.grapevine.serf;

import dev.grapevine.serf.memberlist.FailedProbe;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Why this node says what it says about a member. */
public sealed interface Evidence {
    /**
     * The member announced itself.
     *
     * @param incarnation of the announcement, unsigned 32 bits
     */
    record Announced(long incarnation) implements Evidence {}

    /**
     * The member was declared dead by silence.
     *
     * @param declaredBy the node whose suspicion ran out, or that passed the verdict on first
     * @param suspectedBy the accusers known here, the first one first; empty if the verdict came without a suspicion
     * @param incarnation of the member when it was declared dead
     * @param suspectedForNanos how long the suspicion ran here, nanoseconds, {@code 0} if none did
     * @param ownHealthScore how much this node doubted itself then, {@code 0} (healthy) and up
     * @param lastProbe this node's last failed probe of the member; null if it never failed one
     */
    record Silent(
            String declaredBy,
            List<String> suspectedBy,
            long incarnation,
            long suspectedForNanos,
            int ownHealthScore,
            @Nullable FailedProbe lastProbe)
            implements Evidence {}

    /** The member's leave intent was seen at this Lamport time: sent by itself, or by an operator's force-leave. */
    record LeaveIntent(long lTime) implements Evidence {}

    /** The member has been failed or left for this long, nanoseconds, and is forgotten. */
    record Aged(long goneForNanos) implements Evidence {}

    /** An operator asked to forget the member (force-leave with prune), at this Lamport time. */
    record Pruned(long lTime) implements Evidence {}
}
