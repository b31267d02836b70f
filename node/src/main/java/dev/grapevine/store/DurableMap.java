package dev.grapevine.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A map of bytes that survives the process. {@link #put} and {@link #remove} return at once; a thread of its own writes what
 * changed, in batches, and forces it as {@link Sync} says. What waits is bounded by the map itself: of several changes of one
 * key only the last is written. A disk that fails costs durability, not the node: it is said in the log, {@link
 * #isBehind()} is true, and it is tried again every second, by a snapshot of everything.
 *
 * <p>Opening never fails on what a crash or a bad sector left: a torn tail is cut, what is unreadable is left out and kept
 * aside, and {@link #recovery()} tells. Thread-safe. The directory must be used by one process at a time, see {@link
 * dev.grapevine.Builder#directory}.
 */
public final class DurableMap implements AutoCloseable {
    /** Most bytes of a key and its value together. */
    public static final int MAX_ENTRY_BYTES = 32 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(DurableMap.class);
    private static final long MIN_LOG_BYTES = 1 << 20;
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final MapLog log;
    private final Sync sync;
    private final String where;
    private final Recovery recovery;
    private final Thread writer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Guarded by the lock:
    private final Map<Key, byte[]> state;
    private Map<Key, byte @Nullable []> waiting = new LinkedHashMap<>();
    private List<CompletableFuture<Void>> flushes = new ArrayList<>();
    private boolean behind;
    private boolean closed;

    private DurableMap(MapLog log, Sync sync, String where, Recovery recovery, Map<Key, byte[]> state) {
        this.log = log;
        this.sync = sync;
        this.where = where;
        this.recovery = recovery;
        this.state = state;
        this.writer = Thread.ofPlatform().daemon().name("grapevine-store").unstarted(this::run);
    }

    /**
     * Reads what an earlier run left in {@code directory}, and begins to write there.
     *
     * @param directory made if it is not there
     * @throws UncheckedIOException if it cannot be read or written
     */
    public static DurableMap open(Path directory, Sync sync) {
        try {
            return open(new DirectoryDisk(directory), sync, MIN_LOG_BYTES);
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot use " + directory + ": " + failed.getMessage(), failed);
        }
    }

    static DurableMap open(Disk disk, Sync sync, long minLogBytes) throws IOException {
        MapLog log = new MapLog(disk, minLogBytes);
        Map<Key, byte[]> state = new LinkedHashMap<>();
        Recovery recovery = log.open(state);
        if (recovery.lostBytes() > 0)
            LOG.warn("{}: {} bytes of {} were not readable", disk, recovery.lostBytes(), recovery.damaged());
        DurableMap map = new DurableMap(log, sync, disk.toString(), recovery, state);
        map.writer.start();
        return map;
    }

    /** What was found when this was opened. */
    public Recovery recovery() {
        return recovery;
    }

    /** The value of a key, not to be changed; null if there is none. */
    public byte @Nullable [] get(byte[] key) {
        lock.lock();
        try {
            return state.get(new Key(key));
        } finally {
            lock.unlock();
        }
    }

    /** How many keys have a value. */
    public int size() {
        lock.lock();
        try {
            return state.size();
        } finally {
            lock.unlock();
        }
    }

    /** Shows every key and value, none of which may be changed. Nobody else can use the map during the call. */
    public void forEach(BiConsumer<byte[], byte[]> reader) {
        lock.lock();
        try {
            state.forEach((key, value) -> reader.accept(key.bytes(), value));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sets a value. Neither array may be changed afterwards.
     *
     * @throws IllegalArgumentException if both together are above {@link #MAX_ENTRY_BYTES}
     */
    public void put(byte[] key, byte[] value) {
        if ((long) key.length + value.length > MAX_ENTRY_BYTES)
            throw new IllegalArgumentException(
                    "a key and its value may have " + MAX_ENTRY_BYTES + " bytes, not " + (key.length + value.length));
        change(new Key(key), value);
    }

    /** Like {@link #put}, and this key is written after all others that wait: of a torn batch it is there only if they are. */
    public void putLast(byte[] key, byte[] value) {
        lock.lock();
        try {
            waiting.remove(new Key(key));
            put(key, value);
        } finally {
            lock.unlock();
        }
    }

    /** Removes a key and its value, if it is there. */
    public void remove(byte[] key) {
        change(new Key(key), null);
    }

    private void change(Key key, byte @Nullable [] value) {
        lock.lock();
        try {
            if (closed) return;
            if (value != null) state.put(key, value);
            else if (state.remove(key) == null) return;
            waiting.put(key, value);
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Is done when all that was changed before is written, and forced unless that is left to the system. */
    public CompletableFuture<Void> flush() {
        CompletableFuture<Void> flush = new CompletableFuture<>();
        lock.lock();
        try {
            if (closed && !writer.isAlive()) flush.completeExceptionally(new IOException(where + " is closed"));
            else flushes.add(flush);
            changed.signal();
        } finally {
            lock.unlock();
        }
        return flush;
    }

    /** Whether the disk failed, and not everything is stored. */
    public boolean isBehind() {
        lock.lock();
        try {
            return behind;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        // The writer's own map, so that a snapshot keeps nobody waiting. Its values are the same arrays.
        Map<Key, byte[]> stored = snapshot();
        long forceAtNanos = Long.MAX_VALUE;
        boolean open = true;
        while (open) {
            Map<Key, byte @Nullable []> batch;
            List<CompletableFuture<Void>> asked;
            boolean anew;
            lock.lock();
            try {
                while (waiting.isEmpty() && flushes.isEmpty() && !closed && !behind) {
                    if (forceAtNanos == Long.MAX_VALUE) changed.awaitUninterruptibly();
                    else if (!await(forceAtNanos - System.nanoTime())) break;
                }
                long retryNanos = System.nanoTime() + RETRY_NANOS;
                while (behind && !closed && System.nanoTime() - retryNanos < 0) await(retryNanos - System.nanoTime());
                batch = waiting;
                asked = flushes;
                waiting = new LinkedHashMap<>();
                flushes = new ArrayList<>();
                anew = behind;
                open = !closed;
            } finally {
                lock.unlock();
            }
            batch.forEach((key, value) -> {
                if (value == null) stored.remove(key);
                else stored.put(key, value);
            });
            try {
                if (anew || log.wantsCompaction()) {
                    log.compact(stored);
                    forceAtNanos = Long.MAX_VALUE;
                } else if (!batch.isEmpty()) {
                    log.append(batch);
                    if (sync.afterNanos() != Long.MAX_VALUE && forceAtNanos == Long.MAX_VALUE)
                        forceAtNanos = System.nanoTime() + sync.afterNanos();
                }
                boolean due = forceAtNanos != Long.MAX_VALUE
                        && (!asked.isEmpty() || !open || System.nanoTime() - forceAtNanos >= 0);
                if (due) {
                    log.force();
                    forceAtNanos = Long.MAX_VALUE;
                }
                caughtUp(true);
                for (CompletableFuture<Void> flush : asked) flush.complete(null);
            } catch (IOException failed) {
                if (caughtUp(false)) LOG.error("{}: cannot store; trying again every second", where, failed);
                forceAtNanos = Long.MAX_VALUE;
                for (CompletableFuture<Void> flush : asked) flush.completeExceptionally(failed);
            }
        }
        try {
            log.close();
        } catch (IOException failed) {
            LOG.warn("{}: cannot close", where, failed);
        }
    }

    private Map<Key, byte[]> snapshot() {
        lock.lock();
        try {
            // What was changed before this thread began is waiting too, and is put once more.
            return new LinkedHashMap<>(state);
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a change; returns false after {@code nanos}. */
    @SuppressWarnings("WaitNotInLoop") // whoever calls this looks again
    private boolean await(long nanos) {
        if (nanos <= 0) return false;
        try {
            return changed.awaitNanos(nanos) > 0;
        } catch (InterruptedException nobodyDoes) {
            return false;
        }
    }

    private boolean caughtUp(boolean now) {
        lock.lock();
        try {
            boolean news = behind == now;
            behind = !now;
            return news;
        } finally {
            lock.unlock();
        }
    }

    /** Writes and forces what waits, and waits for that. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (writer.isAlive()) {
            try {
                writer.join();
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        lock.lock();
        try {
            for (CompletableFuture<Void> flush : flushes)
                flush.completeExceptionally(new IOException(where + " is closed"));
        } finally {
            lock.unlock();
        }
        if (interrupted) Thread.currentThread().interrupt();
    }
}
