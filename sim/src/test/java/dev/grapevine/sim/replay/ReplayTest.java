package dev.grapevine.sim.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.core.Command;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import dev.grapevine.recording.Entry;
import dev.grapevine.recording.EntryEncoder;
import dev.grapevine.recording.KeyFinder;
import dev.grapevine.recording.RecordingException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recordings made by hand of a machine that counts, so that everything that can go wrong does. */
class ReplayTest {
    record Settings(int first) {}

    record Add(long number) implements Command {}

    record Run(Runnable what) implements Command {}

    /** Answers with the sum so far; refuses negative numbers with an exception; {@code step} is its defect. */
    private static final class Sum implements Machine {
        private final long step;
        private long sum;

        Sum(long step) {
            this.step = step;
        }

        @Override
        public void handle(Input input, long nowNanos, Effects effects) {
            if (!(input instanceof Input.Commanded(long id, Command command))) return;
            if (!(command instanceof Add(long number))) throw new IllegalStateException("a " + command);
            if (number < 0) throw new IllegalArgumentException("negative");
            sum += number * step;
            effects.add(new Effect.Answer(id, sum));
        }

        @Override
        public long nextDeadlineNanos() {
            return sum;
        }
    }

    @TempDir
    Path folder;

    private final EntryEncoder encoder = new EntryEncoder(false);
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Sum recorded = new Sum(1);
    private long inputs;

    private void header(int segment, long firstInput) {
        bytes.writeBytes(ByteBuffer.allocate(8).putLong(EntryEncoder.MAGIC).array());
        byte[] settings = EntryEncoder.settings(new Settings(1));
        put(encoder.header(new Entry.Header("sum", "it", 77, segment, firstInput, 5, 6, false, settings)));
    }

    private void put(ByteBuffer record) {
        bytes.write(record.array(), record.arrayOffset() + record.position(), record.remaining());
    }

    private void give(Command command) {
        Input input = new Input.Commanded(inputs, command);
        long now = 10 * inputs++;
        Effects effects = new Effects();
        RuntimeException thrown = null;
        encoder.input(input, now);
        try {
            recorded.handle(input, now, effects);
        } catch (RuntimeException fault) {
            thrown = fault;
        }
        put(encoder.outcome(effects, recorded.nextDeadlineNanos(), thrown));
    }

    private void file(int segment) throws IOException {
        Files.write(folder.resolve("00000" + segment + ".gvr"), bytes.toByteArray());
        bytes.reset();
    }

    private Replay replay(long step) throws IOException {
        Replay replay = new Replay(Recording.open(folder, KeyFinder.NONE), new Sum(step));
        replay.runUntil(Long.MAX_VALUE - 1);
        return replay;
    }

    @Test
    void exceptionsAndSeveralFilesAreReplayedToo() throws IOException {
        header(0, 0);
        give(new Add(5));
        give(new Add(-1));
        file(0);
        header(1, 2);
        give(new Add(7));
        put(encoder.end(3));
        file(1);
        Replay replay = replay(1);
        assertThat(replay.state()).isEqualTo(Replay.State.SAME);
        assertThat(replay.inputs()).isEqualTo(3);
        assertThat(replay.nowNanos()).isEqualTo(20);
    }

    @Test
    void theFirstDifferenceEndsItAndSaysWhatDiffers() throws IOException {
        header(0, 0);
        give(new Add(0));
        give(new Add(5));
        give(new Add(5));
        file(0);
        Replay replay = replay(2);
        assertThat(replay.state()).isEqualTo(Replay.State.DIFFERENT);
        assertThat(replay.inputs()).isEqualTo(2);
        Difference difference = replay.difference();
        assertThat(difference.input()).isEqualTo(1);
        assertThat(difference.atNanos()).isEqualTo(10);
        assertThat(difference.given()).isEqualTo("command Add");
        assertThat(difference.what()).isEqualTo("effect 1 of 1 is another one: answer command 1");
    }

    @Test
    void aDeadlineThatDiffersIsADifferenceThoughNoEffectIs() throws IOException {
        header(0, 0);
        encoder.input(new Input.Tick(), 0);
        put(encoder.outcome(new Effects(), 9, null));
        file(0);
        assertThat(replay(1).difference().what())
                .isEqualTo("the next deadline is 0.000000000 s, recorded was 0.000000009 s");
    }

    @Test
    void aGapEndsItAndSaysHowMuchIsMissing() throws IOException {
        header(0, 0);
        give(new Add(1));
        put(encoder.gap(40));
        give(new Add(1));
        file(0);
        Replay replay = replay(1);
        assertThat(replay.state()).isEqualTo(Replay.State.INCOMPLETE);
        assertThat(replay.inputs()).isEqualTo(1);
        assertThat(replay.obstacle()).contains("40 inputs from number 1 on are missing");
    }

    @Test
    void aCommandThatCouldNotBeWrittenDownEndsItByName() throws IOException {
        header(0, 0);
        give(new Add(1));
        give(new Run(() -> {}));
        file(0);
        Replay replay = replay(1);
        assertThat(replay.state()).isEqualTo(Replay.State.INCOMPLETE);
        assertThat(replay.inputs()).isEqualTo(1);
        assertThat(replay.obstacle()).contains("input 1 was a command").contains(Run.class.getName());
    }

    @Test
    void filesThatDoNotFitTogetherAreRefused() throws IOException {
        header(0, 0);
        give(new Add(1));
        file(0);
        header(2, 5);
        file(2);
        assertThatThrownBy(() -> replay(1))
                .isInstanceOf(RecordingException.class)
                .hasMessageContaining("begins with input 5, and 1 should follow: a file is missing");
        Files.delete(folder.resolve("000002.gvr"));
        Files.write(folder.resolve("000001.gvr"), new byte[] {'G', 'R', 'A'}); // torn as it began
        assertThat(replay(1).state()).isEqualTo(Replay.State.SAME);
        header(0, 0);
        put(encoder.end(3));
        file(0);
        assertThatThrownBy(() -> replay(1)).hasMessageContaining("3 inputs were recorded, and 0 are here");
    }

    @Test
    void aRecordingOfAnotherKindOfMachineIsRefusedByName() throws IOException {
        header(0, 0);
        file(0);
        Entry.Header header = Recording.open(folder, KeyFinder.NONE).header();
        assertThatThrownBy(() -> NodeReplay.machine(header, KeyFinder.NONE))
                .isInstanceOf(RecordingException.class)
                .hasMessageContaining("a machine called sum");
    }
}
