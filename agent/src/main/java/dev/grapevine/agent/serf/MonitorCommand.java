package dev.grapevine.agent.serf;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.rpc.RpcBody;
import dev.grapevine.serf.rpc.RpcMember;
import dev.grapevine.serf.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** {@code serf monitor}. */
final class MonitorCommand implements ClientCommand {
    @Override
    public String name() {
        return "monitor";
    }

    @Override
    public String synopsis() {
        return "Follow the agent's log and events";
    }

    @Override
    public String usage() {
        return """
            Usage: grapevine serf monitor [options]

              Prints the agent's latest log lines and then its log and events as they come, until interrupted.

            Options:

              -log-level=info            least level of log lines: trace, debug, info, warn, err
              --json                     print one JSON document per line
              -rpc-addr=127.0.0.1:7373   the agent's RPC address, or SERF_RPC_ADDR
              -rpc-auth=""               the agent's RPC secret, or SERF_RPC_AUTH""";
    }

    @Override
    public int run(List<String> args, ClientCall call) {
        call.flags.text("log-level", "INFO");
        if (!call.parse(this, args)) return ClientCall.FAILED;
        RpcClient client = call.connect();
        if (client == null) return ClientCall.FAILED;
        CountDownLatch interrupted = ClientCall.interrupts(client::close);
        try (client) {
            try {
                client.send(new RpcRequest.Stream("*"));
                long monitor = client.send(new RpcRequest.Monitor(call.flags.text("log-level")));
                return follow(client, monitor, call);
            } catch (RpcClient.RpcFailure ended) {
                if (interrupted.getCount() == 0) return ClientCall.DONE;
                if (call.json()) return call.fail("the agent ended the stream");
                call.ui().info("");
                call.ui()
                        .output("Remote side ended the monitor! This usually means that the\n"
                                + "remote side has exited or crashed.");
                return ClientCall.FAILED;
            }
        }
    }

    private static int follow(RpcClient client, long monitor, ClientCall call) throws RpcClient.RpcFailure {
        while (true) {
            RpcClient.Reply reply = client.next();
            if (!reply.error().isEmpty()) {
                String what = reply.seq() == monitor ? "monitor" : "stream";
                return call.fail("Error starting " + what + ": " + reply.error());
            }
            if (reply.body() instanceof RpcBody.Log line) {
                if (call.json()) call.ui().output(GoJson.line(Map.of("Log", line.log())));
                else call.ui().info(line.log());
            } else if (reply.body() != null) {
                Map<String, @Nullable Object> fields = fields(reply.body());
                if (call.json()) {
                    call.ui().output(GoJson.line(printable(fields)));
                } else {
                    call.ui().info("Event Info:");
                    fields.forEach((key, value) -> call.ui().info("\t" + key + ": " + goSyntax(value)));
                }
            }
        }
    }

    private static Map<String, @Nullable Object> fields(RpcBody event) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        switch (event) {
            case RpcBody.UserEvent(long lTime, String name, Bytes payload, boolean coalesce) -> {
                fields.put("Coalesce", coalesce);
                fields.put("Event", "user");
                fields.put("LTime", lTime);
                fields.put("Name", name);
                fields.put("Payload", payload);
            }
            case RpcBody.QueryEvent(long id, long lTime, String name, Bytes payload) -> {
                fields.put("Event", "query");
                fields.put("ID", id);
                fields.put("LTime", lTime);
                fields.put("Name", name);
                fields.put("Payload", payload);
            }
            case RpcBody.MemberEvent(String change, List<RpcMember> members) -> {
                fields.put("Event", change);
                List<Object> list = new ArrayList<>();
                for (RpcMember member : members) list.add(fields(member));
                fields.put("Members", list);
            }
            default -> throw new IllegalArgumentException("no event: " + event);
        }
        return fields;
    }

    private static Map<String, @Nullable Object> fields(RpcMember member) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("Addr", member.addr());
        fields.put("DelegateCur", (long) member.delegateCur());
        fields.put("DelegateMax", (long) member.delegateMax());
        fields.put("DelegateMin", (long) member.delegateMin());
        fields.put("Name", member.name());
        fields.put("Port", (long) member.port());
        fields.put("ProtocolCur", (long) member.protocolCur());
        fields.put("ProtocolMax", (long) member.protocolMax());
        fields.put("ProtocolMin", (long) member.protocolMin());
        fields.put("Status", member.status());
        fields.put("Tags", member.tags());
        return fields;
    }

    /** Values as Go's {@code %#v} prints what its MessagePack decoder makes of them. */
    private static String goSyntax(@Nullable Object value) {
        return switch (value) {
            case null -> "<nil>";
            case String text -> GoFlags.quoted(text);
            // Numbers from 128 on arrive in the unsigned formats, which Go prints in hexadecimal.
            case Long number -> number >= 0 && number < 0x80 ? number.toString() : "0x" + Long.toHexString(number);
            case Bytes bytes -> "[]byte{" + hex(bytes) + "}";
            case List<?> list -> {
                List<String> parts = new ArrayList<>();
                for (Object each : list) parts.add(nested(each));
                yield "[]interface {}{" + String.join(", ", parts) + "}";
            }
            case Map<?, ?> map -> {
                List<String> parts = new ArrayList<>();
                map.forEach((key, each) -> parts.add(nested(key) + ":" + nested(each)));
                yield "map[interface {}]interface {}{" + String.join(", ", parts) + "}";
            }
            default -> value.toString();
        };
    }

    private static String nested(@Nullable Object value) {
        if (value == null) return "interface {}(nil)";
        return value instanceof Bytes bytes ? "[]uint8{" + hex(bytes) + "}" : goSyntax(value);
    }

    private static String hex(Bytes bytes) {
        List<String> octets = new ArrayList<>();
        for (int i = 0; i < bytes.size(); i++) octets.add("0x" + Integer.toHexString(bytes.at(i)));
        return String.join(", ", octets);
    }

    /** The same for JSON: bytes become text, addresses are spelt out. */
    private static @Nullable Object printable(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Bytes bytes -> bytes.text();
            case List<?> list -> list.stream().map(MonitorCommand::printable).toList();
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> copy = new LinkedHashMap<>();
                map.forEach((key, each) -> copy.put(
                        (String) key, key.equals("Addr") && each instanceof Bytes ip ? ip(ip) : printable(each)));
                yield copy;
            }
            default -> value;
        };
    }

    private static String ip(Bytes bytes) {
        return bytes.size() == 4 || bytes.size() == 16
                ? dev.grapevine.core.Address.of(bytes.array(), 0).host()
                : bytes.toHex();
    }
}
