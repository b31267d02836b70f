package dev.grapevine.agent.serf;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.concurrent.ThreadLocalRandom;

/** A place for agents that talk to each other on loopback: addresses of its own, and everything stopped at the end. */
final class SerfLab implements AutoCloseable {
    private static final int GOSSIP_PORT = 7946;

    final Path folder;
    private final String network;
    private final ArrayDeque<SerfProcess> started = new ArrayDeque<>();
    private int lastHost;

    SerfLab() throws IOException {
        folder = Files.createTempDirectory("serf-lab");
        network = freeNetwork();
    }

    private static String freeNetwork() throws IOException {
        while (true) {
            ThreadLocalRandom random = ThreadLocalRandom.current();
            String network = "127." + random.nextInt(64, 250) + "." + random.nextInt(1, 250) + ".";
            try (ServerSocket probe = new ServerSocket(GOSSIP_PORT, 1, InetAddress.getByName(network + 1))) {
                if (probe.isBound()) return network;
            } catch (java.net.BindException taken) {
                // somebody else's lab
            }
        }
    }

    /** The address of the n-th agent, from 1. */
    String ip(int host) {
        return network + host;
    }

    /** Starts an agent on the next address. */
    SerfProcess start(SerfProcess.Kind kind, String name, String... more) throws IOException {
        return startAt(++lastHost, kind, name, more);
    }

    /** Starts an agent on the n-th address, which must be free. */
    SerfProcess startAt(int host, SerfProcess.Kind kind, String name, String... more) throws IOException {
        lastHost = Math.max(lastHost, host);
        return launchAt(host, kind, name, more).awaitUp();
    }

    /** Starts an agent on the next address and does not wait for it. */
    SerfProcess launch(SerfProcess.Kind kind, String name, String... more) throws IOException {
        return launchAt(++lastHost, kind, name, more);
    }

    private SerfProcess launchAt(int host, SerfProcess.Kind kind, String name, String... more) throws IOException {
        SerfProcess process = SerfProcess.start(kind, name, ip(host), freePort(), folder.resolve(name + ".log"), more);
        started.add(process);
        return process;
    }

    /** A port of loopback that was free just now. */
    static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return probe.getLocalPort();
        }
    }

    @Override
    public void close() {
        for (SerfProcess process : started) process.close();
    }
}
