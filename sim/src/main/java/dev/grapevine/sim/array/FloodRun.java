package dev.grapevine.sim.array;

import java.util.Arrays;

/**
 * Flooding over a random regular graph, after some of its nodes crashed at once and before any repair. The source is a
 * node of the largest component of survivors, so that the residue says how many are cut off from it.
 */
final class FloodRun {
    private final int live;
    private final int degree;
    private final int[] neighbours;
    private final int[] queue;
    private final int[] component; // 0 not visited yet
    private final Draws draws;

    private FloodRun(Epidemic epidemic, int degree, long seed, long run) {
        this.live = epidemic.live();
        this.degree = degree;
        this.draws = Draws.of(seed, run, 0, 0, 0);
        this.neighbours = graph(epidemic.nodes());
        this.queue = new int[live];
        this.component = new int[live];
    }

    static Outcome run(Epidemic epidemic, int degree, long seed, long run) {
        return new FloodRun(epidemic, degree, seed, run).run();
    }

    /**
     * The pairing model: shuffle all ends and join them two by two; then ends of loops and of double edges trade places
     * with ends drawn at random until none is left.
     */
    private int[] graph(int nodes) {
        int[] ends = new int[nodes * degree];
        for (int i = 0; i < ends.length; i++) ends[i] = i / degree;
        for (int i = ends.length - 1; i > 0; i--) {
            int j = draws.below(i + 1);
            int swap = ends[i];
            ends[i] = ends[j];
            ends[j] = swap;
        }
        int[] to = new int[ends.length];
        int[] degrees = new int[nodes];
        boolean again = true;
        while (again) {
            again = false;
            Arrays.fill(degrees, 0);
            for (int i = 0; i < ends.length; i += 2) {
                join(to, degrees, ends[i], ends[i + 1]);
                join(to, degrees, ends[i + 1], ends[i]);
            }
            for (int i = 0; i < ends.length; i += 2) {
                if (ends[i] != ends[i + 1] && edges(to, ends[i], ends[i + 1]) == 1) continue;
                int j = draws.below(ends.length);
                int swap = ends[i];
                ends[i] = ends[j];
                ends[j] = swap;
                again = true;
            }
        }
        return to;
    }

    private void join(int[] to, int[] degrees, int a, int b) {
        to[a * degree + degrees[a]++] = b;
    }

    private int edges(int[] to, int a, int b) {
        int count = 0;
        for (int i = a * degree; i < (a + 1) * degree; i++) count += to[i] == b ? 1 : 0;
        return count;
    }

    private Outcome run() {
        int largest = 0;
        int size = 0;
        int components = 0;
        for (int node = 0; node < live; node++) {
            if (component[node] != 0) continue;
            int reached = flood(node, ++components, new Tally(1));
            if (reached > size) {
                size = reached;
                largest = components;
            }
        }
        int source;
        do source = draws.below(live);
        while (component[source] != largest);
        Tally tally = new Tally(1);
        flood(source, components + 1, tally);
        long sent = 1;
        for (int i = 0; i < size; i++)
            sent += degree - 1; // also towards the crashed; the source has nobody to leave out
        return tally.outcome(tally.rounds(), sent, size - 1L, sent, live);
    }

    private int flood(int source, int mark, Tally tally) {
        int before = component[source];
        component[source] = mark;
        queue[0] = source;
        int known = 1;
        for (int from = 0; from < known; ) {
            int talking = known;
            for (; from < talking; from++) {
                int node = queue[from];
                for (int i = node * degree; i < (node + 1) * degree; i++) {
                    int peer = neighbours[i];
                    if (peer >= live || component[peer] != before) continue;
                    component[peer] = mark;
                    queue[known++] = peer;
                }
            }
            if (known > talking) tally.add(known);
        }
        return known;
    }
}
