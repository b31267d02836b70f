package dev.grapevine.serf;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.Dialect;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.msgpack.MsgPackReader;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One message of Serf: a type byte and a map with sorted keys, carried as memberlist's user message. Source: hashicorp/serf,
 * serf/messages.go. Lamport times are unsigned 64 bits, ids unsigned 32 bits.
 */
public sealed interface SerfMessage {
    /** Type byte of {@link Leave}. */
    int LEAVE = 0;
    /** Type byte of {@link Join}. */
    int JOIN = 1;
    /** Type byte of {@link PushPullState}. */
    int PUSH_PULL = 2;
    /** Type byte of {@link UserEvent}. */
    int USER_EVENT = 3;
    /** Type byte of {@link Query}. */
    int QUERY = 4;
    /** Type byte of {@link QueryResponse}. */
    int QUERY_RESPONSE = 5;
    /** Type byte of {@link ConflictResponse}. */
    int CONFLICT_RESPONSE = 6;
    /** Type byte of {@link KeyRequest}. */
    int KEY_REQUEST = 7;
    /** Type byte of {@link KeyResponse}. */
    int KEY_RESPONSE = 8;
    /** Type byte of {@link Relay}. */
    int RELAY = 9;

    /** Flag of a query: acknowledge it. */
    int QUERY_FLAG_ACK = 1;
    /** Flag of a query: do not pass it on. */
    int QUERY_FLAG_NO_BROADCAST = 2;
    /** Flag of a response: it is an acknowledgement. */
    int RESPONSE_FLAG_ACK = 1;

    /** {@code node} means to leave. */
    record Leave(long lTime, String node, boolean prune) implements SerfMessage {}

    /** {@code node} joined. */
    record Join(long lTime, String node) implements SerfMessage {}

    /** Something happened; {@code coalesce} (CC) says that only the newest of this name matters. */
    record UserEvent(long lTime, String name, @Nullable Bytes payload, boolean coalesce) implements SerfMessage {}

    /**
     * A question to everybody.
     *
     * @param filters null for none, see {@link QueryFilter}
     * @param timeoutNanos how long the asker listens, nanoseconds
     */
    record Query(
            long lTime,
            long id,
            @Nullable Bytes addr,
            int port,
            String sourceNode,
            @Nullable List<Bytes> filters,
            long flags,
            int relayFactor,
            long timeoutNanos,
            String name,
            @Nullable Bytes payload)
            implements SerfMessage {}

    /** An answer, or an acknowledgement. */
    record QueryResponse(
            long lTime,
            long id,
            String from,
            long flags,
            @Nullable Bytes payload) implements SerfMessage {}

    /** How a node knows the member of a disputed name; null for not at all. */
    record ConflictResponse(@Nullable ClaimedMember member) implements SerfMessage {}

    /** A member inside a {@link ConflictResponse}; {@code versions}: protocol min, max, cur, delegate min, max, cur. */
    record ClaimedMember(
            String name,
            @Nullable Bytes addr,
            int port,
            @Nullable Map<String, String> tags,
            long status,
            List<Integer> versions) {}

    /** The key to install, use or remove; empty to list. */
    record KeyRequest(@Nullable Bytes key) implements SerfMessage {}

    /** What became of a {@link KeyRequest}; keys in base64. */
    record KeyResponse(
            boolean result, String message, @Nullable List<String> keys, String primaryKey) implements SerfMessage {}

    /** A message to be passed on to {@code ip:port}; {@code message} starts with its Serf type byte. */
    record Relay(@Nullable Bytes ip, long port, String zone, String destName, Bytes message) implements SerfMessage {}

    /** The whole message in the dialect every release reads. */
    default Bytes encoded() {
        MsgPackWriter to = new MsgPackWriter(Dialect.GOSSIP);
        SerfMessageWriter.write(this, to);
        return to.toBytes();
    }

    /**
     * Reads a message with its type byte.
     *
     * @throws MalformedMessageException if it is none
     */
    static SerfMessage decode(Bytes bytes) {
        MsgPackReader in = new MsgPackReader(bytes);
        return SerfMessageReader.read(in.octet(), in);
    }

    /** The tags of a member in the order of the wire; never null. */
    static Map<String, String> readTags(MsgPackReader in) {
        Map<String, String> tags = new LinkedHashMap<>();
        for (int pairs = in.map(); pairs > 0; pairs--) tags.put(in.text(), in.text());
        return tags;
    }
}
