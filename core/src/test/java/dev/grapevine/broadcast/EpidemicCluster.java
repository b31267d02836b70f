package dev.grapevine.broadcast;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** A few epidemics on virtual time: messages take {@code latencyNanos}, and a share of them is lost. */
final class EpidemicCluster {
    static final long PERIOD = 1_000_000_000L;

    private sealed interface Event {
        long at();

        long order();

        record Wake(long at, long order, int node) implements Event {}

        record Carry(long at, long order, int from, int to, EpidemicMessage message) implements Event {}
    }

    /** A value told to a node. */
    record Delivery(int node, Epidemic.Effect.Deliver told) {}

    final List<Epidemic> nodes = new ArrayList<>();
    final List<String> names = new ArrayList<>();
    final List<Delivery> deliveries = new ArrayList<>();
    final boolean[] down;
    long nowNanos;
    long messages;
    long bytes;
    long payloads;
    double loss;
    long latencyNanos;
    int firstGroup = Integer.MAX_VALUE; // a partition: nodes below it hear only each other

    private final RandomGenerator luck;
    private final List<Epidemic.Effect> effects = new ArrayList<>();
    private final PriorityQueue<Event> agenda =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
    private final long[] wake;
    private long order;

    EpidemicCluster(int size, EpidemicSettings settings, long seed) {
        luck = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        down = new boolean[size];
        wake = new long[size];
        for (int i = 0; i < size; i++) names.add("n" + i);
        for (int i = 0; i < size; i++) {
            RandomGenerator own = RandomGeneratorFactory.of("L64X128MixRandom").create(luck.nextLong());
            nodes.add(new Epidemic(names.get(i), 1, settings, own));
            wake[i] = Long.MAX_VALUE;
            give(i, new Epidemic.Input.Peers(names));
        }
    }

    void give(int node, Epidemic.Input input) {
        nodes.get(node).handle(input, nowNanos, effects);
        perform(node);
        long next = nodes.get(node).nextDeadlineNanos();
        if (next < wake[node]) {
            wake[node] = next;
            agenda.add(new Event.Wake(Math.max(next, nowNanos), order++, node));
        }
    }

    void put(int node, String name, int payloadBytes) {
        give(node, new Epidemic.Input.Put(name, new byte[payloadBytes]));
    }

    /** Runs until {@code deliveries} values were told, or until {@code untilNanos}; returns whether they were. */
    boolean runUntil(int count, long untilNanos) {
        while (deliveries.size() < count) if (!step(untilNanos)) return false;
        return true;
    }

    /** Runs everything due until {@code untilNanos}. */
    void run(long untilNanos) {
        while (step(untilNanos)) {}
        nowNanos = untilNanos;
    }

    boolean isQuiet() {
        return agenda.isEmpty();
    }

    private boolean step(long untilNanos) {
        Event event = agenda.peek();
        if (event == null || event.at() > untilNanos) return false;
        agenda.remove();
        nowNanos = event.at();
        switch (event) {
            case Event.Wake(long at, long ignored, int node) -> {
                if (wake[node] > at) return true;
                wake[node] = Long.MAX_VALUE;
                if (!down[node]) give(node, new Epidemic.Input.Tick());
            }
            case Event.Carry(long at, long ignored, int from, int to, EpidemicMessage message) -> {
                if (!down[to]) give(to, new Epidemic.Input.Received(names.get(from), message));
            }
        }
        return true;
    }

    /** One synchronous round: all tick, then all messages move together, wave by wave, until none is left. */
    void round(long roundNanos) {
        nowNanos = roundNanos;
        List<Event.Carry> wave = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) collect(i, new Epidemic.Input.Tick(), wave);
        while (!wave.isEmpty()) {
            List<Event.Carry> next = new ArrayList<>();
            for (Event.Carry carry : wave)
                collect(carry.to(), new Epidemic.Input.Received(names.get(carry.from()), carry.message()), next);
            wave = next;
        }
    }

    private void collect(int node, Epidemic.Input input, List<Event.Carry> wave) {
        nodes.get(node).handle(input, nowNanos, effects);
        perform(node);
        for (Event event; (event = agenda.poll()) != null; ) if (event instanceof Event.Carry carry) wave.add(carry);
    }

    private void perform(int node) {
        for (Epidemic.Effect effect : effects)
            switch (effect) {
                case Epidemic.Effect.Send(String to, EpidemicMessage message, boolean large) ->
                    carry(node, to, message);
                case Epidemic.Effect.Deliver told -> deliveries.add(new Delivery(node, told));
                case Epidemic.Effect.Stored stored -> {}
                case Epidemic.Effect.Refused(String name, String reason) ->
                    throw new AssertionError(name + ": " + reason);
            }
        effects.clear();
    }

    // Over bytes, so that every run exercises the codec too.
    private void carry(int from, String to, EpidemicMessage message) {
        ByteBuffer encoded = ByteBuffer.allocate(EpidemicCodec.size(message));
        EpidemicCodec.encode(message, encoded);
        if (encoded.hasRemaining()) throw new AssertionError(encoded.remaining() + " bytes too many for " + message);
        messages++;
        bytes += encoded.position();
        if (message instanceof EpidemicMessage.Delta(List<Rumor> rumors)) payloads += rumors.size();
        int target = Integer.parseInt(to.substring(1));
        if (down[target] || (from < firstGroup) != (target < firstGroup)) return;
        if (loss > 0 && luck.nextDouble() < loss) return;
        agenda.add(
                new Event.Carry(nowNanos + latencyNanos, order++, from, target, EpidemicCodec.decode(encoded.flip())));
    }
}
