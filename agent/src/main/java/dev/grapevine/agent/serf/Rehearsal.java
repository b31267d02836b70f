package dev.grapevine.agent.serf;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Two agents and a client in one process on loopback, that do a little of everything and end after seconds. The launcher
 * runs it when it builds, with the JVM taking notes, so that later starts find classes loaded and linked.
 */
final class Rehearsal {
    private static final long ENOUGH_SECONDS = 20;

    private final PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    private final List<CompletableFuture<Integer>> agents = new ArrayList<>();

    private Rehearsal() {}

    public static void main(String[] args) throws Exception {
        boolean ended = new Rehearsal().play();
        System.exit(ended ? ClientCall.DONE : ClientCall.FAILED);
    }

    private boolean play() throws Exception {
        int gossip = freePort();
        int first = freePort();
        int second = freePort();
        agent("one", gossip, first, "-tag=role=web", "-encrypt=AAECAwQFBgcICQoLDA0ODw==", "-event-handler=query:q=cat");
        await(first);
        agent("two", freePort(), second, "-join=127.0.0.1:" + gossip, "-encrypt=AAECAwQFBgcICQoLDA0ODw==");
        await(second);
        for (int rpc : new int[] {first, second}) {
            client(rpc, "members");
            client(rpc, "event", "hello", "payload");
            client(rpc, "query", "-timeout=300ms", "q", "payload");
            client(rpc, "tags", "-set", "a=b");
            client(rpc, "info");
            client(rpc, "keys", "-list");
            client(rpc, "rtt", "one", "two");
            client(rpc, "members", "--json");
        }
        // Long enough for a full exchange and probes of the profile.
        TimeUnit.SECONDS.sleep(2);
        for (int rpc : new int[] {second, first}) client(rpc, "leave");
        for (CompletableFuture<Integer> agent : agents) agent.get(ENOUGH_SECONDS, TimeUnit.SECONDS);
        return true;
    }

    private void agent(String name, int gossip, int rpc, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "agent", "-node=" + name, "-bind=127.0.0.1:" + gossip, "-rpc-addr=127.0.0.1:" + rpc, "-profile=local"));
        args.addAll(List.of(more));
        agents.add(CompletableFuture.supplyAsync(
                () -> SerfMain.run(nowhere, nowhere, Map.of(), args),
                task -> Thread.ofPlatform().daemon().start(task)));
    }

    private int client(int rpc, String... args) {
        return SerfMain.run(nowhere, nowhere, Map.of("SERF_RPC_ADDR", "127.0.0.1:" + rpc), List.of(args));
    }

    private void await(int rpc) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(ENOUGH_SECONDS);
        while (client(rpc, "info") != ClientCall.DONE && System.nanoTime() - end < 0) TimeUnit.MILLISECONDS.sleep(50);
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }
}
