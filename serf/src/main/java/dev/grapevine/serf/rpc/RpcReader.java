package dev.grapevine.serf.rpc;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.msgpack.MsgPackReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Bytes to requests, answers and records. Keys may come in any order, unknown ones are passed over and missing ones are
 * zero, as the reference does.
 *
 * <p>All methods throw {@link MalformedMessageException}, which says whether more bytes may mend it.
 */
public final class RpcReader {
    private RpcReader() {}

    /** The header of a request. */
    public static RpcHeader.Request requestHeader(MsgPackReader in) {
        var fields = new Object() {
            String command = "";
            long seq;
        };
        fields(in, key -> {
            switch (key) {
                case "Command" -> fields.command = in.text();
                case "Seq" -> fields.seq = in.unsigned(64);
                default -> in.skip();
            }
        });
        return new RpcHeader.Request(fields.command, fields.seq);
    }

    /** The header of an answer or of a streamed record. */
    public static RpcHeader.Response responseHeader(MsgPackReader in) {
        var fields = new Object() {
            String error = "";
            long seq;
        };
        fields(in, key -> {
            switch (key) {
                case "Error" -> fields.error = in.text();
                case "Seq" -> fields.seq = in.unsigned(64);
                default -> in.skip();
            }
        });
        return new RpcHeader.Response(fields.error, fields.seq);
    }

    /** The body of {@code command}, or the request itself if it has none. */
    public static RpcRequest request(RpcCommand command, MsgPackReader in) {
        return switch (command) {
            case MEMBERS -> new RpcRequest.Members();
            case LEAVE -> new RpcRequest.Leave();
            case LIST_KEYS -> new RpcRequest.ListKeys();
            case STATS -> new RpcRequest.Stats();
            default -> RpcRequestFields.read(in).toRequest(command);
        };
    }

    /** The answer to a command that {@linkplain RpcCommand#answersWithBody() answers with a body}. */
    public static RpcBody answer(RpcCommand command, MsgPackReader in) {
        return switch (command) {
            case JOIN -> joined(in);
            case MEMBERS, MEMBERS_FILTERED -> new RpcBody.Members(membersOf(in));
            case INSTALL_KEY, USE_KEY, REMOVE_KEY, LIST_KEYS -> keys(in);
            case STATS -> stats(in);
            case GET_COORDINATE -> coordinate(in);
            default -> throw new IllegalArgumentException(command + " is answered without a body");
        };
    }

    /** A record of a monitor. */
    public static RpcBody.Log log(MsgPackReader in) {
        var fields = new Object() {
            String log = "";
        };
        fields(in, key -> {
            if (key.equals("Log")) fields.log = in.text();
            else in.skip();
        });
        return new RpcBody.Log(fields.log);
    }

    /** A record of a query that the client issued. */
    public static RpcBody.QueryRecord queryRecord(MsgPackReader in) {
        var fields = new Object() {
            String type = "";
            String from = "";

            @Nullable
            Bytes payload;
        };
        fields(in, key -> {
            switch (key) {
                case "Type" -> fields.type = in.text();
                case "From" -> fields.from = in.text();
                case "Payload" -> fields.payload = in.bytes();
                default -> in.skip();
            }
        });
        return new RpcBody.QueryRecord(fields.type, fields.from, fields.payload);
    }

    /** A record of an event stream. */
    public static RpcBody event(MsgPackReader in) {
        var fields = new Object() {
            String event = "";
            String name = "";
            long id;
            long lTime;

            @Nullable
            Bytes payload;

            boolean coalesce;
            List<RpcMember> members = List.of();
        };
        fields(in, key -> {
            switch (key) {
                case "Event" -> fields.event = in.text();
                case "Name" -> fields.name = in.text();
                case "ID" -> fields.id = in.unsigned(64);
                case "LTime" -> fields.lTime = in.unsigned(64);
                case "Payload" -> fields.payload = in.bytes();
                case "Coalesce" -> fields.coalesce = in.bool();
                case "Members" -> fields.members = memberList(in);
                default -> in.skip();
            }
        });
        return switch (fields.event) {
            case "user" -> new RpcBody.UserEvent(fields.lTime, fields.name, fields.payload, fields.coalesce);
            case "query" -> new RpcBody.QueryEvent(fields.id, fields.lTime, fields.name, fields.payload);
            default -> new RpcBody.MemberEvent(fields.event, fields.members);
        };
    }

    /** Walks a map; {@code field} must consume the value of the key that it is given. */
    static void fields(MsgPackReader in, java.util.function.Consumer<String> field) {
        for (int left = in.map(); left > 0; left--) field.accept(in.text());
    }

    static @Nullable Map<String, String> textMap(MsgPackReader in) {
        if (in.nil()) return null;
        Map<String, String> map = new LinkedHashMap<>();
        for (int left = in.map(); left > 0; left--) map.put(in.text(), in.text());
        return map;
    }

