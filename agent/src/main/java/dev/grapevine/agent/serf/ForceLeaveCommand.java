package dev.grapevine.agent.serf;

import dev.grapevine.serf.rpc.RpcRequest;
import java.util.List;

/** {@code serf force-leave}. */
final class ForceLeaveCommand implements ClientCommand {
    @Override
    public String name() {
        return "force-leave";
    }

    @Override
    public String synopsis() {
        return "Declare that a failed member has left";
    }

    @Override
    public String usage() {
        return """
            Usage: grapevine serf force-leave [options] name

              Turns a failed member into one that left, so that nobody tries to reach it any longer. A member that
              is in fact alive says so and stays.

            Options:

              -prune                     forget the member altogether
              --json                     print one JSON document
              -rpc-addr=127.0.0.1:7373   the agent's RPC address, or SERF_RPC_ADDR
              -rpc-auth=""               the agent's RPC secret, or SERF_RPC_AUTH""";
    }

    @Override
    public int run(List<String> args, ClientCall call) {
        call.flags.bool("prune", false);
        if (!call.parse(this, args)) return ClientCall.FAILED;
        List<String> nodes = call.flags.rest();
        if (nodes.size() != 1) return call.misused(this, "A node name must be specified to force leave.");
        RpcClient client = call.connect();
        if (client == null) return ClientCall.FAILED;
        try (client) {
            client.ask(new RpcRequest.ForceLeave(nodes.get(0), call.flags.bool("prune")));
        } catch (RpcClient.RpcFailure failure) {
            return call.fail("Error force leaving: " + failure.why());
        }
        return call.done(null, "node", nodes.get(0), "prune", call.flags.bool("prune"));
    }
}
