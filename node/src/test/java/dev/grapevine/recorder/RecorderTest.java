package dev.grapevine.recorder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import dev.grapevine.recording.Entry;
import dev.grapevine.recording.EntryDecoder;
import dev.grapevine.recording.KeyFinder;
import dev.grapevine.recording.Unrecordable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecorderTest {
    record Settings(String word, int number) {}

    record Ask(Object what) implements Command {}

    /** Sends back what it gets; throws on a text. */
    private static final class Echo implements Machine {
        @Override
        public void handle(Input input, long nowNanos, Effects effects) {
            if (input instanceof Input.Datagram(Address from, ByteBuffer packet)) {
                ByteBuffer answer = effects.buffer(packet.remaining());
                effects.add(new Effect.SendDatagram(from, answer.put(packet).flip()));
            }
            if (input instanceof Input.Commanded(long id, Ask(Object what))) {
                if (what instanceof String) throw new IllegalArgumentException("no texts");
                effects.add(new Effect.Answer(id, 1));
            }
        }

        @Override
        public long nextDeadlineNanos() {
            return 7;
        }
    }

    private static final Address PEER = Address.loopback(9);

    @TempDir
    Path directory;

    private final Effects effects = new Effects();

    private Recorder open(RecorderSettings settings) {
        return Recorder.open(settings, "echo", "a node/ü", 42, new Settings("word", 3));
    }

    private void datagrams(Machine machine, int count, int sizeBytes) {
        byte[] bytes = new byte[sizeBytes];
        for (int i = 0; i < count; i++) {
            bytes[0] = (byte) i;
            give(machine, new Input.Datagram(PEER, ByteBuffer.wrap(bytes)), i);
        }
    }

    private void give(Machine machine, Input input, long nowNanos) {
        machine.handle(input, nowNanos, effects);
        effects.clear();
    }

    private static List<Path> segments(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static List<Entry> read(Path folder) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Path file : segments(folder)) {
            EntryDecoder decoder =
                    new EntryDecoder(ByteBuffer.wrap(Files.readAllBytes(file)), file.toString(), KeyFinder.NONE);
            for (Entry entry; (entry = decoder.next()) != null; ) entries.add(entry);
            assertThat(decoder.tornBytes()).isZero();
        }
        return entries;
    }

    @Test
    void whatWasGivenIsFoundAgainWithWhatBecameOfIt() throws IOException {
        Recorder recorder = open(RecorderSettings.in(directory));
        Machine machine = recorder.around(new Echo());
        datagrams(machine, 3, 5);
        give(machine, new Input.Paused(17), 100);
        recorder.close();
        List<Entry> entries = read(recorder.folder());
        assertThat(entries).hasSize(6);
        Entry.Header header = (Entry.Header) entries.getFirst();
        assertThat(header.name()).isEqualTo("a node/ü");
        assertThat(header.seed()).isEqualTo(42);
        assertThat(EntryDecoder.settings(header, Settings.class, KeyFinder.NONE))
                .isEqualTo(new Settings("word", 3));
        Entry.Handled second = (Entry.Handled) entries.get(2);
        assertThat(second.nowNanos()).isEqualTo(1);
        assertThat(second.input()).isEqualTo(new Input.Datagram(PEER, ByteBuffer.wrap(new byte[] {1, 0, 0, 0, 0})));
        assertThat(second.outcome().effects()).hasSize(1);
        assertThat(second.outcome().nextDeadlineNanos()).isEqualTo(7);
        assertThat(((Entry.Handled) entries.get(4)).input()).isEqualTo(new Input.Paused(17));
        assertThat(entries.getLast()).isEqualTo(new Entry.End(4));
        assertThat(recorder.lostInputs()).isZero();
    }

    @Test
    void aCommandWithoutAFormAsBytesIsNamedAndTheNextOneIsThere() throws IOException {
        Recorder recorder = open(RecorderSettings.in(directory));
        Machine machine = recorder.around(new Echo());
        give(machine, new Input.Commanded(1, new Ask(new Thread())), 0);
        give(machine, new Input.Commanded(2, new Ask(List.of(1L, 2L))), 1);
        recorder.close();
        List<Entry> entries = read(recorder.folder());
        Entry.Handled first = (Entry.Handled) entries.get(1);
        assertThat(((Input.Commanded) first.input()).command())
                .isEqualTo(new Unrecordable(Ask.class.getName(), "a value of java.lang.Thread"));
        assertThat(first.outcome().effects()).hasSize(1);
    }

    @Test
    void whatTheMachineThrowsIsRecordedAndThrown() throws IOException {
        Recorder recorder = open(RecorderSettings.in(directory));
        Machine machine = recorder.around(new Echo());
        assertThatThrownBy(() -> give(machine, new Input.Commanded(1, new Ask("text")), 0))
                .hasMessage("no texts");
        recorder.close();
        Entry.Handled handled = (Entry.Handled) read(recorder.folder()).get(1);
        assertThat(handled.input()).isEqualTo(new Input.Commanded(1, new Ask("text")));
        assertThat(handled.outcome().thrown()).isEqualTo(IllegalArgumentException.class.getName());
    }

    @Test
    void theRingForgetsTheOldestAndSaysWithWhichInputItBegins() throws IOException {
        Recorder recorder = open(RecorderSettings.in(directory).withRingBytes(RecorderSettings.LEAST_RING_BYTES));
        Machine machine = recorder.around(new Echo());
        for (int i = 0; i < 40; i++) {
            datagrams(machine, 100, 1_000);
            recorder.flush(); // so that the disk keeps up however busy it is
        }
        recorder.close();
        assertThat(recorder.lostInputs()).isZero();
        assertThat(recorder.writtenBytes()).isGreaterThan(4_000_000);
        long bytes = 0;
        for (Path file : segments(recorder.folder())) bytes += Files.size(file);
        assertThat(bytes).isBetween(RecorderSettings.LEAST_RING_BYTES * 3 / 4, RecorderSettings.LEAST_RING_BYTES);
        long number = -1;
        long first = -1;
        for (Entry entry : read(recorder.folder())) {
            switch (entry) {
                case Entry.Header header -> {
                    if (number < 0) first = number = header.firstInput();
                    assertThat(header.firstInput()).isEqualTo(number);
                }
                case Entry.Handled handled -> number++;
                case Entry.Gap(long count) -> number += count;
                case Entry.End(long inputs) -> assertThat(inputs).isEqualTo(number);
            }
        }
        assertThat(first).isBetween(2_500L, 4_000L);
        assertThat(number).isEqualTo(4_000);
    }

    @Test
    void aDiskThatIsTooSlowLeavesAGapAndNeverHoldsTheMachineUp() throws IOException {
        ArrayDeque<Runnable> waiting = new ArrayDeque<>();
        Consumer<Runnable> stuck = waiting::add;
        Recorder recorder =
                Recorder.open(RecorderSettings.in(directory), "echo", "slow", 1, new Settings("", 0), stuck);
        Machine machine = recorder.around(new Echo());
        datagrams(machine, 5_000, 1_000); // 5 MB where 2 MiB may wait
        assertThat(recorder.lostInputs()).isGreaterThan(1_000);
        waiting.remove().run(); // the disk is back
        datagrams(machine, 100, 1_000);
        assertThat(waiting).hasSize(1);
        waiting.remove().run();
        Thread closer = Thread.ofVirtual().start(recorder::close);
        while (waiting.isEmpty() && closer.isAlive()) Thread.onSpinWait();
        if (!waiting.isEmpty()) waiting.remove().run();
        recorder.close();
        long number = 0;
        long missing = 0;
        for (Entry entry : read(recorder.folder())) {
            switch (entry) {
                case Entry.Header header -> assertThat(header.firstInput()).isEqualTo(number);
                case Entry.Handled handled -> number++;
                case Entry.Gap(long count) -> {
                    number += count;
                    missing += count;
                }
                case Entry.End(long inputs) -> assertThat(inputs).isEqualTo(number);
            }
        }
        assertThat(number).isEqualTo(5_100);
        assertThat(missing).isEqualTo(recorder.lostInputs());
    }

    @Test
    void recordingsOfEarlierStartsAreDeletedOldestFirstOnceTheyAreTooMuch() throws IOException {
        RecorderSettings small = RecorderSettings.in(directory).withRingBytes(RecorderSettings.LEAST_RING_BYTES);
        List<Path> folders = new ArrayList<>();
        for (int start = 0; start < 4; start++) {
            Recorder recorder = open(small);
            Machine machine = recorder.around(new Echo());
            for (int i = 0; i < 6; i++) {
                datagrams(machine, 100, 1_000);
                recorder.flush();
            }
            recorder.close();
            folders.add(recorder.folder());
        }
        assertThat(folders.get(0)).doesNotExist();
        assertThat(folders.get(1)).doesNotExist();
        assertThat(folders.get(2)).exists();
        assertThat(folders.get(3)).exists();
    }

    @Test
    void aRingThatIsTooSmallIsRefused() {
        assertThatThrownBy(() -> RecorderSettings.in(directory).withRingBytes(1_000))
                .hasMessageContaining("a ring of 1000 bytes");
    }
}
