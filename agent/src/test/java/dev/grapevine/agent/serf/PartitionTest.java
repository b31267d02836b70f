package dev.grapevine.agent.serf;

import static dev.grapevine.agent.serf.SerfProcess.Kind.OURS;
import static dev.grapevine.agent.serf.SerfProcess.Kind.REAL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The network between our agents and the real ones is cut and healed, each agent in a network namespace of its own. */
@Tag("serf")
class PartitionTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration SUSPICION = Duration.ofSeconds(120);

    private NetLab lab;

    @BeforeEach
    void open() throws IOException {
        assumeThat(SerfProcess.isInstalled())
                .as("the program serf is not installed (Debian package serf)")
                .isTrue();
        assumeThat(NetLab.isPossible())
                .as("network namespaces cannot be had here")
                .isTrue();
        lab = NetLab.open();
    }

    @AfterEach
    void close() throws IOException {
        if (lab != null) lab.close();
    }

    private List<SerfProcess> cluster(SerfProcess.Kind... kinds) throws IOException {
        List<SerfProcess> agents = new ArrayList<>();
        for (int i = 0; i < kinds.length; i++) {
            List<String> more = new ArrayList<>(List.of("-profile=local"));
            // The first frame on a new bridge may get lost, and the real agent gives a join with this profile one
            // second.
            if (i > 0) more.addAll(List.of("-retry-join=" + lab.address(1), "-retry-interval=1s"));
            agents.add(lab.start(i + 1, kinds[i], "n" + (i + 1), more.toArray(String[]::new)));
        }
        for (SerfProcess agent : agents) agent.awaitAlive(kinds.length);
        return agents;
    }

    @Test
    void aClusterCutInTwoIsOneAgainByItselfAfterTheHeal() throws Exception {
        List<SerfProcess> all = cluster(REAL, OURS, REAL, OURS);
        List<Integer> left = List.of(1, 2);
        List<Integer> right = List.of(3, 4);
        lab.cut(left, right);
        for (SerfProcess agent : all.subList(0, 2)) {
            agent.awaitStatus("n3", "failed", SUSPICION);
            agent.awaitStatus("n4", "failed", SUSPICION);
        }
        for (SerfProcess agent : all.subList(2, 4)) {
            agent.awaitStatus("n1", "failed", SUSPICION);
            agent.awaitStatus("n2", "failed", SUSPICION);
        }
        lab.heal(left, right);
        for (SerfProcess agent : all) agent.awaitAlive(4);
        assertThat(all.get(3).run(REAL, "reachability").status()).isZero();
    }

    @ParameterizedTest(name = "alone {0}")
    @EnumSource
    void anAgentThatWasCutOffComesBackByItself(SerfProcess.Kind kind) throws Exception {
        List<SerfProcess> all = cluster(REAL, OURS, kind);
        List<Integer> alone = List.of(3);
        List<Integer> others = List.of(1, 2);
        lab.cut(alone, others);
        all.get(0).awaitStatus("n3", "failed", SUSPICION);
        all.get(1).awaitStatus("n3", "failed", SUSPICION);
        all.get(2).awaitStatus("n1", "failed", SUSPICION);
        all.get(2).awaitStatus("n2", "failed", SUSPICION);
        if (kind == OURS) all.get(2).awaitOutput("isolated: none of 2 known members answers", SOON);
        lab.heal(alone, others);
        for (SerfProcess agent : all) agent.awaitAlive(3);
        if (kind == OURS) all.get(2).awaitOutput("no longer isolated", SOON);
    }

    @ParameterizedTest(name = "found by {0}")
    @EnumSource
    void agentsFindEachOtherByMulticastDns(SerfProcess.Kind kind) throws Exception {
        SerfProcess first = lab.start(1, kind == REAL ? OURS : REAL, "first", "-discover=blue");
        SerfProcess other = lab.start(2, OURS, "stranger", "-discover=green");
        SerfProcess second = lab.start(3, kind, "second", "-discover=blue");
        first.awaitAlive(2);
        second.awaitAlive(2);
        second.awaitOutput("agent.mdns: Joined", SOON);
        assertThat(other.statuses()).containsOnlyKeys("stranger");
    }
}
