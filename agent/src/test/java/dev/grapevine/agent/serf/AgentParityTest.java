package dev.grapevine.agent.serf;

import static dev.grapevine.agent.serf.SerfProcess.Kind.OURS;
import static dev.grapevine.agent.serf.SerfProcess.Kind.REAL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.rpc.RpcBody;
import dev.grapevine.serf.rpc.RpcMember;
import dev.grapevine.serf.rpc.RpcRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings of the agent, one after the other, each with a real agent beside it: profiles, protocols, switches, secrets. */
@Tag("serf")
class AgentParityTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration SUSPICION = Duration.ofSeconds(120);
    private static final String KEY1 = "AAECAwQFBgcICQoLDA0ODw==";
    private static final String KEY2 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    private SerfLab lab;

    @BeforeEach
    void open() throws IOException {
        assumeThat(SerfProcess.isInstalled())
                .as("the program serf is not installed (Debian package serf)")
                .isTrue();
        lab = new SerfLab();
    }

    @AfterEach
    void close() {
        if (lab != null) lab.close();
    }

    private static SerfProcess.Kind other(SerfProcess.Kind kind) {
        return kind == REAL ? OURS : REAL;
    }

    private static RpcMember member(SerfProcess viewer, String name) {
        return viewer.members().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest(name = "protocol {1}, old one {0}")
    @CsvSource({"OURS, 2", "OURS, 3", "OURS, 4", "REAL, 2", "REAL, 3", "REAL, 4"})
    @Execution(ExecutionMode.CONCURRENT)
    void olderProtocolsMixWithTheNewest(SerfProcess.Kind old, int protocol) throws Exception {
        SerfProcess newest = lab.start(other(old), "newest", "-tag=role=db");
        SerfProcess oldest =
                lab.start(old, "oldest", "-protocol=" + protocol, "-tag=role=web", "-tag=dc=1", "-join=" + lab.ip(1));
        newest.awaitAlive(2);
        oldest.awaitAlive(2);
        // Protocol 2 knows roles only.
        Map<String, String> tags = protocol == 2 ? Map.of("role", "web") : Map.of("role", "web", "dc", "1");
        SerfProcess.await("tags", SOON, () -> newest.tagsOf("oldest").equals(tags));
        assertThat(member(newest, "oldest").delegateCur()).isEqualTo(protocol);
        assertThat(oldest.tagsOf("newest")).isEqualTo(Map.of("role", "db"));
        SerfProcess.Ran asked = oldest.run(REAL, "query", "-timeout=1s", "load");
        if (protocol < 4) assertThat(asked.out()).contains("Feature not supported");
        else assertThat(asked.out()).contains("Ack from 'newest'").contains("Ack from 'oldest'");
        assertThat(newest.run(REAL, "query", "-timeout=1s", "load").out()).contains("Ack from 'oldest'");
        assertThat(oldest.run(REAL, "event", "hello").status()).isZero();
    }

    @ParameterizedTest(name = "profile {0}")
    @ValueSource(strings = {"wan", "local"})
    @Execution(ExecutionMode.CONCURRENT)
    void otherProfilesJoinAndTell(String profile) throws Exception {
        SerfProcess real = lab.start(REAL, "real", "-profile=" + profile);
        SerfProcess ours = lab.start(OURS, "ours", "-profile=" + profile, "-join=" + lab.ip(1));
        real.awaitAlive(2);
        ours.awaitAlive(2);
        try (RpcClient stream = real.client();
                RpcClient sender = ours.client()) {
            stream.open(new RpcRequest.Stream("user"));
            sender.ask(new RpcRequest.Event("hello", Bytes.utf8("x"), false));
            SerfProcess.awaitRecord(stream, body -> body instanceof RpcBody.UserEvent);
        }
        assertThat(ours.output()).contains("Profile: " + profile);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource
    @Execution(ExecutionMode.CONCURRENT)
    void theSwitchesOfSignalsAreObeyed(SerfProcess.Kind kind) throws Exception {
        SerfProcess watcher = lab.start(other(kind), "watcher", "-profile=local");
        Path polite = Files.writeString(lab.folder.resolve("polite.json"), "{\"leave_on_terminate\": true}");
        SerfProcess agent = lab.start(kind, "agent", "-profile=local", "-config-file=" + polite, "-join=" + lab.ip(1));
        watcher.awaitAlive(2);
        agent.signal("TERM");
        assertThat(agent.awaitExit()).isZero();
        watcher.awaitStatus("agent", "left", SOON);
        Path rude = Files.writeString(lab.folder.resolve("rude.json"), "{\"skip_leave_on_interrupt\": true}");
        SerfProcess again =
                lab.startAt(2, kind, "agent", "-profile=local", "-config-file=" + rude, "-join=" + lab.ip(1));
        watcher.awaitStatus("agent", "alive", SOON);
        again.signal("INT");
        assertThat(again.awaitExit()).isEqualTo(1);
        watcher.awaitStatus("agent", "failed", SUSPICION);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource
    @Execution(ExecutionMode.CONCURRENT)
    void afterALeaveOnlyRejoinBringsItBack(SerfProcess.Kind kind) throws Exception {
        SerfProcess stays = lab.start(other(kind), "stays");
        Path snapshot = lab.folder.resolve("snapshot");
        SerfProcess goes = lab.start(kind, "goes", "-snapshot=" + snapshot, "-join=" + lab.ip(1));
        stays.awaitAlive(2);
        goes.awaitAlive(2);
        assertThat(goes.run(REAL, "leave").status()).isZero();
        assertThat(goes.awaitExit()).isZero();
        stays.awaitStatus("goes", "left", SOON);
        SerfProcess alone = lab.startAt(2, kind, "goes", "-snapshot=" + snapshot);
        assertThat(alone.statuses()).containsOnlyKeys("goes");
        alone.signal("TERM");
        alone.awaitExit();
        SerfProcess first = lab.startAt(2, kind, "goes", "-snapshot=" + snapshot, "-join=" + lab.ip(1));
        first.awaitAlive(2);
        assertThat(first.run(REAL, "leave").status()).isZero();
        first.awaitExit();
        // The line "leave" stands in the file, and is overlooked when the agent is told so.
        SerfProcess back = lab.startAt(2, kind, "goes", "-snapshot=" + snapshot, "-rejoin");
        back.awaitAlive(2);
        stays.awaitStatus("goes", "alive", SOON);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void theSecretOfTheRpcPortIsAskedForByBoth() throws Exception {
        Path config = Files.writeString(lab.folder.resolve("auth.json"), "{\"rpc_auth\": \"sesame\"}");
        for (SerfProcess.Kind kind : SerfProcess.Kind.values()) {
            String name = "locked-" + kind;
            String ip = lab.ip(10 + kind.ordinal());
            SerfProcess agent = SerfProcess.start(
                    kind, name, ip, SerfLab.freePort(), lab.folder.resolve(name), "-config-file=" + config);
            try (agent) {
                agent.awaitOutput("Log data will now stream in", SOON);
                for (SerfProcess.Kind client : SerfProcess.Kind.values()) {
                    assertThat(agent.run(client, "members").out()).contains("Authentication required");
                    assertThat(agent.run(client, "members", "-rpc-auth=wrong").out())
                            .contains("Invalid authentication token");
                    assertThat(agent.run(client, "members", "-rpc-auth=sesame").out())
                            .contains(name);
                }
            }
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aMonitorShowsWhatHappensInBothWithBothClients() throws Exception {
        for (SerfProcess.Kind kind : SerfProcess.Kind.values()) {
            SerfProcess agent = lab.start(kind, "watched-" + kind);
            for (SerfProcess.Kind client : SerfProcess.Kind.values()) {
                Path out = lab.folder.resolve(kind + "-" + client);
                Process monitor = agent.begin(client, out, "monitor", "-log-level=debug");
                try {
                    SerfProcess.await("old lines", SOON, () -> read(out).contains("agent: Serf agent starting"));
                    agent.run(REAL, "event", "-coalesce=false", "deploy", "v1");
                    SerfProcess.await(
                            "an event",
                            SOON,
                            () -> read(out).contains("Event Info:")
                                    && read(out).contains("Name: \"deploy\"")
                                    && read(out).contains("Payload: []byte{0x76, 0x31}"), // the last line
                            () -> read(out));
                } finally {
                    monitor.destroy();
                    assertThat(monitor.waitFor(30, TimeUnit.SECONDS)).isTrue();
                }
            }
        }
    }

    @ParameterizedTest(name = "keyring of {0}")
    @EnumSource
    @Execution(ExecutionMode.CONCURRENT)
    void aRotatedKeyringFileIsReadByTheOther(SerfProcess.Kind kind) throws Exception {
        Path ring = Files.writeString(lab.folder.resolve("ring"), "[\"" + KEY1 + "\"]");
        SerfProcess first = lab.start(kind, "first", "-keyring-file=" + ring);
        assertThat(first.run(REAL, "keys", "-install=" + KEY2).status()).isZero();
        assertThat(first.run(REAL, "keys", "-use=" + KEY2).status()).isZero();
        assertThat(first.run(REAL, "keys", "-remove=" + KEY1).status()).isZero();
        first.signal("INT");
        assertThat(first.awaitExit()).isZero();
        SerfProcess second = lab.startAt(1, other(kind), "second", "-keyring-file=" + ring);
        assertThat(second.run(REAL, "keys", "-list").out()).endsWith("\n" + KEY2 + "  [1/1]\n");
        // The real agent leaves a file that it did not make as open as it was.
        if (kind == OURS)
            assertThat(Files.getPosixFilePermissions(ring))
                    .isEqualTo(java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    }

    @ParameterizedTest(name = "tags file of {0}")
    @EnumSource
    @Execution(ExecutionMode.CONCURRENT)
    void aTagsFileIsKeptAndReadByTheOther(SerfProcess.Kind kind) throws Exception {
        Path file = lab.folder.resolve("tags.json");
        SerfProcess first = lab.start(kind, "first", "-tags-file=" + file);
        assertThat(first.run(REAL, "tags", "-set", "role=web", "-set", "a=b").status())
                .isZero();
        first.signal("INT");
        assertThat(first.awaitExit()).isZero();
        SerfProcess second = lab.startAt(1, other(kind), "first", "-tags-file=" + file);
        assertThat(second.tagsOf("first")).isEqualTo(Map.of("role", "web", "a", "b"));
        second.awaitOutput("Restored 2 tag(s) from", SOON);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aPruneOfALiveMemberNeverBlocksOurRpcAndTheMemberStays() throws Exception {
        SerfProcess ours = lab.start(OURS, "ours");
        SerfProcess other = lab.start(OURS, "other", "-join=" + lab.ip(1));
        ours.awaitAlive(2);
        other.awaitAlive(2);
        Path out = lab.folder.resolve("prune");
        Process prune = ours.begin(REAL, out, "force-leave", "-prune", "other");
        // The real agent answers nobody for six seconds.
        for (int i = 0; i < 5; i++) {
            long begin = System.nanoTime();
            assertThat(ours.statuses()).containsKey("other");
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(4));
        }
        assertThat(prune.waitFor(60, TimeUnit.SECONDS)).isTrue();
        ours.awaitStatus("other", "alive", SOON);
        for (SerfProcess each : List.of(ours, other)) each.awaitAlive(2);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void anInterfaceGivesTheSameAddressToBothAndAnAdvertisedOneIsShown() throws Exception {
        for (SerfProcess.Kind kind : SerfProcess.Kind.values()) {
            int port = SerfLab.freePort();
            SerfProcess agent = lab.startAt(
                    1, kind, "agent-" + kind, "-bind=0.0.0.0:" + port, "-iface=lo", "-advertise=127.0.0.77:7000");
            agent.awaitOutput("Using interface 'lo' address '127.0.0.1'", SOON);
            assertThat(agent.output()).contains("Bind addr: '127.0.0.1:" + port + "'");
            assertThat(agent.run(REAL, "members").out()).contains("127.0.0.77:7000");
            agent.signal("TERM");
            agent.awaitExit();
        }
    }

    private static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException none) {
            return "";
        }
    }
}
