package dev.grapevine.state;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Everything that can go wrong, drawn from the cluster's luck; the cluster checks itself after each event. */
final class Chaos {
    private static final long PERIOD = 100_000_000L;

    private Chaos() {}

    /** A random write, removal or wait by a random node that is up. */
    static void write(StateCluster cluster, int keys) {
        RandomGenerator luck = cluster.luck();
        int node = luck.nextInt(cluster.nodes.length);
        if (!cluster.up[node]) return;
        StateKey key = key(cluster, node, keys);
        Entry known = cluster.nodes[node].store().get(key);
        // Sometimes the author has seen less than the node.
        Context context = key.isShared() && known != null && luck.nextInt(3) == 0 ? older(known, luck) : null;
        int before = cluster.updates.size();
        if (luck.nextInt(3) == 0) cluster.write(node, key, null, context);
        else cluster.write(node, key, value(luck), context);
        if (cluster.updates.size() == before || luck.nextInt(4) != 0) return;
        Update update = cluster.updates.getLast();
        if (update.version() > 0) cluster.await(node, update, luck.nextInt(3) - 1);
    }

    private static StateKey key(StateCluster cluster, int node, int keys) {
        String name = "k" + cluster.luck().nextInt(keys);
        return switch (cluster.luck().nextInt(3)) {
            case 0 -> cluster.fact(node, name);
            case 1 -> StateKey.shared(Spaces.shared("x"), name);
            default -> StateKey.shared(Spaces.latest("x"), name);
        };
    }

    private static byte[] value(RandomGenerator luck) {
        byte[] value = Long.toString(luck.nextLong(1 << 20)).getBytes(StandardCharsets.UTF_8);
        if (luck.nextInt(30) != 0) return value;
        byte[] large = new byte[Value.INLINE_BYTES + 1 + luck.nextInt(150_000)];
        luck.nextBytes(large);
        return large;
    }

    private static Context older(Entry known, RandomGenerator luck) {
        Context seen = Context.EMPTY;
        for (Sibling each : known.siblings()) if (luck.nextBoolean()) seen = seen.with(each.origin(), each.version());
        return seen;
    }

    /** Some time of trouble, then none until all agree. */
    static StateCluster run(int nodes, long seed, int rounds) {
        StateSettings settings =
                StateSettings.of(PERIOD).withDatagramBytes(400).withBytesPerSecond(seed % 3 == 0 ? 20_000 : 1 << 20);
        StateCluster cluster = new StateCluster(nodes, settings, seed);
        RandomGenerator luck = cluster.luck();
        cluster.loss = luck.nextDouble() * 0.5;
        cluster.duplicates = luck.nextDouble() * 0.2;
        cluster.mostNanos = 1_000_000 + luck.nextLong(2 * PERIOD);
        for (int i = 0; i < nodes; i++) cluster.driftMillis[i] = luck.nextLong(200_000) - 100_000;
        List<StateStore.Snapshot> disks = new ArrayList<>();
        for (int i = 0; i < nodes; i++) disks.add(new StateStore().snapshot());
        for (int round = 0; round < rounds; round++) {
            for (int i = luck.nextInt(4); i > 0; i--) write(cluster, 4);
            switch (luck.nextInt(30)) {
                case 0 -> cluster.partition(0, 1);
                case 1 -> cluster.partition(0, 0, 1, 2);
                case 2, 3, 4 -> cluster.heal();
                case 5 -> cluster.crash(luck.nextInt(nodes));
                case 6, 7, 8 -> {
                    int node = luck.nextInt(nodes);
                    StateStore store = new StateStore();
                    if (luck.nextBoolean()) store.restore(disks.get(node));
                    cluster.restart(node, store);
                }
                case 9, 10 -> {
                    int node = luck.nextInt(nodes);
                    disks.set(node, cluster.nodes[node].store().snapshot());
                }
                default -> {}
            }
            cluster.runFor(luck.nextLong(8 * PERIOD));
        }
        cluster.loss = 0;
        cluster.heal();
        for (int i = 0; i < nodes; i++) if (!cluster.up[i]) cluster.restart(i, new StateStore());
        cluster.runUntilConverged(300 * StateCluster.SECOND);
        return cluster;
    }
}
