package dev.grapevine.state.aggregate;

import dev.grapevine.core.Command;

/** What an application asks about an aggregate. */
public sealed interface AggregateCommand extends Command {
    /**
     * This node's value is this, from the next epoch on; a new aggregate begins at once. Answered with {@code true}.
     *
     * @param name 1 to 64 bytes of UTF-8
     * @param value a finite number
     */
    record Contribute(String name, double value) implements AggregateCommand {}

    /** This node has no value any more, from the next epoch on. Answered with {@code true}. */
    record Withdraw(String name) implements AggregateCommand {}

    /**
     * Answered with an {@link AggregateResult}: that of the last epoch, or of the one that is going on if there is none; refused if
     * nobody has a value of that name.
     */
    record Read(String name) implements AggregateCommand {}
}
