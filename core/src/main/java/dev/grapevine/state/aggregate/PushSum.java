package dev.grapevine.state.aggregate;

/**
 * Push-sum (Kempe, Dobra, Gehrke, FOCS 2003): a node keeps half of what it has and sends the other half to a random peer. Its
 * estimate of the mean is {@code sum / weight}. A message that is lost takes its mass with it; {@link Aggregator}'s exchanges,
 * which are answered, do not lose any and converge faster, so this is here to compare with.
 */
public final class PushSum {
    private double sum;
    private double weight = 1;

    /** A node that has {@code value}. */
    public PushSum(double value) {
        this.sum = value;
    }

    /**
     * Half of what a node had.
     *
     * @param sum of values
     * @param weight of nodes
     */
    public record Half(double sum, double weight) {}

    /** Gives away half. */
    public Half give() {
        sum /= 2;
        weight /= 2;
        return new Half(sum, weight);
    }

    /** Takes what a peer gave away. */
    public void take(Half half) {
        sum += half.sum();
        weight += half.weight();
    }

    /** This node's estimate of the mean. */
    public double estimate() {
        return sum / weight;
    }
}
