package dev.grapevine.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A map on a disk: a snapshot, and logs of what changed since. Log {@code n} holds what changed after snapshot {@code n} was
 * taken, so the state is the snapshot of number s and then the logs s, s+1, .. in order. A new log is begun before its
 * snapshot is written beside, forced and renamed; only then are older logs deleted. So at every moment one of the two is whole.
 *
 * <p>Not thread-safe: {@link DurableMap} gives it a thread.
 */
final class MapLog implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(MapLog.class);
    private static final String SNAPSHOT = "snapshot";
    private static final String BESIDE = "snapshot.new";
    private static final String LOG = "log.";
    private static final int BUFFER_BYTES = 1 << 16;

    private final Disk disk;
    private final long minLogBytes;
    private Disk.@Nullable Output log; // null after a failure: then a snapshot must be written first
    private long number;
    private long logBytes;
    private long snapshotBytes;
    private boolean unforced;
    private ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);

    /**
     * @param minLogBytes a log is not compacted below this size; above it, once it is larger than the snapshot
     */
    MapLog(Disk disk, long minLogBytes) {
        this.disk = disk;
        this.minLogBytes = minLogBytes;
    }

    /** Reads what there is into {@code state}; then a new log is begun, whose snapshot is {@code state}. */
    Recovery open(Map<Key, byte[]> state) throws IOException {
        Records.Reader reader = new Records.Reader() {
            @Override
            public void put(byte[] key, byte[] value) {
                state.put(new Key(key), value);
            }

            @Override
            public void remove(byte[] key) {
                state.remove(new Key(key));
            }
        };
        List<String> names = disk.list();
        byte[] snapshot = disk.read(SNAPSHOT);
        long first = 0;
        int records = 0;
        long lost = 0;
        List<String> damaged = new ArrayList<>();
        if (snapshot != null) {
            first = Math.max(0, Records.number(snapshot));
            Records.Extent extent = Records.read(snapshot, first, reader);
            records += extent.records();
            if (!extent.ended()) { // it was whole when it was renamed: the disk has damaged it since
                lost += snapshot.length - extent.goodBytes();
                damaged.add(SNAPSHOT);
            }
        }
        long last = first;
        for (long n : logNumbers(names)) {
            last = Math.max(last, n);
            byte[] bytes = n < first ? null : disk.read(LOG + n);
            if (bytes == null) continue;
            Records.Extent extent = Records.read(bytes, n, reader);
            records += extent.records();
            lost += bytes.length - extent.goodBytes();
            if (extent.goodBytes() < bytes.length) damaged.add(LOG + n);
        }
        number = last;
        for (String name : damaged) {
            // A torn tail is what a crash leaves. What else is in there is for people to look at, once.
            byte[] bytes = disk.read(name);
            if (bytes != null) keep(name + ".damaged", bytes);
        }
        compact(state);
        return new Recovery(
                state.size(),
                records,
                lost,
                damaged.isEmpty() || damaged.equals(List.of(LOG + last)),
                List.copyOf(damaged));
    }

    private void keep(String name, byte[] bytes) throws IOException {
        try (Disk.Output copy = disk.create(name)) {
            copy.write(ByteBuffer.wrap(bytes));
        }
    }

    private static List<Long> logNumbers(List<String> names) {
        List<Long> numbers = new ArrayList<>();
        for (String name : names) {
            String digits = name.startsWith(LOG) ? name.substring(LOG.length()) : "";
            if (digits.matches("[0-9]{1,18}")) numbers.add(Long.parseLong(digits));
        }
        numbers.sort(null);
        return numbers;
    }

    /** Whether {@link #append} may be called: not after a failure, until a snapshot was written. */
    boolean isUsable() {
        return log != null;
    }

    /** Whether the log is so long that a snapshot is worth its cost. */
    boolean wantsCompaction() {
        return log == null || logBytes > Math.max(minLogBytes, snapshotBytes);
    }

    /** Whether something was written that a loss of power would lose. */
    boolean isUnforced() {
        return unforced;
    }

    /**
     * Appends changes, null for a removal.
     *
     * @throws IOException if not all of them were written: the log cannot be used then, and a snapshot is due
     */
    void append(Map<Key, byte @Nullable []> changes) throws IOException {
        Disk.Output to = log;
        if (to == null) throw new IllegalStateException("a snapshot is due");
        try {
            for (Map.Entry<Key, byte @Nullable []> change : changes.entrySet()) {
                byte[] key = change.getKey().bytes();
                byte[] value = change.getValue();
                write(to, value == null ? Records.REMOVE : Records.PUT, key, value);
            }
            logBytes += flush(to);
            unforced = true;
        } catch (IOException failed) {
            abandon();
            throw failed;
        }
    }

    /** What was appended survives a loss of power once this returns. */
    void force() throws IOException {
        if (log == null || !unforced) return;
        try {
            log.force();
            unforced = false;
        } catch (IOException failed) {
            abandon(); // the system may have dropped what it could not write: only writing it anew is safe
            throw failed;
        }
    }

    /** Writes a snapshot of {@code state} and begins a new log. */
    void compact(Map<Key, byte[]> state) throws IOException {
        closeLog();
        long next = number + 1;
        Disk.Output fresh = disk.create(LOG + next);
        number = next; // a name is used once, whatever fails below
        try {
            head();
            flush(fresh);
            long size;
            try (Disk.Output beside = disk.create(BESIDE)) {
                head();
                size = Records.HEADER_BYTES;
                for (Map.Entry<Key, byte[]> entry : state.entrySet())
                    size += write(beside, Records.PUT, entry.getKey().bytes(), entry.getValue());
                write(beside, Records.END, new byte[0], null);
                flush(beside);
                beside.force();
            }
            disk.rename(BESIDE, SNAPSHOT);
            snapshotBytes = size;
        } catch (IOException failed) {
            fresh.close();
            throw failed;
        }
        log = fresh;
        logBytes = Records.HEADER_BYTES;
        unforced = false;
        deleteLogsBefore(next);
    }

    private void deleteLogsBefore(long next) {
        try {
            for (long old : logNumbers(disk.list())) if (old < next) disk.delete(LOG + old);
        } catch (IOException later) {
            LOGGER.debug("{}: an old log could not be deleted; the next snapshot tries again", disk, later);
        }
    }

    private void head() {
        buffer.clear();
        Records.header(buffer, number);
    }

    /** Bytes written, of which some may still be in the buffer. */
    private int write(Disk.Output to, byte kind, byte[] key, byte @Nullable [] value) throws IOException {
        int size = Records.sizeBytes(key, value);
        if (size > buffer.remaining()) {
            logBytes += flush(to);
            if (size > buffer.capacity()) buffer = ByteBuffer.allocate(size);
        }
        Records.write(buffer, number, kind, key, value);
        return size;
    }

    private int flush(Disk.Output to) throws IOException {
        int size = buffer.position();
        try {
            to.write(buffer.flip());
        } finally {
            if (buffer.capacity() > 16 * BUFFER_BYTES) buffer = ByteBuffer.allocate(BUFFER_BYTES);
            buffer.clear();
        }
        return size;
    }

    private void abandon() {
        buffer.clear();
        unforced = false;
        try {
            closeLog();
        } catch (IOException ignored) {
            log = null; // it failed before, and is not used again
        }
    }

    private void closeLog() throws IOException {
        Disk.Output open = log;
        log = null;
        if (open != null) open.close();
    }

    @Override
    public void close() throws IOException {
        closeLog();
    }
}
