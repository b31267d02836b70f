package dev.grapevine.agent.serf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Agents in network namespaces of their own, one for each, all on one bridge, so that the network between them can be cut
 * while their RPC stays in reach. Needs Linux, the right to make namespaces, and the program {@code ip}.
 */
final class NetLab implements AutoCloseable {
    private static final int MOST_HOSTS = 12;

    final Path folder;
    private final String tag;
    private final String network;
    private final ArrayDeque<SerfProcess> started = new ArrayDeque<>();
    private final List<Integer> hosts = new ArrayList<>();

    private NetLab(String tag, String network) throws IOException {
        this.folder = Files.createTempDirectory("serf-net");
        this.tag = tag;
        this.network = network;
    }

    /** Whether such labs can be had on this machine. */
    static boolean isPossible() {
        try {
            String probe = "gvp" + ThreadLocalRandom.current().nextInt(100_000);
            if (run("ip", "netns", "add", probe) != 0) return false;
            run("ip", "netns", "del", probe);
            String bridge = "gvq" + ThreadLocalRandom.current().nextInt(100_000);
            boolean bridges = run("ip", "link", "add", bridge, "type", "bridge") == 0;
            run("ip", "link", "del", bridge);
            return bridges;
        } catch (IOException noProgram) {
            return false;
        }
    }

    /** A bridge without hosts. */
    static NetLab open() throws IOException {
        int number = ThreadLocalRandom.current().nextInt(1, 200 * 250);
        NetLab lab = new NetLab("gv" + number, "10." + (number / 250 + 50) + "." + (number % 250 + 1) + ".");
        ip("link", "add", lab.tag, "type", "bridge", "mcast_snooping", "0");
        ip("addr", "add", lab.network + "254/24", "dev", lab.tag);
        ip("link", "set", lab.tag, "up");
        return lab;
    }

    /** The address of the n-th host, from 1. */
    String address(int host) {
        return network + host;
    }

    private String namespace(int host) {
        return tag + "h" + host;
    }

    private static String mac(int host) {
        return String.format("02:00:00:00:00:%02x", host);
    }

    private void plug(int host) throws IOException {
        if (hosts.contains(host)) return;
        if (host < 1 || host > MOST_HOSTS) throw new IllegalArgumentException("host " + host);
        String outside = tag + "v" + host;
        ip("netns", "add", namespace(host));
        hosts.add(host);
        ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", namespace(host));
        ip("link", "set", outside, "master", tag, "up");
        inside(host, "link", "set", "lo", "up");
        inside(host, "link", "set", "eth0", "address", mac(host), "up");
        inside(host, "addr", "add", address(host) + "/24", "dev", "eth0");
        inside(host, "route", "add", "224.0.0.0/4", "dev", "eth0");
    }

    /** Starts an agent on the n-th host. */
    SerfProcess start(int host, SerfProcess.Kind kind, String name, String... more) throws IOException {
        plug(host);
        List<String> prefix = List.of("ip", "netns", "exec", namespace(host));
        String rpc = address(host) + ":7373";
        SerfProcess agent =
                SerfProcess.startUnder(prefix, kind, name, address(host), rpc, folder.resolve(name + ".log"), more);
        started.add(agent);
        return agent.awaitUp();
    }

    /** Packets between the two sides vanish from now on, without an error for whoever sends them. */
    void cut(List<Integer> side, List<Integer> otherSide) throws IOException {
        for (int one : side)
            for (int other : otherSide) {
                // A neighbour that nobody is: the bridge carries the frames to nowhere.
                neighbour(one, other, "02:00:00:00:ff:ff");
                neighbour(other, one, "02:00:00:00:ff:ff");
            }
    }

    /** Ends a cut. */
    void heal(List<Integer> side, List<Integer> otherSide) throws IOException {
        for (int one : side)
            for (int other : otherSide) {
                neighbour(one, other, mac(other));
                neighbour(other, one, mac(one));
            }
    }

    private void neighbour(int host, int of, String mac) throws IOException {
        inside(host, "neigh", "replace", address(of), "lladdr", mac, "nud", "permanent", "dev", "eth0");
    }

    private void inside(int host, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of("-n", namespace(host)));
        command.addAll(List.of(args));
        ip(command.toArray(String[]::new));
    }

    private static void ip(String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(args));
        int status = run(command.toArray(String[]::new));
        if (status != 0) throw new IOException(String.join(" ", command) + " ended with " + status);
    }

    private static int run(String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            return process.waitFor(20, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }

    @Override
    public void close() throws IOException {
        for (SerfProcess process : started) process.close();
        for (int host : hosts) run("ip", "netns", "del", namespace(host));
        run("ip", "link", "del", tag);
    }
}
