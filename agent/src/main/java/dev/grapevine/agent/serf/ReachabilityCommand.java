package dev.grapevine.agent.serf;

import dev.grapevine.serf.rpc.RpcBody;
import dev.grapevine.serf.rpc.RpcMember;
import dev.grapevine.serf.rpc.RpcRequest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;

/** {@code serf reachability}. */
final class ReachabilityCommand implements ClientCommand {
    private static final String PING = "_serf_ping";

    @Override
    public String name() {
        return "reachability";
    }

    @Override
    public String synopsis() {
        return "Test whether all live members answer";
    }

    @Override
    public String usage() {
        return """
            Usage: grapevine serf reachability [options]

              Sends every member a query to acknowledge, and compares who did with who is said to be alive.

            Options:

              -verbose                   print each acknowledgement and the times
              --json                     print one JSON document
              -rpc-addr=127.0.0.1:7373   the agent's RPC address, or SERF_RPC_ADDR
              -rpc-auth=""               the agent's RPC secret, or SERF_RPC_AUTH""";
    }

    @Override
    public int run(List<String> args, ClientCall call) {
        call.flags.bool("verbose", false);
        if (!call.parse(this, args)) return ClientCall.FAILED;
        RpcClient client = call.connect();
        if (client == null) return ClientCall.FAILED;
        CountDownLatch interrupted = ClientCall.interrupts(client::close);
        try (client) {
            return test(client, call);
        } catch (RpcClient.RpcFailure failure) {
            return call.fail(interrupted.getCount() == 0 ? "Test interrupted" : failure.why());
        }
    }

    private static int test(RpcClient client, ClientCall call) throws RpcClient.RpcFailure {
        Set<String> live = new TreeSet<>();
        int total;
        try {
            List<RpcMember> members =
                    ((RpcBody.Members) Objects.requireNonNull(client.ask(new RpcRequest.Members()))).members();
            total = members.size();
            for (RpcMember member : members) if (member.status().equals("alive")) live.add(member.name());
        } catch (RpcClient.RpcFailure failure) {
            return call.fail("Error getting members: " + failure.why());
        }
        say(call, "Total members: " + total + ", live members: " + live.size());
        long seq;
        try {
            seq = client.open(new RpcRequest.Query(null, null, true, 0, 0, PING, null));
        } catch (RpcClient.RpcFailure failure) {
            return call.fail("Error sending query: " + failure.why());
        }
        say(call, "Starting reachability test...");
        boolean verbose = call.flags.bool("verbose");
        long start = System.nanoTime();
        long last = start;
        int acks = 0;
        boolean twice = false;
        Set<String> from = new TreeSet<>();
        while (true) {
            RpcClient.Reply reply = client.next();
            if (reply.seq() != seq || !(reply.body() instanceof RpcBody.QueryRecord record)) continue;
            if (record.type().equals(RpcBody.QueryRecord.DONE)) break;
            if (!record.type().equals(RpcBody.QueryRecord.ACK)) continue;
            acks++;
            last = System.nanoTime();
            if (verbose) say(call, "\tAck from '" + record.from() + "'");
            if (!from.add(record.from())) {
                twice = true;
                say(call, "Duplicate response from '" + record.from() + "'");
            }
        }
        if (verbose)
            say(
                    call,
                    String.format(
                            Locale.ROOT,
                            "Query time: %.2f sec, time to last response: %.2f sec",
                            (System.nanoTime() - start) / 1e9,
                            (last - start) / 1e9));
        return verdict(call, live, from, acks, twice);
    }

    private static int verdict(ClientCall call, Set<String> live, Set<String> from, int acks, boolean twice) {
        Set<String> missing = new TreeSet<>(live);
        missing.removeAll(from);
        Set<String> strangers = new TreeSet<>(from);
        strangers.removeAll(live);
        boolean good = acks == live.size() && !twice;
        if (call.json()) {
            call.ui()
                    .output(GoJson.of(Map.of(
                            "live", List.copyOf(live),
                            "acks", List.copyOf(from),
                            "missing", List.copyOf(missing),
                            "not_live", List.copyOf(strangers),
                            "reachable", good)));
            return good ? ClientCall.DONE : ClientCall.FAILED;
        }
        if (twice) say(call, "One name answered twice: make sure that node names are unique.");
        if (acks == live.size()) {
            say(call, "Successfully contacted all live nodes");
            return good ? ClientCall.DONE : ClientCall.FAILED;
        }
        boolean more = acks > live.size();
        say(
                call,
                more
                        ? "Received more acks than live nodes! Acks from non-live nodes:"
                        : "Received less acks than live nodes! Missing acks from:");
        for (String name : more ? strangers : missing) say(call, "\t" + name);
        say(
                call,
                more
                        ? "Members that answer are believed dead: look for packets that get lost on the way."
                        : "Members believed alive do not answer: check that UDP and TCP reach their advertised addresses.");
        return ClientCall.FAILED;
    }

    private static void say(ClientCall call, String line) {
        if (!call.json()) call.ui().output(line);
    }
}