    static @Nullable List<String> textList(MsgPackReader in) {
        int left = in.list();
        if (left < 0) return null;
        List<String> list = new ArrayList<>();
        for (; left > 0; left--) list.add(in.text());
        return list;
    }

    private static RpcBody joined(MsgPackReader in) {
        var fields = new Object() {
            int num;
        };
        fields(in, key -> {
            if (key.equals("Num")) fields.num = Math.toIntExact(in.unsigned(31));
            else in.skip();
        });
        return new RpcBody.Joined(fields.num);
    }

    private static List<RpcMember> membersOf(MsgPackReader in) {
        var fields = new Object() {
            List<RpcMember> members = List.of();
        };
        fields(in, key -> {
            if (key.equals("Members")) fields.members = memberList(in);
            else in.skip();
        });
        return fields.members;
    }

    private static List<RpcMember> memberList(MsgPackReader in) {
        List<RpcMember> members = new ArrayList<>();
        for (int left = in.list(); left > 0; left--) members.add(member(in));
        return members;
    }

    private static RpcMember member(MsgPackReader in) {
        var fields = new Object() {
            String name = "";
            String status = "";

            @Nullable
            Bytes addr;

            int port;

            @Nullable
            Map<String, String> tags;

            final int[] versions = new int[6];
        };
        fields(in, key -> {
            switch (key) {
                case "Name" -> fields.name = in.text();
                case "Status" -> fields.status = in.text();
                case "Addr" -> fields.addr = in.bytes();
                case "Port" -> fields.port = (int) in.unsigned(16);
                case "Tags" -> fields.tags = textMap(in);
                case "ProtocolMin" -> fields.versions[0] = (int) in.unsigned(8);
                case "ProtocolMax" -> fields.versions[1] = (int) in.unsigned(8);
                case "ProtocolCur" -> fields.versions[2] = (int) in.unsigned(8);
                case "DelegateMin" -> fields.versions[3] = (int) in.unsigned(8);
                case "DelegateMax" -> fields.versions[4] = (int) in.unsigned(8);
                case "DelegateCur" -> fields.versions[5] = (int) in.unsigned(8);
                default -> in.skip();
            }
        });
        int[] v = fields.versions;
        return new RpcMember(
                fields.name, fields.addr, fields.port, fields.tags, fields.status, v[0], v[1], v[2], v[3], v[4], v[5]);
    }

    private static RpcBody keys(MsgPackReader in) {
        var fields = new Object() {
            @Nullable
            Map<String, String> messages;

            @Nullable
            Map<String, Long> keys;

            long nodes;
            long errors;
            long responses;
        };
        fields(in, key -> {
            switch (key) {
                case "Messages" -> fields.messages = textMap(in);
                case "Keys" -> fields.keys = countMap(in);
                case "NumNodes" -> fields.nodes = in.signed();
                case "NumErr" -> fields.errors = in.signed();
                case "NumResp" -> fields.responses = in.signed();
                default -> in.skip();
            }
        });
        return new RpcBody.Keys(fields.messages, fields.keys, fields.nodes, fields.errors, fields.responses);
    }

    private static @Nullable Map<String, Long> countMap(MsgPackReader in) {
        if (in.nil()) return null;
        Map<String, Long> map = new LinkedHashMap<>();
        for (int left = in.map(); left > 0; left--) map.put(in.text(), in.signed());
        return map;
    }

    private static RpcBody stats(MsgPackReader in) {
        Map<String, Map<String, String>> sections = new LinkedHashMap<>();
        fields(in, key -> {
            Map<String, String> section = textMap(in);
            sections.put(key, section == null ? Map.of() : section);
        });
        return new RpcBody.Stats(sections);
    }

    private static RpcBody coordinate(MsgPackReader in) {
        var fields = new Object() {
            boolean ok;
            final double[] numbers = new double[3];

            @Nullable
            List<Double> vec;
        };
        fields(in, key -> {
            switch (key) {
                case "Ok" -> fields.ok = in.bool();
                case "Coord" ->
                    fields(in, inner -> {
                        switch (inner) {
                            case "Adjustment" -> fields.numbers[0] = in.float64();
                            case "Error" -> fields.numbers[1] = in.float64();
                            case "Height" -> fields.numbers[2] = in.float64();
                            case "Vec" -> fields.vec = doubles(in);
                            default -> in.skip();
                        }
                    });
                default -> in.skip();
            }
        });
        double[] n = fields.numbers;
        return new RpcBody.Coordinate(n[0], n[1], n[2], fields.vec, fields.ok);
    }

    private static @Nullable List<Double> doubles(MsgPackReader in) {
        int left = in.list();
        if (left < 0) return null;
        List<Double> list = new ArrayList<>();
        for (; left > 0; left--) list.add(in.float64());
        return list;
    }
}
