package dev.grapevine.bench;

import dev.grapevine.state.reconcile.IdSet;
import dev.grapevine.state.reconcile.RangeMessage;
import dev.grapevine.state.reconcile.RangeReconciler;
import dev.grapevine.state.reconcile.ReconcileMessage;
import dev.grapevine.state.reconcile.ReconcileSettings;
import dev.grapevine.state.reconcile.Reconciler;
import dev.grapevine.state.reconcile.SipKey;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Bytes, round trips and CPU of an exchange between two nodes whose sets differ by so many entries, half of them on each side;
 * beside it the same by ranges. Arguments: entries in common, then numbers of differences.
 *
 * <p>{@code java -cp ... dev.grapevine.bench.ReconcileBench 100000 0 1 8 64 1000 10000}
 */
public final class ReconcileBench {
    private ReconcileBench() {}

    private record Sent(int to, ReconcileMessage message) {}

    private record Figures(
            double bytes,
            double roundTrips,
            double micros,
            Reconciler.Method method,
            double rangeBytes,
            double rangeMicros) {}

    /** Runs it. */
    public static void main(String[] arguments) {
        int common = Integer.parseInt(arguments[0]);
        System.out.printf(
                "%9s %10s %9s %11s %9s %8s %13s %13s%n",
                "differ", "bytes", "each", "round trips", "us each", "method", "ranges: each", "us each");
        for (int i = 1; i < arguments.length; i++) {
            int differences = Integer.parseInt(arguments[i]);
            int runs = Math.max(1, Math.min(200, 20_000 / Math.max(1, differences)));
            Figures f = measure(common, differences, runs);
            double d = Math.max(1, differences);
            System.out.printf(
                    Locale.ROOT,
                    "%9d %10.0f %9.2f %11.1f %9.2f %8s %13.1f %13.2f%n",
                    differences,
                    f.bytes(),
                    f.bytes() / d,
                    f.roundTrips(),
                    f.micros() / d,
                    f.method(),
                    f.rangeBytes() / d,
                    f.rangeMicros() / d);
        }
    }

    private static Figures measure(int common, int differences, int runs) {
        SplittableRandom random = new SplittableRandom(differences);
        IdSet[] sets = {new IdSet(), new IdSet()};
        for (int i = 0; i < common; i++) {
            long id = random.nextLong();
            sets[0].add(id);
            sets[1].add(id);
        }
        List<Reconciler<Integer>> nodes = new ArrayList<>();
        for (IdSet set : sets) nodes.add(new Reconciler<>(set, ReconcileSettings.DEFAULT, random));
        long bytes = 0;
        long trips = 0;
        long nanos = 0;
        long rangeBytes = 0;
        long rangeNanos = 0;
        Reconciler.Method method = Reconciler.Method.NONE;
        int warmUp = runs > 1 ? runs / 2 : 0;
        for (int run = -warmUp; run < runs; run++) {
            for (int i = 0; i < differences; i++) sets[random.nextInt(2)].add(random.nextLong());
            boolean counts = run >= 0;
            long[][] arrays = {sets[0].toArray(), sets[1].toArray()};
            if (run < 3) {
                long before = System.nanoTime();
                long said = ranges(arrays[0], arrays[1]);
                if (counts) {
                    rangeNanos += System.nanoTime() - before;
                    rangeBytes += said;
                }
            }
            List<Reconciler.Effect<Integer>> effects = new ArrayList<>();
            ArrayDeque<Sent> link = new ArrayDeque<>();
            List<long[]> give = new ArrayList<>();
            List<Integer> to = new ArrayList<>();
            long before = System.nanoTime();
            nodes.get(0).handle(new Reconciler.Input.Start<>(1), 0, effects);
            int from = 0;
            while (true) {
                for (Reconciler.Effect<Integer> effect : effects) {
                    switch (effect) {
                        case Reconciler.Effect.Send<Integer>(Integer peer, ReconcileMessage message) -> {
                            if (counts) bytes += message.sizeBytes();
                            link.add(new Sent(peer, message));
                        }
                        case Reconciler.Effect.Give<Integer>(Integer peer, boolean asked, long[] ids) -> {
                            give.add(ids);
                            to.add(peer);
                        }
                        case Reconciler.Effect.Ended<Integer>(Integer peer, Reconciler.Outcome outcome) -> {
                            method = outcome.method();
                            if (counts) trips += outcome.roundTrips();
                        }
                    }
                }
                effects.clear();
                Sent next = link.poll();
                if (next == null) break;
                from = 1 - next.to();
                nodes.get(next.to()).handle(new Reconciler.Input.Received<>(from, next.message()), 0, effects);
            }
            if (counts) nanos += System.nanoTime() - before;
            for (int i = 0; i < give.size(); i++) for (long id : give.get(i)) sets[to.get(i)].add(id);
            if (sets[0].digest() != sets[1].digest())
                throw new IllegalStateException("the sets differ after an exchange");
        }
        int rangeRuns = Math.min(3, runs);
        return new Figures(
                (double) bytes / runs,
                (double) trips / runs,
                nanos / 1e3 / runs,
                method,
                (double) rangeBytes / rangeRuns,
                rangeNanos / 1e3 / rangeRuns);
    }

    private static long ranges(long[] a, long[] b) {
        SipKey key = SipKey.of(1);
        RangeReconciler[] sides = {new RangeReconciler(a, key), new RangeReconciler(b, key)};
        RangeMessage message = sides[0].begin();
        long bytes = 0;
        for (int turn = 1; message != null; turn = 1 - turn) {
            ByteBuffer buffer = ByteBuffer.allocate(message.sizeBytes());
            message.encode(buffer);
            bytes += buffer.capacity();
            message = sides[turn].handle(RangeMessage.read(buffer.flip())).reply();
        }
        return bytes;
    }
}
