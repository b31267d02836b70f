package dev.grapevine.state.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.state.reconcile.Reconciler.Effect;
import dev.grapevine.state.reconcile.Reconciler.Input;
import dev.grapevine.state.reconcile.Reconciler.Method;
import dev.grapevine.state.reconcile.Reconciler.Outcome;
import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReconcilerTest {
    private static ReconcilerPair pair(IdSets sets, double loss, SplittableRandom random) {
        return new ReconcilerPair(
                IdSets.of(sets.ours()), IdSets.of(sets.theirs()), loss, ReconcileSettings.DEFAULT, random);
    }

    private static void bothHave(ReconcilerPair pair, IdSets sets) {
        long[] union = SortedIds.sorted(LongStream.concat(Arrays.stream(sets.ours()), Arrays.stream(sets.onlyTheirs()))
                .toArray());
        assertThat(pair.sets[0].toArray()).containsExactly(union);
        assertThat(pair.sets[1].toArray()).containsExactly(union);
    }

    @ParameterizedTest(name = "{0} entries")
    @ValueSource(ints = {0, 1, 100, 10_000, 50_000})
    void anExchangeInSyncTakesAtMost32Bytes(int size) {
        ReconcilerPair pair =
                pair(IdSets.differing(size, 0, 0, new SplittableRandom(size)), 0, new SplittableRandom(1));
        assertThat(pair.exchange().method()).isEqualTo(Method.SAME);
        assertThat(pair.bytes).isLessThanOrEqualTo(32 - 6); // two messages' headers in a packet take up to 6
        assertThat(pair.given).isZero();
    }

    /** Bytes beyond the entries: 32 for the exchange, and 10 for each difference, on the mean over seeds. */
    @ParameterizedTest(name = "{0} of 10,000 differ")
    @CsvSource({"1, 400", "2, 300", "3, 300", "4, 200", "8, 200", "16, 100", "32, 100", "48, 100", "64, 100"})
    void upTo64DifferencesTakeAtMostTenBytesEach(int differences, int runs) {
        SplittableRandom random = new SplittableRandom(differences);
        IdSets shared = IdSets.differing(10_000, 0, 0, random);
        ReconcilerPair pair = pair(shared, 0, random);
        int roundTrips = 0;
        for (int run = 0; run < runs; run++) {
            for (int i = 0; i < differences; i++) pair.sets[random.nextInt(2)].add(random.nextLong());
            roundTrips += pair.exchange().roundTrips();
            assertThat(pair.sets[0].digest()).isEqualTo(pair.sets[1].digest());
        }
        // An id named by 20 bits is taken for another one in 64, whose entry is then given in vain.
        assertThat((double) pair.given / runs / differences).isBetween(1.0, 1.03);
        double each = ((double) pair.bytes / runs - 32) / differences;
        assertThat(each).isLessThanOrEqualTo(10);
        assertThat((double) roundTrips / runs).isLessThan(2.5);
    }

    @ParameterizedTest(name = "{1} and {2} differ beside {0}")
    @CsvSource({
        "20000, 60, 60",
        "20000, 500, 0",
        "20000, 0, 500",
        "30000, 1500, 1500",
        "40000, 10000, 1000",
        "60000, 15000, 15000"
    })
    void manyDifferencesTakeAtMost25BytesEach(int common, int ours, int theirs) {
        SplittableRandom random = new SplittableRandom(common + ours);
        IdSets sets = IdSets.differing(common, ours, theirs, random);
        ReconcilerPair pair = pair(sets, 0, random);
        Outcome outcome = pair.exchange();
        bothHave(pair, sets);
        double each = (double) pair.bytes / (ours + theirs);
        assertThat(each).isLessThanOrEqualTo(25);
        assertThat(outcome.roundTrips()).isLessThanOrEqualTo(12);
    }

    @ParameterizedTest(name = "{0} and {1}")
    @CsvSource({"0, 30000", "30000, 0", "3, 30000", "0, 1", "1, 0", "300, 20000"})
    void whoHasNextToNothingListsItAndGetsTheRest(int ours, int theirs) {
        SplittableRandom random = new SplittableRandom(ours + theirs);
        IdSets sets = IdSets.differing(0, ours, theirs, random);
        ReconcilerPair pair = pair(sets, 0, random);
        assertThat(pair.exchange().method()).isEqualTo(Method.LISTING);
        bothHave(pair, sets);
        assertThat(pair.bytes).isLessThan(260 + 11L * Math.min(ours, theirs));
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void lossDelaysAndSpoilsNothing(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        IdSets sets = IdSets.differing(2000, random.nextInt(200), random.nextInt(200), random);
        ReconcilerPair pair = pair(sets, 0.2, random);
        for (int exchange = 0; exchange < 200; exchange++)
            if (pair.exchange().method() == Method.SAME
                    && pair.outcomes.getLast().giving() == 0) break;
        bothHave(pair, sets);
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void idsThatShareTheirUpperBitsAreReconciledToo(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long id = random.nextLong();
        IdSets sets = IdSets.differing(1000, 0, 0, random);
        ReconcilerPair pair = pair(sets, 0, random);
        pair.sets[0].add(id);
        pair.sets[0].add(id ^ 1); // the two cancel each other in the sketch
        pair.sets[1].add(id ^ 2);
        for (int exchange = 0; exchange < 3; exchange++) pair.exchange();
        assertThat(pair.sets[0].toArray()).containsExactly(pair.sets[1].toArray());
        assertThat(pair.sets[0].size()).isEqualTo(1003);
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3})
    void setsThatChangeDuringAnExchangeAreEqualAfterTheNextOnes(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        IdSets sets = IdSets.differing(3000, 400, 300, random);
        ReconcilerPair pair = pair(sets, 0, random);
        pair.give(0, new Input.Start<>(1));
        for (int step = 0; !pair.link.isEmpty(); step++) {
            ReconcilerPair.Carried next = pair.link.poll();
            if (step % 2 == 0) {
                pair.sets[step / 2 % 2].add(random.nextLong());
                pair.sets[0].remove(sets.ours()[step]);
                pair.sets[1].remove(sets.ours()[step]);
            }
            pair.give(
                    next.to(), new Input.Received<>(1 - next.to(), ReconcileCodec.read(ByteBuffer.wrap(next.bytes()))));
        }
        for (int exchange = 0; exchange < 3; exchange++) pair.exchange();
        assertThat(pair.sets[0].toArray()).containsExactly(pair.sets[1].toArray());
    }

    @Test
    void aPeerThatSaysNothingIsAskedThreeTimes() {
        ReconcilerPair pair = pair(IdSets.differing(10, 1, 1, new SplittableRandom(1)), 1.0, new SplittableRandom(2));
        Outcome outcome = pair.exchange();
        assertThat(outcome.method()).isEqualTo(Method.NONE);
        assertThat(pair.nowNanos).isEqualTo(3 * ReconcileSettings.DEFAULT.timeoutNanos());
    }

    @Test
    void onlyAFewLargeExchangesAreHeldAtATime() {
        SplittableRandom random = new SplittableRandom(4);
        IdSet set = IdSets.of(random.longs(5000).toArray());
        Reconciler<Integer> node = new Reconciler<>(set, ReconcileSettings.DEFAULT, random);
        List<Effect<Integer>> effects = new ArrayList<>();
        for (int peer = 0; peer < 100; peer++) {
            node.handle(new Input.Received<>(peer, new ReconcileMessage.Compare(1, 4000, 0, 0, 0)), 0, effects);
            node.handle(new Input.Received<>(peer, new ReconcileMessage.WantSymbols(1, 0, 10)), 0, effects);
        }
        long symbols = effects.stream()
                .filter(e -> e instanceof Effect.Send<Integer> s && s.message() instanceof ReconcileMessage.Symbols)
                .count();
        long busy = effects.stream()
                .filter(e -> e instanceof Effect.Send<Integer> s && s.message() instanceof ReconcileMessage.Busy)
                .count();
        assertThat(symbols).isEqualTo(2);
        assertThat(busy).isEqualTo(98);
    }

    /** Bytes that were mangled on the way, or made up, decode or are refused; sets change only by entries that were given. */
    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3})
    void hostileBytesChangeNothing(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        IdSets sets = IdSets.differing(500, 40, 40, random);
        List<byte[]> said = new ArrayList<>();
        for (int d : new int[] {0, 10, 200, 600}) {
            ReconcilerPair honest = pair(IdSets.differing(300, d, d / 2, random), 0, random);
            honest.give(0, new Input.Start<>(1));
            while (!honest.link.isEmpty()) {
                ReconcilerPair.Carried next = honest.link.poll();
                said.add(next.bytes());
                honest.give(
                        next.to(),
                        new Input.Received<>(1 - next.to(), ReconcileCodec.read(ByteBuffer.wrap(next.bytes()))));
            }
        }
        IdSet set = IdSets.of(sets.ours());
        Reconciler<Integer> node = new Reconciler<>(set, ReconcileSettings.DEFAULT, random);
        int understood = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = said.get(random.nextInt(said.size())).clone();
            if (bytes.length > 3000 && random.nextInt(20) > 0) continue;
            for (int flips = random.nextInt(4); flips > 0; flips--)
                bytes[random.nextInt(Math.min(bytes.length, 40))] = (byte) random.nextInt();
            if (random.nextInt(4) == 0) bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            List<Effect<Integer>> effects = new ArrayList<>();
            if (random.nextInt(10) == 0) node.handle(new Input.Start<>(1), 0, effects);
            ReconcileMessage message;
            try {
                message = ReconcileCodec.read(ByteBuffer.wrap(bytes));
            } catch (MalformedPacketException refused) {
                continue;
            }
            understood++;
            if (ReconcileCodec.sizeBytes(message) != bytes.length)
                throw new AssertionError(message + " is not canonical");
            node.handle(new Input.Received<>(1, message), 0, effects);
        }
        assertThat(understood).isGreaterThan(1000);
        assertThat(set.toArray()).containsExactly(SortedIds.sorted(sets.ours()));
    }
}
