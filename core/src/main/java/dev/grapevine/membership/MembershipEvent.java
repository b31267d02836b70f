package dev.grapevine.membership;

import dev.grapevine.core.Address;
import dev.grapevine.core.Event;
import org.jspecify.annotations.Nullable;

/** What happened in the cluster as this node sees it, with the evidence. */
public sealed interface MembershipEvent extends Event {
    /** What a member did, or what is now believed of it. */
    enum Kind {
        /** First heard of, alive. */
        JOINED,
        /** New tags, address, protocol range or generation of a member that was alive all along. */
        UPDATED,
        /** Somebody could not reach it. */
        SUSPECTED,
        /** It answered a suspicion: alive after all. */
        REFUTED,
        /** The suspicion ran out. */
        FAILED,
        /** It said good-bye. */
        LEFT,
        /** It had failed or left and is back. */
        RETURNED,
        /** Dropped from memory: it had left and the time to remember it is over, or an operator or a limit said so. */
        FORGOTTEN
    }

    /** A member changed; {@code before} is null if it was unknown. */
    record MemberChanged(Kind kind, Member member, @Nullable Member before, Evidence evidence)
            implements MembershipEvent {}

    /**
     * A member answers on one path and not on the other: it stays alive, and somebody should look at the network.
     *
     * @param broken the path without an answer
     * @param restored true when that path works again
     */
    record PathBroken(Member member, Path broken, boolean restored, Evidence evidence) implements MembershipEvent {}

    /** Nobody answers: this node may be the one that is cut off. {@code silentNanos} since anything was heard. */
    record Isolated(long silentNanos, int knownMembers, int unansweredProbes) implements MembershipEvent {}

    /** Somebody answers again after {@link Isolated}. */
    record Rejoined(Address from, long silentNanos) implements MembershipEvent {}

    /** So many members turned suspect at once that removals stop until it is over. */
    record StormBegan(int suspects, int viewSize, double share) implements MembershipEvent {}

    /** Suspicions have calmed down; removals go on, each after a fresh probe. */
    record StormEnded(int heldBack, long tookNanos) implements MembershipEvent {}

    /**
     * Two processes claim one identity.
     *
     * @param winner the claim that stands: the newer generation
     * @param loser the claim that does not
     * @param selfLost whether this node is the loser; it then falls silent
     * @param from the address that the proof came from
     */
    record Duplicate(Member winner, Member loser, boolean selfLost, Address from) implements MembershipEvent {}

    /**
     * Others found this node failed, and it does not come back yet: it has come and gone too often, and its own probes agree.
     *
     * @param falls times it was found failed in the last 300 probe periods
     * @param doubts suspicions it had to refute in the last 30
     * @param wellNanos how long it wants to have been well before it returns
     */
    record Restrained(int falls, int doubts, long wellNanos) implements MembershipEvent {}

    /** This process did not run for a while; its own verdicts are doubted first. */
    record Paused(long lostNanos, int localHealth) implements MembershipEvent {}
}
