package dev.grapevine;

import dev.grapevine.core.Address;
import dev.grapevine.core.Event;
import dev.grapevine.core.Machine;
import dev.grapevine.membership.MembershipSettings;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.membership.Tags;
import dev.grapevine.node.NodeCommand;
import dev.grapevine.node.NodeEvent;
import dev.grapevine.node.NodeMachine;
import dev.grapevine.node.NodeSettings;
import dev.grapevine.node.PartSettings;
import dev.grapevine.node.RumorSettings;
import dev.grapevine.recorder.Recorder;
import dev.grapevine.recorder.RecorderSettings;
import dev.grapevine.runtime.DatagramFilter;
import dev.grapevine.runtime.Host;
import dev.grapevine.runtime.HostSettings;
import dev.grapevine.runtime.Loop;
import dev.grapevine.runtime.Metrics;
import dev.grapevine.runtime.Sockets;
import dev.grapevine.store.Sync;
import dev.grapevine.topic.TopicAim;
import dev.grapevine.wire.KeyRing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.random.RandomGenerator.SplittableGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings of a node, each with a default that suits one data centre. Not thread-safe; start several nodes from several
 * builders.
 */
public final class Builder {
    private static final Logger LOG = LoggerFactory.getLogger(Builder.class);
    private static final String GENERATOR = "L64X128MixRandom";

    private final String name;
    private final List<String> seeds = new ArrayList<>();
    private final CopyOnWriteArrayList<Consumer<? super Event>> listeners = new CopyOnWriteArrayList<>();
    private String cluster = "default";
    private Profile profile = Profile.LAN;
    private @Nullable MembershipSettings membership;
    private Address bind = Address.loopback(0);
    private @Nullable Address advertised;
    private Tags tags = Tags.NONE;
    private @Nullable KeyRing keys;
    private boolean clearText;
    private @Nullable Path directory;
    private Sync sync = Sync.within(Duration.ofSeconds(1));
    private RumorSettings.Direction exchange = RumorSettings.Direction.PUSH_PULL;
    private int fanout = 1;
    private @Nullable Duration interval;
    private boolean always;
    private int maxPacketBytes = 1_400;
    private @Nullable Loop loop;
    private @Nullable Executor executor;
    private DatagramFilter filter = DatagramFilter.NONE;
    private Metrics metrics = Metrics.NONE;
    private PartSettings parts = PartSettings.DEFAULT;
    private @Nullable Long randomSeed;
    private @Nullable RecorderSettings recording;

    Builder(String name) {
        this.name = name;
    }

    /** The cluster's name, {@code default} if not set. Packets of other clusters are dropped before they are parsed. */
    public Builder cluster(String cluster) {
        this.cluster = cluster;
        return this;
    }

    /** Times that suit the network: {@code LOCAL}, {@code LAN} (the default) or {@code WAN}. */
    public Builder profile(Profile profile) {
        this.profile = profile;
        return this;
    }

    /** Times and limits of membership one by one, instead of a profile's. */
    public Builder membership(MembershipSettings membership) {
        this.membership = membership;
        return this;
    }

    /**
     * Where to listen for datagrams and streams. The default is {@code 127.0.0.1:0}: this machine only, any free port.
     *
     * @param address {@code 10.0.0.5:7946}, {@code [::]:7946}; without a port or with port 0 any free one
     * @throws IllegalArgumentException if it is no literal address
     */
    public Builder bind(String address) {
        this.bind = literal(address);
        return this;
    }

    /**
     * Where others reach this node, if not where it is bound.
     *
     * @param address as for {@link #bind}; without a port, the one that is bound
     * @throws IllegalArgumentException if it is no literal address
     */
    public Builder advertise(String address) {
        this.advertised = literal(address);
        return this;
    }

    /** Members to join by, {@code host:port} or {@code [v6]:port}; names are looked up again and again, for ever. */
    public Builder seeds(String... seeds) {
        this.seeds.addAll(List.of(seeds));
        return this;
    }

    /**
     * Attributes of this node that every member sees.
     *
     * @throws IllegalArgumentException if they are larger than {@link Tags#MAX_BYTES} or a key is empty
     */
    public Builder tags(Map<String, String> tags) {
        this.tags = Tags.of(tags);
        return this;
    }

    /** Seals every packet with this key, AES-256-GCM. All nodes of a cluster need it. 32 bytes. */
    public Builder key(byte[] key) {
        this.keys = KeyRing.of(key);
        return this;
    }

    /**
     * Speaks in clear although the address is not loopback: whoever shares the network can then read and forge everything.
     * Without this, a node that is not on loopback refuses to start without a key.
     */
    public Builder inClearOnTheNetwork() {
        this.clearText = true;
        return this;
    }

