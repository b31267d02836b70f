package dev.grapevine.agent.serf;

import dev.grapevine.core.Address;
import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.rpc.RpcBody;
import dev.grapevine.serf.rpc.RpcMember;
import dev.grapevine.serf.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code serf members}. */
final class MembersCommand implements ClientCommand {
    @Override
    public String name() {
        return "members";
    }

    @Override
    public String synopsis() {
        return "List the members of the cluster";
    }

    @Override
    public String usage() {
        return """
            Usage: grapevine serf members [options]

              Prints what the agent knows of each member: name, address, status and tags.

            Options:

              -detailed                  add protocol versions (text only)
              -format=text|json          how to print; --json is short for -format=json
              -name=REGEXP               only members whose whole name matches
              -status=REGEXP             only members whose status matches: alive, leaving, left, failed
              -tag KEY=REGEXP            only members whose tag matches; may be repeated
              -role=REGEXP               old form of -tag role=REGEXP
              -rpc-addr=127.0.0.1:7373   the agent's RPC address, or SERF_RPC_ADDR
              -rpc-auth=""               the agent's RPC secret, or SERF_RPC_AUTH""";
    }

    @Override
    public int run(List<String> args, ClientCall call) {
        call.flags.bool("detailed", false).text("role", "").text("status", "").text("format", "text");
        call.flags.list("tag").text("name", "");
        if (!call.parse(this, args)) return ClientCall.FAILED;
        List<String> pairs = new ArrayList<>(call.flags.texts("tag"));
        if (!call.flags.text("role").isEmpty()) {
            if (!call.json()) call.ui().output("Deprecation warning: 'Role' has been replaced with 'Tags'");
            pairs.add("role=" + call.flags.text("role"));
        }
        Map<String, String> tags;
        try {
            tags = ClientCall.tags(pairs);
        } catch (RpcClient.RpcFailure wrong) {
            return call.fail("Error: " + wrong.why());
        }
        RpcClient client = call.connect();
        if (client == null) return ClientCall.FAILED;
        try (client) {
            RpcBody answer = client.ask(
                    new RpcRequest.MembersFiltered(tags, call.flags.text("status"), call.flags.text("name")));
            return print(((RpcBody.Members) java.util.Objects.requireNonNull(answer)).members(), call);
        } catch (RpcClient.RpcFailure failure) {
            return call.fail("Error retrieving members: " + failure.why());
        }
    }

    private static int print(List<RpcMember> members, ClientCall call) {
        switch (call.json() ? "json" : call.flags.text("format")) {
            case "json" -> call.ui().output(json(members));
            case "text" -> call.ui().output(text(members, call.flags.bool("detailed")));
            default -> {
                return call.fail("Encoding error: Invalid output format " + '"' + call.flags.text("format") + '"');
            }
        }
        return ClientCall.DONE;
    }

    private static String text(List<RpcMember> members, boolean detailed) {
        List<List<String>> rows = new ArrayList<>();
        for (RpcMember member : members) {
            List<String> pairs = new ArrayList<>();
            if (member.tags() != null) member.tags().forEach((key, value) -> pairs.add(key + "=" + value));
            List<String> row =
                    new ArrayList<>(List.of(member.name(), address(member), member.status(), String.join(",", pairs)));
            if (detailed) {
                row.add("Protocol Version: " + member.delegateCur());
                row.add("Available Protocol Range: [" + member.delegateMin() + ", " + member.delegateMax() + "]");
            }
            rows.add(row);
        }
        return Columns.of(rows).strip();
    }

    private static String json(List<RpcMember> members) {
        List<Object> list = new ArrayList<>();
        for (RpcMember member : members) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("name", member.name());
            fields.put("addr", address(member));
            fields.put("port", member.port());
            fields.put("tags", member.tags() == null ? null : GoJson.sorted(member.tags()));
            fields.put("status", member.status());
            Map<String, Object> protocol = new LinkedHashMap<>();
            protocol.put("max", member.delegateMax());
            protocol.put("min", member.delegateMin());
            protocol.put("version", member.delegateCur());
            fields.put("protocol", protocol);
            list.add(fields);
        }
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("members", list.isEmpty() ? null : list); // an absent list is null in the real program's document
        return GoJson.of(document);
    }

    private static String address(RpcMember member) {
        Bytes ip = member.addr();
        if (ip == null || ip.size() != 4 && ip.size() != 16) return ":" + member.port();
        return Address.of(ip.array(), member.port()).toString();
    }
}
