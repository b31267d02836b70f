package dev.grapevine.node;

import dev.grapevine.core.Command;

/** What an application asks about network coordinates. */
public sealed interface CoordinateCommand extends Command {
    /**
     * The estimated round trip between two members. Answered with a {@link Long} of nanoseconds; who did not say yet where it is, is asked.
     * Refused if a member is unknown or does not say.
     */
    record RoundTrip(String one, String other) implements CoordinateCommand {}
}
