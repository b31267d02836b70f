package dev.grapevine.serf.rpc;

import dev.grapevine.serf.msgpack.Bytes;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client can ask of an agent. Lists, maps and payloads are null where the bytes say nil, which means the same as
 * empty except for a payload.
 *
 * <p>Source: hashicorp/serf, cmd/serf/command/agent/ipc.go.
 */
public sealed interface RpcRequest {
    /** Must come first; the only version is 1. */
    record Handshake(long version) implements RpcRequest {}

    /** Shows the shared secret. */
    record Auth(String authKey) implements RpcRequest {}

    /** Fires a user event; {@code coalesce} lets receivers keep only the latest of a name. */
    record Event(String name, @Nullable Bytes payload, boolean coalesce) implements RpcRequest {}

    /** Moves a failed member to left; {@code prune} forgets it altogether. */
    record ForceLeave(String node, boolean prune) implements RpcRequest {}

    /** Joins by way of any of {@code existing}; {@code replay} asks for old user events too. */
    record Join(@Nullable List<String> existing, boolean replay) implements RpcRequest {}

    /** All members. */
    record Members() implements RpcRequest {}

    /** Members whose name, status and tags match regular expressions; an empty one matches anything. */
    record MembersFiltered(@Nullable Map<String, String> tags, String status, String name) implements RpcRequest {}

    /** Deletes tags, then sets tags, of the agent's own. */
    record Tags(
            @Nullable Map<String, String> tags, @Nullable List<String> deleteTags) implements RpcRequest {}

    /** Streams events that pass a comma-separated filter. */
    record Stream(String type) implements RpcRequest {}

    /** Streams log lines of at least a level. */
    record Monitor(String logLevel) implements RpcRequest {}

    /** Ends the stream or monitor that was started with the sequence number {@code stop}. */
    record Stop(long stop) implements RpcRequest {}

    /** Leaves the cluster and ends the agent. */
    record Leave() implements RpcRequest {}

    /**
     * Asks the cluster.
     *
     * @param relayFactor {@code 0..255}
     * @param timeoutNanos {@code 0} for the default
     */
    record Query(
            @Nullable List<String> filterNodes,
            @Nullable Map<String, String> filterTags,
            boolean requestAck,
            int relayFactor,
            long timeoutNanos,
            String name,
            @Nullable Bytes payload)
            implements RpcRequest {}

    /** Answers a query seen on a stream; {@code id} is the one in its record. */
    record Respond(long id, @Nullable Bytes payload) implements RpcRequest {}

    /** Adds a key (base64) to every member's ring. */
    record InstallKey(String key) implements RpcRequest {}

    /** Makes an installed key (base64) the primary one everywhere. */
    record UseKey(String key) implements RpcRequest {}

    /** Drops a key (base64) everywhere. */
    record RemoveKey(String key) implements RpcRequest {}

    /** Counts the keys of all members. */
    record ListKeys() implements RpcRequest {}

    /** Figures for an operator. */
    record Stats() implements RpcRequest {}

    /** The network coordinate last seen of a member. */
    record GetCoordinate(String node) implements RpcRequest {}
}
