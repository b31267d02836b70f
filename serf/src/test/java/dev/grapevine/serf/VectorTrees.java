package dev.grapevine.serf;

import dev.grapevine.coordinates.Coordinate;
import dev.grapevine.serf.memberlist.Message;
import dev.grapevine.serf.memberlist.PushPull;
import dev.grapevine.serf.memberlist.StreamMessage;
import dev.grapevine.serf.msgpack.Bytes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Messages as the trees that the vectors' JSON files hold. */
final class VectorTrees {
    static final JsonMapper JSON = JsonMapper.builder().build();

    private VectorTrees() {}

    static JsonNode of(Message message) {
        ObjectNode tree = JSON.createObjectNode();
        ObjectNode body = JSON.createObjectNode();
        switch (message) {
            case Message.Ping m -> {
                head(tree, "ping", Message.PING);
                body.put("Node", m.node()).put("SeqNo", m.seqNo());
                source(body, m.sourceAddr(), m.sourceNode(), m.sourcePort());
            }
            case Message.IndirectPing m -> {
                head(tree, "indirectPing", Message.INDIRECT_PING);
                body.put("Nack", m.nack()).put("Node", m.node()).put("Port", m.port());
                body.put("SeqNo", m.seqNo()).set("Target", bytes(m.target()));
                source(body, m.sourceAddr(), m.sourceNode(), m.sourcePort());
            }
            case Message.Ack m -> {
                head(tree, "ackResp", Message.ACK);
                body.put("SeqNo", m.seqNo()).set("Payload", ackPayload(m.payload()));
            }
            case Message.Nack m -> {
                head(tree, "nackResp", Message.NACK);
                body.put("SeqNo", m.seqNo());
            }
            case Message.Suspect m -> {
                head(tree, "suspect", Message.SUSPECT);
                body.put("Incarnation", m.incarnation()).put("Node", m.node()).put("From", m.from());
            }
            case Message.Dead m -> {
                head(tree, "dead", Message.DEAD);
                body.put("Incarnation", m.incarnation()).put("Node", m.node()).put("From", m.from());
            }
            case Message.Alive m -> {
                head(tree, "alive", Message.ALIVE);
                body.put("Incarnation", m.incarnation()).put("Node", m.node()).put("Port", m.port());
                body.set("Addr", bytes(m.addr()));
                body.set("Vsn", bytes(m.vsn()));
                body.set("Meta", meta(m.meta()));
            }
            case Message.Err m -> {
                head(tree, "err", Message.ERR);
                body.put("Error", m.error());
            }
            case Message.User m -> {
                head(tree, "user", Message.USER);
                if (m.payload().at(0) > SerfMessage.RELAY) {
                    tree.putObject("serf")
                            .put("layer", "raw")
                            .put("text", m.payload().text());
                } else tree.set("serf", serf(SerfMessage.decode(m.payload())));
                return tree;
            }
        }
        return tree.set("body", body);
    }

    static JsonNode of(StreamMessage message) {
        return switch (message) {
            case StreamMessage.PingOnStream(Message.Ping ping) -> of(ping);
            case StreamMessage.AckOnStream(Message.Ack ack) -> of(ack);
            case StreamMessage.ErrOnStream(Message.Err err) -> of(err);
            case StreamMessage.UserOnStream(Bytes payload) -> {
                ObjectNode tree = head(JSON.createObjectNode(), "user", Message.USER);
                tree.putObject("header").put("UserMsgLen", payload.size());
                yield tree.put("payload_text", payload.text());
            }
            case StreamMessage.PushPullOnStream(PushPull pushPull) -> pushPull(pushPull);
        };
    }

