package dev.grapevine.state.aggregate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How values are spread, as shares per bucket of equal relative width (DDSketch: Masson, Rim, Lee, VLDB 2019): a quantile is
 * off by at most 2 % of its value. Two histograms are averaged bucket by bucket, so the averages of all nodes are those of all
 * values, with no luck involved. Above {@value #MAX_BUCKETS} buckets the lowest two become one: quantiles at the low end suffer.
 *
 * <p>A bucket's key is 0 for values nearer to 0 than 1e-9, and grows with the value.
 */
public final class Histogram {
    static final int MAX_BUCKETS = 96;

    static final double ACCURACY = 0.02;
    private static final double GAMMA = (1 + ACCURACY) / (1 - ACCURACY);
    private static final double LOG_GAMMA = StrictMath.log(GAMMA);
    private static final double SMALLEST = 1e-9;
    private static final int OFFSET = 1 << 15; // more than log_gamma(1e9) and less than any key's share of an int

    private int[] keys = new int[4]; // ascending
    private double[] shares = new double[4];
    private int size;

    /** The bucket of a value. */
    static int key(double value) {
        double magnitude = Math.abs(value);
        if (magnitude < SMALLEST) return 0;
        int index = OFFSET + (int) Math.ceil(StrictMath.log(magnitude) / LOG_GAMMA);
        return value > 0 ? index : -index;
    }

    /** The value in the middle of a bucket. */
    static double value(int key) {
        if (key == 0) return 0;
        double magnitude = 2 * StrictMath.pow(GAMMA, Math.abs(key) - OFFSET) / (GAMMA + 1);
        return key > 0 ? magnitude : -magnitude;
    }

    int size() {
        return size;
    }

    int key(int at) {
        return keys[at];
    }

    double share(int at) {
        return shares[at];
    }

    /** Adds to a bucket, {@code share} of any sign. */
    void add(int key, double share) {
        int at = Arrays.binarySearch(keys, 0, size, key);
        if (at >= 0) {
            shares[at] += share;
            return;
        }
        at = -at - 1;
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, 2 * size);
            shares = Arrays.copyOf(shares, 2 * size);
        }
        System.arraycopy(keys, at, keys, at + 1, size - at);
        System.arraycopy(shares, at, shares, at + 1, size - at);
        keys[at] = key;
        shares[at] = share;
        size++;
        if (size > MAX_BUCKETS) {
            shares[1] += shares[0];
            size--;
            System.arraycopy(keys, 1, keys, 0, size);
            System.arraycopy(shares, 1, shares, 0, size);
        }
    }

    /** Adds {@code scale} times another histogram. */
    void add(Histogram other, double scale) {
        for (int i = 0; i < other.size; i++) add(other.keys[i], scale * other.shares[i]);
    }

    Histogram copy() {
        Histogram copy = new Histogram();
        copy.keys = keys.clone();
        copy.shares = shares.clone();
        copy.size = size;
        return copy;
    }

    /** As it comes out of the wire's four-byte shares. */
    Histogram rounded() {
        Histogram rounded = copy();
        for (int i = 0; i < size; i++) rounded.shares[i] = (float) shares[i];
        return rounded;
    }

    /** The buckets that hold anything. */
    AggregateResult.Spread spread() {
        List<AggregateResult.Spread.Bucket> buckets = new ArrayList<>();
        for (int i = 0; i < size; i++)
            if (shares[i] > 0) buckets.add(new AggregateResult.Spread.Bucket(value(keys[i]), shares[i]));
        return new AggregateResult.Spread(buckets);
    }
}
