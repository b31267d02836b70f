package dev.grapevine.agent.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.recording.KeyFinder;
import dev.grapevine.sim.replay.NodeReplay;
import dev.grapevine.sim.replay.Recording;
import dev.grapevine.sim.replay.Replay;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordAndReplayTest {
    @TempDir
    Path directory;

    @ParameterizedTest(name = "sealed: {0}")
    @ValueSource(booleans = {false, true})
    void everyNodeOfARealClusterDoesTheSameAgainByteForByte(boolean sealed) throws IOException {
        RecordedCluster.run(directory, sealed);
        KeyFinder keys = KeyFinder.among(List.of(RecordedCluster.KEY, RecordedCluster.NEW_KEY));
        List<Path> recordings = Recording.find(directory);
        assertThat(recordings).hasSize(5);
        for (Path each : recordings) {
            Recording recording = Recording.open(each, keys);
            Replay replay = new Replay(recording, NodeReplay.machine(recording.header(), keys));
            replay.runUntil(Long.MAX_VALUE - 1);
                    + java.nio.file.Files.size(each.resolve("000000.gvr")));
            assertThat(replay.difference()).isNull();
            assertThat(replay.state()).isEqualTo(Replay.State.SAME);
            assertThat(recording.ended()).isTrue();
            assertThat(replay.inputs()).isGreaterThan(20);
        }
    }
}
