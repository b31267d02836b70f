package dev.grapevine.coordinates;

import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps this node's {@link Coordinate} from measured round trips: Vivaldi with height vectors (Dabek et al., SIGCOMM 2004),
 * the adjustment term of Lee et al. (2010), a median filter, and gravity (Ledlie et al., NSDI 2007) so that the space does
 * not drift. Bit for bit what hashicorp/serf's coordinate/client.go computes.
 *
 * <p>The coordinate is kept as plain numbers and made an object when somebody asks for it: a node measures with every probe and
 * tells where it is once a minute.
 */
public final class Vivaldi {
    static final double ERROR_MAX = 1.5;
    static final double HEIGHT_MIN = 1e-5;
    private static final double CE = 0.25;
    private static final double CC = 0.25;
    private static final double RHO = 150;
    private static final double ZERO = 1e-6;
    private static final int WINDOW = 20;
    private static final long MAX_RTT_NANOS = 10_000_000_000L;
    private static final Coordinate ORIGIN = Coordinate.origin();

    private final RandomGenerator random;
    private final Map<String, LatencyFilter> latencies = new HashMap<>(); // looked up, never iterated
    private final double[] adjustments = new double[WINDOW];
    private final double[] vec = new double[Coordinate.DIMENSIONS];
    private final double[] direction = new double[Coordinate.DIMENSIONS];
    private double error = ERROR_MAX;
    private double adjustment;
    private double height = HEIGHT_MIN;
    private int adjustmentIndex;
    private long resets;
    /** {@link #own} as it was last told, null since it changed. */
    private @Nullable Coordinate told;

    /** A fresh node; {@code random} picks a direction when two nodes sit on the same spot. */
    public Vivaldi(RandomGenerator random) {
        this.random = random;
    }

    /** Where this node is. */
    public Coordinate own() {
        Coordinate own = told;
        if (own == null) told = own = new Coordinate(vec, error, adjustment, height);
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
        if (!acceptable(other, rttNanos)) return false;
        return update(latencies.computeIfAbsent(node, key -> new LatencyFilter()), other, rttNanos);
    }

    /** The same for whoever keeps the last round trips to the other node itself. */
    boolean update(LatencyFilter filter, Coordinate other, long rttNanos) {
        if (!acceptable(other, rttNanos)) return false;
        told = null;
        double rtt = filter.add(Coordinate.seconds(rttNanos));
        move(other, rtt);
        adjust(other, rtt);
        // As seen from the origin: the reference adds the heights in that order, and sums of doubles depend on it.
        double distance = fromOrigin();
        force(-(distance / RHO) * (distance / RHO), ORIGIN);
        if (!isFinite()) {
            java.util.Arrays.fill(vec, 0);
            error = ERROR_MAX;
            adjustment = 0;
            height = HEIGHT_MIN;
            resets++;
        }
        return true;
    }

    private static boolean acceptable(Coordinate other, long rttNanos) {
        return other.isValid() && rttNanos >= 0 && rttNanos <= MAX_RTT_NANOS;
    }

    private boolean isFinite() {
        double sum = error + adjustment + height;
        for (double axis : vec) sum += Math.abs(axis);
        return Double.isFinite(sum);
    }

    private void move(Coordinate other, double rtt) {
        double atLeast = Math.max(rtt, ZERO);
        double distance = distance(other);
        double wrong = Math.abs(distance - atLeast) / atLeast;
        double weight = error / Math.max(error + other.error(), ZERO);
        error = Math.min(ERROR_MAX, CE * weight * wrong + error * (1 - CE * weight));
        force(CC * weight * (atLeast - distance), other);
    }

    private void adjust(Coordinate other, double rtt) {
        adjustments[adjustmentIndex] = rtt - rawDistance(other);
        adjustmentIndex = (adjustmentIndex + 1) % WINDOW;
        double sum = 0;
        for (double one : adjustments) sum += one;
        adjustment = sum / (2.0 * WINDOW);
    }

    private double distance(Coordinate other) {
        double raw = rawDistance(other);
        return seconds(raw, raw + adjustment + other.adjustment());
    }

    /** The adjusted distance if it is one, in whole nanoseconds as the reference computes it, seconds. */
    private static double seconds(double raw, double adjusted) {
        return Coordinate.seconds((long) ((adjusted > 0 ? adjusted : raw) * 1e9));
    }

    private double fromOrigin() {
        double raw = point(ORIGIN) + ORIGIN.height() + height;
        return seconds(raw, raw + adjustment);
    }

    private double rawDistance(Coordinate other) {
        return point(other) + height + other.height();
    }

    /** Sets {@link #direction} from the other to this node; returns its length. */
    private double point(Coordinate other) {
        for (int i = 0; i < vec.length; i++) direction[i] = vec[i] - other.axis(i);
        return Coordinate.magnitude(direction);
    }

    private void force(double force, Coordinate other) {
        double magnitude = point(other);
        if (magnitude > ZERO) {
            for (int i = 0; i < direction.length; i++) direction[i] *= 1 / magnitude;
            height = Math.max((height + other.height()) * force / magnitude + height, HEIGHT_MIN);
        } else {
            double length = 0;
            while (length <= ZERO) {
                for (int i = 0; i < direction.length; i++) direction[i] = random.nextDouble() - 0.5;
                length = Coordinate.magnitude(direction);
            }
            for (int i = 0; i < direction.length; i++) direction[i] *= 1 / length;
        }
        for (int i = 0; i < vec.length; i++) vec[i] += direction[i] * force;
    }
}
