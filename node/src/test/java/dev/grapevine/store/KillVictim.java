package dev.grapevine.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;

/** A process that writes until it is killed, and says how far it is stored. Started by {@link KillTest}. */
public final class KillVictim {
    private KillVictim() {}

    /** The value of key {@code n % 50} at step {@code n}: the step, and a number of bytes that depend on it. */
    static byte[] value(int step) {
        SplittableRandom random = new SplittableRandom(step);
        byte[] rest = new byte[random.nextInt(random.nextInt(10) == 0 ? 50_000 : 200)];
        random.nextBytes(rest);
        return ByteBuffer.allocate(4 + rest.length).putInt(step).put(rest).array();
    }

    static byte[] key(int step) {
        return ByteBuffer.allocate(4).putInt(step % 50).array();
    }

    /** Arguments: the directory, and the step to begin with. */
    public static void main(String[] arguments) throws IOException, InterruptedException, ExecutionException {
        int step = Integer.parseInt(arguments[1]);
        DurableMap map = DurableMap.open(new DirectoryDisk(Path.of(arguments[0])), Sync.NEVER, 100_000);
        while (true) {
            for (int i = 0; i < 10; i++, step++) map.put(key(step), value(step));
            map.flush().get();
            System.out.println(step); // every step below is stored
            System.out.flush();
        }
    }
}
