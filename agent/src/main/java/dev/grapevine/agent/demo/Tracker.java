package dev.grapevine.agent.demo;

import dev.grapevine.membership.Evidence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Who has heard, and who was found dead by whom. Thread-safe. */
final class Tracker {
    private record Heard(@Nullable Integer from, int hop, long atNanos) {}

    private static final class Death {
        final long atNanos;
        final BitSet seenBy = new BitSet();

        @Nullable
        Double detectedMillis;

        @Nullable
        String evidence;

        Death(long atNanos) {
            this.atNanos = atNanos;
        }
    }

    private final int nodes;
    private final Demo.Watcher watcher;
    private final @Nullable Heard[] heard;
    private final Map<Integer, Death> deaths = new TreeMap<>();
    private int informed;
    private int told; // deliveries that the watcher has been told of: the last one before the end is announced
    private long startNanos = Long.MAX_VALUE;

    Tracker(int nodes, Demo.Watcher watcher) {
        this.nodes = nodes;
        this.watcher = watcher;
        this.heard = new Heard[nodes];
    }

    void delivered(int node, @Nullable Integer from, int hop, long atNanos) {
        int count;
        synchronized (this) {
            if (heard[node] != null) return;
            heard[node] = new Heard(from, hop, atNanos);
            startNanos = Math.min(startNanos, atNanos);
            count = ++informed;
        }
        watcher.delivered(delivery(node), count);
        synchronized (this) {
            told++;
            notifyAll();
        }
    }

    synchronized void killed(int node, long atNanos) {
        deaths.put(node, new Death(atNanos));
    }

    void failed(int node, int by, long nowNanos, Evidence evidence) {
        DemoResult.Failure first = null;
        synchronized (this) {
            Death death = deaths.get(node);
            if (death == null || deaths.containsKey(by)) return;
            death.seenBy.set(by);
            if (death.detectedMillis == null) {
                death.detectedMillis = Demo.round(Demo.millis(nowNanos - death.atNanos));
                death.evidence = EvidenceText.sentence("node-" + by, evidence);
                first = new DemoResult.Failure(node, death.detectedMillis, death.evidence);
            }
            notifyAll();
        }
        if (first != null) watcher.detected(first, by);
    }

    void awaitInformed(Collection<Integer> dead, Duration most) throws InterruptedException {
        await(() -> told == informed && informed(dead) == nodes - dead.size(), most);
    }

    void awaitDetected(Collection<Integer> dead, Duration most) throws InterruptedException {
        await(() -> detected(dead) == dead.size(), most);
    }

    private synchronized void await(BooleanSupplier done, Duration most) throws InterruptedException {
        long until = System.nanoTime() + most.toNanos();
        while (!done.getAsBoolean()) {
            long left = until - System.nanoTime();
            if (left <= 0) return; // the result says what is missing
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    synchronized int informed(Collection<Integer> dead) {
        int count = informed;
        for (int each : dead) if (heard[each] != null) count--;
        return count;
    }

    /** How many of the dead every living node knows to be dead. */
    synchronized int detected(Collection<Integer> dead) {
        int living = nodes - dead.size();
        int count = 0;
        for (int each : dead) {
            Death death = deaths.get(each);
            if (death != null && death.seenBy.cardinality() == living) count++;
        }
        return count;
    }

    /** Deliveries by way of the network, the killed included. */
    synchronized int deliveredElsewhere() {
        int count = 0;
        for (Heard each : heard) if (each != null && each.hop() > 0) count++;
        return count;
    }

    synchronized @Nullable Double spreadMillis(Collection<Integer> dead) {
        if (informed(dead) < nodes - dead.size()) return null;
        Set<Integer> gone = new HashSet<>(dead);
        long last = startNanos;
        for (int i = 0; i < nodes; i++) {
            Heard each = heard[i];
            if (each != null && !gone.contains(i)) last = Math.max(last, each.atNanos());
        }
        return Demo.millis(last - startNanos);
    }

    private synchronized DemoResult.Delivery delivery(int node) {
        Heard each = heard[node];
        if (each == null) throw new IllegalStateException("node " + node + " has not heard");
        return new DemoResult.Delivery(
                node, each.from(), Demo.round(Demo.millis(each.atNanos() - startNanos)), each.hop());
    }

    synchronized List<DemoResult.Delivery> deliveries() {
        List<DemoResult.Delivery> all = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            if (heard[i] != null) all.add(delivery(i));
        }
        all.sort(Comparator.comparingDouble(DemoResult.Delivery::millis));
        return all;
    }

    synchronized List<DemoResult.Failure> failures(Collection<Integer> dead) {
        List<DemoResult.Failure> all = new ArrayList<>();
        for (int each : new java.util.TreeSet<>(dead)) {
            Death death = deaths.get(each);
            if (death != null) all.add(new DemoResult.Failure(each, death.detectedMillis, death.evidence));
        }
        return all;
    }
}
