package dev.grapevine.broadcast;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Partial views without a clock finer than the cycle: messages arrive in the order of sending, at once, and one to a dead node
 * comes back as unreachable, as a broken connection would.
 */
final class Overlay {
    private static final long CYCLE = 1_000_000;

    private record Letter(int from, int to, HyParView.Message message) {}

    final List<HyParView> nodes = new ArrayList<>();
    final boolean[] down;
    long messages;

    private final List<String> names = new ArrayList<>();
    private final ArrayDeque<Letter> post = new ArrayDeque<>();
    private final List<HyParView.Effect> effects = new ArrayList<>();
    private long nowNanos;

    Overlay(int size, long seed) {
        RandomGenerator luck = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        HyParView.Settings settings = HyParView.Settings.of(CYCLE, 10 * CYCLE);
        down = new boolean[size];
        for (int i = 0; i < size; i++) {
            names.add(Integer.toString(i));
            RandomGenerator own = RandomGeneratorFactory.of("L64X128MixRandom").create(luck.nextLong());
            nodes.add(new HyParView(names.get(i), settings, own));
        }
        // As in the paper: one after another, by way of one contact.
        for (int i = 1; i < size; i++) {
            give(i, new HyParView.Input.JoinBy(names.getFirst()));
            deliver();
        }
    }

    void cycle() {
        nowNanos += CYCLE;
        for (int i = 0; i < nodes.size(); i++)
            if (!down[i]) {
                give(i, new HyParView.Input.Tick());
                deliver();
            }
    }

    /** Every survivor finds its broken connections at once. */
    void crash(int from, int to) {
        for (int i = from; i < to; i++) down[i] = true;
        for (int i = 0; i < nodes.size(); i++) {
            if (down[i]) continue;
            for (String peer : nodes.get(i).active())
                if (down[Integer.parseInt(peer)]) give(i, new HyParView.Input.Unreachable(peer));
            deliver();
        }
    }

    /** Living nodes in the largest component, links counted only between living nodes. */
    int largestComponent() {
        int[] component = new int[nodes.size()];
        int largest = 0;
        for (int start = 0; start < nodes.size(); start++) {
            if (down[start] || component[start] != 0) continue;
            int size = 0;
            ArrayDeque<Integer> open = new ArrayDeque<>(List.of(start));
            component[start] = start + 1;
            while (!open.isEmpty()) {
                int node = open.poll();
                size++;
                for (String peer : nodes.get(node).active()) {
                    int other = Integer.parseInt(peer);
                    if (down[other] || component[other] != 0) continue;
                    component[other] = start + 1;
                    open.add(other);
                }
            }
            largest = Math.max(largest, size);
        }
        return largest;
    }

    int oneSidedLinks() {
        int oneSided = 0;
        for (int i = 0; i < nodes.size(); i++) {
            if (down[i]) continue;
            for (String peer : nodes.get(i).active())
                if (!nodes.get(Integer.parseInt(peer)).active().contains(names.get(i))) oneSided++;
        }
        return oneSided;
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
            messages++;
            if (down[letter.to()]) give(letter.from(), new HyParView.Input.Unreachable(names.get(letter.to())));
            else give(letter.to(), new HyParView.Input.Received(names.get(letter.from()), letter.message()));
        }
    }
}
