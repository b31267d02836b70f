package dev.grapevine.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.state.StateStore.Snapshot;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What it costs two replicas to become the same where versions do not tell what is missing, in bytes of all their messages.
 * {@code -Dgrapevine.entries=1000000} for large stores; the figures are printed.
 */
class RepairCostTest {
    private static final long PERIOD = 200_000_000L;
    private static final long SECOND = StateCluster.SECOND;
    private static final int ENTRIES = Integer.getInteger("grapevine.entries", 10_000);

    private static StateKey key(int i) {
        return StateKey.shared(Spaces.shared("x"), "key" + i);
    }

    /** Written by three nodes that are gone; with {@code forgotten}, removals were forgotten too. */
    static Snapshot written(int entries, boolean forgotten) {
        Origin[] writers = {new Origin("w1", 1, true), new Origin("w2", 1, true), new Origin("w3", 1, true)};
        List<Kept> items = new ArrayList<>(entries);
        for (int i = 0; i < entries; i++) {
            Origin by = writers[i % 3];
            long version = 2L + i / 3; // the first of each was removed
            byte[] value = ByteBuffer.allocate(8).putInt(i).array();
            items.add(new Kept(
                    key(i), new Entry(Context.of(by, version), List.of(new Sibling(by, version, 0, Value.of(value))))));
        }
        long last = 2L + (entries - 1) / 3;
        Context seen = Context.EMPTY;
        Context collected = Context.EMPTY;
        for (Origin each : writers) {
            seen = seen.with(each, last);
            if (forgotten) collected = collected.with(each, 1);
        }
        return new Snapshot(items, seen, collected);
    }

    private static StateStore store(Snapshot known) {
        StateStore store = new StateStore();
        store.restore(known);
        return store;
    }

    static StateCluster pair(Snapshot first, Snapshot second) {
        StateCluster cluster = new StateCluster(StateSettings.of(PERIOD), 1, List.of(store(first), store(second)));
        cluster.checking = false;
        return cluster;
    }

    private static long entryBytes(StateStore store) {
        long bytes = 0;
        for (var each : store.entries().entrySet())
            bytes += KeptCodec.key(each.getKey()).length + KeptCodec.value(each.getValue()).length - 8; // its table
        return bytes;
    }

    @ParameterizedTest(name = "removals were forgotten: {0}")
    @CsvSource({"false", "true"})
    void whoJoinsWithNothingIsGivenEverythingOnce(boolean forgotten) {
        long began = System.nanoTime();
        StateCluster cluster = pair(written(ENTRIES, forgotten), new Snapshot(List.of(), Context.EMPTY, Context.EMPTY));
        long madeMillis = (System.nanoTime() - began) / 1_000_000;
        long took = cluster.runUntilConverged(1200 * SECOND);
        assertThat(took).isGreaterThanOrEqualTo(0);
        long bytes = cluster.bytes;
        double each = (double) bytes / ENTRIES;
        System.out.printf(
                "joiner to %d entries%s: %.1f s, %d bytes in all, %.1f an entry (an entry alone %.1f); %d ms to make, %d ms in all%n",
                ENTRIES,
                forgotten ? ", removals forgotten" : "",
                took / 1e9,
                bytes,
                each,
                (double) entryBytes(cluster.nodes[0].store()) / ENTRIES,
                madeMillis,
                (System.nanoTime() - began) / 1_000_000);
        assertThat(each).isLessThan(48);
    }

    /** Bytes of the comparison, entries left out, on the mean over seeds, beyond 32 for the exchange. */
    @ParameterizedTest(name = "{0} differ, changed: {2}")
    @CsvSource({
        "1, 40, false",
        "8, 20, false",
        "64, 10, false",
        "500, 3, false",
        "3000, 1, false",
        "8, 20, true",
        "64, 10, true"
    })
    void aPeerThatMissedRemovalsPaysForWhatDiffers(int differences, int runs, boolean changed) {
        Snapshot all = written(ENTRIES, false);
        long compared = 0;
        long total = 0;
        for (int run = 0; run < runs; run++) {
            SplittableRandom random = new SplittableRandom(run * 1000L + differences);
            // While the other was away, one removed and forgot some, and wrote others: new ones, or what was there (an
            // entry that changed is two differences, the old and the new).
            List<Kept> items = new ArrayList<>(all.items());
            Origin by = new Origin("n100", 9, true);
            Context seen = all.seen();
            Context collected = Context.EMPTY;
            for (int i = 0; i < differences; i++) {
                int at = random.nextInt(items.size());
                Sibling sibling = new Sibling(by, i + 1, 0, Value.of(new byte[8]));
                Kept old = items.get(at);
                if (i % 2 == 0) items.remove(at);
                else if (changed)
                    items.set(
                            at,
                            new Kept(old.key(), old.entry().written(old.entry().context(), sibling)));
                else items.add(new Kept(key(ENTRIES + i), new Entry(Context.of(by, i + 1), List.of(sibling))));
                seen = seen.with(by, i + 1);
                if (i % 2 == 0) collected = collected.with(by, i + 1);
            }
            StateCluster cluster = pair(new Snapshot(items, seen, collected), all);
            assertThat(cluster.runUntilConverged(200 * SECOND)).isGreaterThanOrEqualTo(0);
            cluster.runFor(10 * PERIOD);
            assertThat(cluster.nodes[1].store().seen(by)).isEqualTo(differences);
            compared += cluster.comparedBytes;
            total += cluster.bytes;
        }
        int ids = changed ? differences + differences / 2 : differences;
        double each = ((double) compared / runs - 32) / ids;
        System.out.printf(
                "%d keys (%d ids) of %d differ: %.1f bytes of comparison, %.1f an id beyond 32; %.0f bytes in all%n",
                differences, ids, ENTRIES, (double) compared / runs, each, (double) total / runs);
        assertThat(each).isLessThanOrEqualTo(ids <= 64 ? 10 : 25);
    }
}
