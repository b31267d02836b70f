package dev.grapevine.node;

import dev.grapevine.core.Command;
import java.util.Map;

/** What an application asks about queries. */
public sealed interface QueryCommand extends Command {
    /**
     * Asks every live member, this node included, whose tags match. Answered with {@link Asked}; what comes back is told by
     * {@link QueryEvent}. Refused if a limit is broken or too many queries are running.
     *
     * @param tags each must be there with that value; empty to ask all
     * @param acks whether members confirm that they were asked
     * @param timeoutNanos 0 for one that follows the size of the cluster
     */
    record Ask(String name, byte[] payload, Map<String, String> tags, boolean acks, long timeoutNanos)
            implements QueryCommand {}

    /** The query {@code id} is on its way to {@code members} members, until {@code deadlineNanos}. */
    record Asked(long id, int members, long deadlineNanos) {}

    /** Answers a {@link QueryEvent.Questioned}, once. {@link NodeCommand.Done}; refused if it is too late or too large. */
    record Answer(String asker, long id, byte[] payload) implements QueryCommand {}
}
