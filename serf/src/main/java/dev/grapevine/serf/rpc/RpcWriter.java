package dev.grapevine.serf.rpc;

import dev.grapevine.serf.msgpack.MsgPackWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requests, answers and records to bytes, in today's MessagePack ({@link dev.grapevine.serf.msgpack.Dialect#MODERN}), with
 * the keys of structures sorted.
 */
public final class RpcWriter {
    private RpcWriter() {}

    /** Header and body of a request. */
    public static void request(RpcRequest request, long seq, MsgPackWriter out) {
        out.map(2).text("Command").text(RpcCommand.of(request).wireName());
        out.text("Seq").unsigned(seq);
        switch (request) {
            case RpcRequest.Handshake r -> number(r.version(), out.map(1).text("Version"));
            case RpcRequest.Auth r -> out.map(1).text("AuthKey").text(r.authKey());
            case RpcRequest.Event r -> {
                out.map(3).text("Coalesce").bool(r.coalesce());
                out.text("Name").text(r.name()).text("Payload").bytes(r.payload());
            }
            case RpcRequest.ForceLeave r ->
                out.map(2).text("Node").text(r.node()).text("Prune").bool(r.prune());
            case RpcRequest.Join r ->
                list(r.existing(), out.map(2).text("Existing")).text("Replay").bool(r.replay());
            case RpcRequest.MembersFiltered r -> {
                out.map(3).text("Name").text(r.name()).text("Status").text(r.status());
                map(r.tags(), out.text("Tags"));
            }
            case RpcRequest.Tags r -> {
                list(r.deleteTags(), out.map(2).text("DeleteTags"));
                map(r.tags(), out.text("Tags"));
            }
            case RpcRequest.Stream r -> out.map(1).text("Type").text(r.type());
            case RpcRequest.Monitor r -> out.map(1).text("LogLevel").text(r.logLevel());
            case RpcRequest.Stop r -> out.map(1).text("Stop").unsigned(r.stop());
            case RpcRequest.Query r -> {
                list(r.filterNodes(), out.map(7).text("FilterNodes"));
                map(r.filterTags(), out.text("FilterTags"));
                out.text("Name").text(r.name()).text("Payload").bytes(r.payload());
                out.text("RelayFactor").unsigned(r.relayFactor());
                out.text("RequestAck").bool(r.requestAck());
                number(r.timeoutNanos(), out.text("Timeout"));
            }
            case RpcRequest.Respond r ->
                out.map(2).text("ID").unsigned(r.id()).text("Payload").bytes(r.payload());
            case RpcRequest.InstallKey r -> out.map(1).text("Key").text(r.key());
            case RpcRequest.UseKey r -> out.map(1).text("Key").text(r.key());
            case RpcRequest.RemoveKey r -> out.map(1).text("Key").text(r.key());
            case RpcRequest.GetCoordinate r -> out.map(1).text("Node").text(r.node());
            case RpcRequest.Members ignored -> {}
            case RpcRequest.Leave ignored -> {}
            case RpcRequest.ListKeys ignored -> {}
            case RpcRequest.Stats ignored -> {}
        }
    }

    /** Header of an answer or record, and its body if it has one. */
    public static void response(String error, long seq, @Nullable RpcBody body, MsgPackWriter out) {
        out.map(2).text("Error").text(error).text("Seq").unsigned(seq);
        if (body != null) body(body, out);
    }

    private static void body(RpcBody body, MsgPackWriter out) {
        switch (body) {
            case RpcBody.Joined b -> number(b.num(), out.map(1).text("Num"));
            case RpcBody.Members b -> members(b.members(), out.map(1).text("Members"));
            case RpcBody.Keys b -> {
                counts(b.keys(), out.map(5).text("Keys"));
                map(b.messages(), out.text("Messages"));
                number(b.numErr(), out.text("NumErr"));
                number(b.numNodes(), out.text("NumNodes"));
                number(b.numResp(), out.text("NumResp"));
            }
            case RpcBody.Stats b -> {
                out.map(b.sections().size());
                b.sections().forEach((name, section) -> map(section, out.text(name)));
            }
            case RpcBody.Coordinate b -> coordinate(b, out);
            case RpcBody.Log b -> out.map(1).text("Log").text(b.log());
            case RpcBody.MemberEvent b ->
                members(b.members(), out.map(2).text("Event").text(b.event()).text("Members"));
            case RpcBody.UserEvent b -> {
                out.map(5).text("Coalesce").bool(b.coalesce()).text("Event").text("user");
                out.text("LTime").unsigned(b.lTime()).text("Name").text(b.name());
                out.text("Payload").bytes(b.payload());
            }
            case RpcBody.QueryEvent b -> {
                out.map(5).text("Event").text("query").text("ID").unsigned(b.id());
                out.text("LTime").unsigned(b.lTime()).text("Name").text(b.name());
                out.text("Payload").bytes(b.payload());
            }
            case RpcBody.QueryRecord b -> {
                out.map(3).text("From").text(b.from()).text("Payload").bytes(b.payload());
                out.text("Type").text(b.type());
            }
        }
    }

    private static void coordinate(RpcBody.Coordinate b, MsgPackWriter out) {
        out.map(2).text("Coord").map(4).text("Adjustment").float64(b.adjustment());
        out.text("Error").float64(b.error()).text("Height").float64(b.height()).text("Vec");
        List<Double> vec = b.vec();
        if (vec == null) {
            out.nil();
        } else {
            out.list(vec.size());
            for (double number : vec) out.float64(number);
        }
        out.text("Ok").bool(b.ok());
    }

    private static void members(List<RpcMember> members, MsgPackWriter out) {
        out.list(members.size());
        for (RpcMember m : members) {
            out.map(11).text("Addr").bytes(m.addr());
            out.text("DelegateCur").unsigned(m.delegateCur());
            out.text("DelegateMax").unsigned(m.delegateMax());
            out.text("DelegateMin").unsigned(m.delegateMin());
            out.text("Name").text(m.name()).text("Port").unsigned(m.port());
            out.text("ProtocolCur").unsigned(m.protocolCur());
            out.text("ProtocolMax").unsigned(m.protocolMax());
            out.text("ProtocolMin").unsigned(m.protocolMin());
            out.text("Status").text(m.status());
            map(m.tags(), out.text("Tags"));
        }
    }

    private static void map(@Nullable Map<String, String> map, MsgPackWriter out) {
        if (map == null) {
            out.nil();
            return;
        }
        out.map(map.size());
        map.forEach((key, value) -> out.text(key).text(value));
    }

    private static void counts(@Nullable Map<String, Long> map, MsgPackWriter out) {
        if (map == null) {
            out.nil();
            return;
        }
        out.map(map.size());
        map.forEach((key, value) -> number(value, out.text(key)));
    }

    /** Non-negative numbers in the unsigned formats, as old clients write them; every client reads both. */
    private static void number(long value, MsgPackWriter out) {
        if (value >= 0) out.unsigned(value);
        else out.signed(value);
    }

    private static MsgPackWriter list(@Nullable List<String> list, MsgPackWriter out) {
        if (list == null) return out.nil();
        out.list(list.size());
        for (String text : list) out.text(text);
        return out;
    }
}
