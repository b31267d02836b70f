package dev.grapevine.coordinates;

import java.util.Arrays;

/**
 * A place in Vivaldi's network space: distances between two of them estimate round trips. Seconds throughout. Source:
 * Dabek et al., SIGCOMM 2004; hashicorp/serf, coordinate/coordinate.go.
 */
public final class Coordinate {
    /** Axes of the Euclidean part. */
    public static final int DIMENSIONS = 8;

    private final double[] vec;
    private final double error;
    private final double adjustment;
    private final double height;

    /**
     * A coordinate.
     *
     * @param vec the Euclidean part; copied
     * @param error how much the coordinate trusts itself, {@code 0} (fully) to {@code 1.5} (not at all)
     * @param adjustment a correction from recent measurements, may be negative
     * @param height the distance from the core network, {@code > 0}
     */
    public Coordinate(double[] vec, double error, double adjustment, double height) {
        this.vec = vec.clone();
        this.error = error;
        this.adjustment = adjustment;
        this.height = height;
    }

    /** Where every node starts. */
    public static Coordinate origin() {
        return new Coordinate(new double[DIMENSIONS], Vivaldi.ERROR_MAX, 0, Vivaldi.HEIGHT_MIN);
    }

    /** A copy of the Euclidean part. */
    public double[] vec() {
        return vec.clone();
    }

    /** One axis of the Euclidean part. */
    double axis(int i) {
        return vec[i];
    }

    /** How much the coordinate distrusts itself. */
    public double error() {
        return error;
    }

    /** The correction from recent measurements. */
    public double adjustment() {
        return adjustment;
    }

    /** The distance from the core network. */
    public double height() {
        return height;
    }

    /** Whether it has {@link #DIMENSIONS} axes and no infinities. */
    public boolean isValid() {
        if (vec.length != DIMENSIONS) return false;
        double sum = error + adjustment + height;
        for (double axis : vec) sum += Math.abs(axis);
        return Double.isFinite(sum);
    }

    /** The estimated round trip, nanoseconds, {@code >= 0}. */
    public long distanceNanos(Coordinate other) {
        double raw = rawDistance(other);
        double adjusted = raw + adjustment + other.adjustment;
        return (long) ((adjusted > 0 ? adjusted : raw) * 1e9);
    }

    static double seconds(long nanos) {
        return nanos / 1_000_000_000L + nanos % 1_000_000_000L / 1e9;
    }

    private double rawDistance(Coordinate other) {
        double[] difference = new double[vec.length];
        for (int i = 0; i < vec.length; i++) difference[i] = vec[i] - other.vec[i];
        return magnitude(difference) + height + other.height;
    }

    static double magnitude(double[] vec) {
        double sum = 0;
        for (double axis : vec) sum += axis * axis;
        return Math.sqrt(sum);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Coordinate that
                && Arrays.equals(vec, that.vec)
                && Double.compare(error, that.error) == 0
                && Double.compare(adjustment, that.adjustment) == 0
                && Double.compare(height, that.height) == 0;
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(vec) + Double.hashCode(error + 31 * adjustment + 961 * height);
    }

    @Override
    public String toString() {
        return "Coordinate[" + Arrays.toString(vec) + " error " + error + " adjustment " + adjustment + " height "
                + height + "]";
    }
}
