package dev.grapevine.agent.serf;

import dev.grapevine.serf.rpc.RpcBody;
import dev.grapevine.serf.rpc.RpcRequest;
import java.util.List;

/** {@code serf join}. */
final class JoinCommand implements ClientCommand {
    @Override
    public String name() {
        return "join";
    }

    @Override
    public String synopsis() {
        return "Make the agent join a cluster";
    }

    @Override
    public String usage() {
        return """
            Usage: grapevine serf join [options] address ...

              Makes the agent join the cluster of the members at the given addresses (host or host:port).

            Options:

              -replay                    hear user events from before the join too
              --json                     print one JSON document
              -rpc-addr=127.0.0.1:7373   the agent's RPC address, or SERF_RPC_ADDR
              -rpc-auth=""               the agent's RPC secret, or SERF_RPC_AUTH""";
    }

    @Override
    public int run(List<String> args, ClientCall call) {
        call.flags.bool("replay", false);
        if (!call.parse(this, args)) return ClientCall.FAILED;
        List<String> addresses = call.flags.rest();
        if (addresses.isEmpty()) return call.misused(this, "At least one address to join must be specified.");
        RpcClient client = call.connect();
        if (client == null) return ClientCall.FAILED;
        try (client) {
            RpcBody answer = client.ask(new RpcRequest.Join(addresses, call.flags.bool("replay")));
            int reached = ((RpcBody.Joined) java.util.Objects.requireNonNull(answer)).num();
            return call.done("Successfully joined cluster by contacting " + reached + " nodes.", "joined", reached);
        } catch (RpcClient.RpcFailure failure) {
            return call.fail("Error joining the cluster: " + failure.why());
        }
    }
}
