package dev.grapevine.agent.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.Grapevine;
import dev.grapevine.agent.Main;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.membership.Status;
import dev.grapevine.node.NodeEvent.RumorReceived;
import dev.grapevine.recording.KeyFinder;
import dev.grapevine.recording.RecordingException;
import dev.grapevine.sim.replay.ClusterReplay;
import dev.grapevine.sim.replay.Replay;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One cluster on real sockets, all nodes on one clock, so that what the alignment found can be held against the truth. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterReplayTest {
    private static final int NODES = 6;

    private Path directory;
    private final List<Long> startNanos = new ArrayList<>();
    private final Map<String, RumorReceived> heard = new ConcurrentHashMap<>();
    private ClusterReplay replay;

    @BeforeAll
    void record(@TempDir Path directory) throws Exception {
        this.directory = directory;
        Duration patience = Duration.ofSeconds(30);
        List<Grapevine> nodes = new ArrayList<>();
        CountDownLatch all = new CountDownLatch(NODES);
        try {
            for (int i = 0; i < NODES; i++) {
                String name = "node-" + i;
                var builder = Grapevine.named(name)
                        .profile(Profile.LOCAL)
                        .record(directory)
                        .listener(event -> {
                            if (!(event instanceof RumorReceived rumor)) return;
                            heard.put(name, rumor);
                            all.countDown();
                        });
                if (i > 0) builder.seeds("127.0.0.1:" + nodes.getFirst().port());
                nodes.add(builder.start());
                startNanos.add(nodes.getLast().startNanos());
            }
            for (Grapevine node : nodes) node.awaitMembers(NODES, patience);
            nodes.get(2).gossip("a rumor").join();
            assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
            nodes.get(5).kill();
            for (Grapevine node : nodes.subList(0, 5))
                node.await(
                        members -> members.stream()
                                .anyMatch(each -> each.name().equals("node-5") && each.status() == Status.FAILED),
                        patience);
        } finally {
            for (Grapevine node : nodes) node.kill();
        }
        replay = ClusterReplay.of(directory, KeyFinder.NONE);
    }

    @Test
    void everyNodeIsThereAndDidTheSameAgain() {
        assertThat(replay.nodes()).hasSize(NODES).allSatisfy(node -> {
            assertThat(node.state()).isEqualTo(Replay.State.SAME);
            assertThat(node.endedInOrder()).isTrue();
        });
        assertThat(replay.matched()).isBetween(replay.sent() / 2, replay.sent());
    }

    @Test
    void timesAreRightWithinTheUncertaintyThatIsStated() {
        for (int i = 0; i < NODES; i++) {
            ClusterReplay.Node node = replay.nodes().get(i);
            ClusterReplay.Node first = replay.nodes().getFirst();
            long truth = startNanos.get(i) - startNanos.getFirst();
            long found = node.startNanos() - first.startNanos();
            assertThat(node.uncertaintyNanos()).isLessThan(1_000_000_000L);
            assertThat(Math.abs(found - truth)).isLessThanOrEqualTo(node.uncertaintyNanos() + 1);
        }
        assertThat(replay.leastLatencyNanos()).isGreaterThan(-1_000_000_000L);
    }

    @Test
    void theRouteOfTheRumorIsTheOneThatTheNodesTold() {
        List<ClusterReplay.Route> routes = replay.routes();
        assertThat(routes).hasSize(1);
        ClusterReplay.Route route = routes.getFirst();
        assertThat(route.origin()).isEqualTo("node-2");
        assertThat(route.heard()).hasSize(NODES);
        for (ClusterReplay.Heard each : route.heard()) {
            RumorReceived told = heard.get(replay.nodes().get(each.node()).name());
            assertThat(each.hops()).isEqualTo(told.hops());
            if (told.hops() > 0)
                assertThat(replay.nodes().get(each.from()).address()).isEqualTo(told.from());
        }
    }

    @Test
    void theMatrixIsWhatTheNodesBelievedAtEveryTime() throws Exception {
        List<ClusterReplay.Change> changes = replay.changes();
        for (int step = 0; step <= 10; step++) {
            long at = replay.endNanos() * step / 10;
            List<Map<String, dev.grapevine.membership.Member>> views = new ArrayList<>(replay.membersAt(at));
            for (int i = 0; i < NODES; i++) {
                if (views.get(i) == null) continue;
                Map<String, Status> told = new HashMap<>(); // by the events alone, independently of the machine's state
                for (ClusterReplay.Change change : changes) {
                    if (change.observer() != i || change.atNanos() > at) continue;
                    if (change.status() == null) told.remove(change.member());
                    else told.put(change.member(), change.status());
                }
                Map<String, Status> held = new HashMap<>();
                views.get(i).forEach((name, member) -> held.put(name, member.status()));
                assertThat(held).isEqualTo(told);
            }
        }
    }

    private static int run(StringWriter said, String... arguments) {
        PrintWriter out = new PrintWriter(said);
        return Main.run(out, out, arguments);
    }

    @Test
    void theCommandShowsTheClusterToPeopleAndToPrograms() throws Exception {
        StringWriter text = new StringWriter();
        double end = replay.nodes().subList(0, 5).stream()
                        .mapToLong(ClusterReplay.Node::endNanos)
                        .min()
                        .orElseThrow()
                / 1e9;
        assertThat(run(text, "replay", "--cluster", directory.toString(), "--until", Double.toString(end)))
                .isZero();
        assertThat(text.toString())
                .contains("Cluster default at ")
                .contains("every node did the same again, byte for byte")
                .contains("  node-0 A A A A A F")
                .contains("  node-5 stopped at ")
                .contains("of node-2, 7 bytes: at 6 of 6 nodes");
        StringWriter json = new StringWriter();
        assertThat(run(json, "replay", "--cluster", directory.toString(), "--until", "0", "--json"))
                .isZero();
        assertThat(json.toString())
                .contains("\"seconds\" : 0.0")
                .contains("\"not started\"")
                .contains("\"rumors\" : [ ]");
    }

    @Test
    void thePageHoldsItsDataAndNeedsNothingElse() throws Exception {
        Path page = directory.resolve("page.html");
        StringWriter said = new StringWriter();
        assertThat(run(said, "replay", "--cluster", directory.toString(), "--html", page.toString()))
                .isZero();
        String html = Files.readString(page);
        Files.delete(page);
        String data = html.substring(html.indexOf("const data = ") + 13, html.indexOf(";\nconst $"));
        JsonNode read = JsonMapper.builder().build().readTree(data);
        assertThat(read.get("nodes")).hasSize(NODES);
        assertThat(read.get("rumors").get(0).get("heard")).hasSize(NODES);
        assertThat(read.get("changes").size()).isGreaterThanOrEqualTo(NODES * NODES);
        assertThat(html.replace("http://www.w3.org/2000/svg", ""))
                .doesNotContain("http://", "https://", "src=", "import ");
    }

    @Test
    void theCommandStopsAtAnEventAndSaysWhy() throws Exception {
        Path folder = replay.nodes().getFirst().folder();
        StringWriter text = new StringWriter();
        assertThat(run(text, "replay", folder.toString(), "--break", "failed:node-5"))
                .isZero();
        assertThat(text.toString())
                .contains("the same, byte for byte, up to here")
                .contains("stopped   at input #")
                .contains("node-5 failed")
                .contains("accused by node-");
        StringWriter never = new StringWriter();
        assertThat(run(never, "replay", folder.toString(), "--break", "failed:node-9"))
                .isEqualTo(1);
        assertThat(never.toString()).contains("no event called failed:node-9 happened; these did: [failed, joined");
        StringWriter listed = new StringWriter();
        assertThat(run(listed, "replay", folder.toString(), "--list", "--until", "0.2"))
                .isZero();
        assertThat(listed.toString()).contains("#1      <- tick");
    }

    @Test
    void badInputIsOneClearLine() throws Exception {
        StringWriter said = new StringWriter();
        assertThat(run(said, "replay")).isEqualTo(2);
        assertThat(run(said, "replay", directory.resolve("none").toString())).isEqualTo(2);
        assertThat(run(said, "replay", directory.toString(), "--until", "-1")).isEqualTo(2);
        Path text = Files.writeString(directory.resolve("words.gvr"), "these are words");
        assertThat(run(said, "replay", text.toString())).isEqualTo(2);
        Files.delete(text);
        assertThat(said.toString().lines().toList())
                .hasSize(4)
                .anyMatch(line -> line.contains("none does not exist"))
                .anyMatch(line -> line.contains("words.gvr is no recording"));
        assertThatThrownBy(() -> ClusterReplay.of(Files.createDirectory(directory.resolve("empty")), KeyFinder.NONE))
                .isInstanceOf(RecordingException.class)
                .hasMessageContaining("holds no recording");
    }
}