    private static JsonNode pushPull(PushPull pushPull) {
        ObjectNode tree = head(JSON.createObjectNode(), "pushPull", Message.PUSH_PULL);
        tree.putObject("header")
                .put("Join", pushPull.join())
                .put("Nodes", pushPull.nodes().size())
                .put("UserStateLen", pushPull.userState().size());
        var nodes = tree.putArray("nodes");
        for (PushPull.NodeState node : pushPull.nodes()) {
            ObjectNode one = nodes.addObject();
            one.set("Addr", bytes(node.addr()));
            one.put("Incarnation", node.incarnation()).put("Name", node.name()).put("Port", node.port());
            one.put("State", node.state()).set("Vsn", bytes(node.vsn()));
            one.set("Meta", meta(node.meta()));
        }
        if (pushPull.userState().at(0) != SerfMessage.PUSH_PULL) {
            tree.putObject("user_state")
                    .put("layer", "raw")
                    .put("text", pushPull.userState().text());
            return tree;
        }
        ObjectNode state = head(tree.putObject("user_state"), "pushPull", SerfMessage.PUSH_PULL);
        state.set("body", state(PushPullState.decode(pushPull.userState())));
        return tree;
    }

    private static JsonNode state(PushPullState state) {
        ObjectNode body = JSON.createObjectNode();
        body.put("EventLTime", state.eventLTime()).put("LTime", state.lTime()).put("QueryLTime", state.queryLTime());
        body.set("LeftMembers", JSON.valueToTree(state.leftMembers()));
        body.set("StatusLTimes", JSON.valueToTree(state.statusLTimes()));
        ObjectNode events =
                body.putObject("Events").put("array_length", state.events().size());
        ObjectNode slots = events.putObject("nil_except");
        for (int i = 0; i < state.events().size(); i++) {
            PushPullState.Slot slot = state.events().get(i);
            if (slot == null) continue;
            ObjectNode one = slots.putObject(String.valueOf(i)).put("LTime", slot.lTime());
            var list = one.putArray("Events");
            for (PushPullState.Recorded event : slot.events())
                list.addObject().put("Name", event.name()).set("Payload", bytes(event.payload()));
        }
        return body;
    }

    static ObjectNode serf(SerfMessage message) {
        ObjectNode tree = JSON.createObjectNode();
        ObjectNode body = JSON.createObjectNode();
        switch (message) {
            case SerfMessage.Leave m -> {
                head(tree, "leave", SerfMessage.LEAVE);
                body.put("LTime", m.lTime()).put("Node", m.node()).put("Prune", m.prune());
            }
            case SerfMessage.Join m -> {
                head(tree, "join", SerfMessage.JOIN);
                body.put("LTime", m.lTime()).put("Node", m.node());
            }
            case SerfMessage.UserEvent m -> {
                head(tree, "userEvent", SerfMessage.USER_EVENT);
                body.put("LTime", m.lTime())
                        .put("Name", m.name())
                        .put("CC", m.coalesce())
                        .set("Payload", bytes(m.payload()));
            }
            case SerfMessage.Query m -> {
                head(tree, "query", SerfMessage.QUERY);
                body.put("LTime", m.lTime()).put("ID", m.id()).put("Port", m.port());
                body.put("SourceNode", m.sourceNode()).put("Flags", m.flags());
                body.put("RelayFactor", m.relayFactor()).put("Timeout", m.timeoutNanos());
                body.put("Name", m.name()).set("Payload", payload(m.payload(), m.name()));
                body.set("Addr", bytes(m.addr()));
                body.set("Filters", filters(m.filters()));
            }
            case SerfMessage.QueryResponse m -> {
                head(tree, "queryResponse", SerfMessage.QUERY_RESPONSE);
                body.put("LTime", m.lTime()).put("ID", m.id()).put("From", m.from());
                body.put("Flags", m.flags()).set("Payload", payload(m.payload(), ""));
            }
            case SerfMessage.ConflictResponse m -> {
                head(tree, "conflictResponse", SerfMessage.CONFLICT_RESPONSE);
                member(body, java.util.Objects.requireNonNull(m.member()));
            }
            case SerfMessage.KeyRequest m -> {
                head(tree, "keyRequest", SerfMessage.KEY_REQUEST);
                body.set("Key", bytes(m.key()));
            }
            case SerfMessage.KeyResponse m -> {
                head(tree, "keyResponse", SerfMessage.KEY_RESPONSE);
                body.put("Result", m.result()).put("Message", m.message()).put("PrimaryKey", m.primaryKey());
                body.set("Keys", JSON.valueToTree(m.keys()));
            }
            case SerfMessage.Relay m -> {
                head(tree, "relay", SerfMessage.RELAY);
                ObjectNode to = JSON.createObjectNode();
                to.put("Port", m.port()).put("Zone", m.zone()).set("IP", bytes(m.ip()));
                tree.putObject("header").put("DestName", m.destName()).set("DestAddr", to);
                tree.set("inner", serf(SerfMessage.decode(m.message())));
                return tree;
            }
        }
        tree.set("body", body);
        return tree;
    }

