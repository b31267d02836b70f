package dev.grapevine.sim.broadcast;

import dev.grapevine.broadcast.PlumtreeSettings.Trees;
import dev.grapevine.topic.Promise;
import dev.grapevine.topic.Source;
import dev.grapevine.topic.TopicSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Ways to reach everybody, side by side, in the settings of the papers (Leitão, Pereira, Rodrigues, DSN and SRDS 2007: 10,000 nodes, active
 * views of 5, passive views of 30): eager push to random members, a flood over HyParView, Plumtree over HyParView, and Grapevine's topics
 * over rings.
 *
 * @param nodes {@code 100..1000000}
 * @param messages per way, the mean of which counts, {@code 1..1000}
 */
public record BroadcastStudy(int nodes, int messages, long seed) {
    private static final long MS = 1_000_000;
    private static final long SECOND = 1_000 * MS;
    private static final int CYCLES = 30; // before anything is sent; the paper has 50
    private static final int SENDERS = 10;

    public BroadcastStudy {
        if (nodes < 100 || nodes > 1_000_000) throw new IllegalArgumentException("nodes " + nodes + " not in 100..1e6");
        if (messages < 1 || messages > 1_000)
            throw new IllegalArgumentException("messages " + messages + " not in 1..1000");
    }

    /**
     * What one way costs.
     *
     * @param redundancy payloads per delivery beyond the one that is needed (relative message redundancy)
     * @param lastHop of a message, on average
     * @param published what the papers have for 10,000 nodes, empty if nothing
     */
    public record Way(
            String name,
            double coverage,
            double redundancy,
            double control,
            double lastHop,
            double meanHops,
            String published) {
        private static Way of(String name, List<Reach> reaches, String published) {
            double coverage = 0;
            double payloads = 0;
            double control = 0;
            double lastHop = 0;
            double meanHops = 0;
            for (Reach reach : reaches) {
                coverage += reach.coverage();
                payloads += reach.payloadsPerDelivery() - 1;
                control += reach.controlPerDelivery();
                lastHop += reach.lastHop();
                meanHops += reach.meanHops();
            }
            int count = reaches.size();
            return new Way(
                    name,
                    coverage / count,
                    payloads / count,
                    control / count,
                    lastHop / count,
                    meanHops / count,
                    published);
        }
    }

    /**
     * What is left after a share of the nodes stopped at once: shares of the survivors that hear a message.
     *
     * @param before a flood over the links as they were
     * @param expected the same by theory, for a random overlay of this degree
     * @param reacted a flood once every survivor found its broken links and replaced them
     * @param cycles a flood two membership cycles later
     * @param tree the first message of Plumtree right after the reaction
     * @param topicsAtOnce a message on a topic within 2.5 s, while nobody knows of the crash
     * @param topics the same message once the crash is known
     */
    public record Crash(
            int percent,
            double before,
            double expected,
            double reacted,
            double cycles,
            double tree,
            double topicsAtOnce,
            double topics) {}

    /**
     * A flood of messages on topics.
     *
     * @param perSecond published by all together
     * @param deliveries made; {@code expected} should be
     */
    public record Storm(
            int nodes,
            int publishers,
            int perSecond,
            long published,
            long deliveries,
            long expected,
            double received,
            double sent,
            double p50Millis,
            double p99Millis,
            int broken,
            double wallSeconds) {}

