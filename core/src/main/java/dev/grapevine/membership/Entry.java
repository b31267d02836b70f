package dev.grapevine.membership;

import dev.grapevine.core.Address;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** A row of the member table: what is known, since when, from whom, and what happened before. */
final class Entry {
    /** Steps kept of the chain that {@code why} returns. */
    static final int HISTORY = 16;

    /** {@link Member#hash} of the name, which stays. */
    final long hash;

    Member member;
    /** Where it stands in the table's dense list. */
    int index;
    /** Smoothed round trip, microseconds, 0 if not measured. */
    int rttMicros;

    int hops;
    /** When this node last had an answer from it, nanoseconds; -1 never. */
    long heardNanos = -1;
    /** When what is known became known. */
    long sinceNanos;

    @Nullable
    Address toldBy;

    @Nullable
    Suspicion suspicion;
    /** Made when something beyond joining happens, so that a quiet member costs nothing. */
    @Nullable
    ArrayDeque<Evidence> history;
    /** When it last answered a suspicion or came back, nanoseconds. */
    long refutedNanos = Long.MIN_VALUE / 2;
    /** Probes in a row that were answered, but not by the direct datagram. */
    byte detours;
    /** Whether the probe order holds this row. */
    boolean ordered;

    Entry(Member member) {
        this.member = member;
        this.hash = Member.hash(member.name());
    }

    void remember(Evidence evidence) {
        ArrayDeque<Evidence> chain = history;
        if (chain == null) history = chain = new ArrayDeque<>(4);
        if (chain.size() == HISTORY) chain.removeFirst();
        chain.addLast(evidence);
    }
}