    private static void member(ObjectNode body, SerfMessage.ClaimedMember m) {
        List<String> names =
                List.of("ProtocolMin", "ProtocolMax", "ProtocolCur", "DelegateMin", "DelegateMax", "DelegateCur");
        for (int i = 0; i < 6; i++) body.put(names.get(i), m.versions().get(i).longValue());
        body.put("Name", m.name()).put("Port", m.port()).put("Status", m.status());
        body.set("Addr", bytes(m.addr()));
        body.set("Tags", JSON.valueToTree(m.tags()));
    }

    private static JsonNode filters(@Nullable List<Bytes> filters) {
        if (filters == null) return JSON.nullNode();
        var list = JSON.createArrayNode();
        for (Bytes filter : filters) {
            ObjectNode one = (ObjectNode) bytes(filter);
            one.put("type_byte", filter.at(0));
            switch (QueryFilter.decode(filter)) {
                case QueryFilter.Nodes(List<String> names) -> one.set("value", JSON.valueToTree(names));
                case QueryFilter.Tag(String tag, String expr) ->
                    one.putObject("value").put("Tag", tag).put("Expr", expr);
            }
            list.add(one);
        }
        return list;
    }

    private static JsonNode payload(@Nullable Bytes payload, String query) {
        if (payload == null || payload.size() == 0) return bytes(payload);
        int type = payload.at(0);
        boolean inner = query.isEmpty() ? type >= 6 && type <= 8 : query.contains("key") && type == 7;
        if (!inner) return bytes(payload);
        ObjectNode tree = (ObjectNode) bytes(payload);
        tree.setAll(serf(SerfMessage.decode(payload)));
        return tree;
    }

    private static JsonNode ackPayload(@Nullable Bytes payload) {
        JsonNode tree = bytes(payload);
        Coordinate at = PingPayload.decode(payload);
        if (payload == null || at == null) return tree;
        ((ObjectNode) tree).put("ping_version", payload.at(0));
        Map<String, Object> coordinate = new LinkedHashMap<>();
        coordinate.put("Adjustment", at.adjustment());
        coordinate.put("Error", at.error());
        coordinate.put("Height", at.height());
        coordinate.put("Vec", at.vec());
        ((ObjectNode) tree).set("coordinate", JSON.valueToTree(coordinate));
        return tree;
    }

    private static JsonNode meta(@Nullable Bytes meta) {
        JsonNode tree = bytes(meta);
        if (meta != null && meta.size() > 0 && meta.at(0) == 0xFF)
            ((ObjectNode) tree).set("tags", JSON.valueToTree(Meta.decode(meta)));
        return tree;
    }

    private static void source(ObjectNode body, @Nullable Bytes addr, String node, int port) {
        if (addr != null) body.set("SourceAddr", bytes(addr));
        if (!node.isEmpty()) body.put("SourceNode", node);
        if (port != 0) body.put("SourcePort", port);
    }

    private static ObjectNode head(ObjectNode tree, String type, int typeByte) {
        return tree.put("type", type).put("type_byte", typeByte);
    }

    private static JsonNode bytes(@Nullable Bytes bytes) {
        return bytes == null ? JSON.nullNode() : JSON.createObjectNode().put("hex", bytes.toHex());
    }

    /** A tree whose numbers and key order do not depend on who built it. */
    static Object normal(JsonNode tree) {
        if (tree.isObject()) {
            Map<String, Object> map = new TreeMap<>();
            tree.properties().forEach(entry -> map.put(entry.getKey(), normal(entry.getValue())));
            return map;
        }
        if (tree.isArray()) {
            return tree.valueStream().map(VectorTrees::normal).toList();
        }
        return tree.isNumber() ? tree.doubleValue() : tree.asString();
    }
}
