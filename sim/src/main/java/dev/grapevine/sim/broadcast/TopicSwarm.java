package dev.grapevine.sim.broadcast;

import dev.grapevine.core.Address;
import dev.grapevine.topic.Promise;
import dev.grapevine.topic.RingNeighbors;
import dev.grapevine.topic.Source;
import dev.grapevine.topic.TopicAim;
import dev.grapevine.topic.TopicCodec;
import dev.grapevine.topic.TopicMessage;
import dev.grapevine.topic.TopicSettings;
import dev.grapevine.topic.Topics;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * Many {@link Topics} on virtual time. Links carry the encoded bytes, lose each message with the same chance, and take a hop's time and up
 * to a tenth more. A view is common knowledge, but a crash becomes known only after {@link #DETECTION_NANOS}.
 */
public final class TopicSwarm {
    /** From a crash until the links of the others change. */
    public static final long DETECTION_NANOS = 3_000_000_000L;

    private static final long HOP_NANOS = 1_000_000;
    private static final int RETENTION_MILLIS = 60_000;
    private static final int RINGS = 3;

    /** What happened between two calls of {@link #reset}. */
    public static final class Measures {
        long payloadsSent;
        long payloadsReceived;
        long payloadBytes;
        long controlSent;
        long controlBytes;
        long deliveries;
        int lastHop;
        long hops;
        final List<Long> latencies = new ArrayList<>();

        public long payloadsSent() {
            return payloadsSent;
        }

        public long controlSent() {
            return controlSent;
        }

        /** Of all deliveries together. */
        public long hops() {
            return hops;
        }

        public long deliveries() {
            return deliveries;
        }

        /** Payloads that arrived, for each delivery. */
        public double receivedPerDelivery() {
            return payloadsReceived / (double) deliveries;
        }

        /** Payloads sent, those lost on the way included, for each delivery. */
        public double sentPerDelivery() {
            return payloadsSent / (double) deliveries;
        }

        public double controlPerDelivery() {
            return controlSent / (double) deliveries;
        }

        public double controlBytesPerDelivery() {
            return controlBytes / (double) deliveries;
        }

        public int lastHop() {
            return lastHop;
        }

        /** A quantile of the time from publishing to delivery, milliseconds. */
        public double latencyMillis(double quantile) {
            if (latencies.isEmpty()) return 0;
            latencies.sort(null);
            return latencies.get((int) Math.min(latencies.size() - 1, Math.floor(quantile * latencies.size()))) / 1e6;
        }
    }

    private sealed interface What {
        record Arrival(int from, byte[] bytes) implements What {}

        record Wake() implements What {}

        record Detected(List<Integer> crashed) implements What {}
    }

    private record Event(long at, long order, int to, What what) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(at, other.at);
            return byTime == 0 ? Long.compare(order, other.order) : byTime;
        }
    }

    private static final class Node {
        final String name;
        final Topics topics;
        final Set<Integer> links = new LinkedHashSet<>();
        final Map<Source, List<Long>> heard = new LinkedHashMap<>();
        final long bornNanos;
        long wakeNanos = Long.MAX_VALUE;
        boolean down;
        long slowUntilNanos;

        Node(String name, Topics topics, long bornNanos) {
            this.name = name;
            this.topics = topics;
            this.bornNanos = bornNanos;
        }
    }

    private final TopicSettings settings;
    private final RandomGenerator luck;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Integer> byName = new HashMap<>();
    private final PriorityQueue<Event> agenda = new PriorityQueue<>();
    private final List<Topics.Effect> effects = new ArrayList<>();
    private final Map<Source, List<Long>> published = new LinkedHashMap<>(); // times, by sequence - 1
    private final ByteBuffer buffer = ByteBuffer.allocate(2 << 20);
    private Measures measures = new Measures();
    private long nowNanos;
    private long order;
    private double loss;
    private int[] island = new int[0];
    private long comparedNanos;
    private int refused;
    private long lost;
    private int accepted;
    private final Map<Integer, Topics.Effect.Aimed> aimed = new LinkedHashMap<>();
    private final TopicAim aim;

    /** A swarm of {@code size} nodes that all know each other. */
    public TopicSwarm(int size, long seed, TopicSettings settings) {
        this(size, seed, settings, TopicAim.NONE);
    }

    /** The same with a limit and a wish, which all nodes share. */
    public TopicSwarm(int size, long seed, TopicSettings settings, TopicAim aim) {
        this.aim = aim;
        this.settings = settings;
        this.luck = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        for (int i = 0; i < size; i++) add();
        relink();
    }

    private int add() {
        int index = nodes.size();
        String name = "node-" + index;
        nodes.add(new Node(name, new Topics(name, 1, settings, aim), nowNanos));
        byName.put(name, index);
        return index;
    }

    private static Address address(int node) {
        return Address.ipv4(0x0A00_0000 + node, 7946);
    }

    private static int index(Address address) {
        return (int) address.low() - 0x0A00_0000;
    }

    private void relink() {
        List<String> names = new ArrayList<>();
        List<Integer> who = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++)
            if (!nodes.get(i).down || isUndetected(i)) {
                names.add(nodes.get(i).name);
                who.add(i);
            }
        List<List<Integer>> all = RingNeighbors.all(names, RINGS);
        for (int i = 0; i < who.size(); i++) {
            Node node = nodes.get(who.get(i));
            if (node.down) continue;
            Set<Integer> now = new LinkedHashSet<>();
            for (int link : all.get(i)) now.add(who.get(link));
            for (int gone : List.copyOf(node.links))
                if (!now.contains(gone)) give(who.get(i), new Topics.Input.NeighborDown(address(gone)));
            for (int come : now)
                if (!node.links.contains(come)) give(who.get(i), new Topics.Input.NeighborUp(address(come)));
            node.links.clear();
            node.links.addAll(now);
            give(who.get(i), new Topics.Input.View(who.size()));
        }
    }

    private final Set<Integer> undetected = new LinkedHashSet<>();

    private boolean isUndetected(int node) {
        return undetected.contains(node);
    }

    // ---- what the test does

    public void loss(double share) {
        loss = share;
    }

    /** A new member, known to all at once. */
    public int join() {
        int index = add();
        relink();
        return index;
    }

    /** A member stops without a word. */
    public void crash(int node) {
        crash(List.of(node));
    }

    /** Likewise for several at once. */
    public void crash(List<Integer> members) {
        for (int node : members) nodes.get(node).down = true;
        undetected.addAll(members);
        agenda.add(new Event(
                nowNanos + DETECTION_NANOS, order++, members.getFirst(), new What.Detected(List.copyOf(members))));
    }

    /** From now on nothing passes between the first {@code count} nodes and the others; 0 heals it. */
    public void partition(int count) {
        island = new int[nodes.size()];
        for (int i = 0; i < count; i++) island[i] = 1;
    }

    /** That node takes no input for a while; what is sent to it waits. */
    public void slow(int node, long nanos) {
        nodes.get(node).slowUntilNanos = nowNanos + nanos;
    }

    public void publish(int node, Promise promise, byte[] bytes) {
        publish(node, "t", promise, bytes);
    }

    public void publish(int node, String topic, Promise promise, byte[] bytes) {
        give(node, new Topics.Input.Publish(0, topic, promise, RETENTION_MILLIS, true, bytes));
    }

    public Measures measures() {
        return measures;
    }

    public void reset() {
        measures = new Measures();
    }

    public long nowNanos() {
        return nowNanos;
    }

    public Topics topics(int node) {
        return nodes.get(node).topics;
    }

    /** What nodes said last of their wish and their limit. */
    public Map<Integer, Topics.Effect.Aimed> aimed() {
        return aimed;
    }

    public int accepted() {
        return accepted;
    }

    public int refused() {
        return refused;
    }

    /** Messages that nodes gave up, because they were out of everybody's window. */
    public long lost() {
        return lost;
    }

    public int size() {
        return nodes.size();
    }

    public boolean isDown(int node) {
        return nodes.get(node).down;
    }

    /** What that node delivered of a source, in the order of delivery. */
    public List<Long> heard(int node, Source source) {
        return nodes.get(node).heard.getOrDefault(source, List.of());
    }

    public Set<Source> sources() {
        return published.keySet();
    }

    /** Runs for so long. */
    public void run(long nanos) {
        long end = nowNanos + nanos;
        while (true) {
            long compare = comparedNanos + 500_000_000L;
            Event next = agenda.peek();
            long at = Math.min(next == null ? Long.MAX_VALUE : next.at(), compare);
            if (at > end) break;
            nowNanos = Math.max(nowNanos, at);
            if (next == null || next.at() > compare) {
                comparedNanos = compare;
                compareDigests();
            } else {
                agenda.poll();
                happen(next);
            }
        }
        nowNanos = end;
    }

    // As probes do it: each node asks one random member every second, and both learn whether they differ.
    private void compareDigests() {
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i).down || luck.nextBoolean()) continue;
            int other = luck.nextInt(nodes.size());
            if (other == i || nodes.get(other).down || !reaches(i, other)) continue;
            if (nodes.get(i).topics.digest(nowNanos) != nodes.get(other).topics.digest(nowNanos))
                give(i, new Topics.Input.Compare(address(other)));
        }
    }

    private boolean reaches(int from, int to) {
        if (island.length == 0) return true;
        int a = from < island.length ? island[from] : 0;
        int b = to < island.length ? island[to] : 0;
        return a == b;
    }

    private void happen(Event event) {
        Node node = nodes.get(event.to());
        switch (event.what()) {
            case What.Detected(List<Integer> crashed) -> {
                for (int one : crashed) undetected.remove(one);
                relink();
            }
            case What.Arrival(int from, byte[] bytes) -> {
                if (node.down) return;
                if (nowNanos < node.slowUntilNanos) {
                    agenda.add(new Event(node.slowUntilNanos, order++, event.to(), event.what()));
                    return;
                }
                TopicMessage message = TopicCodec.decode(ByteBuffer.wrap(bytes));
                if (message instanceof TopicMessage.Payload) measures.payloadsReceived++;
                give(event.to(), new Topics.Input.Received(address(from), message));
            }
            case What.Wake() -> {
                if (node.wakeNanos != event.at() || node.down) return;
                node.wakeNanos = Long.MAX_VALUE;
                give(event.to(), new Topics.Input.Tick());
            }
        }
    }

    private void give(int index, Topics.Input input) {
        Node node = nodes.get(index);
        List<Topics.Effect> now = effects.isEmpty() ? effects : new ArrayList<>();
        node.topics.handle(input, nowNanos, now);
        List<Topics.Effect> all = List.copyOf(now);
        now.clear();
        for (Topics.Effect effect : all) perform(index, node, effect);
        long next = node.topics.nextDeadlineNanos();
        if (next >= node.wakeNanos || next == Long.MAX_VALUE) return;
        node.wakeNanos = Math.max(next, nowNanos);
        agenda.add(new Event(node.wakeNanos, order++, index, new What.Wake()));
    }

    private void perform(int index, Node node, Topics.Effect effect) {
        switch (effect) {
            case Topics.Effect.Send(Address to, TopicMessage message) -> carry(index, index(to), message);
            case Topics.Effect.SendToMember(String name, TopicMessage message) -> {
                Integer to = byName.get(name);
                if (to != null) carry(index, to, message);
            }
            case Topics.Effect.Deliver deliver -> {
                List<Long> heard = node.heard.computeIfAbsent(deliver.source(), key -> new ArrayList<>());
                heard.add(deliver.sequence());
                if (deliver.hops() == 0) {
                    published
                            .computeIfAbsent(deliver.source(), key -> new ArrayList<>())
                            .add(nowNanos);
                } else {
                    measures.deliveries++;
                    measures.lastHop = Math.max(measures.lastHop, deliver.hops());
                    measures.hops += deliver.hops();
                    Long at = publishedAt(deliver.source(), deliver.sequence());
                    if (at != null && at >= node.bornNanos) measures.latencies.add(nowNanos - at);
                }
            }
            case Topics.Effect.Seek() -> {
                int other = luck.nextInt(nodes.size());
                if (other != index && reaches(index, other) && !nodes.get(other).down)
                    give(index, new Topics.Input.Compare(address(other)));
            }
            case Topics.Effect.Accepted told -> accepted++;
            case Topics.Effect.Refused told -> refused++;
            case Topics.Effect.Lost told -> lost += told.last() - told.first() + 1;
            case Topics.Effect.Everywhere told -> {}
            case Topics.Effect.Aimed told -> aimed.put(index, told);
        }
    }

    private @Nullable Long publishedAt(Source source, long sequence) {
        List<Long> times = published.get(source);
        return times == null || sequence > times.size() ? null : times.get((int) sequence - 1);
    }

    private void carry(int from, int to, TopicMessage message) {
        int size = TopicCodec.size(message);
        if (message instanceof TopicMessage.Payload payload) {
            measures.payloadsSent++;
            measures.payloadBytes += payload.bytes().length;
        } else {
            measures.controlSent++;
            measures.controlBytes += size;
        }
        boolean byStream = size > settings.pushBytes() + 400; // as a node would
        if (!byStream && loss > 0 && luck.nextDouble() < loss || !reaches(from, to)) return;
        buffer.clear();
        TopicCodec.encode(message, buffer);
        if (buffer.position() != size) throw new IllegalStateException("the size of " + message + " is wrong");
        byte[] bytes = new byte[size];
        buffer.flip().get(bytes);
        long at = nowNanos + HOP_NANOS + luck.nextLong(HOP_NANOS / 10);
        agenda.add(new Event(at, order++, to, new What.Arrival(from, bytes)));
    }

    // ---- promises

    /**
     * Checks what was promised of {@code source} on every node that is up: at most once, order, and unless it is a rumor completeness since
     * the node was born. Returns what is broken, empty if nothing.
     */
    public List<String> broken(Source source) {
        List<String> broken = new ArrayList<>();
        List<Long> times = published.getOrDefault(source, List.of());
        for (int i = 0; i < nodes.size(); i++) {
            Node node = nodes.get(i);
            List<Long> heard = heard(i, source);
            Set<Long> distinct = new LinkedHashSet<>(heard);
            if (distinct.size() < heard.size()) broken.add(node.name + " heard a message twice");
            if (source.promise() == Promise.ORDERED)
                for (int j = 1; j < heard.size(); j++)
                    if (heard.get(j) <= heard.get(j - 1))
                        broken.add(node.name + " heard " + heard.get(j) + " after " + heard.get(j - 1));
            if (node.down || source.promise() == Promise.RUMOR) continue;
            int missing = 0;
            for (int j = 0; j < times.size(); j++)
                if (!distinct.contains(j + 1L) && times.get(j) >= node.bornNanos - RETENTION_MILLIS * 900_000L)
                    missing++;
            if (missing > 0) broken.add(node.name + " lacks " + missing + " of " + times.size());
        }
        return broken;
    }
}
