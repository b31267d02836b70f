package dev.grapevine.serf.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** The random generator of a node. */
final class Luck {
    private static final Path KERNEL = Path.of("/dev/urandom");
    private static final int SEED_BYTES = 24;

    private Luck() {}

    /**
     * A secure one where there are keys, since it makes nonces too. Elsewhere one with a secret seed, whose every number costs
     * less, and which does without the security providers, a tenth of what an agent has to load when it starts.
     */
    static RandomGenerator of(boolean keys) {
        return keys
                ? new SecureRandom()
                : RandomGeneratorFactory.of("L64X128MixRandom").create(seed());
    }

    private static byte[] seed() {
        try (InputStream in = Files.newInputStream(KERNEL)) {
            byte[] seed = in.readNBytes(SEED_BYTES);
            if (seed.length == SEED_BYTES) return seed;
        } catch (IOException none) {
            // not every system has it
        }
        return new SecureRandom().generateSeed(SEED_BYTES);
    }
}
