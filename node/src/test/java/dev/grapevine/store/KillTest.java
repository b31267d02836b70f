package dev.grapevine.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes on real files, killed (SIGKILL) at random moments. {@code -Dgrapevine.kills=5000} for a long run. */
class KillTest {
    @TempDir
    Path directory;

    /** All classes there are, wherever this JVM has them: a module's own are not on the class path. */
    private static String classPath() {
        String tests = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return tests + File.pathSeparator + System.getProperty("jdk.module.path", "");
    }

    @Test
    void whatAKilledProcessCalledStoredIsThere() throws IOException, InterruptedException {
        int kills = Integer.getInteger("grapevine.kills", 10);
        SplittableRandom random = new SplittableRandom(Long.getLong("grapevine.seed", 1));
        int step = 0;
        for (int kill = 0; kill < kills; kill++) {
            Process victim = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Xmx64m",
                            "-cp",
                            classPath(),
                            KillVictim.class.getName(),
                            directory.toString(),
                            Integer.toString(step))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            int stored = step;
            try (BufferedReader said = victim.inputReader()) {
                // Dies some batches after it has begun to write: a number of lines that it said, not a time, decides.
                int lines = random.nextInt(kill % 10 == 0 ? 200 : 40);
                for (int i = 0; i < lines; i++) {
                    String line = said.readLine();
                    assertThat(line).as("the process ended by itself").isNotNull();
                    stored = Integer.parseInt(line);
                }
                victim.toHandle().destroyForcibly(); // unlike the process's own, it leaves what was said readable
                for (String line; (line = said.readLine()) != null && line.matches("[0-9]+"); )
                    if (Integer.parseInt(line) > stored) stored = Integer.parseInt(line);
                victim.waitFor();
            }
            int newest = 0;
            try (DurableMap map = DurableMap.open(new DirectoryDisk(directory), Sync.NEVER, 100_000)) {
                for (int back = Math.max(0, stored - 50); back < stored; back++) {
                    byte[] value = map.get(KillVictim.key(back));
                    assertThat(value).as("step " + back + " of " + stored).isNotNull();
                    int found = ByteBuffer.wrap(value).getInt();
                    assertThat(found).isGreaterThanOrEqualTo(back);
                    assertThat(value).isEqualTo(KillVictim.value(found));
                    newest = Math.max(newest, found);
                }
            }
            step = Math.max(stored, newest + 1);
        }
        assertThat(step).isGreaterThan(kills);
    }
}
