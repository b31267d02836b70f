package dev.grapevine.agent.serf;

import dev.grapevine.coordinates.Coordinate;
import dev.grapevine.serf.rpc.RpcBody;
import dev.grapevine.serf.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code serf rtt}. */
final class RttCommand implements ClientCommand {
    @Override
    public String name() {
        return "rtt";
    }

    @Override
    public String synopsis() {
        return "Estimate the round trip between two members";
    }

    @Override
    public String usage() {
        return """
            Usage: grapevine serf rtt [options] node1 [node2]

              Prints the round trip that the members' network coordinates predict, without any traffic. Without a
              second name, the agent itself is meant.

            Options:

              --json                     print one JSON document
              -rpc-addr=127.0.0.1:7373   the agent's RPC address, or SERF_RPC_ADDR
              -rpc-auth=""               the agent's RPC secret, or SERF_RPC_AUTH\
            """;
    }

    @Override
    public int run(List<String> args, ClientCall call) {
        if (!call.parse(this, args)) return ClientCall.FAILED;
        RpcClient client = call.connect();
        if (client == null) return ClientCall.FAILED;
        try (client) {
            List<String> nodes = new ArrayList<>(call.flags.rest());
            if (nodes.size() == 1) {
                try {
                    RpcBody.Stats stats = (RpcBody.Stats) Objects.requireNonNull(client.ask(new RpcRequest.Stats()));
                    nodes.add(stats.sections().getOrDefault("agent", Map.of()).getOrDefault("name", ""));
                } catch (RpcClient.RpcFailure failure) {
                    return call.fail("Error querying agent: " + failure.why());
                }
            } else if (nodes.size() != 2) {
                return call.misused(this, "One or two node names must be specified");
            }
            List<Coordinate> places = new ArrayList<>();
            for (String node : nodes) {
                Coordinate place = place(client, node);
                if (place == null) return call.fail("Could not find a coordinate for node " + GoFlags.quoted(node));
                places.add(place);
            }
            double millis = places.get(0).distanceNanos(places.get(1)) / 1e6;
            String text = String.format(Locale.ROOT, "%.3f ms", millis);
            return call.done(
                    "Estimated " + nodes.get(0) + " <-> " + nodes.get(1) + " rtt: " + text,
                    "node1",
                    nodes.get(0),
                    "node2",
                    nodes.get(1),
                    "rtt_ms",
                    millis);
        } catch (RpcClient.RpcFailure failure) {
            return call.fail("Error getting coordinates: " + failure.why());
        }
    }

    private static @Nullable Coordinate place(RpcClient client, String node) throws RpcClient.RpcFailure {
        var answer = (RpcBody.Coordinate) Objects.requireNonNull(client.ask(new RpcRequest.GetCoordinate(node)));
        List<Double> vec = answer.vec();
        if (!answer.ok() || vec == null) return null;
        return new Coordinate(
                vec.stream().mapToDouble(Double::doubleValue).toArray(),
                answer.error(),
                answer.adjustment(),
                answer.height());
    }
}
