package dev.grapevine.membership;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** What is kept of a member about which there was ever more to say than that it joined; most rows never have one. */
final class Trouble {
    /** Steps kept of the chain that {@code why} returns. */
    static final int HISTORY = 16;

    @Nullable
    Suspicion suspicion;

    @Nullable
    ArrayDeque<Evidence> history;
    /** When it last answered a suspicion or came back, nanoseconds. */
    long refutedNanos = Long.MIN_VALUE / 2;
    /** Probes in a row that were answered, but not by the direct datagram. */
    byte detours;
}
