package dev.grapevine;

import dev.grapevine.blob.BlobId;
import dev.grapevine.broadcast.Epidemic;
import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.core.Event;
import dev.grapevine.membership.Evidence;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipEvent.MemberChanged;
import dev.grapevine.membership.Tags;
import dev.grapevine.node.BlobCommand;
import dev.grapevine.node.BlobEvent;
import dev.grapevine.node.CoordinateCommand;
import dev.grapevine.node.NodeCommand;
import dev.grapevine.node.NodeEvent;
import dev.grapevine.node.NodeMachine;
import dev.grapevine.node.QueryEvent;
import dev.grapevine.recorder.Recorder;
import dev.grapevine.runtime.Counters;
import dev.grapevine.runtime.Host;
import dev.grapevine.runtime.Loop;
import dev.grapevine.runtime.RuntimeEvent;
import dev.grapevine.state.StateReplica;
import dev.grapevine.topic.Promise;
import dev.grapevine.topic.Topics;
import dev.grapevine.wire.MalformedPacketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node of a cluster: it knows who is alive and why, and spreads rumors.
 *
 * <pre>{@code
 * try (Grapevine a = Grapevine.start("a"); Grapevine b = Grapevine.start("b", "127.0.0.1:" + a.port())) {
 *     b.awaitMembers(2, Duration.ofSeconds(5));
 *     a.gossip("Secret Code: 1234");
 * }
 * }</pre>
 *
 * <p>Thread-safe. Nothing here waits on a listener: listeners run one at a time, in order, on a thread of their own, and may
 * call back in. Methods that return a future never block; the future fails with
 * {@link dev.grapevine.runtime.RefusedException} when the node refuses, {@link IllegalArgumentException} when a stated limit is
 * broken and {@link java.util.concurrent.RejectedExecutionException} when the node is closed or has too much waiting.
 */
