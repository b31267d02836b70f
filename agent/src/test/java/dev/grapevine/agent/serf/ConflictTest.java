package dev.grapevine.agent.serf;

import static dev.grapevine.agent.serf.SerfProcess.Kind.OURS;
import static dev.grapevine.agent.serf.SerfProcess.Kind.REAL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two agents of one name, ours and the real one's, among agents of both kinds that vote. */
@Tag("serf")
class ConflictTest {
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Duration SUSPICION = Duration.ofSeconds(120);

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

    /** Two voters and the rightful holder of the name; what is started next is the fourth host. */
    private List<SerfProcess> voters(SerfProcess.Kind holder) throws IOException {
        SerfProcess real = lab.start(REAL, "real", "-profile=local");
        SerfProcess ours = lab.start(OURS, "ours", "-profile=local", "-join=" + lab.ip(1));
        SerfProcess named = lab.start(holder, "name", "-profile=local", "-join=" + lab.ip(1));
        for (SerfProcess each : List.of(real, ours, named)) each.awaitAlive(3);
        return List.of(real, ours, named);
    }

    private static String addressOf(SerfProcess viewer, String member) {
        return viewer.members().stream()
                .filter(each -> each.name().equals(member))
                .findFirst()
                .map(each -> String.valueOf(each.addr()))
                .orElse("");
    }

    @ParameterizedTest(name = "rightful holder {0}")
    @EnumSource
    void ourSecondHolderStepsBackSaysWhatItWaitsForAndGetsTheNameInTheEnd(SerfProcess.Kind holder) throws Exception {
        List<SerfProcess> all = voters(holder);
        String before = addressOf(all.get(0), "name");
        SerfProcess second = lab.startAt(4, OURS, "name", "-profile=local", "-retry-join=" + lab.ip(1));
        second.awaitOutput("our name is held by", SOON);
        second.awaitOutput("waiting for", SOON);
        for (SerfProcess voter : all.subList(0, 2)) {
            voter.awaitStatus("name", "alive", SOON);
            assertThat(addressOf(voter, "name")).isEqualTo(before);
        }
        all.get(2).kill();
        second.awaitOutput("our name is ours again", SUSPICION.multipliedBy(2));
        for (SerfProcess voter : all.subList(0, 2))
            SerfProcess.await(
                    voter.name + " sees the name at its new address",
                    SUSPICION,
                    () -> "alive".equals(voter.statuses().get("name"))
                            && !addressOf(voter, "name").equals(before),
                    voter::output);
    }

    @Test
    void aRealSecondHolderLosesTheVoteAgainstOurs() throws Exception {
        List<SerfProcess> all = voters(OURS);
        SerfProcess second = lab.startAt(4, REAL, "name", "-profile=local", "-join=" + lab.ip(1));
        assertThat(second.awaitExit()).isZero();
        for (SerfProcess each : all) {
            each.awaitAlive(3);
            assertThat(each.output()).doesNotContain("EventMemberFailed: name");
        }
    }
}
