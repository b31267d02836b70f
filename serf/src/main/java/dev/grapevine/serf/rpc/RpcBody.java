package dev.grapevine.serf.rpc;

import dev.grapevine.serf.msgpack.Bytes;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an agent sends after a header: the answer to a request, or a record of a stream. */
public sealed interface RpcBody {
    /** Answers {@link RpcRequest.Join}: how many of the addresses were reached. */
    record Joined(int num) implements RpcBody {}

    /** Answers {@link RpcRequest.Members} and {@link RpcRequest.MembersFiltered}. */
    record Members(List<RpcMember> members) implements RpcBody {}

    /**
     * Answers the four key requests.
     *
     * @param messages per member what it had to say, mostly complaints
     * @param keys key (base64) to the number of members that have it; null except for a listing
     */
    record Keys(
            @Nullable Map<String, String> messages,
            @Nullable Map<String, Long> keys,
            long numNodes,
            long numErr,
            long numResp)
            implements RpcBody {}

    /** Answers {@link RpcRequest.Stats}. */
    record Stats(Map<String, Map<String, String>> sections) implements RpcBody {}

    /**
     * Answers {@link RpcRequest.GetCoordinate}; seconds throughout.
     *
     * @param vec null and all numbers zero when {@code ok} is false
     * @param ok whether the member's coordinate is known
     */
    record Coordinate(
            double adjustment,
            double error,
            double height,
            @Nullable List<Double> vec,
            boolean ok) implements RpcBody {
        /** The answer for a member of whom no coordinate is known. */
        public static final Coordinate UNKNOWN = new Coordinate(0, 0, 0, null, false);
    }

    /** Record of a monitor: one line of the log, without its newline. */
    record Log(String log) implements RpcBody {}

    /** Record of a stream: {@code event} is {@code member-join} and the like. */
    record MemberEvent(String event, List<RpcMember> members) implements RpcBody {}

    /** Record of a stream: a user event. */
    record UserEvent(long lTime, String name, @Nullable Bytes payload, boolean coalesce) implements RpcBody {}

    /** Record of a stream: a query, which {@link RpcRequest.Respond} answers by {@code id}. */
    record QueryEvent(
            long id, long lTime, String name, @Nullable Bytes payload) implements RpcBody {}

    /** Record of a query that the client issued. */
    record QueryRecord(String type, String from, @Nullable Bytes payload) implements RpcBody {
        /** {@code type} of an acknowledgement. */
        public static final String ACK = "ack";

        /** {@code type} of an answer. */
        public static final String RESPONSE = "response";

        /** {@code type} of the last record. */
        public static final String DONE = "done";
    }
}