    private RandomGenerator luck(int of) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed * 31 + of);
    }

    private PartialViews views() {
        PartialViews views = new PartialViews(nodes, seed);
        for (int i = 0; i < CYCLES; i++) views.cycle();
        return views;
    }

    /** What each way costs; {@code told} hears of each when it is done. */
    public List<Way> ways(Consumer<Way> told) {
        List<Way> ways = new ArrayList<>();
        PartialViews views = views();
        RandomGenerator luck = luck(1);
        int enough = (int) Math.ceil(Math.log(nodes)) + 5; // all are reached with a chance of 0.993
        for (int fanout : new int[] {4, enough}) {
            List<Reach> reaches = new ArrayList<>();
            for (int i = 0; i < messages; i++) reaches.add(Reach.push(views, luck.nextInt(nodes), fanout, luck));
            add(
                    ways,
                    Way.of("push to " + fanout + " random members", reaches, fanout == 4 ? "coverage .980" : ""),
                    told);
        }
        List<Reach> floods = new ArrayList<>();
        for (int i = 0; i < messages; i++) floods.add(Reach.flood(views, luck.nextInt(nodes)));
        add(ways, Way.of("flood over HyParView", floods, "redundancy 3, last hop 9.0"), told);
        PlumtreeSwarm single = new PlumtreeSwarm(views, Trees.SHARED, seed);
        add(ways, Way.of("Plumtree, one sender", tree(single, luck, 1), "redundancy 0, control 3.0"), told);
        PlumtreeSwarm shared = new PlumtreeSwarm(views, Trees.SHARED, seed);
        add(
                ways,
                Way.of("Plumtree, " + SENDERS + " senders", tree(shared, luck, SENDERS), "redundancy 0, control 3.9"),
                told);
        add(ways, topics("topics, one publisher", 1), told);
        add(ways, topics("topics, " + SENDERS + " publishers", SENDERS), told);
        return ways;
    }

    private static void add(List<Way> ways, Way way, Consumer<Way> told) {
        ways.add(way);
        told.accept(way);
    }

    private List<Reach> tree(PlumtreeSwarm swarm, RandomGenerator luck, int senders) {
        int[] from = new int[senders];
        for (int i = 0; i < senders; i++) from[i] = luck.nextInt(nodes);
        for (int i = 0; i < 10 * senders; i++) swarm.broadcast(from[i % senders]);
        List<Reach> reaches = new ArrayList<>();
        for (int i = 0; i < messages; i++) reaches.add(swarm.broadcast(from[i % senders]));
        return reaches;
    }

    private TopicSwarm swarm(int size) {
        return new TopicSwarm(size, seed, TopicSettings.of(2 * MS, 1_300));
    }

    private Way topics(String name, int publishers) {
        TopicSwarm swarm = swarm(nodes);
        for (int i = 0; i < 3 * publishers; i++) {
            swarm.publish(i % publishers, Promise.REPAIRED, new byte[16]);
            swarm.run(200 * MS);
        }
        swarm.run(3 * SECOND);
        List<Reach> reaches = new ArrayList<>();
        for (int i = 0; i < messages; i++) {
            swarm.reset();
            swarm.publish(i % publishers, Promise.REPAIRED, new byte[16]);
            swarm.run(SECOND);
            TopicSwarm.Measures measures = swarm.measures();
            reaches.add(new Reach(
                    nodes,
                    (int) measures.deliveries() + 1,
                    measures.payloadsSent(),
                    measures.controlSent(),
                    measures.lastHop(),
                    measures.hops()));
        }
        return Way.of(name, reaches, "");
    }

    /** What is left after {@code percent} of the nodes stopped at once. */
    public Crash crash(int percent) {
        RandomGenerator luck = luck(100 + percent);
        int[] victims = victims(percent, luck);
        PartialViews views = views();
        PlumtreeSwarm tree = new PlumtreeSwarm(views, Trees.SHARED, seed);
        for (int i = 0; i < 5; i++) tree.broadcast(0);
        views.crash(victims);
        double before = flood(views);
        views.react();
        double reacted = flood(views);
        tree.relink();
        double first = tree.broadcast(0).coverage();
        views.cycle();
        views.cycle();
        double cycles = flood(views);
        TopicSwarm swarm = swarm(nodes);
        for (int i = 0; i < 5; i++) {
            swarm.publish(0, Promise.REPAIRED, new byte[16]);
            swarm.run(200 * MS);
        }
        List<Integer> gone = new ArrayList<>();
        for (int victim : victims) gone.add(victim);
        swarm.crash(gone);
        swarm.publish(0, Promise.REPAIRED, new byte[16]);
        swarm.run(2_500 * MS);
        double atOnce = heard(swarm, 6);
        swarm.run(10 * SECOND);
        return new Crash(percent, before, expected(percent / 100.0), reacted, cycles, first, atOnce, heard(swarm, 6));
    }

    /** Shares of survivors of HyParView in reach of one another: before anything, after the reaction, and after each of two cycles. */
    public double[] views(int percent) {
        PartialViews views = new PartialViews(nodes, seed);
        for (int i = 0; i < 10; i++) views.cycle();
        double[] shares = new double[4];
        views.crash(victims(percent, luck(100 + percent)));
        shares[0] = flood(views);
        views.react();
        shares[1] = flood(views);
        views.cycle();
        shares[2] = flood(views);
        views.cycle();
        shares[3] = flood(views);
        return shares;
    }

    private int[] victims(int percent, RandomGenerator luck) {
        int[] order = new int[nodes - 1]; // node 0 sends
        for (int i = 0; i < order.length; i++) order[i] = i + 1;
        int count = (int) ((long) nodes * percent / 100);
        for (int i = 0; i < count; i++) {
            int other = i + luck.nextInt(order.length - i);
            int swapped = order[i];
            order[i] = order[other];
            order[other] = swapped;
        }
        return java.util.Arrays.copyOf(order, count);
    }

    // From the survivor that reaches most of a few, so that one cut off by chance does not stand for all.
    private static double flood(PartialViews views) {
        double best = 0;
        for (int node = 0, tries = 0; node < views.size() && tries < 20; node++) {
            if (views.isDown(node)) continue;
            tries++;
            best = Math.max(best, Reach.flood(views, node).coverage());
        }
        return best;
    }

    // u = f + (1 - f) u^(d - 1); the share of survivors in the giant component is 1 - u^d (degree 5).
    private static double expected(double crashed) {
        double unreached = 0;
        for (int i = 0; i < 10_000; i++) unreached = crashed + (1 - crashed) * Math.pow(unreached, 4);
        return Math.max(0, 1 - Math.pow(unreached, 5));
    }

    private static double heard(TopicSwarm swarm, long sequence) {
        Source source = swarm.sources().iterator().next();
        int living = 0;
        int heard = 0;
        for (int i = 1; i < swarm.size(); i++) {
            if (swarm.isDown(i)) continue;
            living++;
            if (swarm.heard(i, source).contains(sequence)) heard++;
        }
        return living == 0 ? 1 : heard / (double) living;
    }

    /** Half of {@code size} nodes apart for half a minute while both sides publish: seconds after the heal until all have all. */
    public double partition(int size) {
        TopicSwarm swarm = swarm(size);
        swarm.publish(0, Promise.REPAIRED, new byte[16]);
        swarm.run(SECOND);
        swarm.partition(size / 2);
        for (int i = 0; i < 60; i++) {
            swarm.publish(i % 2 == 0 ? 0 : size - 1, Promise.REPAIRED, new byte[16]);
            swarm.run(500 * MS);
        }
        swarm.partition(0);
        long healed = swarm.nowNanos();
        while (swarm.nowNanos() - healed < 60 * SECOND) {
            boolean whole = true;
            for (Source source : swarm.sources()) whole &= swarm.broken(source).isEmpty();
            if (whole) return (swarm.nowNanos() - healed) / 1e9;
            swarm.run(100 * MS);
        }
        return Double.POSITIVE_INFINITY;
    }

    /** So many messages a second for so long, by {@code publishers} of {@code size} nodes in turn; 5 s later all must be everywhere. */
    public Storm storm(int size, int publishers, int perSecond, double seconds) {
        long began = System.nanoTime();
        TopicSwarm swarm = swarm(size);
        for (int i = 0; i < publishers; i++) swarm.publish(i, Promise.ORDERED, new byte[16]);
        swarm.run(SECOND);
        swarm.reset();
        long published = (long) (perSecond * seconds);
        for (long i = 0; i < published; i++) {
            swarm.publish((int) (i % publishers), Promise.ORDERED, new byte[100]);
            swarm.run(SECOND / perSecond);
        }
        swarm.run(5 * SECOND);
        int broken = 0;
        for (Source source : swarm.sources()) broken += swarm.broken(source).size();
        TopicSwarm.Measures measures = swarm.measures();
        return new Storm(
                size,
                publishers,
                perSecond,
                published,
                measures.deliveries(),
                published * (size - 1),
                measures.receivedPerDelivery(),
                measures.sentPerDelivery(),
                measures.latencyMillis(0.5),
                measures.latencyMillis(0.99),
                broken,
                (System.nanoTime() - began) / 1e9);
    }
}
