package dev.grapevine.serf.node;

import dev.grapevine.core.Address;
import dev.grapevine.runtime.HostSettings;
import dev.grapevine.runtime.Loop;
import dev.grapevine.runtime.Sockets;
import dev.grapevine.serf.SerfEvent;
import dev.grapevine.serf.SerfMachine;
import dev.grapevine.serf.SerfSettings;
import dev.grapevine.serf.memberlist.NodeAddress;
import dev.grapevine.serf.msgpack.Bytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Collects what a {@link SerfNode} should be; every setting has a usual value. Not thread-safe. */
public final class SerfNodeBuilder {
    /** The port of Serf's gossip. */
    public static final int DEFAULT_PORT = 7946;

    record Prepared(
            SerfSettings settings, SerfMachine machine, Sockets sockets, HostSettings hostSettings, SerfFiles files) {}

    private @Nullable String name;
    private Address bind = Address.ipv4(0, DEFAULT_PORT);
    private @Nullable Address advertise;
    private List<String> seeds = List.of();
    private List<Bytes> keys = List.of();
    private Map<String, String> tags = Map.of();
    private @Nullable KeyringFile keyring;
    private @Nullable Path snapshot;
    private boolean rejoinAfterLeave;
    private Consumer<String> complaints = complaint -> {};
    private UnaryOperator<SerfSettings.Builder> more = settings -> settings;
    private final List<Consumer<? super SerfEvent>> listeners = new ArrayList<>();

    SerfNodeBuilder() {}

    /** The node's name, unique in its cluster; by default this computer's. */
    public SerfNodeBuilder name(String name) {
        this.name = name;
        return this;
    }

    /** Where to listen, with UDP and TCP; by default on all IPv4 addresses and port 7946. Port 0 picks a free one. */
    public SerfNodeBuilder bind(Address bind) {
        this.bind = bind;
        return this;
    }

    /** Where the others reach us, if that is not where we listen; port 0 means the port we listen on. */
    public SerfNodeBuilder advertise(Address advertise) {
        this.advertise = advertise;
        return this;
    }

    /** Members to join by way of when the node starts; starting fails unless one of them answers. */
    public SerfNodeBuilder seeds(List<String> seeds) {
        this.seeds = List.copyOf(seeds);
        return this;
    }

    /** What the others shall know of us; at most 512 bytes encoded. */
    public SerfNodeBuilder tags(Map<String, String> tags) {
        this.tags = tags;
        return this;
    }

    /** Encrypts; keys of 16, 24 or 32 bytes, the first one is used to send. */
    public SerfNodeBuilder keys(List<Bytes> keys) {
        this.keys = List.copyOf(keys);
        return this;
    }

    /** Encrypts with the keys of a file, which is rewritten when they change. */
    public SerfNodeBuilder keyring(Path file) {
        this.keyring = new KeyringFile(file);
        return this;
    }

    /**
     * Remembers in a file who was alive and what was heard, so that a restart finds its cluster again and hears no event
     * twice.
     *
     * @param rejoinAfterLeave whether to return also after {@link SerfNode#leave}
     */
    public SerfNodeBuilder snapshot(Path file, boolean rejoinAfterLeave) {
        this.snapshot = file;
        this.rejoinAfterLeave = rejoinAfterLeave;
        return this;
    }

    /** Is told when a file cannot be read or written in part. */
    public SerfNodeBuilder complaints(Consumer<String> complaints) {
        this.complaints = complaints;
        return this;
    }

    /** Adds a listener that hears everything from the start on; see {@link SerfNode#onEvent}. */
    public SerfNodeBuilder listener(Consumer<? super SerfEvent> listener) {
        listeners.add(listener);
        return this;
    }

    /** Changes any other setting of the protocol. */
    public SerfNodeBuilder settings(UnaryOperator<SerfSettings.Builder> more) {
        this.more = more;
        return this;
    }

    String name() {
        if (name != null) return name;
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException unknown) {
            throw new IllegalStateException("this computer has no name: give the node one", unknown);
        }
    }

    List<Consumer<? super SerfEvent>> listeners() {
        return listeners;
    }

    /**
     * Starts the node and joins the seeds.
     *
     * @throws IOException if a file cannot be used, a port is taken, no address can be found to advertise, or no seed
     *     answers
     * @throws IllegalArgumentException if a setting breaks its limits
     */
    public SerfNode start() throws IOException {
        name = name();
        Prepared prepared = prepare();
        Loop loop;
        try {
            loop = Loop.start("serf-" + name);
        } catch (IOException e) {
            prepared.sockets().close();
            prepared.files().close();
            throw e;
        }
        SerfNode node = new SerfNode(this, loop, prepared);
        if (seeds.isEmpty()) return node;
        try {
            node.join(seeds, true).join();
            return node;
        } catch (CompletionException failed) {
            node.close();
            Throwable cause = failed.getCause() == null ? failed : failed.getCause();
            throw new IOException(cause.getMessage(), cause);
        }
    }

    private Prepared prepare() throws IOException {
        List<Bytes> ring = keyring == null ? keys : keyring.read();
        if (keyring != null && !keys.isEmpty())
            throw new IllegalArgumentException("Encryption key not allowed while using a keyring");
        SnapshotFile file = snapshot == null ? null : SnapshotFile.open(snapshot, rejoinAfterLeave, complaints);
        Sockets sockets = null;
        try {
            sockets = Sockets.bind(bind);
            NodeAddress address = NodeAddress.of(advertised(sockets.address()));
            SerfSettings.Builder settings = SerfSettings.of(name(), address)
                    .bindPort(sockets.address().port())
                    .tags(tags)
                    .keys(ring)
                    .keyringStored(keyring != null);
            if (file != null) settings.snapshot(file.snapshot());
            SerfSettings built = more.apply(settings).build();
            SerfMachine machine = new SerfMachine(built, Luck.of(!ring.isEmpty()));
            return new Prepared(
                    built, machine, sockets, HostSettings.named(built.name()), new SerfFiles(file, keyring));
        } catch (IOException | RuntimeException e) {
            if (sockets != null) sockets.close();
            if (file != null) file.close();
            throw e;
        }
    }

    private Address advertised(Address bound) throws IOException {
        if (advertise != null) return advertise.port() == 0 ? advertise.withPort(bound.port()) : advertise;
        return bound.isWildcard() ? privateAddress(bound.port()) : bound;
    }

    /** The first private IPv4 address of this computer: what the reference advertises when it listens on all. */
    private static Address privateAddress(int port) throws SocketException {
        for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
            if (!each.isUp() || each.isLoopback()) continue;
            for (InetAddress ip : each.inetAddresses().toList())
                if (ip.isSiteLocalAddress() && ip.getAddress().length == 4) return Address.of(ip.getAddress(), port);
        }
        throw new SocketException("No private IP address found, and explicit IP not provided");
    }
}
