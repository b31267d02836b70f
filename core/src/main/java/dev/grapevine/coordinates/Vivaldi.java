package dev.grapevine.coordinates;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Keeps this node's {@link Coordinate} from measured round trips: Vivaldi with height vectors (Dabek et al., SIGCOMM 2004),
 * the adjustment term of Lee et al. (2010), a median filter, and gravity (Ledlie et al., NSDI 2007) so that the space does
 * not drift. Bit for bit what hashicorp/serf's coordinate/client.go computes.
 */
public final class Vivaldi {
    static final double ERROR_MAX = 1.5;
    static final double HEIGHT_MIN = 1e-5;
    private static final double CE = 0.25;
    private static final double CC = 0.25;
    private static final double RHO = 150;
    private static final double ZERO = 1e-6;
    private static final int WINDOW = 20;
    private static final int LATENCY_FILTER = 3;
    private static final long MAX_RTT_NANOS = 10_000_000_000L;

    private final RandomGenerator random;
    private final Map<String, double[]> latencies = new LinkedHashMap<>();
    private final double[] adjustments = new double[WINDOW];
    private int adjustmentIndex;
    private Coordinate own = Coordinate.origin();
    private long resets;

    /** A fresh node; {@code random} picks a direction when two nodes sit on the same spot. */
    public Vivaldi(RandomGenerator random) {
        this.random = random;
    }

    /** Where this node is. */
    public Coordinate own() {
        return own;
    }

    /** How often the arithmetic overflowed and the coordinate went back to the origin. */
    public long resets() {
        return resets;
    }

    /** Forgets the round trips to {@code node}. */
    public void forget(String node) {
        latencies.remove(node);
    }

    /**
     * Learns from one measurement.
     *
     * @param other where {@code node} says it is
     * @param rttNanos the round trip, nanoseconds
     * @return false, and nothing changes, if {@code other} is not valid or the round trip is not in 0 to 10 s
     */
    public boolean update(String node, Coordinate other, long rttNanos) {
        if (!other.isValid() || rttNanos < 0 || rttNanos > MAX_RTT_NANOS) return false;
        double rtt = filtered(node, Coordinate.seconds(rttNanos));
        move(other, rtt);
        adjust(other, rtt);
        Coordinate origin = Coordinate.origin();
        double distance = origin.distance(own);
        own = forced(own, -(distance / RHO) * (distance / RHO), origin);
        if (!own.isValid()) {
            own = Coordinate.origin();
            resets++;
        }
        return true;
    }

    /** The median of the last three round trips to {@code node}, seconds. */
    private double filtered(String node, double rtt) {
        double[] known = latencies.getOrDefault(node, new double[0]);
        int drop = known.length == LATENCY_FILTER ? 1 : 0;
        double[] kept = new double[known.length + 1 - drop];
        System.arraycopy(known, drop, kept, 0, known.length - drop);
        kept[kept.length - 1] = rtt;
        latencies.put(node, kept);
        double[] sorted = kept.clone();
        java.util.Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private void move(Coordinate other, double rtt) {
        double atLeast = Math.max(rtt, ZERO);
        double distance = own.distance(other);
        double wrong = Math.abs(distance - atLeast) / atLeast;
        double weight = own.error() / Math.max(own.error() + other.error(), ZERO);
        double error = Math.min(ERROR_MAX, CE * weight * wrong + own.error() * (1 - CE * weight));
        Coordinate trusted = new Coordinate(own.vec(), error, own.adjustment(), own.height());
        own = forced(trusted, CC * weight * (atLeast - distance), other);
    }

    private void adjust(Coordinate other, double rtt) {
        adjustments[adjustmentIndex] = rtt - own.rawDistance(other);
        adjustmentIndex = (adjustmentIndex + 1) % WINDOW;
        double sum = 0;
        for (double one : adjustments) sum += one;
        own = new Coordinate(own.vec(), own.error(), sum / (2.0 * WINDOW), own.height());
    }

    private Coordinate forced(Coordinate place, double force, Coordinate other) {
        double[] direction = place.difference(other);
        double magnitude = Coordinate.magnitude(direction);
        double height = place.height();
        if (magnitude > ZERO) {
            for (int i = 0; i < direction.length; i++) direction[i] *= 1 / magnitude;
            height = Math.max((place.height() + other.height()) * force / magnitude + place.height(), HEIGHT_MIN);
        } else {
            double length = 0;
            while (length <= ZERO) {
                for (int i = 0; i < direction.length; i++) direction[i] = random.nextDouble() - 0.5;
                length = Coordinate.magnitude(direction);
            }
            for (int i = 0; i < direction.length; i++) direction[i] *= 1 / length;
        }
        double[] vec = place.vec();
        for (int i = 0; i < vec.length; i++) vec[i] += direction[i] * force;
        return new Coordinate(vec, place.error(), place.adjustment(), height);
    }
}
