package dev.grapevine.sim.replay;

import dev.grapevine.recording.Entry;
import dev.grapevine.recording.EntryDecoder;
import dev.grapevine.recording.KeyFinder;
import dev.grapevine.recording.RecordingException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The recording of one start of a node: a folder of segments. Read one segment at a time, so that a long recording needs little
 * memory. Not thread-safe.
 */
public final class Recording {
    private static final String SUFFIX = ".gvr";
    private static final long MOST_SEGMENT_BYTES = 256 << 20;

    private final Path folder;
    private final List<Path> segments;
    private final KeyFinder keys;
    private final Entry.Header header;
    private int nextSegment;
    private @Nullable EntryDecoder decoder;
    private String place = "";
    private long number;
    private long missing;
    private int startsAt;
    private int tornBytes;
    private boolean ended;

    private Recording(Path folder, List<Path> segments, KeyFinder keys) throws IOException {
        this.folder = folder;
        this.segments = segments;
        this.keys = keys;
        Entry.Header first = openNext();
        if (first == null) throw new RecordingException(segments.getFirst() + " ends before its first record");
        this.header = first;
        this.number = first.firstInput();
    }

    /**
     * Opens a recording.
     *
     * @param path its folder, or one of the segments in it
     * @throws RecordingException if it is damaged or no recording
     */
    public static Recording open(Path path, KeyFinder keys) throws IOException {
        if (!Files.exists(path)) throw new RecordingException(path + " does not exist");
        Path folder = Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
        if (folder == null) throw new RecordingException(path + " is no recording");
        List<Path> segments = segments(folder);
        if (!Files.isDirectory(path) && !path.toString().endsWith(SUFFIX))
            throw new RecordingException(path + " is no recording: it does not end in " + SUFFIX);
        if (segments.isEmpty())
            throw new RecordingException(folder + " holds no recording (no file ends in " + SUFFIX + ")");
        return new Recording(folder, segments, keys);
    }

    /** The folders below {@code directory} that hold a recording, or itself, in the order of their names. */
    public static List<Path> find(Path directory) throws IOException {
        List<Path> found = new ArrayList<>();
        if (!Files.isDirectory(directory)) throw new RecordingException(directory + " is no directory");
        if (!segments(directory).isEmpty()) found.add(directory);
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(directory, Files::isDirectory)) {
            for (Path each : folders) if (!segments(each).isEmpty()) found.add(each);
        }
        Collections.sort(found);
        return found;
    }

    private static List<Path> segments(Path folder) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            for (Path each : files) found.add(each);
        }
        Collections.sort(found);
        return found;
    }

    /** Where it lies. */
    public Path folder() {
        return folder;
    }

    /** The first header that is there. */
    public Entry.Header header() {
        return header;
    }

    /** Whether the recording still has its first input, without which nothing can be replayed. */
    public boolean hasBeginning() {
        return header.firstInput() == 0;
    }

    /**
     * The next input; null at the end.
     *
     * @throws RecordingException if a byte was changed; the message names the file and the place in it
     */
    public Entry.@Nullable Handled next() throws IOException {
        while (true) {
            Entry entry = entry();
            switch (entry) {
                case null -> {
                    return null;
                }
                case Entry.Handled handled -> {
                    number++;
                    return handled;
                }
                case Entry.Gap(long count) -> {
                    number += count;
                    missing += count;
                }
                case Entry.End(long inputs) -> {
                    if (inputs != number)
                        throw new RecordingException(
                                place + ": " + inputs + " inputs were recorded, and " + number + " are here");
                    ended = true;
                }
                case Entry.Header again -> throw new RecordingException(place + ": a header within a segment");
            }
        }
    }

    /** The number of the input that {@link #next} gave last, from 0 at the start of the node. */
    public long number() {
        return number - 1;
    }

    /** Where the record of the input that {@link #next} gave last starts: file and byte. */
    public String place() {
        return place + ", byte " + startsAt;
    }

    /** Inputs known to be missing before the one that {@link #next} gave last, those before the beginning not counted. */
    public long missing() {
        return missing;
    }

    /** Bytes at the end of the last file that are half a record: the process ended while it was written. */
    public int tornBytes() {
        return tornBytes;
    }

    /** Whether the node was stopped in order; false before the end is reached. */
    public boolean ended() {
        return ended;
    }

    private @Nullable Entry entry() throws IOException {
        while (decoder != null) {
            startsAt = decoder.offset();
            Entry entry = decoder.next();
            if (entry != null) return entry;
            boolean last = nextSegment == segments.size();
            if (decoder.tornBytes() > 0 && !last)
                throw new RecordingException(
                        place + " is damaged: it ends within the record at byte " + decoder.offset());
            tornBytes = decoder.tornBytes();
            if (last) return null;
            Entry.Header next = openNext();
            if (next == null) { // a segment that was torn as it began
                tornBytes = decoder == null ? 0 : decoder.tornBytes();
                return null;
            }
            if (next.recording() != header.recording())
                throw new RecordingException(place + " belongs to another recording");
            if (next.firstInput() != number)
                throw new RecordingException(place + " begins with input " + next.firstInput() + ", and " + number
                        + " should follow: a file is missing");
        }
        return null;
    }

    private Entry.@Nullable Header openNext() throws IOException {
        Path file = segments.get(nextSegment++);
        place = folder.getFileName() + "/" + file.getFileName();
        long size = Files.size(file);
        if (size > MOST_SEGMENT_BYTES)
            throw new RecordingException(place + " is too large for a segment: " + size + " bytes");
        EntryDecoder opened = new EntryDecoder(ByteBuffer.wrap(Files.readAllBytes(file)), place, keys);
        decoder = opened;
        Entry first = opened.next();
        if (first == null) {
            if (nextSegment == segments.size()) return null;
            throw new RecordingException(place + " is damaged: it ends within its first record");
        }
        if (first instanceof Entry.Header found) return found;
        throw new RecordingException(place + " does not begin with a header");
    }
}
