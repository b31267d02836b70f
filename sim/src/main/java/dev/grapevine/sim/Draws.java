package dev.grapevine.sim;

import java.util.random.RandomGenerator;
import java.util.random.RandomGenerator.SplittableGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * The source of luck. Every draw goes through {@link StrictMath} or exact arithmetic, because the intrinsics behind {@code
 * Math.log} and {@code Math.exp} may differ in the last bit between JVMs, and one bit is enough to change a run.
 */
public final class Draws {
    private static final RandomGeneratorFactory<SplittableGenerator> FACTORY =
            RandomGeneratorFactory.of("L64X128MixRandom");

    private Draws() {}

    /** The generator of a run: the same numbers for the same seed, on every machine. */
    public static SplittableGenerator generator(long seed) {
        return FACTORY.create(seed);
    }

    /** A draw from the normal distribution with mean 0 and deviation 1 (Marsaglia's polar method). */
    public static double gaussian(RandomGenerator random) {
        while (true) {
            double x = 2 * random.nextDouble() - 1;
            double y = 2 * random.nextDouble() - 1;
            double square = x * x + y * y;
            if (square > 0 && square < 1) return x * StrictMath.sqrt(-2 * StrictMath.log(square) / square);
        }
    }

    /** A draw from the exponential distribution with mean 1. */
    public static double exponential(RandomGenerator random) {
        return -StrictMath.log(1 - random.nextDouble());
    }

    /** Whether an event of the given probability happens. Draws nothing when it is certain either way. */
    static boolean happens(double probability, RandomGenerator random) {
        return probability > 0 && (probability >= 1 || random.nextDouble() < probability);
    }
}
