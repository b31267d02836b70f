package dev.grapevine.sim.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Transcripts kept in {@code src/test/resources/transcripts}: what a cluster does, event by event, so that a change of the protocol
 * shows as a difference that can be read. After a change that is meant, {@code -Dgrapevine.golden=write} writes them anew; look at
 * the difference before it is committed.
 */
class GoldenTranscriptTest {
    private static final Path FOLDER = Path.of("src", "test", "resources", "transcripts");

    @ParameterizedTest
    @ValueSource(strings = {"three-join", "one-of-four-crashes", "halves-meet-again"})
    void aTranscriptIsWhatItWas(String name) throws IOException {
        List<String> lines = new ArrayList<>();
        ScenarioRun run =
                new ScenarioRun(Scenario.read(FOLDER.resolve(name + ".conf").toString(), 1, Map.of()));
        run.observe(new Transcript(lines::add, -1));
        run.run();
        Path kept = FOLDER.resolve(name + ".txt");
        // Of the long ones only what happened and what was found out, not every packet.
        if (!name.equals("three-join")) lines.removeIf(line -> !line.contains(" ! ") && !line.contains(" * "));
        if ("write".equals(System.getProperty("grapevine.golden"))) Files.write(kept, lines);
        assertThat(lines)
                .as("the transcript of %s has changed; if that is meant: -Dgrapevine.golden=write", name)
                .isEqualTo(Files.readAllLines(kept));
    }
}