public final class Grapevine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Grapevine.class);
    private static final long GOODBYE_MILLIS = 2_000;

    private final String name;
    private final NodeMachine machine; // read on its loop, or once it has stopped
    private final Host host;
    private final @Nullable Loop ownLoop;
    private final Watch watch;
    private final @Nullable StateFile file;
    private final StateViews state;
    private final @Nullable Recorder recorder;
    private final CopyOnWriteArrayList<Consumer<? super Event>> listeners;
    private final AtomicBoolean closing = new AtomicBoolean();
    private volatile Snapshot snapshot = new Snapshot(-1, List.of());

    private record Snapshot(long version, List<Member> members) {}

    Grapevine(
            String name,
            NodeMachine machine,
            Host host,
            @Nullable Loop ownLoop,
            Watch watch,
            @Nullable StateFile file,
            @Nullable Recorder recorder,
            CopyOnWriteArrayList<Consumer<? super Event>> listeners) {
        this.name = name;
        this.machine = machine;
        this.host = host;
        this.ownLoop = ownLoop;
        this.watch = watch;
        this.file = file;
        this.state = new StateViews(this, name);
        this.recorder = recorder;
        // However the node ends, also with a loop that others close, its recording ends in order.
        if (recorder != null) host.closed().thenRun(recorder::close);
        this.listeners = listeners;
    }

    /**
     * Starts a node on a free port of 127.0.0.1, in clear and with the settings for one data centre.
     *
     * @param name unique in the cluster
     * @param seeds members to join by, {@code host:port}; they are asked again for ever, so they may start later
     * @throws java.io.UncheckedIOException if no socket can be had
     */
    public static Grapevine start(String name, String... seeds) {
        return named(name).seeds(seeds).start();
    }

    /**
     * The settings of a node that is to be started.
     *
     * @param name unique in the cluster, 1 to 128 bytes of UTF-8
     */
    public static Builder named(String name) {
        return new Builder(name);
    }

    /** This node's name. */
    public String name() {
        return name;
    }

    /** Where this node's sockets are bound. */
    public Address address() {
        return host.address();
    }

    /** The port of both the datagrams and the streams of this node. */
    public int port() {
        return host.address().port();
    }

    /**
     * Everybody this node knows, itself included, in the order of their names: alive, suspect, failed, and for a while those
     * who left. Immutable; made anew only when asked for after a change.
     */
    public List<Member> members() {
        Snapshot known = snapshot;
        if (known.version() == watch.version()) return known.members();
        Snapshot now = isClosed() ? read() : join(host.ask(this::read));
        if (now == null) now = read(); // closed while we asked: nobody changes the machine any more
        now.members()
                .sort(Comparator.comparing(Member::name)); // here, where it costs the caller's time and not the loop's
        Snapshot fresh = new Snapshot(now.version(), List.copyOf(now.members()));
        snapshot = fresh;
        return fresh.members();
    }

    private Snapshot read() {
        List<Member> members = new ArrayList<>(machine.membership().members());
        return new Snapshot(machine.membership().version(), members);
    }

    private <T> @Nullable T join(CompletableFuture<T> answer) {
        try {
            return answer.join();
        } catch (CompletionException failed) {
            if (!isClosed() && failed.getCause() instanceof RuntimeException cause) throw cause;
            host.closed().join();
            return null;
        }
    }

    /** How many members are alive or suspect, this node included. Costs nothing. */
    public int liveMembers() {
        return watch.live();
    }

    /**
     * Waits until at least {@code count} members, this node included, are alive.
     *
     * @throws AwaitException after {@code timeout}, or when interrupted; the thread then stays interrupted
     */
    public void awaitMembers(int count, Duration timeout) {
        if (!watch.await(() -> watch.live() >= count, timeout)) {
            throw new AwaitException(name + " waited " + timeout.toMillis() + " ms for " + count + " members and knows "
                    + watch.live() + " alive");
        }
    }

    /**
     * Waits until the members are as wanted.
     *
     * @param wanted given what {@link #members} returns, after each change
     * @throws AwaitException after {@code timeout}, or when interrupted; the thread then stays interrupted
     */
    public void await(Predicate<? super List<Member>> wanted, Duration timeout) {
        if (!watch.await(() -> wanted.test(members()), timeout)) {
            throw new AwaitException(name + " waited " + timeout.toMillis() + " ms in vain; it knows " + members());
        }
    }

    /** Spreads a rumor, a text, to every member; see {@link #gossip(byte[])}. */
    public CompletableFuture<String> gossip(String text) {
        return gossip(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Spreads a rumor to every member, those who are away included once they are back. Every node, this one included, hears it
     * once as {@link NodeEvent.RumorReceived}.
     *
     * @return its key once it is on its way
     */
    public CompletableFuture<String> gossip(byte[] payload) {
        return gossip("", payload);
    }

    /**
     * Spreads the newest value of an entry of this node, which replaces the older one on every node.
     *
     * @param key of the entry
     * @return the key once it is on its way
     */
    public CompletableFuture<String> gossip(String key, byte[] payload) {
        return host.command(new NodeCommand.Gossip(key, payload.clone())).thenApply(String.class::cast);
    }

    /** What nodes say of themselves; each writes its own. */
    public Facts facts() {
        return state.facts();
    }

    /** A map that any node may write; concurrent values are kept side by side. */
    public SharedMap shared(String map) {
        return state.shared(map);
    }

    /** A map that any node may write; the last writer wins. */
    public LatestMap latest(String map) {
        return state.latest(map);
    }

    /** A counter that any node may move. */
    public SharedCounter counter(String counter) {
        return state.counter(counter);
    }

    /** A set that any node may change. */
    public SharedSet set(String set) {
        return state.set(set);
    }

    /** How replicated state fares here. */
    public State state() {
        return state.state();
    }

    <T> T readState(Function<StateReplica, T> question) {
        T answer = isClosed() ? null : join(host.ask(() -> question.apply(machine.state())));
        return answer == null ? question.apply(machine.state()) : answer;
    }

    CompletableFuture<Object> ask(Command command) {
        return host.command(command);
    }

    void post(Command command) {
        host.post(command);
    }

    /**
     * Why this is believed of a member: the chain of evidence, oldest first.
     *
     * @return empty if nobody of that name is known
     */
    public List<Evidence> why(String member) {
        List<Evidence> chain = isClosed()
                ? null
                : join(host.ask(() -> List.copyOf(machine.membership().why(member))));
        return chain == null ? List.copyOf(machine.membership().why(member)) : chain;
    }

    /** Adds a listener of everything that happens: membership, rumors, and what {@link RuntimeEvent} tells. */
    public Subscription listen(Consumer<? super Event> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Adds a listener of rumors, this node's own included. */
    public Subscription onRumor(Consumer<? super NodeEvent.RumorReceived> listener) {
        return listen(event -> {
            if (event instanceof NodeEvent.RumorReceived rumor) listener.accept(rumor);
        });
    }

    /** Adds a listener of what becomes of members. */
    public Subscription onMember(Consumer<? super MemberChanged> listener) {
        return listen(event -> {
            if (event instanceof MemberChanged change) listener.accept(change);
        });
    }

    /** Joins by way of more seeds, {@code host:port}; they are asked again for ever. */
    public CompletableFuture<Void> join(String... seeds) {
        return done(new NodeCommand.Join(List.of(seeds)));
    }

    /**
     * Replaces this node's tags, which every member sees.
     *
     * @throws IllegalArgumentException if they are larger than {@link Tags#MAX_BYTES} or a key is empty
     */
    public CompletableFuture<Void> setTags(Map<String, String> tags) {
        return done(new NodeCommand.SetTags(Tags.of(tags)));
    }

    /** Tells everybody that this node is to be reached at another address, for example behind a new port mapping. */
    public CompletableFuture<Void> setAdvertised(Address address) {
        return done(new NodeCommand.SetAddress(address));
    }

    /** Opens packets sealed with this key too: the first step of a rotation, on every node. 32 bytes. */
    public CompletableFuture<Void> addKey(byte[] key) {
        return done(new NodeCommand.AddKey(key.clone()));
    }

    /** Seals with this key from now on: the second step, once every node has it. */
    public CompletableFuture<Void> useKey(byte[] key) {
        return done(new NodeCommand.UseKey(key.clone()));
    }

    /** Forgets a key: the last step, once no node seals with it. */
    public CompletableFuture<Void> removeKey(byte[] key) {
        return done(new NodeCommand.RemoveKey(key.clone()));
    }

    /** Removes a member that failed, on every node. */
    public CompletableFuture<Void> forget(String member) {
        return done(new NodeCommand.Forget(member));
    }

    /** Says good-bye to everybody; done once the news is out. The node is quiet afterwards and wants to be closed. */
    public CompletableFuture<Void> leave() {
        return done(new NodeCommand.Leave());
    }

    /** A number that every node may have a value of: its mean, sum, count and quantiles over the whole cluster. */
    public Aggregate aggregate(String name) {
        return new Aggregate(name, host, this);
    }

    /** A topic with the promise {@code REPAIRED} and a retention of a minute; change them with the topic's {@code with}. */
    public Topic topic(String name) {
        return new Topic(this, host, name, Promise.REPAIRED, 60_000);
    }

    /**
     * Gives every member a payload of up to 64 MiB: it is announced, and each member fetches it once, in verified chunks, from one of those
     * who have it. They hear of it by {@link #onBlob}.
     *
     * @return its id, the same for the same bytes. Fails with {@link dev.grapevine.runtime.RefusedException} above 64 MiB
     */
    public CompletableFuture<BlobId> publishBlob(byte[] bytes) {
        return host.command(new BlobCommand.Publish(bytes.clone())).thenApply(BlobId.class::cast);
    }

    /** Adds a listener of large payloads of other members; it must not change the bytes. */
    public Subscription onBlob(Consumer<? super BlobEvent.Arrived> listener) {
        return listen(event -> {
            if (event instanceof BlobEvent.Arrived arrived) listener.accept(arrived);
        });
    }

    /** A question of that name to every member; see {@link Query} for what it may say and whom it asks. */
    public Query query(String name) {
        return new Query(this, host, name, new byte[0], Map.of(), Duration.ZERO);
    }

    /** Adds a listener of questions that members put to this node. */
    public Subscription onQuery(Consumer<? super Query.Question> listener) {
        return listen(event -> {
            if (event instanceof QueryEvent.Questioned told) listener.accept(new Query.Question(told, host));
        });
    }

    /**
     * The round trip between two members, this one or others, as their network coordinates estimate it; those follow from the probes that
     * run anyway. Fails with {@link dev.grapevine.runtime.RefusedException} if one is unknown or does not say where it is.
     */
    public CompletableFuture<Duration> rtt(String one, String other) {
        return host.command(new CoordinateCommand.RoundTrip(one, other))
                .thenApply(nanos -> Duration.ofNanos((Long) nanos));
    }

    /** What this node's topics have cost so far. */
    public Topics.Counters topicCounters() {
        Topics.Counters now =
                isClosed() ? null : join(host.ask(() -> machine.topics().counters()));
        return now == null ? machine.topics().counters() : now;
    }

    /** What this node sent, received and dropped. */
    public Counters counters() {
        return host.counters();
    }

    /** What this node's exchange of rumors has cost so far: deliveries, payloads sent, what was refused. */
    public Epidemic.Counters rumorCounters() {
        Epidemic.Counters now =
                isClosed() ? null : join(host.ask(() -> machine.epidemic().counters()));
        return now == null ? machine.epidemic().counters() : now;
    }

    /** Packets dropped because they were bad, by reason; reasons that never occurred are missing. */
    public Map<MalformedPacketException.Reason, Long> badPackets() {
        Map<MalformedPacketException.Reason, Long> bad = isClosed() ? null : join(host.ask(this::readBad));
        return bad == null ? readBad() : bad;
    }

    private Map<MalformedPacketException.Reason, Long> readBad() {
        Map<MalformedPacketException.Reason, Long> bad = new EnumMap<>(MalformedPacketException.Reason.class);
        for (MalformedPacketException.Reason reason : MalformedPacketException.Reason.values()) {
            if (machine.badPackets(reason) > 0) bad.put(reason, machine.badPackets(reason));
        }
        return bad;
    }

    /** What records this node, null if nothing does. */
    public @Nullable Recorder recorder() {
        return recorder;
    }

    /** The {@link System#nanoTime} at which the times in this node's events are zero. */
    public long startNanos() {
        return host.startNanos();
    }

    /** Whether {@link #close} or {@link #kill} has been called, or the node's loop has ended. */
    public boolean isClosed() {
        return closing.get() || host.closed().isDone();
    }

    private CompletableFuture<Void> done(NodeCommand command) {
        return host.command(command).thenAccept(nothing -> {});
    }

    /**
     * Leaves in order, which takes a few rounds of gossip and at most two seconds, and frees the ports. Events already published
     * still reach the listeners.
     */
    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) return;
        try {
            done(new NodeCommand.Leave()).get(GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException failed) {
            LOG.info("{} is closed without its good-bye: {}", name, failed.toString());
        }
        stop();
    }

    /** Stops at once without a word, as a crash would: the others have to find out. For tests and demonstrations. */
    public void kill() {
        if (closing.compareAndSet(false, true)) stop();
    }

    private void stop() {
        host.close();
        if (ownLoop != null) ownLoop.close();
        if (recorder != null) recorder.close();
        if (file != null) file.close();
        watch.wake();
    }

    @Override
    public String toString() {
        return name + "@" + address();
    }
}
