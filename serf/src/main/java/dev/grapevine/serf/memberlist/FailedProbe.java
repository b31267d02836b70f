package dev.grapevine.serf.memberlist;

import java.util.List;

/**
 * A probe that nobody answered.
 *
 * @param atNanos when it began, nanoseconds since this machine was started
 * @param helpers nodes asked to probe in our place
 * @param nacks how many of them answered that they got no answer either
 * @param streamTried whether a stream was tried too
 */
public record FailedProbe(long atNanos, List<String> helpers, int nacks, boolean streamTried) {
    /** Copies the list. */
    public FailedProbe {
        helpers = List.copyOf(helpers);
    }
}
