package dev.grapevine.agent.serf;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.rpc.RpcBody;
import dev.grapevine.serf.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** {@code serf query}. */
final class QueryCommand implements ClientCommand {
    @Override
    public String name() {
        return "query";
    }

    @Override
    public String synopsis() {
        return "Ask all members something";
    }

    @Override
    public String usage() {
        return """
            Usage: grapevine serf query [options] name [payload]

              Sends a query to the members and prints who got it and what their handlers answered.

            Options:

              -format=text|json          how to print; --json is short for -format=json
              -node=NAME                 ask only this member; may be repeated
              -tag KEY=REGEXP            ask only members whose tag matches; may be repeated
              -timeout=15s               how long to wait; by default it grows with the cluster
              -no-ack                    ask for no acknowledgements
              -relay-factor=N            have answers sent by way of N other members too, 0 to 255
              -rpc-addr=127.0.0.1:7373   the agent's RPC address, or SERF_RPC_ADDR
              -rpc-auth=""               the agent's RPC secret, or SERF_RPC_AUTH""";
    }

    @Override
    public int run(List<String> args, ClientCall call) {
        call.flags
                .list("node")
                .list("tag")
                .duration("timeout", 0)
                .bool("no-ack", false)
                .text("format", "text");
        call.flags.integer("relay-factor", 0);
        if (!call.parse(this, args)) return ClientCall.FAILED;
        Map<String, String> tags;
        try {
            tags = ClientCall.tags(call.flags.texts("tag"));
        } catch (RpcClient.RpcFailure wrong) {
            return call.fail("Error: " + wrong.why());
        }
        List<String> plain = call.flags.rest();
        if (plain.isEmpty()) return call.misused(this, "A query name must be specified.");
        if (plain.size() > 2)
            return call.misused(this, "Too many command line arguments. Only a name and payload must be specified.");
        long relay = call.flags.number("relay-factor");
        if (relay < 0 || relay > 255) return call.fail("Relay factor must be between 0 and 255");
        RpcClient client = call.connect();
        if (client == null) return ClientCall.FAILED;
        CountDownLatch interrupted = ClientCall.interrupts(client::close);
        try (client) {
            String format = call.json() ? "json" : call.flags.text("format");
            if (!format.equals("text") && !format.equals("json")) return call.fail("Invalid format: " + format);
            Bytes payload = plain.size() == 2 ? Bytes.utf8(plain.get(1)) : null;
            List<String> nodes = call.flags.texts("node");
            var query = new RpcRequest.Query(
                    nodes.isEmpty() ? null : nodes,
                    tags,
                    !call.flags.bool("no-ack"),
                    (int) relay,
                    call.flags.number("timeout"),
                    plain.get(0),
                    payload);
            return ask(client, query, format.equals("json"), call);
        } catch (RpcClient.RpcFailure failure) {
            if (interrupted.getCount() == 0) return ClientCall.FAILED;
            return call.fail("Error sending query: " + failure.why());
        }
    }

    private static int ask(RpcClient client, RpcRequest.Query query, boolean json, ClientCall call)
            throws RpcClient.RpcFailure {
        long seq = client.open(query);
        if (!json) call.ui().output("Query '" + query.name() + "' dispatched");
        List<String> acks = new ArrayList<>();
        Map<String, String> responses = new LinkedHashMap<>();
        int responseCount = 0;
        while (true) {
            RpcClient.Reply reply = client.next();
            if (reply.seq() != seq || !(reply.body() instanceof RpcBody.QueryRecord record)) continue;
            if (record.type().equals(RpcBody.QueryRecord.DONE)) break;
            if (record.type().equals(RpcBody.QueryRecord.ACK)) {
                acks.add(record.from());
                if (!json) call.ui().info("Ack from '" + record.from() + "'");
            } else {
                responseCount++;
                Bytes payload = record.payload();
                String text = payload == null ? "" : payload.text();
                responses.put(record.from(), text);
                if (!json) call.ui().info("Response from '" + record.from() + "': " + withoutLineEnd(text));
            }
        }
        if (json) {
            Map<String, @Nullable Object> document = new LinkedHashMap<>();
            document.put("Acks", acks.isEmpty() ? null : acks);
            document.put("Responses", GoJson.sorted(responses));
            call.ui().output(GoJson.of(document));
            return ClientCall.DONE;
        }
        if (query.requestAck()) call.ui().output("Total Acks: " + acks.size());
        call.ui().output("Total Responses: " + responseCount);
        return ClientCall.DONE;
    }

    private static String withoutLineEnd(String text) {
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }
}
