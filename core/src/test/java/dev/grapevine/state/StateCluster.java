package dev.grapevine.state;

import dev.grapevine.core.Address;
import dev.grapevine.state.reconcile.ReconcileCodec;
import dev.grapevine.state.reconcile.ReconcileMessage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Some replicas on virtual time. Their messages are carried as bytes: datagrams are lost, doubled and overtake each other, streams
 * are in order and break when their ends cannot reach each other. Membership is told late, to each node at another time.
 */
final class StateCluster {
    static final long SECOND = 1_000_000_000L;

    private sealed interface Event {
        long at();

        long order();

        record Wake(long at, long order, int node, int life) implements Event {}

        record Carry(long at, long order, int from, int to, boolean compares, byte[] bytes, boolean stream)
                implements Event {}

        record Members(long at, long order, int node) implements Event {}
    }

    /** A wait that ended. */
    record Seen(int node, Update update, int wanted, SeenBy seen) {}

    final History history = new History();
    final List<Seen> seen = new ArrayList<>();
    final List<String> refusals = new ArrayList<>();
    final List<StateEvent> published = new ArrayList<>();
    final List<Update> updates = new ArrayList<>();
    final StateReplica[] nodes;
    final boolean[] up;
    final int[] group; // nodes of one group reach each other
    final StateSettings settings;
    long nowNanos;
    long bytes;
    long comparedBytes; // of those, what comparisons of all entries said besides entries
    long messages;
    double loss;
    double duplicates;
    long leastNanos = 200_000;
    long mostNanos = 5_000_000;
    long membershipNanos = SECOND / 2; // until everybody knows of a change
    long[] driftMillis;
    boolean checking = true;

    private final RandomGenerator luck;
    private final PriorityQueue<Event> agenda =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
    private final Map<Long, StateInput> asked = new HashMap<>();
    private final Map<Long, Entry> before = new HashMap<>();
    private final long[] wake;
    private final int[] lives;
    private final int[][] told; // the lives that each node knows of
    private final Map<Long, Long> streamFreeNanos = new HashMap<>();
    private long order;
    private long id;

    StateCluster(int size, StateSettings settings, long seed) {
        this(settings, seed, Stream.generate(StateStore::new).limit(size).toList());
    }

    /** One node for each store, which it begins with. */
    StateCluster(StateSettings settings, long seed, List<StateStore> stores) {
        int size = stores.size();
        this.settings = settings;
        luck = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        nodes = new StateReplica[size];
        up = new boolean[size];
        group = new int[size];
        wake = new long[size];
        lives = new int[size];
        told = new int[size][];
        driftMillis = new long[size];
        for (int i = 0; i < size; i++) start(i, stores.get(i));
        for (int i = 0; i < size; i++) tellMembers(i);
    }

    RandomGenerator luck() {
        return luck;
    }

    // ---- faults ----

    /** A node begins its next life with what is in {@code store}. */
    void start(int node, StateStore store) {
        RandomGenerator own = RandomGeneratorFactory.of("L64X128MixRandom").create(luck.nextLong());
        lives[node]++;
        nodes[node] = new StateReplica("n" + (100 + node), lives[node], settings, own, store);
        up[node] = true;
        wake[node] = Long.MAX_VALUE;
        give(node, new StateInput.WallClock(nowNanos / 1_000_000 + driftMillis[node]));
    }

    void crash(int node) {
        up[node] = false;
        membershipChanged();
    }

    /** Lives again, by default with nothing; membership hears of it. */
    void restart(int node, StateStore store) {
        start(node, store);
        tellMembers(node);
        membershipChanged();
    }

    void partition(int... groups) {
        for (int i = 0; i < group.length; i++) group[i] = groups[i % groups.length];
        membershipChanged();
    }

    void heal() {
        partition(0);
    }

    void membershipChanged() {
        for (int i = 0; i < nodes.length; i++)
            agenda.add(new Event.Members(nowNanos + luck.nextLong(membershipNanos + 1), order++, i));
    }

    private void tellMembers(int node) {
        List<Peer> peers = new ArrayList<>();
        told[node] = lives.clone();
        for (int i = 0; i < nodes.length; i++)
            peers.add(new Peer(nodes[i].factsOrigin().node(), lives[i], address(i), up[i] && group[i] == group[node]));
        give(node, new StateInput.Members(peers));
    }

    static Address address(int node) {
        return Address.loopback(1 + node);
    }

    // ---- commands ----

    StateKey fact(int node, String name) {
        return StateKey.fact(nodes[node].factsOrigin().node(), name);
    }

    void put(int node, StateKey key, byte[] value) {
        write(node, key, value, null);
    }

    void remove(int node, StateKey key) {
        write(node, key, null, null);
    }

    void write(int node, StateKey key, byte @Nullable [] value, @Nullable Context context) {
        Entry known = nodes[node].store().get(key);
        before.put(++id, visible(known, context));
        ask(node, new StateInput.Write(id, key, value, context, key.space().startsWith("l")));
    }

    private static Entry visible(@Nullable Entry known, @Nullable Context context) {
        if (known == null) return Entry.ABSENT;
        if (context == null) return known;
        List<Sibling> replaced = new ArrayList<>();
        for (Sibling each : known.siblings()) if (context.covers(each.origin(), each.version())) replaced.add(each);
        return new Entry(known.context(), replaced);
    }

    void await(int node, Update update, int members) {
        ask(node, new StateInput.Await(++id, update, members));
    }

    private void ask(int node, StateInput input) {
        asked.put(id, input);
        give(node, input);
    }

    // ---- time ----

