package dev.grapevine.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs tests that fail, as JUnit runs them, and reads what is told. */
class ShrinkingTest {
    private record Ended(String name, TestExecutionResult result) {}

    private static List<Ended> run(String method) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectMethod(BrokenOnPurpose.class, method, SimulatedCluster.class))
                .build();
        Launcher launcher = LauncherFactory.create(LauncherConfig.builder()
                .enableTestExecutionListenerAutoRegistration(false)
                .build());
        List<Ended> ended = new ArrayList<>();
        launcher.execute(request, new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (test.isTest() || result.getThrowable().isPresent())
                    ended.add(new Ended(test.getDisplayName(), result));
            }
        });
        return ended;
    }

    @AfterEach
    void clean() {
        System.clearProperty(Trial.SEED);
        System.clearProperty(Trial.NODES);
        System.clearProperty(Trial.WITHOUT);
    }

    @Test
    void theFirstFailingSeedIsMadeSmallAndToldWithWhatRepeatsIt() {
        List<Ended> ended = run("threeAreEnough");
        assertThat(ended)
                .extracting(Ended::name)
                .containsExactly(
                        "-Dgrapevine.seed=1", "-Dgrapevine.seed=2", "-Dgrapevine.seed=3", "-Dgrapevine.seed=4");
        Throwable failure = ended.getLast().result().getThrowable().orElseThrow();
        assertThat(failure).isInstanceOf(SeedFailure.class).hasCauseInstanceOf(AssertionError.class);
        assertThat(failure.getMessage())
                .contains("node-2 is down")
                .contains("seed 4, 3 nodes (of 20), 1 faults (of 3)")
                .contains("#2 at ")
                .contains("node-2 crashes")
                .doesNotContain("node-1 pauses")
                .contains("again: -Dgrapevine.seed=4 -Dgrapevine.nodes=3 -Dgrapevine.without=0,1");
    }

    @Test
    void thePropertiesRepeatExactlyThatFailure() {
        System.setProperty(Trial.SEED, "4");
        System.setProperty(Trial.NODES, "3");
        System.setProperty(Trial.WITHOUT, "0,1");
        List<Ended> ended = run("threeAreEnough");
        assertThat(ended).hasSize(1);
        assertThat(ended.getFirst().result().getThrowable().orElseThrow().getMessage())
                .contains("seed 4, 3 nodes (of 20), 1 faults (of 3)")
                .contains("node-2 is down");
        System.setProperty(Trial.SEED, "3");
        assertThat(run("threeAreEnough").getFirst().result().getStatus())
                .isEqualTo(TestExecutionResult.Status.SUCCESSFUL);
    }

    @Test
    void seedsThatHoldAreAllRun() {
        assertThat(run("fine"))
                .hasSize(3)
                .allSatisfy(
                        each -> assertThat(each.result().getStatus()).isEqualTo(TestExecutionResult.Status.SUCCESSFUL));
    }

    @Test
    void nonsenseIsToldByName() {
        assertThat(run("noNodes").getFirst().result().getThrowable().orElseThrow())
                .hasMessage("nodes = 0 is below 1");
        System.setProperty(Trial.SEED, "seven");
        assertThat(run("fine").getFirst().result().getThrowable().orElseThrow())
                .hasMessage("-Dgrapevine.seed=seven: seven is no number");
    }
}
