package dev.grapevine.serf.rpc;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.MsgPackReader;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every field that some request has, by name: no two requests use one name for different types, {@code Tags} included. */
final class RpcRequestFields {
    private long version;
    private long stop;
    private long id;
    private long timeout;
    private int relayFactor;
    private boolean coalesce;
    private boolean prune;
    private boolean replay;
    private boolean requestAck;
    private String authKey = "";
    private String name = "";
    private String node = "";
    private String status = "";
    private String type = "";
    private String logLevel = "";
    private String key = "";
    private @Nullable Bytes payload;
    private @Nullable List<String> existing;
    private @Nullable List<String> deleteTags;
    private @Nullable List<String> filterNodes;
    private @Nullable Map<String, String> tags;
    private @Nullable Map<String, String> filterTags;

    private RpcRequestFields() {}

    static RpcRequestFields read(MsgPackReader in) {
        var fields = new RpcRequestFields();
        RpcReader.fields(in, field -> fields.readOne(field, in));
        return fields;
    }

    private void readOne(String field, MsgPackReader in) {
        switch (field) {
            case "Version" -> version = in.signed();
            case "Stop" -> stop = in.unsigned(64);
            case "ID" -> id = in.unsigned(64);
            case "Timeout" -> timeout = in.signed();
            case "RelayFactor" -> relayFactor = (int) in.unsigned(8);
            case "Coalesce" -> coalesce = in.bool();
            case "Prune" -> prune = in.bool();
            case "Replay" -> replay = in.bool();
            case "RequestAck" -> requestAck = in.bool();
            case "AuthKey" -> authKey = in.text();
            case "Name" -> name = in.text();
            case "Node" -> node = in.text();
            case "Status" -> status = in.text();
            case "Type" -> type = in.text();
            case "LogLevel" -> logLevel = in.text();
            case "Key" -> key = in.text();
            case "Payload" -> payload = in.bytes();
            case "Existing" -> existing = RpcReader.textList(in);
            case "DeleteTags" -> deleteTags = RpcReader.textList(in);
            case "FilterNodes" -> filterNodes = RpcReader.textList(in);
            case "Tags" -> tags = RpcReader.textMap(in);
            case "FilterTags" -> filterTags = RpcReader.textMap(in);
            default -> in.skip();
        }
    }

    RpcRequest toRequest(RpcCommand command) {
        return switch (command) {
            case HANDSHAKE -> new RpcRequest.Handshake(version);
            case AUTH -> new RpcRequest.Auth(authKey);
            case EVENT -> new RpcRequest.Event(name, payload, coalesce);
            case FORCE_LEAVE -> new RpcRequest.ForceLeave(node, prune);
            case JOIN -> new RpcRequest.Join(existing, replay);
            case MEMBERS_FILTERED -> new RpcRequest.MembersFiltered(tags, status, name);
            case TAGS -> new RpcRequest.Tags(tags, deleteTags);
            case STREAM -> new RpcRequest.Stream(type);
            case MONITOR -> new RpcRequest.Monitor(logLevel);
            case STOP -> new RpcRequest.Stop(stop);
            case QUERY ->
                new RpcRequest.Query(filterNodes, filterTags, requestAck, relayFactor, timeout, name, payload);
            case RESPOND -> new RpcRequest.Respond(id, payload);
            case INSTALL_KEY -> new RpcRequest.InstallKey(key);
            case USE_KEY -> new RpcRequest.UseKey(key);
            case REMOVE_KEY -> new RpcRequest.RemoveKey(key);
            case GET_COORDINATE -> new RpcRequest.GetCoordinate(node);
            case MEMBERS, LEAVE, LIST_KEYS, STATS ->
                throw new IllegalArgumentException(command + " is asked without a body");
        };
    }
}
