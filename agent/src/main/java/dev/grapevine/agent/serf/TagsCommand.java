package dev.grapevine.agent.serf;

import dev.grapevine.serf.rpc.RpcRequest;
import java.util.List;
import java.util.Map;

/** {@code serf tags}. */
final class TagsCommand implements ClientCommand {
    @Override
    public String name() {
        return "tags";
    }

    @Override
    public String synopsis() {
        return "Change the agent's tags";
    }

    @Override
    public String usage() {
        return """
            Usage: grapevine serf tags [options]

              Sets and deletes tags of a running agent; both may be repeated.

            Options:

              -set KEY=VALUE             set a tag
              -delete KEY                delete a tag
              --json                     print one JSON document
              -rpc-addr=127.0.0.1:7373   the agent's RPC address, or SERF_RPC_ADDR
              -rpc-auth=""               the agent's RPC secret, or SERF_RPC_AUTH""";
    }

    @Override
    public int run(List<String> args, ClientCall call) {
        call.flags.list("set").list("delete");
        if (!call.parse(this, args)) return ClientCall.FAILED;
        List<String> set = call.flags.texts("set");
        List<String> delete = call.flags.texts("delete");
        if (set.isEmpty() && delete.isEmpty()) {
            if (call.json()) return call.fail("nothing to set or delete");
            call.ui().output(usage());
            return ClientCall.FAILED;
        }
        RpcClient client = call.connect();
        if (client == null) return ClientCall.FAILED;
        try (client) {
            Map<String, String> tags;
            try {
                tags = ClientCall.tags(set);
            } catch (RpcClient.RpcFailure wrong) {
                return call.fail("Error: " + wrong.why());
            }
            client.ask(new RpcRequest.Tags(tags, delete));
            return call.done("Successfully updated agent tags", "set", tags, "deleted", delete);
        } catch (RpcClient.RpcFailure failure) {
            return call.fail("Error setting tags: " + failure.why());
        }
    }
}
