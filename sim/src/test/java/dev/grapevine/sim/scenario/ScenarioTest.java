package dev.grapevine.sim.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.membership.MembershipSettings;
import dev.grapevine.node.RumorSettings;
import dev.grapevine.sim.Draws;
import dev.grapevine.sim.Latency;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ScenarioTest {
    @TempDir
    Path folder;

    static Stream<String> library() {
        return Scenario.LIBRARY.stream();
    }

    private String file(String text) throws IOException {
        return Files.writeString(folder.resolve("mine.conf"), text).toString();
    }

    @ParameterizedTest
    @MethodSource("library")
    void everyScenarioOfTheLibraryCanBeReadAndBegun(String name) {
        Scenario scenario = Scenario.read(name, 1, Map.of());
        ScenarioRun run = new ScenarioRun(Scenario.read(name, 1, Map.of("nodes", "100", "start-over", "0s")));
        assertThat(run.runUntilNanos(200_000_000)).isTrue();
        assertThat(run.events()).isGreaterThan(100);
        assertThat(scenario.nodes()).isPositive();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nodes = 3; nods = 4 | mine.conf:2: unknown key nods",
                "nodes = 0 | mine.conf:1: nodes is 0: from 1 to 100000",
                "nodes = [9, 3] | mine.conf:1: nodes is [9, 3]: a range is [least, most]",
                "duration = 5 parsecs | mine.conf:1: duration is 5 parsecs, which is not a value of its kind, such as 250ms or 10s",
                "faults = [{ kind = crahs }] | mine.conf:1: faults[0].kind is \"crahs\": one of crash",
                "nodes = 3; faults = [{ kind = crash, hosts = 4 }] | mine.conf:2: faults[0].hosts is 4: there are only 3",
                "duration = 5s; faults = [{ kind = crash, at = 9s }] | mine.conf:2: faults[0]: it would begin after the end",
                "network { loss = 1.5 } | mine.conf:1: network.loss is 1.5: from 0 to 1",
                "nodes = { | mine.conf:",
                "clusters = 11 | mine.conf:1: clusters is 11: from 1 to 10",
                "protocol = carrier-pigeon | mine.conf:1: protocol is \"carrier-pigeon\": one of native",
                "settings { probes = 1s } | mine.conf:1: unknown key settings.probes",
                "settings { probe = 0 } | probeNanos must be positive",
                "rumors { exchange = shove } | mine.conf:1: rumors.exchange is \"shove\"",
                "faults = [{ kind = churn }] | mine.conf:1: faults[0]: churn needs for and every",
                "network { latency { model = matrix } } | mine.conf:1: network.latency.between must be rows",
                "network { latency { model = matrix, between = [[1ms], [2ms]] } } | network.latency.between must be square",
                "network { latency { model = matrix, between = [[far]] } } | network.latency.between holds far",
            })
    void whatMakesNoSenseIsOneLineWithThePlace(String text, String message) throws IOException {
        String source = file(text.replace("; ", "\n"));
        assertThatThrownBy(() -> Scenario.read(source, 1, Map.of()))
                .isInstanceOf(ScenarioException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(message).doesNotContain("\n"));
    }

    @Test
    void anUnknownScenarioNamesTheLibrary() {
        assertThatThrownBy(() -> Scenario.read("nonesuch", 1, Map.of())).hasMessageContaining("halves");
    }

    @Test
    void rangesAreDrawnFromTheSeedAndTheRestStaysWhenOneIsSet() {
        Scenario one = Scenario.read("swarm", 1, Map.of());
        assertThat(one.link).isEqualTo(Scenario.read("swarm", 1, Map.of()).link);
        assertThat(one.link).isNotEqualTo(Scenario.read("swarm", 2, Map.of()).link);
        Scenario set = Scenario.read("swarm", 1, Map.of("network.loss", "0.5"));
        assertThat(set.link.latency()).isEqualTo(one.link.latency());
    }

    @Test
    void aCrashIsFoundByAllAndMeasured() throws IOException {
        String source = file("""
                nodes = 20
                duration = 30s
                faults = [{ kind = power-off, at = 10s, hosts = 2 }]
                expect { joined-within = 5s, converged-within = 15s, false-by-healthy = 0 }
                """);
        Outcome outcome = new ScenarioRun(Scenario.read(source, 3, Map.of())).run();
        assertThat(outcome.breaches()).isEmpty();
        assertThat(outcome.metrics()).containsEntry("undetectedPairs", 0L);
        assertThat(outcome.metrics().get("detectionPairsSeconds")).asString().contains("count=36");
    }

    @Test
    void everySettingOfMembershipCanBeChanged() throws IOException {
        String source = file("""
                settings { probe = 250ms, indirect-probes = 1, storm-share = 0.5 }
                rumors { exchange = push, fanout = 2 }
                """);
        Scenario scenario = Scenario.read(source, 1, Map.of());
        assertThat(scenario.settings.probeNanos()).isEqualTo(250_000_000);
        assertThat(scenario.settings.indirectProbes()).isEqualTo(1);
        assertThat(scenario.settings.stormShare()).isEqualTo(0.5);
        assertThat(scenario.settings.gossipNanos())
                .isEqualTo(MembershipSettings.of(MembershipSettings.Profile.LAN).gossipNanos());
        assertThat(scenario.rumors.direction()).isEqualTo(RumorSettings.Direction.PUSH);
        assertThat(scenario.rumors.fanout()).isEqualTo(2);
    }

    @Test
    void aMatrixOfLatenciesIsRead() throws IOException {
        String source = file("network { latency { model = matrix, between = [[1ms, 40ms], [50ms, 2ms]] } }");
        Latency latency = Scenario.read(source, 1, Map.of()).link.latency();
        var luck = Draws.generator(1);
        assertThat(latency.drawNanos(0, 1, luck)).isEqualTo(40_000_000);
        assertThat(latency.drawNanos(3, 2, luck)).isEqualTo(50_000_000);
        assertThat(latency.drawNanos(2, 4, luck)).isEqualTo(1_000_000);
    }

    @Test
    void twoClustersNeverMixThoughAddressesAndSeedsDo() {
        Outcome outcome = new ScenarioRun(Scenario.read("two-clusters", 2, Map.of())).run();
        assertThat(outcome.breaches()).isEmpty();
        assertThat((Double) outcome.metrics().get("convergedSeconds")).isNotNegative();
    }

    @Test
    void aLiveMemberInReachThatIsHeldFailedForTooLongIsABreach() throws IOException {
        String source = file("""
                nodes = 8
                duration = 60s
                faults = [{ kind = mute, at = 10s, for = 20s, hosts = 1 }]
                expect { failed-at-most = 0s }
                """);
        Outcome strict = new ScenarioRun(Scenario.read(source, 1, Map.of())).run();
        assertThat(strict.breaches())
                .isNotEmpty()
                .allMatch(breach -> breach.rule().equals("failed-at-most"));
        // While it is mute nobody can know better; once it speaks it must be taken back.
        assertThat(strict.breaches()).allMatch(breach -> breach.atNanos() >= 30_000_000_000L);
        Map<String, String> patient = Map.of("expect.failed-at-most", "20s");
        assertThat(new ScenarioRun(Scenario.read(source, 1, patient)).run().breaches())
                .isEmpty();
        assertThat(strict.metrics().get("silentFirstSeconds")).asString().contains("count=1");
    }

    @Test
    void churnBringsHostsDownAndBack() throws IOException {
        String source = file("""
                nodes = 10
                duration = 60s
                faults = [{ kind = churn, at = 10s, for = 20s, every = 2s, down = 1s }]
                expect { converged-within = 25s }
                """);
        List<String> lines = transcript(source);
        long crashes = lines.stream().filter(line -> line.endsWith("! crashes")).count();
        assertThat(crashes).isBetween(3L, 25L);
        assertThat(lines.stream()
                        .filter(line -> line.endsWith("! starts again"))
                        .count())
                .isEqualTo(crashes);
    }

    @Test
    void aOneWayPartitionLetsTheOtherDirectionPass() throws IOException {
        String source = file("""
                nodes = 4
                duration = 12s
                faults = [{ kind = partition, at = 5s, for = 6s, one-way = true }]
                """);
        List<String> lost =
                transcript(source).stream().filter(line -> line.endsWith("CUT")).toList();
        assertThat(lost).isNotEmpty().allMatch(line -> line.contains(" n0 ") || line.contains(" n1 "));
    }

    @Test
    void aFaultWithAChanceIsThereForSomeSeedsOnly() throws IOException {
        String source = file("faults = [{ kind = crash, at = 1s, chance = 0.5 }]");
        long there = java.util.stream.LongStream.range(0, 100)
                .map(seed -> Scenario.read(source, seed, Map.of()).faults())
                .sum();
        assertThat(there).isBetween(30L, 70L);
    }

    @Test
    void theSameSeedHasTheSameHash() {
        long first = new ScenarioRun(Scenario.read("swarm", 5, Map.of())).run().hash();
        assertThat(new ScenarioRun(Scenario.read("swarm", 5, Map.of())).run().hash())
                .isEqualTo(first);
    }

    @Test
    void aBrokenRuleIsFoundAndMadeSmall() throws Exception {
        String source = file("""
                nodes = 16
                duration = 40s
                faults = [
                  { kind = gossip, at = 5s }
                  { kind = power-off, at = 10s, hosts = 2 }
                  { kind = pause, at = 12s, for = 1s }
                ]
                expect { detect-median = 500ms }
                """);
        Hunt hunt = new Hunt(source, Map.of());
        Hunt.Found found = hunt.run(1, 4, 2, new AtomicBoolean(), done -> {});
        assertThat(found).isNotNull();
        assertThat(found.seed()).isEqualTo(1);
        assertThat(found.settings()).containsEntry("without", "[0, 2]");
        assertThat(Integer.parseInt(found.settings().getOrDefault("nodes", "16")))
                .isLessThan(16);
        assertThat(found.outcome().breaches().getFirst().rule()).isEqualTo("detect-median");
        Outcome replay = new ScenarioRun(Scenario.read(source, found.seed(), found.settings())).run();
        assertThat(replay.hash()).isEqualTo(found.outcome().hash());
    }

    @Test
    void answersThatArriveTwiceDoNotMakeANodeSpin() throws IOException {
        String source = file("""
                nodes = 20
                duration = 40s
                network { duplicate = 1 }
                faults = [{ kind = lose-sent, at = 10s, hosts = 3, loss = 0.8 }]
                """);
        ScenarioRun run = new ScenarioRun(Scenario.read(source, 1, Map.of()));
        Outcome outcome = run.run();
        assertThat(outcome.events()).isLessThan(100_000);
        assertThat(outcome.breaches()).isEmpty();
    }

    @Test
    void aTranscriptIsTheSameInEveryRun() throws IOException {
        String source = file("nodes = 3\nduration = 3s\nfaults = [{ kind = crash, at = 1s }]");
        assertThat(transcript(source)).isEqualTo(transcript(source)).anyMatch(line -> line.endsWith("! crashes"));
    }

    @Test
    void anotherJvmHasTheSameHash() throws Exception {
        long here = new ScenarioRun(Scenario.read("swarm", 9, Map.of())).run().hash();
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classpath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String modules = System.getProperty("jdk.module.path", "");
        String all = modules.isEmpty() ? classpath : classpath + File.pathSeparator + modules;
        // Interpreted and with another collector: neither may show.
        Process other = new ProcessBuilder(
                        java,
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        all,
                        HashOf.class.getName(),
                        "swarm",
                        "9")
                .redirectErrorStream(true)
                .start();
        String said;
        try (InputStream output = other.getInputStream()) {
            said = new String(output.readAllBytes(), StandardCharsets.UTF_8).trim();
        }
        assertThat(other.waitFor()).as(said).isZero();
        assertThat(said).isEqualTo(Long.toHexString(here));
    }

    private static List<String> transcript(String source) {
        List<String> lines = new ArrayList<>();
        ScenarioRun run = new ScenarioRun(Scenario.read(source, 1, Map.of()));
        run.observe(new Transcript(lines::add, -1));
        run.run();
        return lines;
    }
}
