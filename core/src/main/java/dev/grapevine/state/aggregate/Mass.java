package dev.grapevine.state.aggregate;

/**
 * What a node holds in the averaging. The sum over all nodes, and over what is on its way, never changes; every node's part
 * comes closer to the mean. The quotients of two parts are therefore those of the sums: {@code sum/weight} is the sum of all
 * values, since the weight of all nodes together is 1.
 *
 * @param sum of values
 * @param count of nodes that have a value
 * @param nodes that take part
 * @param weight 1 for the leader and 0 for all others at first
 * @param histogram of values, a share for each
 */
public record Mass(double sum, double count, double nodes, double weight, Histogram histogram) {
    static Mass of(double value) {
        Histogram histogram = new Histogram();
        histogram.add(Histogram.key(value), 1);
        return new Mass(value, 1, 1, 0, histogram);
    }

    static Mass ofNoValue() {
        return new Mass(0, 0, 1, 0, new Histogram());
    }

    Mass withWeight(double weight) {
        return new Mass(sum, count, nodes, weight, histogram);
    }

    /** This and {@code scale} times the other. */
    Mass plus(Mass other, double scale) {
        Histogram joined = histogram.copy();
        joined.add(other.histogram, scale);
        return new Mass(
                sum + scale * other.sum,
                count + scale * other.count,
                nodes + scale * other.nodes,
                weight + scale * other.weight,
                joined);
    }

    /** What must flow from the holder of {@code other} to the holder of this, so that both have the same: half the difference. */
    Mass flowFrom(Mass other) {
        Mass difference = other.plus(this, -1);
        Histogram half = new Histogram();
        half.add(difference.histogram, 0.5);
        // Both sides must apply the very same numbers, so these are what the wire can carry.
        return new Mass(
                difference.sum / 2, difference.count / 2, difference.nodes / 2, difference.weight / 2, half.rounded());
    }

    boolean isFinite() {
        double all = sum + count + nodes + weight;
        for (int i = 0; i < histogram.size(); i++) all += histogram.share(i);
        return Double.isFinite(all);
    }
}
