package dev.grapevine.state.aggregate;

import java.util.List;

/**
 * What a node knows of all nodes' values. Estimates: within a part in a million of the truth at the end of an epoch of 30 cycles,
 * where nobody crashed during it.
 *
 * @param epoch the averaging that this comes from; 0 if there was none
 * @param cycles how long it was averaged, in this node's cycles
 * @param nodes how many took part
 * @param count how many had a value
 * @param sum of the values
 * @param mean of the values; NaN if nobody had one, like min and max
 * @param min of the values
 * @param max of the values
 */
public record AggregateResult(
        String name,
        long epoch,
        int cycles,
        double nodes,
        double count,
        double sum,
        double mean,
        double min,
        double max,
        Spread spread) {
    /**
     * How the values are spread.
     *
     * @param buckets by ascending value
     */
    public record Spread(List<Bucket> buckets) {
        /**
         * Values that are within 2 % of {@code value}.
         *
         * @param share of all nodes that have one, up to a common factor
         */
        public record Bucket(double value, double share) {}

        public Spread {
            buckets = List.copyOf(buckets);
        }

        /**
         * The value below which that share of all values is, to 2 %.
         *
         * @param share {@code 0..1}: 0.5 for the median
         * @return NaN if nobody had a value
         */
        public double quantile(double share) {
            if (!(share >= 0 && share <= 1)) throw new IllegalArgumentException("a share is in 0..1, not " + share);
            double all = 0;
            for (Bucket bucket : buckets) all += bucket.share();
            double below = 0;
            for (Bucket bucket : buckets) {
                below += bucket.share();
                if (below >= share * all) return bucket.value();
            }
            return buckets.isEmpty() ? Double.NaN : buckets.getLast().value();
        }
    }
}
