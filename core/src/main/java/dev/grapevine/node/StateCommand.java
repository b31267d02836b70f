package dev.grapevine.node;

import dev.grapevine.core.Command;
import dev.grapevine.state.Context;
import dev.grapevine.state.SeenBy;
import dev.grapevine.state.StateKey;
import dev.grapevine.state.Update;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an application asks of a node's replicated state. */
public sealed interface StateCommand extends Command {
    /**
     * Writes, or removes; answered with the {@link Update} once the rate of updates allows it.
     *
     * @param key a fact of this node, or a shared entry
     * @param value at most 16 MiB; null to remove
     * @param seen what the author saw of the entry, as {@link Context#bytes}; null for everything that this node has
     * @param stamped whether the value gets a hybrid logical time
     */
    @SuppressWarnings("ArrayRecordComponent") // carried, never compared
    record Write(StateKey key, byte @Nullable [] value, byte @Nullable [] seen, boolean stamped)
            implements StateCommand {}

    /** Adds to a counter, or takes from it; answered with the {@link Update}. */
    record Count(String counter, long by) implements StateCommand {}

    /**
     * Waits until members have an update of this node; answered with a {@link SeenBy}.
     *
     * @param version of the update, which this node made
     * @param members how many, this node included; 0 for a majority of the view, -1 for all of it
     */
    record Await(StateKey key, long version, int members) implements StateCommand {}

    /**
     * Gives back, at the start of a life, what {@link dev.grapevine.state.StateEvent.Keep} told to be kept. May come in pieces, of
     * which only the last says what had been seen. Answered with {@link NodeCommand.Done}.
     *
     * @param collected as in {@link dev.grapevine.state.StateEvent.Keep}; empty for none
     * @param seen likewise
     */
    @SuppressWarnings("ArrayRecordComponent") // carried, never compared
    record Restore(byte[] collected, List<byte[]> keys, List<byte[]> values, byte[] seen) implements StateCommand {}

    /** Follows for a minute how far this node's writes have come. Answered with {@link NodeCommand.Done}. */
    record Follow() implements StateCommand {}
}
