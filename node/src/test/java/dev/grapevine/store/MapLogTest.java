package dev.grapevine.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MapLogTest {
    private static final int RUNS = Boolean.getBoolean("grapevine.long") ? 200_000 : 4_000;

    /** Seeds of which each stands for a hundred crashes. */
    static LongStream seeds() {
        Long given = Long.getLong("grapevine.seed");
        return given == null ? LongStream.range(0, RUNS / 100) : LongStream.of(given);
    }

    private record Change(Key key, byte[] value) {}

    /** All changes that were ever asked for, and how many of them are certain to survive. */
    private static final class History {
        final List<Change> changes = new ArrayList<>();
        int certain;

        Map<String, String> after(int count) {
            Map<String, String> state = new HashMap<>();
            for (Change change : changes.subList(0, count)) {
                if (change.value() == null) state.remove(text(change.key().bytes()));
                else state.put(text(change.key().bytes()), text(change.value()));
            }
            return state;
        }

        /** The first count from {@code certain} on after which the state was that; fails if there is none. */
        int find(Map<Key, byte[]> found) {
            Map<String, String> shown = new HashMap<>();
            found.forEach((key, value) -> shown.put(text(key.bytes()), text(value)));
            for (int count = changes.size(); count >= certain; count--)
                if (after(count).equals(shown)) return count;
            throw new AssertionError(
                    "the state is none that there was from change " + certain + " to " + changes.size());
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static Key key(int number) {
        return new Key(("key-" + number).getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Writes until the disk dies; every change is in the history before the log hears of it. */
    private static void live(TornDisk disk, History history, SplittableRandom random, boolean powerLost)
            throws IOException {
        MapLog log = new MapLog(disk, 500);
        Map<Key, byte[]> state = new LinkedHashMap<>();
        log.open(state);
        int count = history.find(state);
        while (history.changes.size() > count) history.changes.removeLast(); // those are lost, as they may be
        history.certain = count; // it was read, and a snapshot of it was forced
        while (true) {
            Map<Key, byte[]> batch = new LinkedHashMap<>();
            for (int i = random.nextInt(6); i >= 0; i--) {
                byte[] value = new byte[random.nextInt(random.nextInt(20) == 0 ? 3000 : 40)];
                random.nextBytes(value);
                batch.put(key(random.nextInt(12)), random.nextInt(4) == 0 ? null : value);
            }
            batch.forEach((key, value) -> history.changes.add(new Change(key, value)));
            batch.forEach((key, value) -> {
                if (value == null) state.remove(key);
                else state.put(key, value);
            });
            try {
                if (log.wantsCompaction()) {
                    log.compact(state);
                    history.certain = history.changes.size();
                } else {
                    log.append(batch);
                    if (!powerLost) history.certain = history.changes.size();
                    if (random.nextInt(3) == 0) {
                        log.force();
                        history.certain = history.changes.size();
                    }
                }
            } catch (IOException full) {
                assertThat(log.wantsCompaction()).isTrue();
            }
        }
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @MethodSource("seeds")
    void whateverMomentItDiesAllThatIsCertainComesBackAndNothingElse(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        boolean powerLost = seed % 2 == 0;
        TornDisk disk = new TornDisk(random);
        History history = new History();
        for (int life = 0; life < 100; life++) {
            // While a store is opened it must not fail, so failures are rare enough to be met in its later life only.
            disk.dieAfter(random.nextInt(60));
            boolean failing = random.nextInt(4) == 0;
            if (failing) disk.failures = 0.1;
            try {
                live(disk, history, random, powerLost);
            } catch (TornDisk.Crash crash) {
                assertThat(crash).isNotNull();
            } catch (IOException refusedToOpen) {
                assertThat(failing).isTrue();
            }
            disk = disk.restarted(powerLost);
        }
        Map<Key, byte[]> state = new LinkedHashMap<>();
        new MapLog(disk, 500).open(state);
        history.find(state);
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @MethodSource("seeds")
    void aDamagedFileNeverPreventsOpeningAndShowsNoValueThatWasNotWritten(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(~seed);
        for (int round = 0; round < 20; round++) {
            TornDisk disk = new TornDisk(random);
            MapLog log = new MapLog(disk, 200);
            Map<Key, byte[]> state = new LinkedHashMap<>();
            log.open(state);
            for (int i = 0; i < 30; i++) {
                Map<Key, byte[]> batch = new LinkedHashMap<>();
                byte[] value =
                        (i + " of " + round).repeat(1 + random.nextInt(3)).getBytes(StandardCharsets.ISO_8859_1);
                batch.put(key(i % 7), value);
                state.putAll(batch);
                if (log.wantsCompaction()) log.compact(state);
                else log.append(batch);
            }
            for (int i = random.nextInt(3); i >= 0; i--) disk.damage();
            Map<Key, byte[]> found = new LinkedHashMap<>();
            Recovery recovery = new MapLog(disk, 200).open(found);
            assertThat(recovery.entries()).isEqualTo(found.size());
            for (byte[] value : found.values()) assertThat(text(value)).matches("(([0-9]+) of " + round + ")+");
            Map<Key, byte[]> again = new LinkedHashMap<>();
            assertThat(new MapLog(disk, 200).open(again).lostBytes()).isZero();
            assertThat(again.keySet()).isEqualTo(found.keySet());
        }
    }

    @Test
    void everyCutOfALogIsATornTail() throws IOException {
        TornDisk disk = new TornDisk(new SplittableRandom(1));
        MapLog log = new MapLog(disk, 1 << 20);
        log.open(new LinkedHashMap<>());
        for (int i = 0; i < 5; i++) log.append(Map.of(key(i), new byte[i]));
        byte[] whole = disk.read("log.1");
        int records = -1;
        for (int cut = 0; cut <= whole.length; cut++) {
            List<Key> keys = new ArrayList<>();
            Records.Extent extent = Records.read(Arrays.copyOf(whole, cut), 1, new Records.Reader() {
                @Override
                public void put(byte[] key, byte[] value) {
                    keys.add(new Key(key));
                }

                @Override
                public void remove(byte[] key) {
                    throw new AssertionError("nothing was removed");
                }
            });
            assertThat(extent.records()).isEqualTo(keys.size()).isGreaterThanOrEqualTo(Math.max(0, records));
            assertThat(extent.goodBytes()).isLessThanOrEqualTo(cut);
            records = extent.records();
        }
        assertThat(records).isEqualTo(5);
    }
}
