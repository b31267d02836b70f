package dev.grapevine.agent.serf;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.rpc.RpcRequest;
import java.util.List;

/** {@code serf event}. */
final class EventCommand implements ClientCommand {
    @Override
    public String name() {
        return "event";
    }

    @Override
    public String synopsis() {
        return "Tell all members something";
    }

    @Override
    public String usage() {
        return """
            Usage: grapevine serf event [options] name [payload]

              Sends a user event to every member, which hand it to their event handlers.

            Options:

              -coalesce=true|false       whether receivers may keep only the latest event of this name (true)
              --json                     print one JSON document
              -rpc-addr=127.0.0.1:7373   the agent's RPC address, or SERF_RPC_ADDR
              -rpc-auth=""               the agent's RPC secret, or SERF_RPC_AUTH""";
    }

    @Override
    public int run(List<String> args, ClientCall call) {
        call.flags.bool("coalesce", true);
        if (!call.parse(this, args)) return ClientCall.FAILED;
        List<String> plain = call.flags.rest();
        if (plain.isEmpty()) return call.misused(this, "An event name must be specified.");
        if (plain.size() > 2)
            return call.misused(this, "Too many command line arguments. Only a name and payload must be specified.");
        String event = plain.get(0);
        Bytes payload = plain.size() == 2 ? Bytes.utf8(plain.get(1)) : null;
        boolean coalesce = call.flags.bool("coalesce");
        RpcClient client = call.connect();
        if (client == null) return ClientCall.FAILED;
        try (client) {
            client.ask(new RpcRequest.Event(event, payload, coalesce));
        } catch (RpcClient.RpcFailure failure) {
            return call.fail("Error sending event: " + failure.why());
        }
        return call.done(
                "Event '" + event + "' dispatched! Coalescing enabled: " + coalesce,
                "event",
                event,
                "coalesce",
                coalesce);
    }
}
