package dev.grapevine.serf.node;

import dev.grapevine.serf.Snapshot;
import dev.grapevine.serf.SnapshotRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The snapshot file of a node: read once, then appended to, and rewritten when it has grown. The reference agent reads what
 * we write and the other way round. Thread-safe.
 *
 * <p>Source: hashicorp/serf, serf/snapshot.go.
 */
public final class SnapshotFile implements AutoCloseable {
    private static final long FLUSH_MILLIS = 500;
    private static final long MIN_COMPACT_BYTES = 128 << 10;
    private static final long COMPACT_BYTES_PER_NODE = 256;
    private static final long RETRY_NANOS = 30_000_000_000L;
    private static final int MAX_LINE_CHARS = 4_096;
    private static final Executor FLUSHES =
            CompletableFuture.delayedExecutor(FLUSH_MILLIS, TimeUnit.MILLISECONDS, Thread::startVirtualThread);

    private final Path path;
    private final boolean rejoinAfterLeave;
    private final Consumer<String> complaints;
    private final Snapshot state;
    private final StringBuilder waiting = new StringBuilder();
    private FileChannel channel;
    private long sizeBytes;
    private long lastRetryNanos = System.nanoTime() - RETRY_NANOS;
    private boolean flushPlanned;
    private boolean closed;

    private SnapshotFile(Path path, boolean rejoinAfterLeave, Consumer<String> complaints) throws IOException {
        this.path = path;
        this.rejoinAfterLeave = rejoinAfterLeave;
        this.complaints = complaints;
        this.channel = open(path);
        try {
            List<String> skipped = new ArrayList<>();
            this.state = Snapshot.replay(lines(path), rejoinAfterLeave, skipped);
            this.sizeBytes = channel.size();
            if (!endsWithLineEnd()) append("\n"); // a crash cut the last line short: do not glue the next one to it
            for (String line : skipped) complaints.accept(complaint(line));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** What is wrong with a line, in the reference's words. */
    private static String complaint(String line) {
        if (line.startsWith("alive: ")) return "Failed to parse address: " + line;
        for (String clock : List.of("clock", "event-clock", "query-clock"))
            if (line.startsWith(clock + ": "))
                return "Failed to convert " + clock.replace('-', ' ') + " time: strconv.ParseUint: parsing \""
                        + line.substring(clock.length() + 2) + "\": invalid syntax";
        return "Unrecognized snapshot line: " + line;
    }

    /**
     * Opens a file, which is made if need be.
     *
     * @param rejoinAfterLeave whether a graceful leave in it is overlooked
     * @param complaints told of lines that cannot be read, and of writes that fail later
     * @throws IOException if it cannot be read or written
     */
    public static SnapshotFile open(Path path, boolean rejoinAfterLeave, Consumer<String> complaints)
            throws IOException {
        return new SnapshotFile(path, rejoinAfterLeave, complaints);
    }

    /** What it says now; an independent copy. */
    public synchronized Snapshot snapshot() {
        Snapshot copy = new Snapshot();
        for (SnapshotRecord line : state.compacted()) copy.apply(line, false);
        return copy;
    }

    /** Adds a line; written within half a second, a leave at once. */
    public synchronized void add(SnapshotRecord line) {
        if (closed) return;
        state.apply(line, rejoinAfterLeave);
        waiting.append(line.line()).append('\n');
        if (line instanceof SnapshotRecord.Leave) {
            flush(true);
        } else if (!flushPlanned) {
            flushPlanned = true;
            FLUSHES.execute(this::plannedFlush);
        }
    }

    private synchronized void plannedFlush() {
        flushPlanned = false;
        if (!closed) flush(false);
    }

    private void flush(boolean sync) {
        try {
            String text = waiting.toString();
            waiting.setLength(0);
            if (!text.isEmpty()) append(text);
            if (sync) channel.force(true);
            long most = Math.max(
                    MIN_COMPACT_BYTES, COMPACT_BYTES_PER_NODE * state.alive().size());
            if (sizeBytes > most) compact();
        } catch (IOException failed) {
            complaints.accept("Failed to update snapshot: " + failed.getMessage());
            recover();
        }
    }

    // What could not be appended is in the state, so a rewrite makes good for it.
    private void recover() {
        if (System.nanoTime() - lastRetryNanos < RETRY_NANOS) return;
        lastRetryNanos = System.nanoTime();
        try {
            compact();
        } catch (IOException failed) {
            complaints.accept("Compaction failed, will reattempt after 30s: " + failed.getMessage());
        }
    }

    private void append(String text) throws IOException {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        while (bytes.hasRemaining()) sizeBytes += channel.write(bytes);
    }

    private void compact() throws IOException {
        Path fresh = path.resolveSibling(path.getFileName() + ".compact");
        StringBuilder text = new StringBuilder();
        for (SnapshotRecord line : state.compacted()) text.append(line.line()).append('\n');
        try (FileChannel out = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
            while (bytes.hasRemaining()) out.write(bytes);
            out.force(true);
        }
        channel.close();
        Files.move(fresh, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        channel = open(path);
        sizeBytes = channel.size();
    }

    private static FileChannel open(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static Iterable<String> lines(Path path) throws IOException {
        List<String> lines = new ArrayList<>();
        try (var reader =
                new BufferedReader(new InputStreamReader(Files.newInputStream(path), StandardCharsets.UTF_8))) {
            StringBuilder line = new StringBuilder();
            for (int c; (c = reader.read()) >= 0; ) {
                if (c != '\n') {
                    if (line.length() < MAX_LINE_CHARS) line.append((char) c);
                    continue;
                }
                lines.add(line.toString());
                line.setLength(0);
            }
            // A last line without its end was cut short by a crash and says nothing certain.
        }
        return lines;
    }

    private boolean endsWithLineEnd() throws IOException {
        if (sizeBytes == 0) return true;
        try (FileChannel in = FileChannel.open(path, StandardOpenOption.READ)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            return in.read(last, sizeBytes - 1) == 1 && last.get(0) == '\n';
        }
    }

    /** Writes what waits, to the disk, and lets go of the file. */
    @Override
    public synchronized void close() {
        if (closed) return;
        flush(true);
        closed = true;
        try {
            channel.close();
        } catch (IOException failed) {
            complaints.accept("Failed to close snapshot: " + failed.getMessage());
        }
    }
}
