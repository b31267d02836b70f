package dev.grapevine.agent.sim;

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

class ScenarioCommandTest {
    private static final String SMALL = """
            nodes = 12
            duration = 25s
            faults = [
              { kind = gossip, at = 4s }
              { kind = power-off, at = 8s, hosts = 2 }
            ]
            expect { joined-within = 5s, converged-within = 15s }
            """;

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... words) {
        List<String> all = new ArrayList<>(List.of("sim"));
        all.addAll(List.of(words));
        return Main.run(new PrintWriter(out), new PrintWriter(err), all.toArray(String[]::new));
    }

    private String file(String text) throws IOException {
        return Files.writeString(folder.resolve("mine.conf"), text).toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run nonesuch",
                "run crash-ten --nodes 0",
                "run crash-ten --set network.loss=2",
                "run crash-ten --set nods=5",
                "run crash-ten --set network.latency.model=teleport",
                "run crash-ten --set protocol=carrier-pigeon",
                "run crash-ten --set protocol=serf --set settings.probe=1s",
                "run swarm --set protocol=serf",
                "run crash-ten --seed seven",
                "hunt swarm --seeds 0",
                "hunt swarm --seeds 5 --jobs 0",
                "hunt nonesuch --seeds 5",
                "trace swarm",
                "trace swarm --seed 1 --node 99",
                "trace swarm --seed 1 --until 0"
            })
    void badInputCostsOneLineAndExitCode2(String options) {
        assertThat(run(options.split(" "))).isEqualTo(ExitCode.WRONG_USAGE);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString().lines().findFirst()).isPresent();
        assertThat(err.toString()).doesNotContain("Exception", "\tat ");
    }

    @Test
    void aScenarioRunsTheSerfMachineToo() throws IOException {
        String scenario = """
                protocol = serf
                nodes = 8
                start-over = 1s
                duration = 60s
                faults = [
                  { kind = restart, at = 10s, hosts = 1, down = 500ms }
                  { kind = power-off, at = 25s, hosts = 1 }
                  { kind = leave, at = 50s, hosts = 1 }
                ]
                expect { joined-within = 5s, converged-within = 8s, false-in-all = 0 }
                """;
        assertThat(run("run", file(scenario), "--json")).as(out.toString()).isEqualTo(ExitCode.DONE);
        JsonNode document = JsonMapper.builder().build().readTree(out.toString());
        assertThat(document.get("detectionPairsSeconds").get("count").asInt()).isEqualTo(7);
        assertThat(document.get("memberEvents").get("left").asInt()).isPositive();
        String hash = document.get("hash").asString();
        out.getBuffer().setLength(0);
        run("run", file(scenario), "--json");
        assertThat(JsonMapper.builder()
                        .build()
                        .readTree(out.toString())
                        .get("hash")
                        .asString())
                .isEqualTo(hash);
    }

    @Test
    void aRunIsOneJsonDocument() throws IOException {
        assertThat(run("run", file(SMALL), "--seed", "4", "--json")).isEqualTo(ExitCode.DONE);
        JsonNode document = JsonMapper.builder().build().readTree(out.toString());
        assertThat(document.get("seed").asLong()).isEqualTo(4);
        assertThat(document.get("nodes").asInt()).isEqualTo(12);
        assertThat(document.get("hash").asString()).matches("[0-9a-f]+");
        assertThat(document.get("whole").asBoolean()).isTrue();
        assertThat(document.get("breaches").size()).isZero();
        assertThat(document.get("detectionPairsSeconds").get("count").asInt()).isEqualTo(20);
        for (String quantile : List.of("median", "p99", "p999"))
            assertThat(document.get("detectionAllSeconds").get(quantile).asDouble())
                    .isPositive();
        for (String share : List.of("mean", "p99", "max"))
            assertThat(document.get("bytesPerNodeAndSecond").get(share).asDouble())
                    .isPositive();
    }

    @Test
    void aReportChangesNothingInTheRun() throws IOException {
        String source = file(SMALL);
        run("run", source, "--json");
        String without = hash();
        out.getBuffer().setLength(0);
        run("run", source, "--json", "--report", folder.resolve("out.html").toString());
        assertThat(hash()).isEqualTo(without);
        assertThat(folder.resolve("out.html")).content().contains("Infection curve", "Load per node", "Spread");
    }

    private String hash() {
        return JsonMapper.builder().build().readTree(out.toString()).get("hash").asString();
    }

    @Test
    void aBrokenRuleFailsAndIsNamed() throws IOException {
        assertThat(run("run", file(SMALL), "--set", "expect.converged-within=1ms"))
                .isEqualTo(ExitCode.FAILED);
        assertThat(out.toString()).contains("BROKEN converged-within", "Again: ./grapevine sim run");
    }

    @Test
    void aHuntFindsWhatCannotHoldMakesItSmallAndSaysHowToReplayIt() throws IOException {
        String source = file(SMALL);
        assertThat(run("hunt", source, "--seeds", "3", "--jobs", "2", "--set", "expect.converged-within=1ms"))
                .isEqualTo(ExitCode.FAILED);
        assertThat(out.toString()).contains("Seed 1 breaks a rule", "BROKEN converged-within");
        String again = out.toString()
                .lines()
                .filter(line -> line.startsWith("Again: "))
                .findFirst()
                .orElseThrow();
        assertThat(again).contains("--seed 1", "--nodes", "without=");
        // The command that was printed breaks the same rule.
        List<String> words = new ArrayList<>(
                List.of(again.substring("Again: ./grapevine sim ".length()).split(" (?=--)|(?<=--[a-z]{3,8}) ")));
        words.set(0, "run");
        words.add(1, source);
        words.replaceAll(word -> word.replace("'", ""));
        out.getBuffer().setLength(0);
        assertThat(run(words.toArray(String[]::new))).isEqualTo(ExitCode.FAILED);
        assertThat(out.toString()).contains("BROKEN converged-within");
    }

    @Test
    void aHuntThatFindsNothingSaysSo() throws IOException {
        assertThat(run("hunt", file(SMALL), "--seeds", "2")).isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("2 seeds", "No rule was broken.");
    }

    @Test
    void aTranscriptShowsOneNodeUntilAMoment() throws IOException {
        assertThat(run("trace", file(SMALL), "--seed", "1", "--until", "3", "--node", "2"))
                .isEqualTo(ExitCode.DONE);
        assertThat(out.toString().lines())
                .isNotEmpty()
                .allMatch(line -> line.substring(13).startsWith("n2 "))
                .allMatch(line -> Double.parseDouble(line.substring(0, 12).trim()) <= 3);
    }
}
