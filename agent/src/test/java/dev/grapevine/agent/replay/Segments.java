package dev.grapevine.agent.replay;

import dev.grapevine.recording.Entry;
import dev.grapevine.recording.EntryDecoder;
import dev.grapevine.recording.EntryEncoder;
import dev.grapevine.recording.KeyFinder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** Spoils recordings in ways that no checksum notices. */
final class Segments {
    private static final int FRAME = 8;
    private static final int DATAGRAM = 1;

    private Segments() {}

    static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    /** Where each record starts. */
    static List<Integer> starts(byte[] segment) {
        List<Integer> starts = new ArrayList<>();
        for (int at = 8; at < segment.length; at += FRAME + length(segment, at)) starts.add(at);
        return starts;
    }

    private static int length(byte[] segment, int at) {
        return ByteBuffer.wrap(segment).getInt(at) >>> 8;
    }

    private static void mend(byte[] segment, int at) {
        CRC32C crc = new CRC32C();
        crc.update(segment, at + FRAME, length(segment, at));
        ByteBuffer.wrap(segment).putInt(at + 4, (int) crc.getValue());
    }

    /** Flips a bit in the first datagram from input {@code from} on that had an effect; returns its number. */
    static long spoilADatagramThatMattered(Path file, int from) throws IOException {
        byte[] segment = Files.readAllBytes(file);
        EntryDecoder decoder = new EntryDecoder(ByteBuffer.wrap(segment), "it", KeyFinder.NONE);
        long number = -1;
        while (true) {
            int at = decoder.offset();
            Entry entry = decoder.next();
            if (!(entry instanceof Entry.Handled handled)) {
                if (entry == null) throw new IllegalStateException("no such datagram");
                continue;
            }
            number++;
            if (segment[at + FRAME] != DATAGRAM
                    || number < from
                    || handled.outcome().effects().length == 0) continue;
            segment[at + FRAME + 20] ^= 4; // kind, time and address stand before the packet
            mend(segment, at);
            Files.write(file, segment);
            return number;
        }
    }

    static void changeSeed(Path file) throws IOException {
        replaceHeader(file, old -> header(old, old.firstInput(), old.seed() + 1, old.settings()));
    }

    static void changeName(Path file) throws IOException {
        replaceHeader(file, old -> {
            String text = new String(old.settings(), StandardCharsets.ISO_8859_1).replace("node-0", "node-x");
            return header(old, old.firstInput(), old.seed(), text.getBytes(StandardCharsets.ISO_8859_1));
        });
    }

    static void pretendFirstInput(Path file, long number) throws IOException {
        replaceHeader(file, old -> header(old, number, old.seed(), old.settings()));
    }

    private static Entry.Header header(Entry.Header old, long firstInput, long seed, byte[] settings) {
        return new Entry.Header(
                old.machine(),
                old.name(),
                old.recording(),
                old.segment(),
                firstInput,
                old.startEpochMillis(),
                seed,
                old.redacted(),
                settings);
    }

    private static void replaceHeader(Path file, java.util.function.UnaryOperator<Entry.Header> change)
            throws IOException {
        byte[] segment = Files.readAllBytes(file);
        EntryDecoder decoder = new EntryDecoder(ByteBuffer.wrap(segment), "it", KeyFinder.NONE);
        Entry.Header old = (Entry.Header) decoder.next();
        ByteBuffer header = new EntryEncoder(false).header(change.apply(old));
        ByteBuffer changed = ByteBuffer.allocate(8 + header.remaining() + segment.length - decoder.offset());
        changed.putLong(EntryEncoder.MAGIC)
                .put(header)
                .put(segment, decoder.offset(), segment.length - decoder.offset());
        Files.write(file, changed.array());
    }
}
