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

/** Many agents of both kinds on a machine that has no time for them. Alone, since it keeps all cores busy. */
@Tag("serf")
class MixedClusterTest {
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

    @Test
    void aMixedClusterFromOneSeedNeverFailsAnybody() throws Exception {
        int each = Integer.getInteger("serf.mixed", 10);
        List<SerfProcess> agents = new ArrayList<>();
        agents.add(lab.start(REAL, "real1"));
        for (int i = 1; i <= each; i++) {
            if (i > 1) agents.add(lab.start(REAL, "real" + i, "-join=" + lab.ip(1)));
            agents.add(lab.start(OURS, "ours" + i, "-join=" + lab.ip(1)));
        }
        for (SerfProcess agent : agents) agent.awaitAlive(2 * each);
        keepAllCoresBusy(Duration.ofSeconds(6));
        SerfProcess.Ran reachable = agents.get(1).run(REAL, "reachability");
        assertThat(reachable.out()).contains("Successfully contacted all live nodes");
        for (SerfProcess agent : agents) assertThat(agent.output()).doesNotContain("EventMemberFailed");
    }

    private static void keepAllCoresBusy(Duration time) throws InterruptedException {
        List<Thread> busy = new ArrayList<>();
        long end = System.nanoTime() + time.toNanos();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++)
            busy.add(Thread.ofPlatform().start(() -> {
                while (System.nanoTime() - end < 0) Thread.onSpinWait();
            }));
        for (Thread thread : busy) thread.join();
    }
}