    void give(int node, StateInput input) {
        List<StateEffect> effects = new ArrayList<>();
        nodes[node].handle(input, nowNanos, effects);
        for (StateEffect effect : effects) perform(node, effect);
        long next = nodes[node].nextDeadlineNanos();
        if (next < wake[node]) {
            wake[node] = next;
            agenda.add(new Event.Wake(Math.max(next, nowNanos), order++, node, lives[node]));
        }
        if (checking) check(node);
    }

    private void check(int node) {
        String zombie = history.zombie(nodes[node].store());
        if (!zombie.isEmpty())
            throw new AssertionError("n" + (100 + node) + " at " + nowNanos + ": " + zombie + " "
                    + nodes[node].store().describe());
    }

    private void perform(int node, StateEffect effect) {
        switch (effect) {
            case StateEffect.Send(Address to, StateMessage message, byte[] encoded, boolean stream) -> {
                carry(node, to.port() - 1, false, encoded, stream);
            }
            case StateEffect.Compare(Address to, ReconcileMessage message, boolean stream) -> {
                ByteBuffer encoded = ByteBuffer.allocate(message.sizeBytes());
                message.encode(encoded);
                comparedBytes += encoded.capacity();
                carry(node, to.port() - 1, true, encoded.array(), stream);
            }
            case StateEffect.Publish(StateEvent event) -> {
                published.add(event);
                if (event instanceof StateEvent.Lost(Update removal)) {
                    Entry after = nodes[node].store().get(removal.key());
                    if (after != null) history.gaveUp(removal, after);
                }
            }
            case StateEffect.Written(long written, Update update) -> {
                updates.add(update);
                if (asked.remove(written) instanceof StateInput.Write write && update.version() > 0)
                    history.wrote(update, before.getOrDefault(written, Entry.ABSENT), write.value() == null);
                before.remove(written);
            }
            case StateEffect.Seen(long over, SeenBy by) -> {
                if (asked.remove(over) instanceof StateInput.Await await) ended(node, await, by);
            }
            case StateEffect.Refuse(long refused, String reason) -> refusals.add(reason);
        }
    }

    private void ended(int node, StateInput.Await await, SeenBy by) {
        int having = 0;
        for (int i = 0; i < nodes.length; i++)
            if (by.members().contains(nodes[i].factsOrigin().node())
                    && (told[node][i] != lives[i] // an earlier life had it
                            || history.has(nodes[i].store(), await.update()))) having++;
        if (having < by.seen())
            throw new AssertionError(await.update() + ": " + by + " was told, but only " + having + " have it: "
                    + describe(await.update()));
        seen.add(new Seen(node, await.update(), await.members(), by));
    }

    private String describe(Update update) {
        StringBuilder text = new StringBuilder();
        for (StateReplica node : nodes)
            text.append('\n')
                    .append(node.factsOrigin())
                    .append(" has seen ")
                    .append(node.store().seen(update.origin()))
                    .append(" and has ")
                    .append(node.store().get(update.key()));
        return text.toString();
    }

    private void carry(int from, int to, boolean compares, byte[] encoded, boolean stream) {
        messages++;
        bytes += encoded.length;
        long delay = leastNanos + luck.nextLong(mostNanos - leastNanos + 1);
        if (stream) {
            long pair = (long) from << 32 | to;
            long at = Math.max(nowNanos + delay, streamFreeNanos.getOrDefault(pair, 0L) + 1);
            streamFreeNanos.put(pair, at);
            agenda.add(new Event.Carry(at, order++, from, to, compares, encoded, true));
            return;
        }
        if (luck.nextDouble() < loss) return;
        agenda.add(new Event.Carry(nowNanos + delay, order++, from, to, compares, encoded, false));
        if (luck.nextDouble() < duplicates)
            agenda.add(new Event.Carry(nowNanos + 3 * delay, order++, from, to, compares, encoded, false));
    }

    void runFor(long nanos) {
        runUntil(nowNanos + nanos);
    }

    void runUntil(long untilNanos) {
        while (step(untilNanos)) continue;
        nowNanos = untilNanos;
    }

    /** Runs until everybody who is up shows the same; the time it took, or -1. */
    long runUntilConverged(long mostNanos) {
        long began = nowNanos;
        while (nowNanos - began < mostNanos) {
            if (isConverged()) return nowNanos - began;
            runFor(settings.periodNanos() / 10);
        }
        return isConverged() ? nowNanos - began : -1;
    }

    boolean isConverged() {
        StateStore first = null;
        for (int i = 0; i < nodes.length; i++) {
            if (!up[i]) continue;
            StateStore each = nodes[i].store();
            if (first == null) first = each;
            if (each.contentHash() != first.contentHash()) return false;
        }
        return true;
    }

    private boolean step(long untilNanos) {
        Event next = agenda.peek();
        if (next == null || next.at() > untilNanos) return false;
        agenda.poll();
        nowNanos = Math.max(nowNanos, next.at());
        switch (next) {
            case Event.Wake(long at, long sequence, int node, int life) -> {
                if (!up[node] || life != lives[node]) return true;
                wake[node] = Long.MAX_VALUE;
                give(node, new StateInput.WallClock(nowNanos / 1_000_000 + driftMillis[node]));
                give(node, new StateInput.Tick());
            }
            case Event.Carry(
                    long at,
                    long sequence,
                    int from,
                    int to,
                    boolean compares,
                    byte[] encoded,
                    boolean stream) -> {
                if (!up[to] || group[from] != group[to]) return true;
                ByteBuffer in = ByteBuffer.wrap(encoded);
                give(
                        to,
                        compares
                                ? new StateInput.Compared(address(from), ReconcileCodec.read(in))
                                : new StateInput.Received(address(from), StateCodec.decode(in)));
            }
            case Event.Members(long at, long sequence, int node) -> {
                if (up[node]) tellMembers(node);
            }
        }
        return true;
    }
}