    /** Where to remember members, the generation and what this node owns across restarts; by default nothing. One per node. */
    public Builder directory(Path directory) {
        this.directory = directory;
        return this;
    }

    /** When what this node owns is forced to its {@link #directory}: within a second unless set. */
    public Builder sync(Sync sync) {
        this.sync = sync;
        return this;
    }

    /** Who gives news to whom in an exchange of rumors: push-pull unless set. */
    public Builder exchange(RumorSettings.Direction exchange) {
        this.exchange = exchange;
        return this;
    }

    /** How many random members each exchange of rumors contacts, {@code 1..32}; 1 unless set. */
    public Builder fanout(int fanout) {
        this.fanout = fanout;
        return this;
    }

    /** The period of exchanges of rumors, {@code > 0}; a profile's gossip interval unless set (lan: 200 ms). */
    public Builder interval(Duration interval) {
        this.interval = interval;
        return this;
    }

    /** Exchanges in every period for ever, also when nothing is new: for experiments with the textbook's protocol. */
    public Builder exchangeAlways() {
        this.always = true;
        return this;
    }

    /** The largest datagram this node sends, payload bytes, {@code 512..65507}; 1,400 unless set. */
    public Builder maxPacketBytes(int bytes) {
        this.maxPacketBytes = bytes;
        return this;
    }

    /** Runs on a loop shared with other nodes, which stays the caller's to close; by default a node has a loop of its own. */
    public Builder loop(Loop loop) {
        this.loop = loop;
        return this;
    }

    /** Adds a listener that misses nothing: events before {@link #start} returns are told too. */
    public Builder listener(Consumer<? super Event> listener) {
        listeners.add(listener);
        return this;
    }

    /** Runs the listeners; by default a virtual thread while there is something to tell. */
    public Builder executor(Executor executor) {
        this.executor = executor;
        return this;
    }

    /** Announces this node's counters. */
    public Builder metrics(Metrics metrics) {
        this.metrics = metrics;
        return this;
    }

    /** Drops datagrams: for tests and demonstrations of bad networks. */
    public Builder filter(DatagramFilter filter) {
        this.filter = filter;
        return this;
    }

    /**
     * Bytes of topics' messages that this node keeps for members that lack them; 32 MiB unless set.
     *
     * @throws IllegalArgumentException if less than 2 MiB
     */
    public Builder topicMemory(long bytes) {
        this.parts = parts.withMaxKeptBytes(bytes);
        return this;
    }

    /**
     * What replicated state may send on average, small and new entries first. Default: 1 MiB a second.
     *
     * @throws IllegalArgumentException if less than 1024
     */
    public Builder stateBytesPerSecond(long bytes) {
        this.parts = parts.withStateBytesPerSecond(bytes);
        return this;
    }

    /**
     * How aggregates of the whole cluster are worked out ({@link Grapevine#aggregate}): after {@code cycles} of this length an epoch ends, and
     * the next one begins with the values of then. Default: 30 of half a second. All nodes should have the same.
     *
     * @param cycle {@code > 0}
     * @param cycles {@code >= 4}; 23 bring the error to a millionth of the deviation, 12 to a thousandth
     */
    public Builder aggregateEpoch(Duration cycle, int cycles) {
        this.parts = parts.withAggregates(parts.aggregates().withEpoch(cycle.toNanos(), cycles));
        return this;
    }

    /**
     * Limits what this node sends for topics and says how many members are to hear each rumor ({@link dev.grapevine.topic.Promise#RUMOR}): as
     * many neighbours are told as that takes on the network as it is. {@link dev.grapevine.node.TopicEvent.Aimed} says when the two contradict
     * each other.
     *
     * @param bytesPerSecond {@code >= 1024}; {@link Long#MAX_VALUE} for no limit
     * @param coverage share of the members, {@code 0.5..0.999999}; 0 for as many as can be
     */
    public Builder topicAim(long bytesPerSecond, double coverage) {
        this.parts = parts.withTopics(new TopicAim(bytesPerSecond, coverage));
        return this;
    }

    /** Seeds the node's luck, for demonstrations; by default it comes from the system's source of randomness. */
    public Builder randomSeed(long seed) {
        this.randomSeed = seed;
        return this;
    }

    /** Records all that this node is given, up to 64 MiB, so that it can be replayed; see {@link #record(RecorderSettings)}. */
    public Builder record(Path directory) {
        return record(RecorderSettings.in(directory));
    }

    /**
     * Records all that this node is given, so that {@code grapevine replay} can have the same node do the same again. Packets are
     * kept as they are on the wire, rumors and commands as the application gave them, keys never. Several nodes may share a directory.
     */
    public Builder record(RecorderSettings recording) {
        this.recording = recording;
        return this;
    }

