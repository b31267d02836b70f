package dev.grapevine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.state.Origin;
import dev.grapevine.state.StateKey;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a node knew of shared entries survives its death at any moment: all that was stored is there, nothing else is, and it counts as
 * seen only what is there. {@code -Dgrapevine.cuts=} and {@code -Dgrapevine.kills=} for more of it.
 */
class SharedSurvivalTest {
    @TempDir
    Path directory;

    /** Checks what a new life found against what its predecessor can have written. */
    private static void check(
            SharedLife now, Map<StateKey, Integer> before, Origin earlier, int first, int stored, int most) {
        int counted = first + (int) now.replica.store().seen(earlier); // the first step that does not count as seen
        assertThat(counted).isGreaterThanOrEqualTo(stored).isLessThanOrEqualTo(most);
        Map<StateKey, Integer> shown = now.shown();
        TreeMap<StateKey, Integer> all = new TreeMap<>(before);
        for (int step = first; step < most; step++) all.putIfAbsent(SharedLife.key(step), 0);
        assertThat(all.keySet()).containsAll(shown.keySet());
        all.forEach((key, old) -> {
            int found = shown.getOrDefault(key, 0);
            for (int last = counted - 1; last < most; last++)
                if (SharedLife.shown(key, old, first, last) == found) return;
            throw new AssertionError(key + " shows " + found + " although steps below " + counted + " count as seen");
        });
    }

    @Test
    void aLogThatIsCutAnywhereLeavesWhatWasStoredBeforeTheCut() throws Exception {
        SplittableRandom random = new SplittableRandom(Long.getLong("grapevine.seed", 3));
        Path whole = directory.resolve("whole");
        int steps = 600;
        List<Long> lengths = new ArrayList<>();
        Origin origin;
        try (SharedLife life = new SharedLife(whole, 1, 1)) {
            origin = life.replica.sharedOrigin();
            for (int step = 1; step <= steps; step++) {
                life.step(step);
                // Sometimes several steps come in one batch.
                if (random.nextInt(3) == 0) life.flush();
                lengths.add(random.nextInt(3) == 0 ? flushed(life, whole) : -1L);
            }
        }
        Path log = log(whole);
        int cuts = Integer.getInteger("grapevine.cuts", 1000);
        for (int cut = 0; cut < cuts; cut++) {
            Path copy = directory.resolve("cut");
            copy(whole, copy);
            long length = random.nextLong(Files.size(log) + 1);
            try (var file =
                    Files.newByteChannel(copy.resolve(log.getFileName()), java.nio.file.StandardOpenOption.WRITE)) {
                file.truncate(length);
            }
            int stored = 1;
            for (int i = 0; i < lengths.size(); i++)
                if (lengths.get(i) >= 0 && lengths.get(i) <= length) stored = i + 2;
            try (SharedLife again = new SharedLife(copy, 2, steps + 1)) {
                check(again, Map.of(), origin, 1, stored, steps + 1);
            }
        }
    }

    private static long flushed(SharedLife life, Path whole)
            throws IOException, ExecutionException, InterruptedException {
        life.flush();
        return Files.size(log(whole));
    }

    private static Path log(Path in) throws IOException {
        try (Stream<Path> files = Files.list(in)) {
            return files.filter(each -> each.getFileName().toString().matches("log\\.[0-9]+"))
                    .sorted()
                    .reduce((a, b) -> b)
                    .orElseThrow();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> old = Files.list(to)) {
            for (Path each : old.toList()) Files.delete(each);
        }
        try (Stream<Path> files = Files.list(from)) {
            for (Path each : files.toList()) Files.copy(each, to.resolve(each.getFileName()));
        }
    }

    @Test
    void aProcessThatIsKilledComesBackWithWhatItKnew() throws Exception {
        int kills = Integer.getInteger("grapevine.kills", 12);
        SplittableRandom random = new SplittableRandom(Long.getLong("grapevine.seed", 1));
        Map<StateKey, Integer> before = new TreeMap<>();
        int first = 1;
        for (int kill = 1; kill <= kills; kill++) {
            int stored = first;
            Process victim = start(kill, first);
            try (BufferedReader said = victim.inputReader()) {
                int lines = random.nextInt(kill % 10 == 0 ? 300 : 40);
                for (int i = 0; i < lines; i++) {
                    String line = said.readLine();
                    assertThat(line).as("the process ended by itself").isNotNull();
                    stored = Integer.parseInt(line);
                }
                victim.toHandle().destroyForcibly();
                for (String line; (line = said.readLine()) != null && line.matches("[0-9]+"); )
                    stored = Math.max(stored, Integer.parseInt(line));
                victim.waitFor();
            }
            int most = stored + 1000;
            try (SharedLife again = new SharedLife(directory, 2L * kill + 1, most)) {
                check(again, before, new Origin("a", 2L * kill, true), first, stored, most);
                before = again.shown();
            }
            first = (most / 4 + 1) * 4; // a removal follows what it removes
        }
    }

    private Process start(int kill, int first) throws IOException {
        String tests = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx64m",
                        "-cp",
                        tests + File.pathSeparator + System.getProperty("jdk.module.path", ""),
                        SharedLife.class.getName(),
                        directory.toString(),
                        Long.toString(2L * kill),
                        Integer.toString(first))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
