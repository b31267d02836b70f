package dev.grapevine.sim.broadcast;

import dev.grapevine.broadcast.Plumtree;
import dev.grapevine.broadcast.PlumtreeSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** {@link Plumtree} over the links of {@link PartialViews}; each message takes a hop's time and up to a tenth more. */
public final class PlumtreeSwarm {
    private static final long HOP = 1_000;

    private record Event(long at, long order, int to, int from, Plumtree.Message message) {}

    private static final Plumtree.Message WAKE = new Plumtree.Message.Prune("");

    private final PartialViews views;
    private final PriorityQueue<Event> agenda =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
    private final List<Plumtree> nodes = new ArrayList<>();
    private final List<Set<Integer>> links = new ArrayList<>();
    private final List<Plumtree.Effect> effects = new ArrayList<>();
    private final String[] names;
    private final long[] wake;
    private final RandomGenerator luck;
    private long now;
    private long order;
    private long payloads;
    private long control;
    private int deliveries;
    private long hops;
    private int lastHop;

    public PlumtreeSwarm(PartialViews views, PlumtreeSettings.Trees trees, long seed) {
        this.views = views;
        int size = views.size();
        luck = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        wake = new long[size];
        names = new String[size];
        for (int i = 0; i < size; i++) {
            names[i] = Integer.toString(i);
            nodes.add(new Plumtree(names[i], 1, PlumtreeSettings.of(trees, 20 * HOP, 4 * HOP, HOP / 10)));
            links.add(new LinkedHashSet<>());
            wake[i] = Long.MAX_VALUE;
        }
        relink();
    }

    /** Takes over the links as they are now. */
    public void relink() {
        for (int i = 0; i < nodes.size(); i++) {
            if (views.isDown(i)) continue;
            Set<Integer> now = new LinkedHashSet<>();
            for (int peer : views.neighbors(i)) now.add(peer);
            Set<Integer> before = links.get(i);
            for (int peer : before) if (!now.contains(peer)) give(i, new Plumtree.Input.NeighborDown(names[peer]));
            for (int peer : now) if (!before.contains(peer)) give(i, new Plumtree.Input.NeighborUp(names[peer]));
            links.set(i, now);
        }
    }

    /** Sends one message and waits until nothing happens any more. */
    public Reach broadcast(int sender) {
        payloads = 0;
        control = 0;
        deliveries = 0;
        hops = 0;
        lastHop = 0;
        give(sender, new Plumtree.Input.Broadcast(new byte[16]));
        for (Event event; (event = agenda.poll()) != null; ) {
            now = event.at();
            int to = event.to();
            if (views.isDown(to)) continue;
            if (event.from() >= 0) {
                give(to, new Plumtree.Input.Received(names[event.from()], event.message()));
            } else if (wake[to] == event.at()) {
                wake[to] = Long.MAX_VALUE;
                give(to, new Plumtree.Input.Tick());
            }
        }
        int living = 0;
        for (int i = 0; i < nodes.size(); i++) if (!views.isDown(i)) living++;
        return new Reach(living, deliveries + 1, payloads, control, lastHop, hops);
    }

    private void give(int node, Plumtree.Input input) {
        nodes.get(node).handle(input, now, effects);
        for (Plumtree.Effect effect : effects)
            switch (effect) {
                case Plumtree.Effect.Send(String to, Plumtree.Message message) -> {
                    if (message instanceof Plumtree.Message.Gossip) payloads++;
                    else control++;
                    agenda.add(new Event(
                            now + HOP + luck.nextLong(HOP / 10), order++, Integer.parseInt(to), node, message));
                }
                case Plumtree.Effect.Deliver told -> {
                    deliveries++;
                    hops += told.hops();
                    lastHop = Math.max(lastHop, told.hops());
                }
                case Plumtree.Effect.Sent sent -> {}
                case Plumtree.Effect.Refused(String reason) -> throw new IllegalStateException(reason);
            }
        effects.clear();
        long next = nodes.get(node).nextDeadlineNanos();
        if (next >= wake[node]) return;
        wake[node] = next;
        agenda.add(new Event(next, order++, node, -1, WAKE));
    }
}
