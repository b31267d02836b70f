package dev.grapevine.state.reconcile;

import dev.grapevine.state.reconcile.Reconciler.Effect;
import dev.grapevine.state.reconcile.Reconciler.Input;
import dev.grapevine.state.reconcile.Reconciler.Outcome;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Two nodes and a link that carries the bytes, in order, and may lose some. */
final class ReconcilerPair {
    record Carried(int to, byte[] bytes) {}

    final IdSet[] sets;
    final List<Reconciler<Integer>> nodes = new ArrayList<>();
    final ArrayDeque<Carried> link = new ArrayDeque<>();
    final List<Outcome> outcomes = new ArrayList<>();
    final RandomGenerator random;
    final double loss;
    long nowNanos;
    long bytes;
    long given;

    ReconcilerPair(IdSet initiator, IdSet responder, double loss, ReconcileSettings settings, RandomGenerator random) {
        this.sets = new IdSet[] {initiator, responder};
        this.random = random;
        this.loss = loss;
        for (IdSet set : sets) nodes.add(new Reconciler<>(set, settings, random));
    }

    /** One exchange, to its end, with all entries carried over. */
    Outcome exchange() {
        int before = outcomes.size();
        give(0, new Input.Start<>(1));
        while (true) {
            while (!link.isEmpty()) {
                Carried next = link.poll();
                give(
                        next.to(),
                        new Input.Received<>(1 - next.to(), ReconcileCodec.read(ByteBuffer.wrap(next.bytes()))));
            }
            if (outcomes.size() > before) return outcomes.get(before);
            nowNanos = Math.max(nowNanos, nodes.get(0).nextDeadlineNanos());
            give(0, new Input.Tick<>());
        }
    }

    void give(int node, Input<Integer> input) {
        List<Effect<Integer>> effects = new ArrayList<>();
        nodes.get(node).handle(input, nowNanos, effects);
        for (Effect<Integer> effect : effects) {
            switch (effect) {
                case Effect.Send<Integer>(Integer to, ReconcileMessage message) -> {
                    int size = ReconcileCodec.sizeBytes(message);
                    ByteBuffer buffer = ByteBuffer.allocate(size);
                    ReconcileCodec.write(buffer, message);
                    if (buffer.hasRemaining() || size > ReconcileCodec.MAX_BYTES)
                        throw new AssertionError(
                                size + " bytes announced, " + buffer.remaining() + " left: " + message);
                    bytes += size;
                    if (random.nextDouble() >= loss) link.add(new Carried(to, buffer.array()));
                }
                case Effect.Give<Integer>(Integer to, boolean asked, long[] ids) -> {
                    given += ids.length;
                    for (long id : ids) sets[to].add(id);
                }
                case Effect.Ended<Integer>(Integer peer, Outcome outcome) -> outcomes.add(outcome);
            }
        }
    }
}
