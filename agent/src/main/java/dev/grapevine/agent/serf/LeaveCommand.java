package dev.grapevine.agent.serf;

import dev.grapevine.serf.rpc.RpcRequest;
import java.util.List;

/** {@code serf leave}. */
final class LeaveCommand implements ClientCommand {
    @Override
    public String name() {
        return "leave";
    }

    @Override
    public String synopsis() {
        return "Make the agent leave the cluster and end";
    }

    @Override
    public String usage() {
        return """
            Usage: grapevine serf leave [options]

              Makes the agent tell the others that it leaves, and end.

            Options:

              --json                     print one JSON document
              -rpc-addr=127.0.0.1:7373   the agent's RPC address, or SERF_RPC_ADDR
              -rpc-auth=""               the agent's RPC secret, or SERF_RPC_AUTH""";
    }

    @Override
    public int run(List<String> args, ClientCall call) {
        if (!call.parse(this, args)) return ClientCall.FAILED;
        RpcClient client = call.connect();
        if (client == null) return ClientCall.FAILED;
        try (client) {
            client.ask(new RpcRequest.Leave());
        } catch (RpcClient.RpcFailure failure) {
            return call.fail("Error leaving: " + failure.why());
        }
        return call.done("Graceful leave complete", "left", true);
    }
}
