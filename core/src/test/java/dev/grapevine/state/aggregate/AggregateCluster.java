package dev.grapevine.state.aggregate;

import dev.grapevine.state.aggregate.Aggregator.Effect;
import dev.grapevine.state.aggregate.Aggregator.Input;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Nodes on virtual time, and links that carry the bytes after some milliseconds, or lose them. */
final class AggregateCluster {
    static final String NAME = "load";

    private record Event(
            long atNanos, long order, int node, @Nullable Integer from, byte @Nullable [] bytes)
            implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime == 0 ? Long.compare(order, other.order) : byTime;
        }
    }

    final AggregateSettings settings;
    final SplittableRandom random;
    final double loss;
    final long latencyNanos;
    final Map<Integer, Aggregator<Integer>> nodes = new LinkedHashMap<>();
    final Map<Integer, AggregateResult> results = new LinkedHashMap<>();
    private final PriorityQueue<Event> agenda = new PriorityQueue<>();
    private final Map<Integer, Long> ticks = new LinkedHashMap<>();
    private long order;
    private int added;
    long nowNanos;
    long bytes;

    AggregateCluster(AggregateSettings settings, double loss, long latencyNanos, long seed) {
        this.settings = settings;
        this.loss = loss;
        this.latencyNanos = latencyNanos;
        this.random = new SplittableRandom(seed);
    }

    int add(double value) {
        int id = added++;
        nodes.put(id, new Aggregator<>(settings, random.split()));
        give(id, new Input.Contribute<>(NAME, value));
        return id;
    }

    void crash(int id) {
        nodes.remove(id);
        results.remove(id);
    }

    /** Everybody knows everybody. */
    void meet() {
        List<Integer> all = new ArrayList<>(nodes.keySet());
        for (int id : all) {
            List<Integer> others = new ArrayList<>(all);
            others.remove((Integer) id);
            give(id, new Input.Peers<>(others));
        }
    }

    void runUntil(long untilNanos) {
        while (!agenda.isEmpty() && agenda.peek().atNanos() <= untilNanos) {
            Event event = agenda.poll();
            nowNanos = event.atNanos();
            if (!nodes.containsKey(event.node())) continue;
            if (event.bytes() == null || event.from() == null) {
                ticks.remove(event.node());
                give(event.node(), new Input.Tick<>());
            } else {
                give(
                        event.node(),
                        new Input.Received<>(event.from(), AggregateCodec.read(ByteBuffer.wrap(event.bytes()))));
            }
        }
        nowNanos = untilNanos;
    }

    void give(int id, Input<Integer> input) {
        Aggregator<Integer> node = nodes.get(id);
        List<Effect<Integer>> effects = new ArrayList<>();
        node.handle(input, nowNanos, effects);
        for (Effect<Integer> effect : effects) {
            switch (effect) {
                case Effect.Send<Integer>(Integer to, AggregateMessage message) -> {
                    ByteBuffer buffer = ByteBuffer.allocate(AggregateCodec.sizeBytes(message));
                    AggregateCodec.write(buffer, message);
                    if (buffer.hasRemaining()) throw new AssertionError("size of " + message);
                    bytes += buffer.capacity();
                    if (random.nextDouble() >= loss)
                        agenda.add(new Event(nowNanos + latencyNanos, order++, to, id, buffer.array()));
                }
                case Effect.Completed<Integer>(AggregateResult result) -> results.put(id, result);
            }
        }
        long next = node.nextDeadlineNanos();
        Long owed = ticks.get(id);
        if (next != Long.MAX_VALUE && (owed == null || owed > next)) {
            ticks.put(id, next);
            agenda.add(new Event(Math.max(next, nowNanos), order++, id, null, null));
        }
    }

    /** The root of the mean square of how far the nodes' estimates are off. */
    double error(double truth, ToDoubleFunction<AggregateResult> estimate) {
        double squares = 0;
        for (Aggregator<Integer> node : nodes.values()) {
            AggregateResult result = node.current(NAME);
            if (result == null) throw new AssertionError("a node without " + NAME);
            double off = estimate.applyAsDouble(result) - truth;
            squares += off * off;
        }
        return Math.sqrt(squares / nodes.size());
    }
}
