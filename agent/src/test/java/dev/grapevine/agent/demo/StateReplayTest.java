package dev.grapevine.agent.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.Grapevine;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.recording.KeyFinder;
import dev.grapevine.sim.replay.NodeReplay;
import dev.grapevine.sim.replay.Recording;
import dev.grapevine.sim.replay.Replay;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What nodes do with replicated state they do again, byte for byte, also what they were given back from their disks. */
class StateReplayTest {
    private static final KeyFinder KEYS = KeyFinder.among(List.of());

    private static void replayed(Path directory, int nodes) throws IOException {
        List<Path> recordings = Recording.find(directory);
        assertThat(recordings).hasSize(nodes);
        for (Path each : recordings) {
            Recording recording = Recording.open(each, KEYS);
            Replay replay = new Replay(recording, NodeReplay.machine(recording.header(), KEYS));
            replay.runUntil(Long.MAX_VALUE - 1);
            assertThat(replay.difference()).isNull();
            assertThat(replay.state()).isEqualTo(Replay.State.SAME);
        }
    }

    @Test
    void theDemonstrationOfStateReplays(@TempDir Path directory) throws Exception {
        try (StateDemo demo = new StateDemo(4, 0.1, 7, directory, said -> {})) {
            assertThat(demo.run().converged()).isTrue();
        }
        replayed(directory, 4);
    }

    @Test
    void aNodeThatWasGivenBackWhatItKnewReplays(@TempDir Path directory) throws Exception {
        for (int life = 0; life < 2; life++) {
            try (Grapevine node = Grapevine.named("a")
                    .profile(Profile.LOCAL)
                    .directory(directory.resolve("disk"))
                    .record(directory.resolve("rec"))
                    .start()) {
                node.counter("visits").add(1).get(10, TimeUnit.SECONDS);
                node.shared("carts").put("alice", "large ".repeat(1000)).get(10, TimeUnit.SECONDS);
                assertThat(node.counter("visits").value()).isEqualTo(life + 1L);
            }
        }
        replayed(directory.resolve("rec"), 2);
    }
}
