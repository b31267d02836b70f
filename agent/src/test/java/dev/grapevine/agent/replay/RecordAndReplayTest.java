package dev.grapevine.agent.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.agent.Main;
import dev.grapevine.recorder.RecorderSettings;
import dev.grapevine.recording.KeyFinder;
import dev.grapevine.recording.MissingKeyException;
import dev.grapevine.recording.RecordingException;
import dev.grapevine.sim.replay.Difference;
import dev.grapevine.sim.replay.NodeReplay;
import dev.grapevine.sim.replay.Recording;
import dev.grapevine.sim.replay.Replay;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two clusters on real sockets are recorded once, one in clear and one sealed; every test replays one or spoils a copy. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RecordAndReplayTest {
    private static final KeyFinder KEYS = KeyFinder.among(List.of(RecordedCluster.KEY, RecordedCluster.NEW_KEY));

    private Path directory;
    private Path clear;
    private Path sealed;

    @BeforeAll
    void record(@TempDir Path directory) {
        this.directory = directory;
        clear = directory.resolve("clear");
        sealed = directory.resolve("sealed");
        RecordedCluster.run(clear, false);
        RecordedCluster.run(sealed, true);
    }

    private static Replay replay(Path folder) throws IOException {
        Recording recording = Recording.open(folder, KEYS);
        Replay replay = new Replay(recording, NodeReplay.machine(recording.header(), KEYS));
        replay.runUntil(Long.MAX_VALUE - 1);
        return replay;
    }

    private Path copyOfNode0(String name) throws IOException {
        Path copy = Files.createDirectory(directory.resolve(name));
        for (Path file : Segments.files(Recording.find(clear).getFirst()))
            Files.copy(file, copy.resolve(file.getFileName()));
        return copy;
    }

    @ParameterizedTest(name = "sealed: {0}")
    @ValueSource(booleans = {false, true})
    void everyNodeOfARealClusterDoesTheSameAgainByteForByte(boolean isSealed) throws IOException {
        List<Path> recordings = Recording.find(isSealed ? sealed : clear);
        assertThat(recordings).hasSize(5);
        for (Path each : recordings) {
            Recording recording = Recording.open(each, KEYS);
            Replay replay = new Replay(recording, NodeReplay.machine(recording.header(), KEYS));
            replay.runUntil(Long.MAX_VALUE - 1);
            assertThat(replay.difference()).isNull();
            assertThat(replay.state()).isEqualTo(Replay.State.SAME);
            assertThat(recording.ended()).isTrue();
            assertThat(replay.inputs()).isGreaterThanOrEqualTo(10); // joins take few packets
        }
    }

    @Test
    void anotherJvmDoesTheSameToo() throws Exception {
        Path keys = directory.resolve("keys");
        Files.writeString(
                keys,
                "# two keys\n" + HexFormat.of().formatHex(RecordedCluster.KEY) + "\n"
                        + Base64.getEncoder().encodeToString(RecordedCluster.NEW_KEY) + "\n");
        Path folder = Recording.find(sealed).getFirst();
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        "dev.grapevine.agent.Main",
                        "replay",
                        folder.toString(),
                        "--key-file",
                        keys.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(said).contains("the same, byte for byte");
        assertThat(other.exitValue()).isZero();
    }

    @Test
    void aRecordingHoldsNoKeyAndCannotBeReplayedWithoutIt() throws IOException {
        for (Path folder : Recording.find(sealed))
            for (Path file : Segments.files(folder)) {
                String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                for (byte[] key : List.of(RecordedCluster.KEY, RecordedCluster.NEW_KEY)) {
                    assertThat(bytes).doesNotContain(new String(key, 0, 16, StandardCharsets.ISO_8859_1));
                    assertThat(bytes).doesNotContain(Base64.getEncoder().encodeToString(key));
                }
            }
        Recording recording = Recording.open(Recording.find(sealed).getFirst(), KeyFinder.NONE);
        assertThatThrownBy(() -> NodeReplay.machine(recording.header(), KeyFinder.NONE))
                .isInstanceOf(MissingKeyException.class)
                .hasMessageContaining("fingerprint");
        KeyFinder onlyTheFirst = KeyFinder.among(List.of(RecordedCluster.KEY));
        Recording again = Recording.open(Recording.find(sealed).getFirst(), onlyTheFirst);
        Replay replay = new Replay(again, NodeReplay.machine(again.header(), onlyTheFirst));
        assertThatThrownBy(() -> replay.runUntil(Long.MAX_VALUE - 1)) // at the command that adds the second
                .isInstanceOf(MissingKeyException.class);
        assertThat(replay.inputs()).isPositive();
    }

    @Test
    void aChangedDatagramIsADifferenceAtThatVeryInput() throws IOException {
        Path copy = copyOfNode0("changed-datagram");
        long number = Segments.spoilADatagramThatMattered(Segments.files(copy).getFirst(), 25);
        Replay replay = replay(copy);
        assertThat(replay.state()).isEqualTo(Replay.State.DIFFERENT);
        Difference difference = replay.difference();
        assertThat(difference.input()).isEqualTo(number);
        assertThat(difference.place()).contains("changed-datagram/000000.gvr, byte ");
        assertThat(difference.given()).contains("bytes from 127.0.0.1:");
    }

    @Test
    void anotherSeedOrAnotherSettingIsADifferenceEarlyOn() throws IOException {
        Path seed = copyOfNode0("other-seed");
        Segments.changeSeed(Segments.files(seed).getFirst());
        Replay other = replay(seed);
        assertThat(other.state()).isEqualTo(Replay.State.DIFFERENT);
        assertThat(other.difference().input()).isLessThan(20);

        Path setting = copyOfNode0("other-setting");
        Segments.changeName(Segments.files(setting).getFirst()); // "node-0" becomes "node-x" within the settings
        other = replay(setting);
        assertThat(other.state()).isEqualTo(Replay.State.DIFFERENT);
        assertThat(other.difference().input()).isLessThan(20);
    }

    @Test
    void anyChangedByteIsFoundAndItsPlaceNamed() throws IOException {
        Path copy = copyOfNode0("changed-byte");
        Path file = Segments.files(copy).getFirst();
        byte[] whole = Files.readAllBytes(file);
        for (int at = 0; at < whole.length; at += whole.length / 120) {
            byte[] spoiled = whole.clone();
            spoiled[at] ^= (byte) (1 << at % 8);
            Files.write(file, spoiled);
            int place = at;
            assertThatThrownBy(() -> replay(copy))
                    .as("byte " + at)
                    .isInstanceOf(RecordingException.class)
                    .hasMessageContaining("changed-byte/000000.gvr")
                    .satisfies(told -> {
                        if (place < 8) return;
                        int named = Integer.parseInt(told.getMessage().replaceAll(".*at byte (\\d+).*", "$1"));
                        assertThat(place).isBetween(named, named + 70_000);
                    });
        }
    }

    @Test
    void aTornTailIsCutWhereverItWasTorn() throws IOException {
        Path copy = copyOfNode0("torn");
        Path file = Segments.files(copy).getLast();
        byte[] whole = Files.readAllBytes(file);
        List<Integer> starts = Segments.starts(whole);
        long inputs = replay(copy).inputs();
        int end = starts.getLast(); // of the record that says it was stopped in order
        int last = starts.get(starts.size() - 2);
        for (int length = last; length < whole.length; length++) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            Recording recording = Recording.open(copy, KEYS);
            Replay replay = new Replay(recording, NodeReplay.machine(recording.header(), KEYS));
            replay.runUntil(Long.MAX_VALUE - 1);
            assertThat(replay.state()).isEqualTo(Replay.State.SAME);
            assertThat(replay.inputs()).isEqualTo(length < end ? inputs - 1 : inputs);
            assertThat(recording.tornBytes()).isEqualTo(length < end ? length - last : length - end);
            assertThat(recording.ended()).isFalse();
        }
    }

    @Test
    void withoutItsBeginningARecordingSaysThatItCannotBeReplayed() throws IOException {
        Path copy = copyOfNode0("no-beginning");
        Path file = Segments.files(copy).getFirst();
        Segments.pretendFirstInput(file, 1_000);
        Replay replay = replay(copy);
        assertThat(replay.state()).isEqualTo(Replay.State.INCOMPLETE);
        assertThat(replay.obstacle()).contains("the beginning was overwritten").contains("0 to 999");
    }

    @Test
    void aRecordingWithoutContentHoldsNoneAndCanBeListed() throws IOException {
        Path without = directory.resolve("without");
        RecordedCluster.run(RecorderSettings.in(without).withoutPayloads(), false, 5);
        Path first = Recording.find(without).getFirst();
        for (Path folder : Recording.find(without))
            for (Path file : Segments.files(folder))
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .doesNotContain("Secret Code");
        assertThat(Files.size(Segments.files(first).getFirst())).isLessThan(30_000); // the large rumor is not in it
        assertThat(replay(first).state()).isEqualTo(Replay.State.INCOMPLETE);
        assertThat(replay(first).obstacle()).contains("recorded without content");
        StringWriter listed = new StringWriter();
        PrintWriter out = new PrintWriter(listed);
        assertThat(Main.run(out, out, "replay", first.toString(), "--list")).isEqualTo(1);
        assertThat(listed.toString()).contains("<- command Gossip; effects: ").contains("bytes from 127.0.0.1:");
    }
}
