package dev.grapevine.agent.epidemic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.agent.ExitCode;
import dev.grapevine.agent.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EpidemicCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String options) {
        List<String> words = new ArrayList<>(List.of("sim", "epidemic"));
        words.addAll(List.of(options.split(" ")));
        return Main.run(new PrintWriter(out), new PrintWriter(err), words.toArray(String[]::new));
    }

    private JsonNode json(String options) {
        assertThat(run(options + " --json")).isEqualTo(ExitCode.DONE);
        assertThat(err.toString()).isEmpty();
        return JsonMapper.builder().build().readTree(out.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--nodes 0",
                "--nodes 1e10",
                "--nodes 1e999999999",
                "--nodes many",
                "--nodes 10 --fanout 10",
                "--loss 1",
                "--loss -0.1",
                "--clock lunar",
                "--exchange shove",
                "--rumor gossip:1",
                "--rumor blind-coin",
                "--forward never",
                "--overlay star:5",
                "--nodes 1001 --overlay regular:5",
                "--crash 1",
                "--runs 0",
                "--threads 0",
                "--rumor blind-coin:1 --overlay regular:4"
            })
    void badInputCostsOneLineAndExitCode2(String options) {
        assertThat(run(options)).isEqualTo(ExitCode.WRONG_USAGE);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString().strip())
                .startsWith("grapevine sim epidemic: ")
                .doesNotContain("\n");
    }

    @Test
    void theDocumentHasTheFiguresOfPlainEpidemics() {
        JsonNode document = json("--nodes 1e3 --exchange push --runs 50 --seed 9");
        assertThat(document.propertyNames())
                .startsWith(
                        "nodes",
                        "exchange",
                        "fanout",
                        "loss",
                        "clock",
                        "runs",
                        "seed",
                        "rounds",
                        "payloadsPerNode",
                        "residue",
                        "curve",
                        "contactsPerSecond",
                        "wallMillis",
                        "hash");
        assertThat(document.get("rounds").propertyNames())
                .containsExactly("mean", "sd", "min", "max", "p01", "p50", "p99");
        assertThat(document.get("nodes").intValue()).isEqualTo(1000);
        assertThat(document.get("rounds").get("mean").doubleValue()).isBetween(17.0, 19.0);
        assertThat(document.get("residue").doubleValue()).isZero();
        assertThat(document.get("curve").get(0).doubleValue()).isBetween(0.00099, 0.00101);
    }

    @Test
    void rumorsAlsoHaveDemersFigures() {
        JsonNode document = json("--nodes 1000 --rumor feedback-counter:1 --runs 100");
        assertThat(document.get("m").doubleValue()).isBetween(1.6, 1.9);
        assertThat(document.get("tLast").doubleValue()).isBetween(15.5, 18.0);
        assertThat(document.get("residue").doubleValue()).isBetween(0.15, 0.2);
    }

    @Test
    void theTableStandsBesideTheory() {
        assertThat(run("--nodes 1000 --runs 20")).isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("9.1511", "§1.3, exact", "share that knows", "█");
    }

    @Test
    void theReportNeedsNoNetwork(@TempDir Path folder) throws IOException {
        Path page = folder.resolve("out.html");
        assertThat(run("--nodes 500 --clock poisson --runs 30 --report " + page))
                .isEqualTo(ExitCode.DONE);
        String html = Files.readString(page);
        assertThat(html)
                .contains("mean field", "\"kind\":\"bars\"", "\"kind\":\"spread\"")
                .doesNotContain("src=", "<link", "@import");
    }
}
