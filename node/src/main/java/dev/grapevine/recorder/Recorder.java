package dev.grapevine.recorder;

import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import dev.grapevine.recording.Entry;
import dev.grapevine.recording.EntryEncoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down every input of one machine and the hash of every effect, in a bounded ring of files. The machine's thread copies
 * records into blocks and never waits: a virtual thread writes them, and blocks for which the disk is too slow are counted and
 * leave a gap in the recording. A process that dies loses at most the last {@value #MOST_MILLIS} ms of inputs.
 *
 * <p>{@link #around} a machine before it is given to a loop; {@link #close} after the loop has let go of it.
 */
public final class Recorder implements AutoCloseable {
    /** What is not yet on its way to the disk is no older than this, as long as inputs come. */
    public static final long MOST_MILLIS = 250;

    private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);
    private static final int BLOCK_BYTES = 64 << 10;
    private static final int MOST_BLOCKS = 32; // 2 MiB a node at worst

    /** Whole records. */
    private static final class Block {
        ByteBuffer bytes;
        long firstInput; // the number of the first input in it
        long inputs; // how many are in it
        long missing; // how many are missing before it, told by a gap at its start
        long bornNanos;

        Block() {
            bytes = ByteBuffer.allocate(BLOCK_BYTES);
        }
    }

    private final Ring ring;
    private final String name;
    private final Consumer<Runnable> writer; // runs the draining of the queue
    private final EntryEncoder encoder; // the machine's thread's
    private final EntryEncoder notes = new EntryEncoder(false); // guarded by lock, as all below
    private final Object lock = new Object();
    private final ArrayDeque<Block> full = new ArrayDeque<>();
    private final ArrayDeque<Block> empty = new ArrayDeque<>();
    private Block block = new Block();
    private long inputs;
    private long lost;
    private long written;
    private boolean draining;
    private boolean closed;
    private @Nullable IOException failure;

    private Recorder(Ring ring, String name, boolean redacting, Consumer<Runnable> writer) {
        this.ring = ring;
        this.name = name;
        this.writer = writer;
        this.encoder = new EntryEncoder(redacting);
    }

    /**
     * Begins a recording.
     *
     * @param machine the kind of machine, for whoever has to make it again
     * @param name of the node; part of the folder's name
     * @param seed of the machine's generator
     * @param machineSettings all else the machine is made from
     * @throws UncheckedIOException if the directory cannot be used
     * @throws IllegalArgumentException if the settings have no form as bytes
     */
    public static Recorder open(
            RecorderSettings settings, String machine, String name, long seed, Record machineSettings) {
        return open(
                settings,
                machine,
                name,
                seed,
                machineSettings,
                drain -> Thread.ofVirtual().name("recorder-" + name).start(drain));
    }

    /** @param writer runs what it is given, one at a time, on another thread than the machine's */
    static Recorder open(
            RecorderSettings settings,
            String machine,
            String name,
            long seed,
            Record machineSettings,
            Consumer<Runnable> writer) {
        Entry.Header header = new Entry.Header(
                machine,
                name,
                new SecureRandom().nextLong(),
                0,
                0,
                System.currentTimeMillis(),
                seed,
                settings.redactPayloads(),
                EntryEncoder.settings(machineSettings));
        try {
            return new Recorder(Ring.open(settings, header), name, settings.redactPayloads(), writer);
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot record in " + settings.directory() + ": " + failed, failed);
        }
    }

    /** The folder of this recording. */
    public Path folder() {
        return ring.folder();
    }

    /** Inputs that are missing because the disk was too slow or failed. Any thread. */
    public long lostInputs() {
        synchronized (lock) {
            return lost;
        }
    }

    /** Bytes of records written so far, those included that the ring has since deleted. Any thread. */
    public long writtenBytes() {
        synchronized (lock) {
            return written;
        }
    }

    /** The same machine, recorded. One per recorder. */
    public Machine around(Machine machine) {
        return new Recorded(machine);
    }

    private final class Recorded implements Machine {
        private final Machine machine;

        Recorded(Machine machine) {
            this.machine = machine;
        }

        @Override
        public void handle(Input input, long nowNanos, Effects effects) {
            RuntimeException thrown = null;
            encoder.input(input, nowNanos);
            try {
                machine.handle(input, nowNanos, effects);
            } catch (RuntimeException fault) {
                thrown = fault;
            }
            append(encoder.outcome(effects, machine.nextDeadlineNanos(), thrown), nowNanos);
            if (thrown != null) throw thrown;
        }

        @Override
        public long nextDeadlineNanos() {
            return machine.nextDeadlineNanos();
        }
    }

    private void append(ByteBuffer record, long nowNanos) {
        synchronized (lock) {
            if (closed) return;
            boolean old = nowNanos - block.bornNanos > MOST_MILLIS * 1_000_000;
            if (block.inputs > 0 && (old || record.remaining() > block.bytes.remaining())) handOver(MOST_BLOCKS);
            if (block.inputs == 0) {
                block.firstInput = inputs;
                block.bornNanos = nowNanos;
            }
            put(record);
            block.inputs++;
            inputs++;
        }
    }

    private void put(ByteBuffer record) {
        if (record.remaining() > block.bytes.remaining()) {
            // A record larger than a block, which may already hold a gap: the block grows, and is not used again.
            ByteBuffer larger = ByteBuffer.allocate(block.bytes.position() + record.remaining());
            block.bytes = larger.put(block.bytes.flip());
        }
        block.bytes.put(record);
    }

    /** Queues the block at hand; if the queue is full, forgets what is in it and begins the next one with a gap. */
    private void handOver(int mostBlocks) {
        Block done = block;
        if (failure != null || full.size() >= mostBlocks) {
            lost += done.inputs;
            done.missing += done.inputs;
            done.inputs = 0;
            done.bytes.clear();
            done.bytes.put(notes.gap(done.missing));
            return;
        }
        full.add(done);
        Block next = empty.poll();
        block = next == null ? new Block() : next;
        if (draining) return;
        draining = true;
        writer.accept(this::drain);
    }

    private void drain() {
        for (Block next; (next = next()) != null; ) {
            try {
                int sizeBytes = next.bytes.flip().remaining();
                ring.write(next.bytes, next.firstInput - next.missing);
                done(next, sizeBytes);
            } catch (IOException failed) {
                LOG.warn("{}: recording to {} ends here", name, ring.folder(), failed);
                fail(failed, next);
            }
        }
    }

    private @Nullable Block next() {
        synchronized (lock) {
            Block next = failure == null ? full.poll() : null;
            if (next == null) {
                draining = false;
                lock.notifyAll();
            }
            return next;
        }
    }

    private void done(Block block, int sizeBytes) {
        synchronized (lock) {
            written += sizeBytes;
            if (block.bytes.capacity() != BLOCK_BYTES || empty.size() >= 2) return;
            block.bytes.clear();
            block.inputs = 0;
            block.missing = 0;
            empty.add(block);
        }
    }

    private void fail(IOException failed, Block block) {
        synchronized (lock) {
            failure = failed;
            lost += block.inputs;
            for (Block waiting : full) lost += waiting.inputs;
            full.clear();
        }
    }

    /** Waits until everything recorded so far has been written. Not to be called by the machine's thread. */
    public void flush() {
        synchronized (lock) {
            if (!closed && block.inputs > 0) handOver(Integer.MAX_VALUE);
        }
        awaitWritten();
    }

    private void awaitWritten() {
        boolean interrupted = false;
        synchronized (lock) {
            while (draining) {
                try {
                    lock.wait();
                } catch (InterruptedException stop) {
                    interrupted = true; // the disk will answer soon
                }
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    /** Writes what is still to be written and closes the file. Nothing is recorded from now on. */
    @Override
    public void close() {
        synchronized (lock) {
            if (!closed) {
                closed = true;
                put(notes.end(inputs));
                if (block.inputs == 0) block.firstInput = inputs;
                handOver(Integer.MAX_VALUE);
            }
        }
        awaitWritten();
        try {
            ring.close();
        } catch (IOException failed) {
            LOG.warn("{}: closing the recording", name, failed);
        }
    }
}
