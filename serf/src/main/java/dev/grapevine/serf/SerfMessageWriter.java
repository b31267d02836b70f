package dev.grapevine.serf;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import java.util.List;

/** Spells Serf's messages; keys sorted bytewise. */
final class SerfMessageWriter {
    private SerfMessageWriter() {}

    static void write(SerfMessage message, MsgPackWriter to) {
        switch (message) {
            case SerfMessage.Leave(long lTime, String node, boolean prune) ->
                to.octet(SerfMessage.LEAVE)
                        .map(3)
                        .text("LTime")
                        .unsigned(lTime)
                        .text("Node")
                        .text(node)
                        .text("Prune")
                        .bool(prune);
            case SerfMessage.Join(long lTime, String node) ->
                to.octet(SerfMessage.JOIN)
                        .map(2)
                        .text("LTime")
                        .unsigned(lTime)
                        .text("Node")
                        .text(node);
            case SerfMessage.UserEvent(long lTime, String name, Bytes payload, boolean coalesce) -> {
                to.octet(SerfMessage.USER_EVENT).map(4).text("CC").bool(coalesce);
                to.text("LTime")
                        .unsigned(lTime)
                        .text("Name")
                        .text(name)
                        .text("Payload")
                        .bytes(payload);
            }
            case SerfMessage.Query query -> writeQuery(query, to);
            case SerfMessage.QueryResponse(long lTime, long id, String from, long flags, Bytes payload) -> {
                to.octet(SerfMessage.QUERY_RESPONSE).map(5).text("Flags").unsigned(flags);
                to.text("From").text(from).text("ID").unsigned(id).text("LTime").unsigned(lTime);
                to.text("Payload").bytes(payload);
            }
            case SerfMessage.ConflictResponse(SerfMessage.ClaimedMember member) -> {
                to.octet(SerfMessage.CONFLICT_RESPONSE);
                if (member == null) to.nil();
                else writeMember(member, to);
            }
            case SerfMessage.KeyRequest(Bytes key) ->
                to.octet(SerfMessage.KEY_REQUEST).map(1).text("Key").bytes(key);
            case SerfMessage.KeyResponse(boolean result, String text, List<String> keys, String primaryKey) -> {
                to.octet(SerfMessage.KEY_RESPONSE).map(4).text("Keys");
                if (keys == null) to.nil();
                else {
                    to.list(keys.size());
                    for (String key : keys) to.text(key);
                }
                to.text("Message").text(text).text("PrimaryKey").text(primaryKey);
                to.text("Result").bool(result);
            }
            case SerfMessage.Relay(Bytes ip, long port, String zone, String destName, Bytes inner) -> {
                to.octet(SerfMessage.RELAY).map(2).text("DestAddr").map(3);
                to.text("IP").bytes(ip).text("Port").signed(port).text("Zone").text(zone);
                to.text("DestName").text(destName).raw(inner);
            }
        }
    }

    private static void writeQuery(SerfMessage.Query query, MsgPackWriter to) {
        to.octet(SerfMessage.QUERY).map(11).text("Addr").bytes(query.addr());
        to.text("Filters");
        List<Bytes> filters = query.filters();
        if (filters == null) to.nil();
        else {
            to.list(filters.size());
            for (Bytes filter : filters) to.bytes(filter);
        }
        to.text("Flags").unsigned(query.flags()).text("ID").unsigned(query.id());
        to.text("LTime").unsigned(query.lTime()).text("Name").text(query.name());
        to.text("Payload").bytes(query.payload()).text("Port").unsigned(query.port());
        to.text("RelayFactor").unsigned(query.relayFactor());
        to.text("SourceNode").text(query.sourceNode());
        to.text("Timeout").signed(query.timeoutNanos());
    }

    private static void writeMember(SerfMessage.ClaimedMember member, MsgPackWriter to) {
        List<Integer> versions = member.versions();
        to.map(11).text("Addr").bytes(member.addr());
        to.text("DelegateCur").unsigned(versions.get(5));
        to.text("DelegateMax").unsigned(versions.get(4));
        to.text("DelegateMin").unsigned(versions.get(3));
        to.text("Name").text(member.name()).text("Port").unsigned(member.port());
        to.text("ProtocolCur").unsigned(versions.get(2));
        to.text("ProtocolMax").unsigned(versions.get(1));
        to.text("ProtocolMin").unsigned(versions.get(0));
        to.text("Status").signed(member.status()).text("Tags");
        if (member.tags() == null) {
            to.nil();
            return;
        }
        to.map(member.tags().size());
        member.tags().forEach((key, value) -> to.text(key).text(value));
    }
}
