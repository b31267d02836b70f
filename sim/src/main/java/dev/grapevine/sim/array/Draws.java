package dev.grapevine.sim.array;

/**
 * A stream of random numbers named by what it is for (seed, run, round, block, purpose) and never by who draws it, so
 * that threads can share the work in any way. SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) with an increment of its own
 * for every stream. Everything above 64-bit integers goes through {@link StrictMath}, so all JVMs agree to the bit.
 */
final class Draws {
    private static final double UNIT = 0x1.0p-53;

    private final long gamma;
    private long state;

    private Draws(long state, long gamma) {
        this.state = state;
        this.gamma = gamma;
    }

    static Draws of(long seed, long run, long round, long block, long purpose) {
        long name = mix(seed + 0x9e3779b97f4a7c15L);
        name = mix(name ^ (run + 0x632be59bd9b4e019L));
        name = mix(name ^ (round + 0xd1b54a32d192ed03L));
        name = mix(name ^ (block + 0x8cb92ba72f3d8dd7L));
        name = mix(name ^ (purpose + 0xaef17502108ef2d9L));
        long gamma = mix(name + 0x9e3779b97f4a7c15L) | 1;
        // An increment with few bit changes mixes badly; the usual repair.
        if (Long.bitCount(gamma ^ (gamma >>> 1)) < 24) gamma ^= 0xaaaaaaaaaaaaaaaaL;
        return new Draws(name, gamma);
    }

    static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    long nextLong() {
        return mix(state += gamma);
    }

    /** Uniform in {@code [0, bound)}; the bias of at most {@code bound/2^64} is far below anything a run can show. */
    int below(int bound) {
        return (int) Math.unsignedMultiplyHigh(nextLong(), bound);
    }

    /** Uniform among the {@code nodes - 1} others. */
    int peerOf(int self, int nodes) {
        int peer = below(nodes - 1);
        return peer >= self ? peer + 1 : peer;
    }

    /** Uniform in {@code (0, 1)}. */
    double unit() {
        return ((nextLong() >>> 11) + 0.5) * UNIT;
    }

    /** One with the probability whose {@link #threshold} is given, else zero. */
    long coin(long threshold) {
        return (((nextLong() >>> 11) - threshold) >>> 63);
    }

    static long threshold(double probability) {
        return (long) (probability * 0x1.0p53);
    }

    double exponential() {
        return -StrictMath.log(unit());
    }

    private double normal() {
        while (true) {
            double x = 2 * unit() - 1;
            double y = 2 * unit() - 1;
            double square = x * x + y * y;
            if (square < 1 && square > 0) return x * StrictMath.sqrt(-2 * StrictMath.log(square) / square);
        }
    }

    /** Gamma variate of the given shape, at least one, and scale one (Marsaglia and Tsang, 2000). */
    double gamma(double shape) {
        double d = shape - 1.0 / 3;
        double c = 1 / StrictMath.sqrt(9 * d);
        while (true) {
            double x = normal();
            double v = 1 + c * x;
            if (v <= 0) continue;
            v = v * v * v;
            if (StrictMath.log(unit()) < 0.5 * x * x + d - d * v + d * StrictMath.log(v)) return d * v;
        }
    }

    /** The {@code rank}-th smallest of {@code count} uniform numbers, {@code 1 <= rank <= count}. */
    double orderStatistic(long rank, long count) {
        double low = gamma(rank);
        return low / (low + gamma(count - rank + 1));
    }

    /** Poisson variate: by products of uniforms while small, else halved through a gamma variate (Ahrens, Dieter 1974). */
    long poisson(double mean) {
        long count = 0;
        while (mean > 64) {
            long m = (long) (mean * 0.875);
            double at = gamma(m);
            if (at > mean) return count + binomial(m - 1, mean / at);
            count += m;
            mean -= at;
        }
        double limit = StrictMath.exp(-mean);
        for (double product = unit(); product > limit; product *= unit()) count++;
        return count;
    }

    /** How many of {@code trials} succeed: inversion while few are expected, else transformed rejection (Hörmann 1993). */
    long binomial(long trials, double probability) {
        if (trials <= 0 || probability <= 0) return 0;
        if (probability >= 1) return trials;
        if (probability > 0.5) return trials - binomial(trials, 1 - probability);
        return trials * probability < 10 ? byGaps(trials, probability) : byRejection(trials, probability);
    }

    /** Jumps from success to success: the gap between two is geometric. */
    private long byGaps(long trials, double probability) {
        double scale = 1 / StrictMath.log1p(-probability);
        long successes = 0;
        double at = 0;
        while (true) {
            at += StrictMath.floor(StrictMath.log(unit()) * scale) + 1;
            if (at > trials) return successes;
            successes++;
        }
    }

    private long byRejection(long trials, double probability) {
        double spread = StrictMath.sqrt(trials * probability * (1 - probability));
        double b = 1.15 + 2.53 * spread;
        double a = -0.0873 + 0.0248 * b + 0.01 * probability;
        double centre = trials * probability + 0.5;
        double steepness = 0.92 - 4.2 / b;
        double alpha = (2.83 + 5.1 / b) * spread;
        long mode = (long) ((trials + 1) * probability);
        double odds = StrictMath.log(probability / (1 - probability));
        double atMode = logFactorial(mode) + logFactorial(trials - mode);
        while (true) {
            double u = unit() - 0.5;
            double v = unit();
            double us = 0.5 - StrictMath.abs(u);
            double at = StrictMath.floor((2 * a / us + b) * u + centre);
            if (at < 0 || at > trials) continue;
            long k = (long) at;
            if (us >= 0.07 && v <= steepness) return k;
            double bound = StrictMath.log(v * alpha / (a / (us * us) + b));
            if (bound <= atMode - logFactorial(k) - logFactorial(trials - k) + (k - mode) * odds) return k;
        }
    }

    /** ln k! by Stirling's series, exact sums below ten. */
    static double logFactorial(long k) {
        if (k < 10) {
            double sum = 0;
            for (int i = 2; i <= k; i++) sum += StrictMath.log(i);
            return sum;
        }
        double x = k + 1.0;
        double inverse = 1 / x;
        double square = inverse * inverse;
        return (x - 0.5) * StrictMath.log(x)
                - x
                + 0.91893853320467274178
                + inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)));
    }
}
