package dev.grapevine.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.core.Address;
import dev.grapevine.core.CloseReason;
import dev.grapevine.core.Command;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.core.Secret;
import dev.grapevine.membership.MembershipSettings;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.membership.Tags;
import dev.grapevine.node.NodeCommand;
import dev.grapevine.node.NodeSettings;
import dev.grapevine.node.RumorSettings;
import dev.grapevine.wire.KeyRing;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EntryCodecTest {
    enum Colour {
        RED
    }

    record Part(long number, Colour colour) {}

    record Everything(
            boolean truth,
            int small,
            Integer boxed,
            short shorter,
            byte single,
            char letter,
            double half,
            float quarter,
            String text,
            byte[] bytes,
            long[] numbers,
            List<Part> list,
            Map<String, Long> map,
            Set<String> set,
            Colour colour,
            Address address,
            Tags tags,
            Duration duration,
            @Nullable Part missing,
            Part part,
            Command command)
            implements Command {
        Everything with(byte[] bytes, long[] numbers) {
            return new Everything(
                    truth, small, boxed, shorter, single, letter, half, quarter, text, bytes, numbers, list, map, set,
                    colour, address, tags, duration, missing, part, command);
        }
    }

    record Keyed(@Secret byte[] key) implements Command {}

    record Hidden(Object what) implements Command {}

    private static final Address V4 = Address.loopback(7946);
    private static final Address V6 = Address.of(new byte[] {32, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 9);
    private static final Effects NOTHING = new Effects();

    private static Everything everything() {
        return new Everything(
                true,
                -5,
                7,
                (short) -3,
                (byte) -1,
                'ü',
                0.1,
                0.25f,
                "gräpe 🍇",
                new byte[] {1, 2},
                new long[] {3, Long.MIN_VALUE},
                List.of(new Part(1, Colour.RED)),
                Map.of("a", 1L, "b", 2L, "c", 3L),
                Set.of("x", "y", "z"),
                Colour.RED,
                V6,
                Tags.of(Map.of("role", "db")),
                Duration.ofMillis(-5),
                null,
                new Part(Long.MAX_VALUE, Colour.RED),
                new NodeCommand.Leave());
    }

    private static List<Input> inputs() {
        return List.of(
                new Input.Datagram(V4, ByteBuffer.wrap(new byte[] {1, 2, 3})),
                new Input.Datagram(V6, ByteBuffer.allocate(0)),
                new Input.StreamAccepted(-1, V4),
                new Input.StreamConnected(1),
                new Input.StreamBytes(Long.MAX_VALUE, ByteBuffer.wrap(new byte[70_000])),
                new Input.StreamDrained(2),
                new Input.StreamEnded(Long.MIN_VALUE),
                new Input.StreamClosed(3, CloseReason.OVERLOADED),
                new Input.Commanded(4, new NodeCommand.Join(List.of("a:1", "b"))),
                new Input.WallClock(1_700_000_000_000L),
                new Input.Resolved("host", 65_535, List.of(V4, V6)),
                new Input.Resolved("nobody", 0, List.of()),
                new Input.Paused(Long.MAX_VALUE),
                new Input.Tick());
    }

    private static byte[] segment(List<Input> inputs) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(ByteBuffer.allocate(8).putLong(EntryEncoder.MAGIC).array());
        EntryEncoder encoder = new EntryEncoder(false);
        for (int i = 0; i < inputs.size(); i++) {
            encoder.input(inputs.get(i), i * 1_000L);
            write(encoder.outcome(NOTHING, i - 3, i == 5 ? new IllegalStateException() : null), bytes);
        }
        write(encoder.gap(17), bytes);
        write(encoder.end(31), bytes);
        return bytes.toByteArray();
    }

    private static void write(ByteBuffer record, ByteArrayOutputStream to) {
        to.write(record.array(), record.arrayOffset() + record.position(), record.remaining());
    }

    private static List<Entry> read(byte[] segment) {
        EntryDecoder decoder = new EntryDecoder(ByteBuffer.wrap(segment), "it", KeyFinder.NONE);
        List<Entry> entries = new ArrayList<>();
        for (Entry entry; (entry = decoder.next()) != null; ) entries.add(entry);
        return entries;
    }

    private static Command again(Command command, KeyFinder keys) {
        Sink sink = new Sink();
        new ValueWriter(false).write(command, sink);
        return (Command) new ValueReader(keys).read(ByteBuffer.wrap(sink.array(), 0, sink.size()), Command.class);
    }

    @Test
    void everyKindOfInputComesBackAsItWas() {
        List<Input> inputs = inputs();
        List<Entry> entries = read(segment(inputs));
        for (int i = 0; i < inputs.size(); i++) {
            Entry.Handled handled = (Entry.Handled) entries.get(i);
            assertThat(handled.input()).isEqualTo(inputs.get(i));
            assertThat(handled.nowNanos()).isEqualTo(i * 1_000L);
            String thrown = i == 5 ? IllegalStateException.class.getName() : null;
            assertThat(handled.outcome()).isEqualTo(new Outcome(new long[0], i - 3, thrown));
        }
        assertThat(entries.subList(inputs.size(), entries.size()))
                .containsExactly(new Entry.Gap(17), new Entry.End(31));
    }

    @Test
    void anInputIsWrittenWithoutMovingItsBuffer() {
        ByteBuffer packet = ByteBuffer.wrap(new byte[] {9, 1, 2, 9}).position(1).limit(3);
        EntryEncoder encoder = new EntryEncoder(false);
        encoder.input(new Input.Datagram(V4, packet), 0);
        assertThat(packet.position()).isEqualTo(1);
        assertThat(packet.limit()).isEqualTo(3);
    }

    @Test
    void anyRecordOfPlainValuesIsACommandThatCanBeRecorded() {
        Everything was = everything();
        Everything is = (Everything) again(was, KeyFinder.NONE);
        assertThat(is.bytes()).isEqualTo(was.bytes());
        assertThat(is.numbers()).isEqualTo(was.numbers());
        assertThat(is.with(was.bytes(), was.numbers())).isEqualTo(was); // arrays are equal only to themselves
    }

    @Test
    void equalValuesHaveEqualBytesWhateverTheOrderOfTheirMaps() {
        Sink one = new Sink();
        Sink other = new Sink();
        new ValueWriter(false).write(Map.of("a", 1, "b", 2, "c", 3, "d", 4), one);
        Map<String, Integer> backwards = new java.util.HashMap<>(2);
        for (String key : List.of("d", "c", "b", "a")) backwards.put(key, key.charAt(0) - 'a' + 1);
        new ValueWriter(false).write(backwards, other);
        assertThat(java.util.Arrays.copyOf(one.array(), one.size()))
                .isEqualTo(java.util.Arrays.copyOf(other.array(), other.size()));
    }

    @Test
    void aKeyIsWrittenAsItsFingerprintAndFoundAmongThoseGiven() {
        byte[] key = new byte[32];
        new SplittableRandom(1).nextBytes(key);
        Sink sink = new Sink();
        new ValueWriter(false).write(new Keyed(key), sink);
        assertThat(sink.size()).isLessThan(100);
        KeyFinder keys = KeyFinder.among(List.of(new byte[32], key));
        assertThat(((Keyed) again(new Keyed(key), keys)).key()).isEqualTo(key);
        assertThatThrownBy(() -> again(new Keyed(key), KeyFinder.NONE))
                .isInstanceOf(MissingKeyException.class)
                .hasMessageContaining(Long.toHexString(KeyRing.fingerprint(key)));
        assertThat(((Keyed) again(new Keyed(new byte[3]), KeyFinder.NONE)).key())
                .hasSize(3);
    }

    @Test
    void theSettingsOfANodeComeBackAsTheyWere() {
        byte[] key = new byte[32];
        NodeSettings was = new NodeSettings(
                "cluster",
                "name",
                5,
                V4,
                Tags.of(Map.of("k", "v")),
                KeyRing.of(key),
                77,
                MembershipSettings.of(Profile.WAN),
                new RumorSettings(5, 2, RumorSettings.Direction.PULL, true),
                1_300,
                List.of(V6));
        Entry.Header header = new Entry.Header("node", "name", 1, 0, 0, 0, 0, false, EntryEncoder.settings(was));
        NodeSettings is = EntryDecoder.settings(header, NodeSettings.class, KeyFinder.among(List.of(key)));
        assertThat(is.keys().fingerprints()).isEqualTo(was.keys().fingerprints());
        assertThat(is.membership()).isEqualTo(was.membership());
        assertThat(is.exchange()).isEqualTo(was.exchange());
        assertThat(is.tags()).isEqualTo(was.tags());
        assertThat(is.remembered()).isEqualTo(was.remembered());
        assertThat(is.parts()).isEqualTo(was.parts());
    }

    @Test
    void whatHasNoFormAsBytesIsNamedInsteadOfFailing() {
        EntryEncoder encoder = new EntryEncoder(false);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(ByteBuffer.allocate(8).putLong(EntryEncoder.MAGIC).array());
        for (Object what : List.of(new StringBuilder(), "half a \uD83C", List.of(new int[][] {{1}}, new Thread()))) {
            encoder.input(new Input.Commanded(1, new Hidden(what)), 5);
            write(encoder.outcome(NOTHING, 0, null), bytes);
        }
        assertThat(read(bytes.toByteArray()))
                .allSatisfy(entry -> assertThat(((Input.Commanded) ((Entry.Handled) entry).input()).command())
                        .isInstanceOf(Unrecordable.class));
    }

    @Test
    void aFileChoosesNoClassThatItsPlaceDoesNotAllow() {
        Sink sink = new Sink();
        new ValueWriter(false).write(new Part(1, Colour.RED), sink); // a record, but no command
        ByteBuffer bytes = ByteBuffer.wrap(sink.array(), 0, sink.size());
        assertThatThrownBy(() -> new ValueReader(KeyFinder.NONE).read(bytes, Command.class))
                .isInstanceOf(RecordingException.class)
                .hasMessageContaining("is no Command");
    }

    @Test
    void everyChangedByteIsFoundAndEveryTornTailIsCut() {
        List<Input> inputs = new ArrayList<>(inputs());
        inputs.remove(4); // the large one
        byte[] segment = segment(inputs);
        for (int at = 0; at < segment.length; at++) {
            byte[] spoiled = segment.clone();
            for (int bit = 1; bit < 256; bit <<= 1) {
                spoiled[at] = (byte) (segment[at] ^ bit);
                assertThatThrownBy(() -> read(spoiled)).isInstanceOf(RecordingException.class);
            }
            EntryDecoder torn =
                    new EntryDecoder(ByteBuffer.wrap(java.util.Arrays.copyOf(segment, at)), "it", KeyFinder.NONE);
            int whole = 0;
            while (torn.next() != null) whole++;
            assertThat(whole).isLessThan(inputs.size() + 2);
            assertThat(torn.offset() + torn.tornBytes()).isEqualTo(at);
        }
    }

    @Test
    void randomBytesBehindAGoodChecksumAreRefused() {
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 20_000; i++) {
            byte[] body = new byte[random.nextInt(1, 60)];
            random.nextBytes(body);
            body[0] = (byte) random.nextInt(17);
            ByteBuffer segment = ByteBuffer.allocate(16 + body.length).putLong(EntryEncoder.MAGIC);
            java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
            crc.update(body);
            segment.putInt(body.length << 8 | EntryEncoder.check(body.length)).putInt((int) crc.getValue());
            segment.put(body).flip();
            try {
                new EntryDecoder(segment, "it", fingerprint -> new byte[32]).next();
            } catch (RecordingException expected) {
                assertThat(expected).hasMessageContaining("byte 8");
            }
        }
    }

    @Test
    void anEffectsHashChangesWithEveryByteAndAddressInIt() {
        EffectHash hash = new EffectHash(false);
        byte[] bytes = new byte[37];
        List<Long> seen = new ArrayList<>();
        seen.add(hash.of(new Effect.SendDatagram(V4, ByteBuffer.wrap(bytes))));
        for (int i = 0; i < bytes.length; i++) {
            byte[] other = bytes.clone();
            other[i] ^= 1;
            seen.add(hash.of(new Effect.SendDatagram(V4, ByteBuffer.wrap(other))));
        }
        seen.add(hash.of(new Effect.SendDatagram(V6, ByteBuffer.wrap(bytes))));
        seen.add(hash.of(new Effect.SendDatagram(V4.withPort(1), ByteBuffer.wrap(bytes))));
        seen.add(hash.of(new Effect.SendDatagram(V4, ByteBuffer.wrap(new byte[38]))));
        seen.add(hash.of(new Effect.WriteStream(1, ByteBuffer.wrap(bytes))));
        seen.add(hash.of(new Effect.WriteStream(2, ByteBuffer.wrap(bytes))));
        seen.add(hash.of(new Effect.EndStream(1)));
        seen.add(hash.of(new Effect.CloseStream(1)));
        seen.add(hash.of(new Effect.Refuse(1, "no")));
        seen.add(hash.of(new Effect.Answer(1, "no")));
        seen.add(hash.of(new Effect.Answer(1, List.of("no"))));
        assertThat(seen).doesNotHaveDuplicates();
    }
}
