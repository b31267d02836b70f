package dev.grapevine.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A disk in memory that dies in the middle of an operation, forgets what was not forced, and fails when it is told to. */
final class TornDisk implements Disk {
    /** The machine is gone in the middle of an operation. */
    static final class Crash extends Error {
        private static final long serialVersionUID = 1L;
    }

    private static final class File {
        byte[] bytes = new byte[0];
        int forced;
    }

    private final TreeMap<String, File> files = new TreeMap<>();
    private final RandomGenerator random;
    private int operationsLeft = Integer.MAX_VALUE;
    double failures;

    TornDisk(RandomGenerator random) {
        this.random = random;
    }

    /** Lets that many operations succeed; in the next it dies. */
    void dieAfter(int operations) {
        operationsLeft = operations;
    }

    /** What is found after a restart of the process, or of the machine: then part of what was not forced is lost or garbled. */
    TornDisk restarted(boolean powerLost) {
        TornDisk after = new TornDisk(random);
        files.forEach((name, file) -> {
            File kept = new File();
            int length = file.bytes.length;
            if (powerLost && length > file.forced) length -= random.nextInt(length - file.forced + 1);
            kept.bytes = Arrays.copyOf(file.bytes, length);
            if (powerLost)
                for (int i = file.forced; i < length; i++)
                    if (random.nextInt(64) == 0) kept.bytes[i] = (byte) (random.nextBoolean() ? 0 : random.nextInt());
            kept.forced = length;
            after.files.put(name, kept);
        });
        return after;
    }

    /** Changes a bit somewhere, or cuts a file. */
    void damage() {
        String[] names = files.keySet().toArray(String[]::new);
        File file = files.get(names[random.nextInt(names.length)]);
        if (file.bytes.length == 0) return;
        int at = random.nextInt(file.bytes.length);
        if (random.nextInt(3) == 0) file.bytes = Arrays.copyOf(file.bytes, at);
        else file.bytes[at] ^= (byte) (1 << random.nextInt(8));
    }

    private void operation() throws IOException {
        if (operationsLeft-- <= 0) throw new Crash();
        if (failures > 0 && random.nextDouble() < failures) throw new IOException("the disk is full");
    }

    @Override
    public List<String> list() {
        return List.copyOf(files.keySet());
    }

    @Override
    public byte @Nullable [] read(String name) {
        File file = files.get(name);
        return file == null ? null : file.bytes.clone();
    }

    @Override
    public Output create(String name) throws IOException {
        operation();
        File file = new File();
        files.put(name, file);
        return new Output() {
            @Override
            public void write(ByteBuffer bytes) throws IOException {
                byte[] more = new byte[bytes.remaining()];
                bytes.get(more);
                int written = more.length;
                try {
                    operation();
                } catch (IOException | Crash failed) {
                    written = random.nextInt(more.length + 1);
                    throw failed;
                } finally {
                    int start = file.bytes.length;
                    file.bytes = Arrays.copyOf(file.bytes, start + written);
                    System.arraycopy(more, 0, file.bytes, start, written);
                }
            }

            @Override
            public void force() throws IOException {
                operation();
                file.forced = file.bytes.length;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void rename(String from, String to) throws IOException {
        operation();
        files.put(to, files.remove(from));
    }

    @Override
    public void delete(String name) throws IOException {
        operation();
        files.remove(name);
    }
}
