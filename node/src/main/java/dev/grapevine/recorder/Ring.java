package dev.grapevine.recorder;

import dev.grapevine.recording.Entry;
import dev.grapevine.recording.EntryEncoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The segment files of one recording, of which the oldest goes when they grow too large. Used by one thread at a time. */
final class Ring {
    private static final String SUFFIX = ".gvr";
    private static final int SEGMENTS = 16;
    private static final long MOST_SEGMENT_BYTES = 4 << 20;

    private record Segment(Path file, long bytes) {}

    private final Path folder;
    private final Entry.Header first;
    private final long ringBytes;
    private final long segmentBytes;
    private final EntryEncoder encoder = new EntryEncoder(false);
    private final ArrayDeque<Segment> full = new ArrayDeque<>();
    private long fullBytes;
    private @Nullable FileChannel channel;
    private Path file;
    private long sizeBytes;
    private int segments;

    private Ring(Path folder, Entry.Header first, long ringBytes) {
        this.folder = folder;
        this.first = first;
        this.ringBytes = ringBytes;
        this.segmentBytes = Math.min(MOST_SEGMENT_BYTES, ringBytes / SEGMENTS);
        this.file = folder;
    }

    /** Makes a folder for a new recording and deletes recordings of earlier starts that do not fit the bound together. */
    static Ring open(RecorderSettings settings, Entry.Header first) throws IOException {
        String name = fileName(first.name());
        Files.createDirectories(settings.directory(), onlyOurs(settings.directory(), "rwx------"));
        makeRoom(settings, name);
        for (int attempt = 0; ; attempt++) {
            Path folder = settings.directory().resolve(name + "-" + (first.startEpochMillis() + attempt));
            try {
                Files.createDirectory(folder, onlyOurs(settings.directory(), "rwx------"));
            } catch (FileAlreadyExistsException taken) {
                if (attempt < 1_000) continue;
                throw taken;
            }
            Ring ring = new Ring(folder, first, settings.ringBytes());
            ring.roll(0);
            return ring;
        }
    }

    Path folder() {
        return folder;
    }

    /** Appends whole records, the first of which is that of input {@code firstInput}. */
    void write(ByteBuffer records, long firstInput) throws IOException {
        if (sizeBytes > 0 && sizeBytes + records.remaining() > segmentBytes) roll(firstInput);
        append(records);
        while (fullBytes + sizeBytes > ringBytes && !full.isEmpty()) {
            Segment oldest = full.removeFirst();
            Files.deleteIfExists(oldest.file());
            fullBytes -= oldest.bytes();
        }
    }

    void close() throws IOException {
        if (channel != null) channel.close();
    }

    private void roll(long firstInput) throws IOException {
        if (channel != null) {
            channel.close();
            full.add(new Segment(file, sizeBytes));
            fullBytes += sizeBytes;
        }
        file = folder.resolve(String.format(java.util.Locale.ROOT, "%06d", segments) + SUFFIX);
        channel = FileChannel.open(
                file,
                java.util.Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
                onlyOurs(folder, "rw-------"));
        sizeBytes = 0;
        append(ByteBuffer.allocate(8).putLong(EntryEncoder.MAGIC).flip());
        append(encoder.header(new Entry.Header(
                first.machine(),
                first.name(),
                first.recording(),
                segments,
                firstInput,
                first.startEpochMillis(),
                first.seed(),
                first.redacted(),
                first.settings())));
        segments++;
    }

    private void append(ByteBuffer bytes) throws IOException {
        FileChannel to = channel;
        if (to == null) throw new IOException(folder + " is closed");
        sizeBytes += bytes.remaining();
        while (bytes.hasRemaining()) to.write(bytes);
    }

    // What a node heard is nobody else's business.
    private static FileAttribute<?>[] onlyOurs(Path near, String permissions) {
        return near.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    private static void makeRoom(RecorderSettings settings, String name) throws IOException {
        List<Path> earlier = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(settings.directory())) {
            for (Path each : folders) {
                Path last = each.getFileName();
                if (last != null && last.toString().matches(java.util.regex.Pattern.quote(name) + "-\\d{13}"))
                    earlier.add(each);
            }
        }
        Collections.sort(earlier); // by the time of their start
        long bytes = 0;
        for (int i = earlier.size() - 1; i >= 0; i--) {
            List<Path> segments = segments(earlier.get(i));
            for (Path segment : segments) bytes += Files.size(segment);
            if (bytes <= settings.ringBytes()) continue;
            for (Path segment : segments) Files.deleteIfExists(segment);
            try (DirectoryStream<Path> rest = Files.newDirectoryStream(earlier.get(i))) {
                if (rest.iterator().hasNext()) continue; // somebody else's file: it stays
            }
            Files.delete(earlier.get(i));
        }
    }

    private static List<Path> segments(Path folder) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            for (Path each : files) found.add(each);
        }
        return found;
    }

    /** A name without what file systems dislike: other characters become {@code %} and four digits. */
    static String fileName(String name) {
        StringBuilder safe = new StringBuilder();
        for (int i = 0; i < name.length() && safe.length() < 100; i++) {
            char c = name.charAt(i);
            boolean plain = c < 128 && Character.isLetterOrDigit(c) || c == '-' || c == '_' || c == '.' && i > 0;
            if (plain) safe.append(c);
            else safe.append(String.format(java.util.Locale.ROOT, "%%%04x", (int) c));
        }
        return safe.toString();
    }
}
