package dev.grapevine.broadcast;

import dev.grapevine.broadcast.EpidemicMessage.Line;
import dev.grapevine.core.Timers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Payloads that were asked for and have not come: so that nobody else is asked for them at once, and so that somebody else is
 * asked when they do not come.
 */
final class InFlight {
    /** Most payloads on their way; what is offered beyond this is offered again in a later period. */
    static final int MAX_WANTS = 4_096;

    // Who else offered it. A hostile peer's silence costs one timeout each, and new offers bring new peers.
    private static final int MAX_ALTERNATES = 4;

    private final long timeoutNanos;
    private final Timers<Line> timers = new Timers<>();
    private final Map<Line, List<String>> alternates = new HashMap<>(); // looked up, never iterated
    private final Map<Long, List<Line>> byKey = new HashMap<>(); // looked up, never iterated

    InFlight(long timeoutNanos) {
        this.timeoutNanos = timeoutNanos;
    }

    int size() {
        return timers.size();
    }

    long nextDeadlineNanos() {
        return timers.nextDeadlineNanos();
    }

    /** {@code peer} offers {@code wanted}, which we lack; returns whether to ask it now. */
    boolean ask(Line wanted, String peer, long nowNanos) {
        List<Line> sameKey = byKey.get(wanted.keyHash());
        if (sameKey != null)
            for (Line asked : sameKey)
                if (asked.version().covers(wanted.version())) {
                    List<String> others = alternates.get(asked);
                    if (others != null && others.size() < MAX_ALTERNATES && !others.contains(peer)) others.add(0, peer);
                    return false;
                }
        if (timers.size() >= MAX_WANTS) return false;
        timers.set(wanted, nowNanos + timeoutNanos);
        alternates.put(wanted, new ArrayList<>(List.of(peer))); // the last resort: once more, for something was lost
        byKey.computeIfAbsent(wanted.keyHash(), key -> new ArrayList<>()).add(wanted);
        return true;
    }

    /** Something came: whoever waits for it or for something older waits no more. */
    void arrived(long keyHash, Version version) {
        List<Line> sameKey = byKey.get(keyHash);
        if (sameKey == null) return;
        for (Line asked : List.copyOf(sameKey)) if (version.covers(asked.version())) forget(asked);
    }

    /** A request whose time is over, or null. If {@link #alternate} names somebody, the request runs again. */
    @Nullable
    Line pollOverdue(long nowNanos) {
        return timers.pollDue(nowNanos);
    }

    /** Who is to be asked next for an overdue payload; null if nobody is left, and then it is forgotten. */
    @Nullable
    String alternate(Line overdue, long nowNanos) {
        List<String> others = alternates.get(overdue);
        if (others == null || others.isEmpty()) {
            forget(overdue);
            return null;
        }
        timers.set(overdue, nowNanos + timeoutNanos);
        return others.remove(0);
    }

    private void forget(Line asked) {
        timers.cancel(asked);
        alternates.remove(asked);
        List<Line> sameKey = byKey.get(asked.keyHash());
        if (sameKey == null) return;
        sameKey.remove(asked);
        if (sameKey.isEmpty()) byKey.remove(asked.keyHash());
    }
}
