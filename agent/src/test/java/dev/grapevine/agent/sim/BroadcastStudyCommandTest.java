package dev.grapevine.agent.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.agent.ExitCode;
import dev.grapevine.agent.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BroadcastStudyCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String options) {
        List<String> words = new ArrayList<>(List.of("sim", "broadcast"));
        words.addAll(List.of(options.split(" ")));
        return Main.run(new PrintWriter(out), new PrintWriter(err), words.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--nodes 99", "--messages 0", "--only trees", "--crash 100", "--crash 0", "--nodes many"})
    void badInputCostsExitCode2(String options) {
        assertThat(run(options)).isEqualTo(ExitCode.WRONG_USAGE);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).isNotEmpty();
    }

    @Test
    void theDocumentHasEveryPart() {
        assertThat(run("--nodes 200 --messages 3 --crash 50 --only ways --json"))
                .isEqualTo(ExitCode.DONE);
        JsonNode document = JsonMapper.builder().build().readTree(out.toString());
        assertThat(document.get("ways")).hasSize(7);
        assertThat(document.get("missed")).isEmpty();
        assertThat(document.get("ways").get(2).get("redundancy").asDouble()).isBetween(2.9, 3.1);
    }

    @Test
    void theTableSaysWhatIsLeftAfterACrash() {
        assertThat(run("--nodes 200 --crash 50 --only crashes")).isEqualTo(ExitCode.DONE);
        assertThat(out.toString())
                .contains("topics now")
                .containsPattern("\n50 +0\\.\\d{4} +0\\.\\d{4} +1\\.0000")
                .endsWith("Every figure is where it should be.\n");
    }
}