    /**
     * Binds the sockets and starts the node.
     *
     * @throws UncheckedIOException if the address cannot be bound or the directory cannot be used; the message says which
     * @throws IllegalArgumentException if settings contradict each other or a limit
     */
    public Grapevine start() {
        StateFile state = directory == null ? null : StateFile.open(directory, sync);
        Sockets sockets = null;
        Loop own = null;
        try {
            sockets = Sockets.bind(bind);
            if (loop == null) own = Loop.start("grapevine-" + name);
            return start(sockets, loop == null && own != null ? own : loop, own, state);
        } catch (IOException | RuntimeException failed) {
            if (own != null) own.close();
            if (sockets != null) giveBack(sockets);
            if (state != null) state.close();
            if (failed instanceof IOException environment) throw new UncheckedIOException(environment);
            throw (RuntimeException) failed;
        }
    }

    private Grapevine start(Sockets sockets, @Nullable Loop on, @Nullable Loop own, @Nullable StateFile state)
            throws IOException {
        if (on == null) throw new IllegalStateException("a node needs a loop");
        Address reachable = reachable(sockets.address());
        if (keys == null && !clearText && !(sockets.address().isLoopback() && reachable.isLoopback())) {
            throw new IllegalArgumentException("a node on " + reachable
                    + " needs a key, or inClearOnTheNetwork() if everyone there may read along");
        }
        SecureRandom secure = new SecureRandom();
        long luck = randomSeed == null ? secure.nextLong() : randomSeed;
        SplittableGenerator random =
                RandomGeneratorFactory.<SplittableGenerator>of(GENERATOR).create(luck);
        long now = System.currentTimeMillis();
        MembershipSettings times = membership == null ? MembershipSettings.of(profile) : membership;
        long periodNanos = interval == null ? times.gossipNanos() : interval.toNanos();
        NodeSettings settings = new NodeSettings(
                cluster,
                name,
                state == null ? now : state.nextGeneration(now),
                reachable,
                tags,
                keys,
                secure.nextLong() >>> 16,
                times,
                new RumorSettings(periodNanos, fanout, exchange, always),
                maxPacketBytes,
                state == null ? List.of() : state.addresses(),
                parts.withKeepsState(state != null));
        NodeMachine machine = new NodeMachine(settings, random, on.shared(Interner.class, Interner::new));
        Watch watch = new Watch(machine, listeners, keeper(state));
        HostSettings limits = HostSettings.named(name).withFilter(filter).withMetrics(metrics);
        if (executor != null) limits = limits.withListeners(executor);
        Recorder recorder = recording == null ? null : Recorder.open(recording, NodeMachine.KIND, name, luck, settings);
        try {
            Machine hosted = recorder == null ? machine : recorder.around(machine);
            Host host = on.host(hosted, sockets, limits, event -> tell(event, state), watch);
            if (!seeds.isEmpty()) host.post(new NodeCommand.Join(seeds));
            if (state != null) state.entries().restore(name, host::command);
            return new Grapevine(name, machine, host, own, watch, state, recorder, listeners);
        } catch (RuntimeException failed) {
            if (recorder != null) recorder.close();
            throw failed;
        }
    }

    // On the loop, which it does not keep waiting: a listener may be slow, miss events, or hear of them after the node
    // is closed.
    private @Nullable Consumer<Event> keeper(@Nullable StateFile state) {
        return state == null ? null : event -> state.entries().told(name, event);
    }

    private void tell(Event event, @Nullable StateFile state) {
        if (state != null && event instanceof NodeEvent.Remember(List<Address> addresses)) state.remember(addresses);
        for (Consumer<? super Event> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException fault) {
                LOG.error("{}: a listener threw on {}", name, event, fault);
            }
        }
    }

    private Address reachable(Address bound) throws IOException {
        if (advertised != null) return advertised.port() == 0 ? advertised.withPort(bound.port()) : advertised;
        if (!bound.isWildcard()) return bound;
        for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
            if (!each.isUp() || each.isLoopback() || each.isPointToPoint()) continue;
            for (InetAddress address : each.inetAddresses().toList()) {
                if (address instanceof Inet4Address) return Address.of(address.getAddress(), bound.port());
            }
        }
        throw new IllegalArgumentException(
                "bound to all addresses and none is fit to be told to others: call advertise()");
    }

    private static Address literal(String text) {
        Address address = Address.parse(text, 0);
        if (address == null) throw new IllegalArgumentException(text + " is no address like 10.0.0.5:7946");
        return address;
    }

    private static void giveBack(Sockets sockets) {
        try {
            sockets.close();
        } catch (IOException failed) {
            LOG.warn("cannot close {}", sockets.address(), failed);
        }
    }
}
