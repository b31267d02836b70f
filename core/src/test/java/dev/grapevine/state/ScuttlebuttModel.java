package dev.grapevine.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Scuttlebutt as van Renesse et al. (LADIS 2008, §4 and §6) describe it, to compare with: synchronous rounds of a second, in each every
 * participant exchanges digests and deltas with one random other; a message holds {@code mtu} deltas; deltas of a participant go in the
 * order of versions. Its two orders are <em>breadth</em> (the oldest of each participant first) and <em>depth</em> (the participant
 * with most of them first). Without flow control.
 */
final class ScuttlebuttModel {
    enum Order {
        BREADTH,
        DEPTH
    }

    /** At the end of a second: how old the oldest update is that somebody lacks, the mean over pairs that are stale, and their share. */
    record Second(int at, double maxStaleness, double meanStaleness, double staleShare) {}

    private record Delta(int owner, int version, int rank, int depth) {}

    private final int nodes;
    private final int keys;
    private final int mtu;
    private final Order order;
    private final SplittableRandom random;
    private final int[][] prefix; // [who][of whom]
    private final List<List<Integer>> keyOf = new ArrayList<>(); // of each owner: the key that a version wrote
    private final List<List<Integer>> madeAt = new ArrayList<>();

    ScuttlebuttModel(int nodes, int keys, int mtu, Order order, long seed) {
        this.nodes = nodes;
        this.keys = keys;
        this.mtu = mtu;
        this.order = order;
        random = new SplittableRandom(seed);
        prefix = new int[nodes][nodes];
        for (int i = 0; i < nodes; i++) {
            keyOf.add(new ArrayList<>());
            madeAt.add(new ArrayList<>());
        }
    }

    /** The paper's course: an update a second each, two from 25 s to 75 s, none from 120 s on. */
    List<Second> run(int length) {
        List<Second> seconds = new ArrayList<>();
        for (int now = 0; now < length; now++) {
            int rate = now >= 120 ? 0 : now >= 25 && now < 75 ? 2 : 1;
            for (int node = 0; node < nodes; node++)
                for (int i = 0; i < rate; i++) {
                    keyOf.get(node).add(random.nextInt(keys));
                    madeAt.get(node).add(now);
                    prefix[node][node]++;
                }
            int[][] before = new int[nodes][];
            for (int i = 0; i < nodes; i++) before[i] = prefix[i].clone();
            for (int node = 0; node < nodes; node++) {
                int peer = random.nextInt(nodes - 1);
                if (peer >= node) peer++;
                tell(before[node], before[peer], prefix[peer]);
                tell(before[peer], before[node], prefix[node]);
            }
            seconds.add(look(now + 1));
        }
        return seconds;
    }

    private void tell(int[] from, int[] known, int[] to) {
        List<Delta> deltas = new ArrayList<>();
        for (int owner = 0; owner < nodes; owner++) {
            if (from[owner] <= known[owner]) continue;
            BitSet newer = new BitSet();
            List<Integer> versions = new ArrayList<>();
            for (int version = from[owner]; version > known[owner]; version--) {
                int key = keyOf.get(owner).get(version - 1);
                if (newer.get(key)) continue; // overwritten: skipped
                newer.set(key);
                versions.add(version);
            }
            for (int i = 0; i < versions.size(); i++)
                deltas.add(new Delta(owner, versions.get(versions.size() - 1 - i), i, versions.size()));
        }
        Comparator<Delta> first = order == Order.BREADTH
                ? Comparator.comparingInt(Delta::rank)
                : Comparator.comparingInt(Delta::depth).reversed();
        deltas.sort(first.thenComparingInt(Delta::owner).thenComparingInt(Delta::version));
        for (Delta each : deltas.subList(0, Math.min(mtu, deltas.size())))
            to[each.owner()] = Math.max(to[each.owner()], each.version());
    }

    private Second look(int now) {
        double max = 0;
        double sum = 0;
        int stale = 0;
        for (int[] known : prefix)
            for (int owner = 0; owner < nodes; owner++) {
                if (known[owner] >= prefix[owner][owner]) continue;
                double age = now - madeAt.get(owner).get(known[owner]);
                max = Math.max(max, age);
                sum += age;
                stale++;
            }
        return new Second(now, max, sum / Math.max(1, stale), stale / (double) (nodes * nodes));
    }

    /** The mean over some seconds of the largest and of the mean staleness, and of the share that is stale. */
    static double[] mean(List<Second> seconds, int from, int to) {
        double[] sums = new double[3];
        for (Second each : seconds.subList(from, to)) {
            sums[0] += each.maxStaleness() / (to - from);
            sums[1] += each.meanStaleness() / (to - from);
            sums[2] += each.staleShare() / (to - from);
        }
        return sums;
    }

    @Override
    public String toString() {
        return order + " " + Arrays.toString(new int[] {nodes, keys, mtu});
    }
}
