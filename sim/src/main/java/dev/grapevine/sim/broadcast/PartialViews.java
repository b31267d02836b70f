package dev.grapevine.sim.broadcast;

import dev.grapevine.broadcast.HyParView;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Many {@link HyParView}s as in the paper's simulator: time goes in cycles, messages arrive at once in the order of sending, and one to a dead
 * node comes back as a broken connection would.
 */
public final class PartialViews {
    private static final long CYCLE = 1_000_000;

    private record Letter(int from, int to, HyParView.Message message) {}

    private final List<HyParView> nodes = new ArrayList<>();
    private final boolean[] down;
    private final String[] names;
    private final ArrayDeque<Letter> post = new ArrayDeque<>();
    private final List<HyParView.Effect> effects = new ArrayList<>();
    private long nowNanos;

    /** All join one after another by way of one contact, with the paper's settings (5 active, 30 passive). */
    public PartialViews(int size, long seed) {
        RandomGenerator luck = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        HyParView.Settings settings = HyParView.Settings.of(CYCLE, 10 * CYCLE);
        down = new boolean[size];
        names = new String[size];
        for (int i = 0; i < size; i++) {
            names[i] = Integer.toString(i);
            RandomGenerator own = RandomGeneratorFactory.of("L64X128MixRandom").create(luck.nextLong());
            nodes.add(new HyParView(names[i], settings, own));
        }
        for (int i = 1; i < size; i++) {
            give(i, new HyParView.Input.JoinBy(names[0]));
            deliver();
        }
    }

    /** Every living node shuffles once. */
    public void cycle() {
        nowNanos += CYCLE;
        for (int i = 0; i < down.length; i++) {
            if (down[i]) continue;
            give(i, new HyParView.Input.Tick());
            deliver();
        }
    }

    /** These stop at once; nobody knows yet. */
    public void crash(int[] victims) {
        for (int victim : victims) down[victim] = true;
    }

    /** Every survivor finds its broken connections, as it does when it sends a message, and replaces them as it can. */
    public void react() {
        for (int i = 0; i < down.length; i++) {
            if (down[i]) continue;
            for (String peer : nodes.get(i).active())
                if (down[Integer.parseInt(peer)]) give(i, new HyParView.Input.Unreachable(peer));
            deliver();
        }
    }

    public int size() {
        return down.length;
    }

    public boolean isDown(int node) {
        return down[node];
    }

    /** Neighbours of a node, those that are down included while it does not know. */
    public int[] neighbors(int node) {
        List<String> active = nodes.get(node).active();
        int[] neighbors = new int[active.size()];
        for (int i = 0; i < neighbors.length; i++) neighbors[i] = Integer.parseInt(active.get(i));
        return neighbors;
    }

    private void give(int node, HyParView.Input input) {
        nodes.get(node).handle(input, nowNanos, effects);
        for (HyParView.Effect effect : effects)
            if (effect instanceof HyParView.Effect.Send(String to, HyParView.Message message))
                post.add(new Letter(node, Integer.parseInt(to), message));
        effects.clear();
    }

    private void deliver() {
        for (Letter letter; (letter = post.poll()) != null; ) {
            if (down[letter.to()]) give(letter.from(), new HyParView.Input.Unreachable(names[letter.to()]));
            else give(letter.to(), new HyParView.Input.Received(names[letter.from()], letter.message()));
        }
    }
}
