package dev.grapevine.membership;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A row of the member table: what is known, since when, from whom, and what happened before. A table of N rows stands on each of N
 * nodes, so a row that has no story is small, and the name's hash stands in the table.
 */
final class Entry {
    Member member;
    /** When and how what is known became known. */
    Learned learned;
    /** Where it stands in the table's dense list. */
    int index;
    /** Whether the probe order holds this row. */
    boolean ordered;

    private @Nullable Heard heard;
    private @Nullable Trouble trouble;

    /** What this node's own probes found; in a large cluster most members are not probed for a long time. */
    private static final class Heard {
        long nanos;
        int rttMicros;
    }

    Entry(Member member, Learned learned) {
        this.member = member;
        this.learned = learned;
    }

    /** When what is known became known. */
    long sinceNanos() {
        return learned.atNanos();
    }

    /** When this node last had an answer from it, nanoseconds; -1 never. */
    long heardNanos() {
        return heard == null ? -1 : heard.nanos;
    }

    /** Smoothed round trip, microseconds, 0 if not measured. */
    int rttMicros() {
        return heard == null ? 0 : heard.rttMicros;
    }

    /** It answered. */
    void heard(long nowNanos) {
        Heard made = heard;
        if (made == null) heard = made = new Heard();
        made.nanos = nowNanos;
    }

    /** It answered a datagram after so long. */
    void heard(long nowNanos, long roundTripNanos) {
        heard(nowNanos);
        if (heard != null) heard.rttMicros = RoundTrip.smooth(heard.rttMicros, roundTripNanos);
    }

    @Nullable
    Suspicion suspicion() {
        return trouble == null ? null : trouble.suspicion;
    }

    void suspicion(@Nullable Suspicion suspicion) {
        if (suspicion != null || trouble != null) trouble().suspicion = suspicion;
    }

    /** When it last answered a suspicion or came back, nanoseconds; long ago if it never had to. */
    long refutedNanos() {
        return trouble == null ? Long.MIN_VALUE / 2 : trouble.refutedNanos;
    }

    void refutedNanos(long atNanos) {
        trouble().refutedNanos = atNanos;
    }

    /** Probes in a row that were answered, but not by the direct datagram. */
    int detours() {
        return trouble == null ? 0 : trouble.detours;
    }

    void detours(int count) {
        if (count != 0 || trouble != null) trouble().detours = (byte) count;
    }

    /** What happened before, oldest first; null if it only ever joined. */
    @Nullable
    ArrayDeque<Evidence> history() {
        return trouble == null ? null : trouble.history;
    }

    void remember(Evidence evidence) {
        Trouble kept = trouble();
        ArrayDeque<Evidence> chain = kept.history;
        if (chain == null) kept.history = chain = new ArrayDeque<>(4);
        if (chain.size() == Trouble.HISTORY) chain.removeFirst();
        chain.addLast(evidence);
    }

    private Trouble trouble() {
        Trouble made = trouble;
        if (made == null) trouble = made = new Trouble();
        return made;
    }
}
