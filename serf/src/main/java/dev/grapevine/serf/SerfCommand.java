package dev.grapevine.serf;

import dev.grapevine.coordinates.Coordinate;
import dev.grapevine.core.Command;
import dev.grapevine.serf.msgpack.Bytes;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an application asks of a {@link SerfMachine}. Each is answered once, with the type its javadoc names, or refused
 * with the sentence the reference agent would give.
 */
public sealed interface SerfCommand extends Command {
    /** What a command without a result is answered with. */
    enum Done {
        /** It is done. */
        DONE
    }

    /**
     * Joins a cluster. Answered with {@link Joined} if at least one target was reached, else refused.
     *
     * @param targets {@code host}, {@code host:port} or {@code name/host:port}
     * @param ignoreOld whether user events from before the join are dropped
     */
    record Join(List<String> targets, boolean ignoreOld) implements SerfCommand {}

    /** How many addresses were reached, and what the others said. */
    record Joined(int reached, List<String> failures) {}

    /**
     * Leaves for good. Answered with {@link Done} when the news has been sent and the propagation delay is over; the machine
     * answers probes until then and stays silent afterwards.
     */
    record Leave() implements SerfCommand {}

    /**
     * Declares that a failed member left. Answered with {@link Done}, also for an unknown name.
     *
     * @param prune whether the member is forgotten too
     */
    record ForceLeave(String node, boolean prune) implements SerfCommand {}

    /**
     * Changes our tags: deletes first, then sets. Answered with {@link Done} once the news has been sent or the broadcast
     * timeout is over; refused if they would take more than 512 bytes.
     */
    record UpdateTags(Map<String, String> set, List<String> delete) implements SerfCommand {}

    /** Replaces all our tags; otherwise as {@link UpdateTags}. */
    record SetTags(Map<String, String> tags) implements SerfCommand {}

    /**
     * Tells everybody something. Answered with the event's Lamport time (a {@link Long}); refused if it is too large.
     *
     * @param coalesce whether receivers may keep only the newest event of this name
     */
    record SendUserEvent(String name, @Nullable Bytes payload, boolean coalesce) implements SerfCommand {}

    /**
     * Asks everybody something. Answered at once with {@link QueryStarted}; acks and responses follow as events until
     * {@link SerfEvent.QueryDone}.
     *
     * @param filterNodes only these nodes are to answer; empty for all
     * @param filterTags only nodes whose tags match these regular expressions (RE2) are to answer; empty for all
     * @param relayFactor copies of each answer sent by way of others, {@code 0..255}
     * @param timeoutNanos how long answers are collected, nanoseconds; {@code 0} for the default of the cluster's size
     */
    record Query(
            String name,
            @Nullable Bytes payload,
            List<String> filterNodes,
            Map<String, String> filterTags,
            boolean requestAck,
            int relayFactor,
            long timeoutNanos)
            implements SerfCommand {
        /** A query to everybody, without acks, with the default timeout. */
        public static Query toAll(String name, @Nullable Bytes payload) {
            return new Query(name, payload, List.of(), Map.of(), false, 0, 0);
        }
    }

    /**
     * A query is on its way.
     *
     * @param deadlineNanos when {@link SerfEvent.QueryDone} follows, nanoseconds since this machine was started
     */
    record QueryStarted(QueryKey key, long deadlineNanos) {}

    /**
     * Answers a query that arrived as {@link SerfEvent.QueryReceived}. Answered with {@link Done}; refused when it is too
     * large, late, or the second one.
     */
    record Respond(QueryKey key, @Nullable Bytes payload) implements SerfCommand {}

    /** Adds a key to every node's ring. Answered with {@link KeyResult}. */
    record InstallKey(Bytes key) implements SerfCommand {}

    /** Makes every node encrypt with this key. Answered with {@link KeyResult}. */
    record UseKey(Bytes key) implements SerfCommand {}

    /** Removes a key from every node's ring. Answered with {@link KeyResult}. */
    record RemoveKey(Bytes key) implements SerfCommand {}

    /** Asks every node for its ring. Answered with {@link KeyResult}. */
    record ListKeys() implements SerfCommand {}

    /**
     * What the nodes said about a key.
     *
     * @param messages what single nodes had to say, by node
     * @param numNodes members asked
     * @param numErr how many failed
     * @param numResp how many answered
     * @param keys how many nodes have each key (base64)
     * @param primaryKeys how many nodes encrypt with each key (base64)
     * @param error the reference's summary; null when all succeeded
     */
    record KeyResult(
            Map<String, String> messages,
            int numNodes,
            int numErr,
            int numResp,
            Map<String, Integer> keys,
            Map<String, Integer> primaryKeys,
            @Nullable String error) {}

    /**
     * Reports that the keyring of {@link SerfEvent.KeyringChanged} has been stored. Answered with {@link Done}.
     *
     * @param change the event's number
     * @param error why it could not be; null if it was
     */
    record KeyringStored(long change, @Nullable String error) implements SerfCommand {}

    /** Answered with a {@code List<SerfMember>}, ourselves included, in the order in which they became known. */
    record Members() implements SerfCommand {}

    /** Answered with {@link SerfStats}. */
    record Stats() implements SerfCommand {}

    /** Answered with {@link Located}. */
    record GetCoordinate(String node) implements SerfCommand {}

    /** Where a node is; {@code coordinate} is null if nobody told us. */
    record Located(@Nullable Coordinate coordinate) {}
}
