package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.core.Secret;
import dev.grapevine.membership.Tags;
import java.util.List;

/** What an application asks of its node. The type of the answer stands at each; {@code Done} where there is nothing to say. */
public sealed interface NodeCommand extends Command {
    /** The answer of a command that has none. */
    enum Done {
        DONE
    }

    /**
     * Joins by way of these seeds, {@code host:port} or literal addresses, and keeps trying for ever. Answered at once with
     * {@link Done}; success shows as members that join.
     */
    record Join(List<String> seeds) implements NodeCommand {
        public Join {
            seeds = List.copyOf(seeds);
        }
    }

    /** Says good-bye to everybody; answered with {@link Done} once the news is out. The machine is quiet afterwards. */
    record Leave() implements NodeCommand {}

    /** Replaces this node's tags. {@link Done}. */
    record SetTags(Tags tags) implements NodeCommand {}

    /** This node can now be reached elsewhere; everybody is told. {@link Done}. */
    record SetAddress(Address address) implements NodeCommand {}

    /**
     * Spreads a rumor to every member. Answered with its key, a {@link String}; refused when {@code payload} is larger than the
     * limit.
     *
     * @param key an entry that the rumor replaces on every node; empty for a new one of its own
     */
    record Gossip(String key, byte[] payload) implements NodeCommand {}

    /** Why is this believed of a member? Answered with a {@link java.util.List} of {@link dev.grapevine.membership.Evidence}. */
    record Why(String name) implements NodeCommand {}

    /** Removes a member that failed, everywhere. {@link Done}; refused if it is unknown or alive. */
    record Forget(String name) implements NodeCommand {}

    /** Opens packets sealed with this key too. {@link Done}. */
    record AddKey(@Secret byte[] key) implements NodeCommand {}

    /** Seals with this key from now on. {@link Done}; refused if it was not added. */
    record UseKey(@Secret byte[] key) implements NodeCommand {}

    /** Forgets this key. {@link Done}; refused for the one in use. */
    record RemoveKey(@Secret byte[] key) implements NodeCommand {}
}
