package dev.grapevine;

import dev.grapevine.core.Address;
import dev.grapevine.store.Sync;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node keeps across restarts: what it owns ({@link OwnEntries}), its last generation, so that the next is newer even if the clock went back, and the
 * addresses of members worth trying. A text file, replaced as a whole: written beside, forced to the disk, then renamed.
 * Another process cannot use the same directory at the same time.
 */
final class StateFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);
    private static final String HEADER = "grapevine-state 1";
    private static final String GENERATION = "generation ";
    private static final String ADDRESS = "address ";

    private final Path file;
    private final FileChannel lockChannel;
    private final FileLock lock;
    private long generation;
    private List<Address> addresses = List.of();
    private final OwnEntries entries;

    private StateFile(Path file, FileChannel lockChannel, FileLock lock, OwnEntries entries) {
        this.entries = entries;
        this.file = file;
        this.lockChannel = lockChannel;
        this.lock = lock;
    }

    /**
     * Reads what an earlier run left.
     *
     * @param directory made if it is not there
     * @param sync when what this node owns is forced to the disk
     * @throws UncheckedIOException if it cannot be used, or another node uses it
     */
    static StateFile open(Path directory, Sync sync) {
        try {
            Files.createDirectories(directory);
            FileChannel channel =
                    FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock;
            try {
                lock = channel.tryLock();
            } catch (OverlappingFileLockException sameProcess) {
                lock = null;
            }
            if (lock == null) {
                channel.close();
                throw new IOException(directory + " is in use by another node: give each node a directory of its own");
            }
            OwnEntries entries = OwnEntries.open(directory.resolve("entries"), sync);
            StateFile state = new StateFile(directory.resolve("state"), channel, lock, entries);
            try {
                state.read();
            } catch (IOException damaged) {
                state.close();
                throw damaged;
            }
            return state;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void read() throws IOException {
        if (!Files.exists(file)) return;
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        if (lines.isEmpty() || !lines.get(0).equals(HEADER)) {
            throw new IOException(file + " is not a state file of this version: move it away to start afresh");
        }
        List<Address> found = new ArrayList<>();
        try {
            for (String line : lines.subList(1, lines.size())) {
                if (line.startsWith(GENERATION)) generation = Long.parseLong(line.substring(GENERATION.length()));
                Address address = line.startsWith(ADDRESS) ? Address.parse(line.substring(ADDRESS.length()), 0) : null;
                if (address != null) found.add(address);
            }
        } catch (NumberFormatException broken) {
            throw new IOException(file + " is damaged: move it away to start afresh", broken);
        }
        addresses = List.copyOf(found);
    }

    /** What this node owns. */
    OwnEntries entries() {
        return entries;
    }

    /** The addresses that were remembered last. */
    synchronized List<Address> addresses() {
        return addresses;
    }

    /** A generation newer than every earlier one: {@code epochMillis} unless the clock went back. On disk when it returns. */
    synchronized long nextGeneration(long epochMillis) throws IOException {
        generation = Math.max(generation + 1, epochMillis);
        write();
        return generation;
    }

    /** Replaces the addresses. A disk that fails costs the memory, not the node. */
    synchronized void remember(List<Address> now) {
        if (!lock.isValid()) return; // closed: the directory may be another node's already
        addresses = List.copyOf(now);
        try {
            write();
        } catch (IOException failed) {
            LOG.warn("cannot remember members in {}", file, failed);
        }
    }

    private void write() throws IOException {
        StringBuilder text = new StringBuilder(HEADER).append('\n');
        text.append(GENERATION).append(generation).append('\n');
        for (Address address : addresses) text.append(ADDRESS).append(address).append('\n');
        Path beside = file.resolveSibling("state.new");
        try (FileChannel channel = FileChannel.open(
                beside, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) channel.write(bytes);
            channel.force(true);
        }
        try {
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException odd) {
            Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
        }
        try (FileChannel directory = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true); // the rename itself
        } catch (IOException unsupported) {
            LOG.debug("this system cannot force a directory to disk", unsupported);
        }
    }

    @Override
    public synchronized void close() {
        entries.close();
        try {
            lock.release();
            lockChannel.close();
        } catch (IOException failed) {
            LOG.warn("cannot release {}", file, failed);
        }
    }
}
