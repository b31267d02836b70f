package dev.grapevine.agent.serf;

import dev.grapevine.serf.rpc.RpcBody;
import dev.grapevine.serf.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code serf keys}. */
final class KeysCommand implements ClientCommand {
    /** What each operation says before, after, and when it fails. */
    private enum Operation {
        LIST(
                "Asking all members for installed keys...",
                "Keys gathered, listing cluster keys...",
                "Failed to gather member keys: "),
        INSTALL("Installing key on all members...", "Successfully installed key!", "Error installing key: "),
        USE(
                "Changing primary key on all members...",
                "Successfully changed primary key!",
                "Error changing primary key: "),
        REMOVE("Removing key on all members...", "Successfully removed key!", "Error removing key: ");

        private final String before;
        private final String after;
        private final String failed;

        Operation(String before, String after, String failed) {
            this.before = before;
            this.after = after;
            this.failed = failed;
        }

        private RpcRequest request(String key) {
            return switch (this) {
                case LIST -> new RpcRequest.ListKeys();
                case INSTALL -> new RpcRequest.InstallKey(key);
                case USE -> new RpcRequest.UseKey(key);
                case REMOVE -> new RpcRequest.RemoveKey(key);
            };
        }
    }

    @Override
    public String name() {
        return "keys";
    }

    @Override
    public String synopsis() {
        return "List and rotate the cluster's encryption keys";
    }

    @Override
    public String usage() {
        return """
            Usage: grapevine serf keys [options]

              Changes or lists the keyring of every member. One of the first four options is needed. To rotate:
              -install the new key, -use it, -remove the old one. Exits 1 unless every member did it.

            Options:

              -list                      count the members that have each key
              -install=KEY               add a key, with which members decrypt from then on
              -use=KEY                   encrypt with this key, which must be installed everywhere
              -remove=KEY                drop a key that is not in use
              --json                     print one JSON document
              -rpc-addr=127.0.0.1:7373   the agent's RPC address, or SERF_RPC_ADDR
              -rpc-auth=""               the agent's RPC secret, or SERF_RPC_AUTH""";
    }

    @Override
    public int run(List<String> args, ClientCall call) {
        call.flags.text("install", "").text("use", "").text("remove", "").bool("list", false);
        if (!call.parse(this, args)) return ClientCall.FAILED;
        call.useKeysPrefixes();
        Operation wanted = call.flags.bool("list") ? Operation.LIST : null;
        String key = "";
        for (Operation operation : List.of(Operation.INSTALL, Operation.USE, Operation.REMOVE)) {
            String given = call.flags.text(operation.name().toLowerCase(java.util.Locale.ROOT));
            if (given.isEmpty()) continue;
            if (wanted != null) return call.fail("Only one of -install, -use, -remove, or -list allowed");
            wanted = operation;
            key = given;
        }
        if (wanted == null) {
            if (call.json()) return call.fail("one of -install, -use, -remove or -list is needed");
            call.ui().error(usage());
            return ClientCall.FAILED;
        }
        RpcClient client = call.connect();
        if (client == null) return ClientCall.FAILED;
        try (client) {
            if (!call.json()) call.ui().info(wanted.before);
            RpcClient.Reply reply = client.exchange(wanted.request(key));
            RpcBody.Keys answer = (RpcBody.Keys) reply.body();
            if (!reply.error().isEmpty()) return failed(wanted, reply.error(), answer, call);
            return succeeded(wanted, java.util.Objects.requireNonNull(answer), call);
        } catch (RpcClient.RpcFailure failure) {
            return failed(wanted, failure.why(), null, call);
        }
    }

    private static int succeeded(Operation operation, RpcBody.Keys answer, ClientCall call) {
        Map<String, Long> keys = answer.keys() == null ? Map.of() : new TreeMap<>(answer.keys());
        if (call.json()) return call.done(null, "members", answer.numNodes(), "keys", keys);
        call.ui().info(operation.after);
        if (operation != Operation.LIST) return ClientCall.DONE;
        call.ui().output("");
        List<List<String>> rows = new ArrayList<>();
        keys.forEach((key, count) -> rows.add(List.of(key, "[" + count + "/" + answer.numNodes() + "]")));
        call.ui().output(Columns.of(rows));
        return ClientCall.DONE;
    }

    private static int failed(Operation operation, String error, RpcBody.@Nullable Keys answer, ClientCall call) {
        Map<String, String> messages =
                answer == null || answer.messages() == null ? Map.of() : new TreeMap<>(answer.messages());
        if (call.json()) {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("error", operation.failed + error);
            document.put("messages", messages);
            call.ui().output(GoJson.of(document));
            return ClientCall.FAILED;
        }
        if (!messages.isEmpty()) {
            List<List<String>> rows = new ArrayList<>();
            messages.forEach((node, message) -> rows.add(List.of("failed:", node, message)));
            call.ui().error(Columns.of(rows));
        }
        call.ui().error("");
        return call.fail(operation.failed + error);
    }
}
