package dev.grapevine.sim.array;

import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * One small epidemic with who told whom, to look at. The same rules as the large ones, contact by contact.
 *
 * @param nodes  how many took part
 * @param node   who heard, in the order of hearing
 * @param parent who told them; -1 for the source
 * @param at     when: the round, or the time in periods
 */
public record SpreadTree(int nodes, int[] node, int[] parent, double[] at) {
    private record Tick(double at, int node) {}

    /**
     * Lets an epidemic like {@code epidemic} run among at most {@code most} nodes.
     *
     * @param most 1 to 10⁵
     */
    public static SpreadTree of(Epidemic epidemic, int most, long seed) {
        if (most < 1 || most > 100_000) throw new IllegalArgumentException("most is " + most + ": 1 to 100000");
        return new Growth(epidemic, Math.min(epidemic.nodes(), most), seed).grow();
    }

    private static final class Growth {
        private final Epidemic epidemic;
        private final Draws draws;
        private final Peers peers;
        private final int size;
        private final boolean[] known;
        private final int[] node;
        private final int[] parent;
        private final double[] at;
        private int count;

        Growth(Epidemic epidemic, int size, long seed) {
            this.epidemic = epidemic;
            this.size = size;
            draws = Draws.of(seed, 0, 0, 0, 0);
            peers = new Peers(size, Math.max(1, Math.min(epidemic.fanout(), size - 1)));
            known = new boolean[size];
            node = new int[size];
            parent = new int[size];
            at = new double[size];
        }

        SpreadTree grow() {
            tell(draws.below(size), -1, 0);
            if (epidemic.clock() == Clock.SYNCHRONOUS) rounds();
            else ticks();
            return new SpreadTree(
                    size, Arrays.copyOf(node, count), Arrays.copyOf(parent, count), Arrays.copyOf(at, count));
        }

        private void rounds() {
            for (int round = 1; count < size; round++) {
                boolean[] before = known.clone();
                for (int caller = 0; caller < size; caller++) call(caller, before, round);
            }
        }

        private void ticks() {
            PriorityQueue<Tick> next = new PriorityQueue<>(
                    (a, b) -> a.at() == b.at() ? Integer.compare(a.node(), b.node()) : Double.compare(a.at(), b.at()));
            boolean poisson = epidemic.clock() == Clock.POISSON;
            for (int i = 0; i < size; i++)
                next.add(new Tick(poisson ? -StrictMath.log(draws.unit()) : draws.unit(), i));
            for (Tick tick; count < size && (tick = next.poll()) != null; ) {
                call(tick.node(), known, tick.at());
                next.add(new Tick(tick.at() + (poisson ? -StrictMath.log(draws.unit()) : 1), tick.node()));
            }
        }

        private void call(int caller, boolean[] before, double now) {
            if (size == 1) return;
            for (int peer : peers.pick(caller, draws)) {
                if (epidemic.exchange().pushes()
                        && before[caller]
                        && lucky(epidemic.link().push())) tell(peer, caller, now);
                if (epidemic.exchange().pulls()
                        && before[peer]
                        && lucky(epidemic.link().pull())) tell(caller, peer, now);
            }
        }

        private boolean lucky(double probability) {
            return probability >= 1 || draws.unit() < probability;
        }

        private void tell(int whom, int by, double now) {
            if (known[whom]) return;
            known[whom] = true;
            node[count] = whom;
            parent[count] = by;
            at[count++] = now;
        }
    }
}
