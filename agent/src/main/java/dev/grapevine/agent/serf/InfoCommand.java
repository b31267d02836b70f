package dev.grapevine.agent.serf;

import dev.grapevine.serf.rpc.RpcBody;
import dev.grapevine.serf.rpc.RpcRequest;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code serf info}. */
final class InfoCommand implements ClientCommand {
    @Override
    public String name() {
        return "info";
    }

    @Override
    public String synopsis() {
        return "Print figures about the agent";
    }

    @Override
    public String usage() {
        return """
            Usage: grapevine serf info [options]

              Prints the agent's name, tags, handlers, clocks, queues and health.

            Options:

              -format=text|json          how to print; --json is short for -format=json
              -rpc-addr=127.0.0.1:7373   the agent's RPC address, or SERF_RPC_ADDR
              -rpc-auth=""               the agent's RPC secret, or SERF_RPC_AUTH""";
    }

    @Override
    public int run(List<String> args, ClientCall call) {
        call.flags.text("format", "text");
        if (!call.parse(this, args)) return ClientCall.FAILED;
        RpcClient client = call.connect();
        if (client == null) return ClientCall.FAILED;
        Map<String, Map<String, String>> sections = new TreeMap<>();
        try (client) {
            RpcBody.Stats stats = (RpcBody.Stats) client.ask(new RpcRequest.Stats());
            java.util.Objects.requireNonNull(stats)
                    .sections()
                    .forEach((name, section) -> sections.put(name, GoJson.sorted(section)));
        } catch (RpcClient.RpcFailure failure) {
            return call.fail("Error querying agent: " + failure.why());
        }
        switch (call.json() ? "json" : call.flags.text("format")) {
            case "json" -> call.ui().output(GoJson.of(sections));
            case "text" -> {
                StringBuilder text = new StringBuilder();
                sections.forEach((name, section) -> {
                    text.append(name).append(":\n");
                    section.forEach((key, value) -> text.append('\t')
                            .append(key)
                            .append(" = ")
                            .append(value)
                            .append('\n'));
                });
                call.ui().output(text.toString().strip());
            }
            default -> {
                return call.fail("Encoding error: Invalid output format " + '"' + call.flags.text("format") + '"');
            }
        }
        return ClientCall.DONE;
    }
}
