package dev.grapevine.sim;

import java.util.random.RandomGenerator;

/** How long one packet is under way between two hosts, before jitter, reordering and queues. */
public sealed interface Latency {
    /**
     * Draws the time from host {@code from} to host {@code to} (their indexes).
     *
     * @return nanoseconds, {@code >= 0}
     */
    long drawNanos(int from, int to, RandomGenerator random);

    /** Always the same. */
    record Constant(long nanos) implements Latency {
        public Constant {
            if (nanos < 0) throw new IllegalArgumentException("latency " + nanos + " ns is negative");
        }

        @Override
        public long drawNanos(int from, int to, RandomGenerator random) {
            return nanos;
        }
    }

    /** Anything from {@code minNanos} to {@code maxNanos}, both included, equally likely. */
    record Uniform(long minNanos, long maxNanos) implements Latency {
        public Uniform {
            if (minNanos < 0 || maxNanos < minNanos)
                throw new IllegalArgumentException("latency from " + minNanos + " to " + maxNanos + " ns is no range");
        }

        @Override
        public long drawNanos(int from, int to, RandomGenerator random) {
            return minNanos == maxNanos ? minNanos : random.nextLong(minNanos, maxNanos + 1);
        }
    }

    /**
     * Log-normal, the usual shape of round trips: most near the median, a long tail above.
     *
     * @param medianNanos nanoseconds, {@code > 0}
     * @param sigma deviation of the logarithm, {@code 0..3}; 0.1 is a quiet network, 0.5 a busy one
     */
    record LogNormal(long medianNanos, double sigma) implements Latency {
        public LogNormal {
            if (medianNanos <= 0) throw new IllegalArgumentException("median " + medianNanos + " ns is not positive");
            if (!(sigma >= 0 && sigma <= 3)) throw new IllegalArgumentException("sigma " + sigma + " is not in 0..3");
        }

        @Override
        public long drawNanos(int from, int to, RandomGenerator random) {
            return (long) (medianNanos * StrictMath.exp(sigma * Draws.gaussian(random)));
        }
    }

    /**
     * Fixed times between groups of hosts (regions, racks); host {@code i} is in group {@code i % rows}.
     *
     * @param nanos {@code nanos[a][b]} is the time from group a to group b
     */
    record Matrix(long[][] nanos) implements Latency {
        public Matrix {
            if (nanos.length == 0) throw new IllegalArgumentException("a latency matrix needs a row");
            for (long[] row : nanos) {
                if (row.length != nanos.length) throw new IllegalArgumentException("a latency matrix must be square");
                for (long entry : row)
                    if (entry < 0) throw new IllegalArgumentException("latency " + entry + " ns is negative");
            }
        }

        @Override
        public long drawNanos(int from, int to, RandomGenerator random) {
            return nanos[from % nanos.length][to % nanos.length];
        }
    }

    /**
     * Hosts lie scattered over a square and a packet takes a base time plus the time for the distance. Places follow from the
     * host's index and the seed, so a host keeps its place when others are added.
     *
     * @param baseNanos the time at no distance, {@code >= 0}
     * @param sideNanos the time along one side of the square, {@code >= 0}
     * @param seed picks the places
     */
    record Distance(long baseNanos, long sideNanos, long seed) implements Latency {
        public Distance {
            if (baseNanos < 0 || sideNanos < 0)
                throw new IllegalArgumentException("latency " + baseNanos + " + " + sideNanos + " ns is negative");
        }

        @Override
        public long drawNanos(int from, int to, RandomGenerator random) {
            double x = place(from, 1) - place(to, 1);
            double y = place(from, 2) - place(to, 2);
            return baseNanos + (long) (sideNanos * StrictMath.sqrt(x * x + y * y));
        }

        /** A coordinate in {@code [0, 1)}. */
        private double place(int host, int axis) {
            return (TraceHash.mix(seed, host * 4L + axis) >>> 11) * 0x1p-53;
        }
    }
}
