package dev.grapevine.serf;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.msgpack.MsgPackReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads Serf's messages: any order of fields, unknown ones passed over, missing ones zero. */
final class SerfMessageReader {
    private long lTime;
    private long id;
    private long flags;
    private long timeoutNanos;
    private int port;
    private int relayFactor;
    private boolean prune;
    private boolean coalesce;
    private boolean result;
    private String node = "";
    private String name = "";
    private String from = "";
    private String sourceNode = "";
    private String message = "";
    private String primaryKey = "";
    private @Nullable Bytes addr;
    private @Nullable Bytes payload;
    private @Nullable Bytes key;
    private @Nullable List<Bytes> filters;
    private @Nullable List<String> keys;

    private SerfMessageReader() {}

    static SerfMessage read(int type, MsgPackReader in) {
        if (type == SerfMessage.CONFLICT_RESPONSE)
            return new SerfMessage.ConflictResponse(in.nil() ? null : member(in));
        if (type == SerfMessage.RELAY) return relay(in);
        SerfMessageReader f = new SerfMessageReader();
        f.readFields(in);
        return switch (type) {
            case SerfMessage.LEAVE -> new SerfMessage.Leave(f.lTime, f.node, f.prune);
            case SerfMessage.JOIN -> new SerfMessage.Join(f.lTime, f.node);
            case SerfMessage.USER_EVENT -> new SerfMessage.UserEvent(f.lTime, f.name, f.payload, f.coalesce);
            case SerfMessage.QUERY ->
                new SerfMessage.Query(
                        f.lTime,
                        f.id,
                        f.addr,
                        f.port,
                        f.sourceNode,
                        f.filters,
                        f.flags,
                        f.relayFactor,
                        f.timeoutNanos,
                        f.name,
                        f.payload);
            case SerfMessage.QUERY_RESPONSE -> new SerfMessage.QueryResponse(f.lTime, f.id, f.from, f.flags, f.payload);
            case SerfMessage.KEY_REQUEST -> new SerfMessage.KeyRequest(f.key);
            case SerfMessage.KEY_RESPONSE -> new SerfMessage.KeyResponse(f.result, f.message, f.keys, f.primaryKey);
            default -> throw new MalformedMessageException("unknown Serf message type " + type, 0);
        };
    }

    private void readFields(MsgPackReader in) {
        for (int pairs = in.map(); pairs > 0; pairs--) {
            switch (in.text()) {
                case "LTime" -> lTime = in.unsigned(64);
                case "ID" -> id = in.unsigned(32);
                case "Flags" -> flags = in.unsigned(32);
                case "Timeout" -> timeoutNanos = in.signed();
                case "Port" -> port = (int) in.unsigned(16);
                case "RelayFactor" -> relayFactor = (int) in.unsigned(8);
                case "Prune" -> prune = in.bool();
                case "CC" -> coalesce = in.bool();
                case "Result" -> result = in.bool();
                case "Node" -> node = in.text();
                case "Name" -> name = in.text();
                case "From" -> from = in.text();
                case "SourceNode" -> sourceNode = in.text();
                case "Message" -> message = in.text();
                case "PrimaryKey" -> primaryKey = in.text();
                case "Addr" -> addr = in.bytes();
                case "Payload" -> payload = in.bytes();
                case "Key" -> key = in.bytes();
                case "Filters" -> filters = filters(in);
                case "Keys" -> keys = texts(in);
                default -> in.skip();
            }
        }
    }

    private static @Nullable List<Bytes> filters(MsgPackReader in) {
        int count = in.list();
        if (count < 0) return null;
        List<Bytes> filters = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Bytes filter = in.bytes();
            filters.add(filter == null ? Bytes.EMPTY : filter);
        }
        return filters;
    }

    static @Nullable List<String> texts(MsgPackReader in) {
        int count = in.list();
        if (count < 0) return null;
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) texts.add(in.text());
        return texts;
    }

    private static SerfMessage.ClaimedMember member(MsgPackReader in) {
        String name = "";
        Bytes addr = null;
        int port = 0;
        long status = 0;
        Map<String, String> tags = null;
        Integer[] versions = {0, 0, 0, 0, 0, 0};
        for (int pairs = in.map(); pairs > 0; pairs--) {
            switch (in.text()) {
                case "Name" -> name = in.text();
                case "Addr" -> addr = in.bytes();
                case "Port" -> port = (int) in.unsigned(16);
                case "Status" -> status = in.signed();
                case "Tags" -> tags = in.nil() ? null : SerfMessage.readTags(in);
                case "ProtocolMin" -> versions[0] = (int) in.unsigned(8);
                case "ProtocolMax" -> versions[1] = (int) in.unsigned(8);
                case "ProtocolCur" -> versions[2] = (int) in.unsigned(8);
                case "DelegateMin" -> versions[3] = (int) in.unsigned(8);
                case "DelegateMax" -> versions[4] = (int) in.unsigned(8);
                case "DelegateCur" -> versions[5] = (int) in.unsigned(8);
                default -> in.skip();
            }
        }
        return new SerfMessage.ClaimedMember(name, addr, port, tags, status, List.of(versions));
    }

    private static SerfMessage.Relay relay(MsgPackReader in) {
        Bytes ip = null;
        long port = 0;
        String zone = "";
        String destName = "";
        for (int pairs = in.map(); pairs > 0; pairs--) {
            switch (in.text()) {
                case "DestName" -> destName = in.text();
                case "DestAddr" -> {
                    for (int inner = in.map(); inner > 0; inner--) {
                        switch (in.text()) {
                            case "IP" -> ip = in.bytes();
                            case "Port" -> port = in.signed();
                            case "Zone" -> zone = in.text();
                            default -> in.skip();
                        }
                    }
                }
                default -> in.skip();
            }
        }
        return new SerfMessage.Relay(ip, port, zone, destName, in.raw(in.remaining()));
    }
}
