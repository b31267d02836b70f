package dev.grapevine.state.reconcile;

/**
 * How many ids two sets differ in, judged by their samples: the number under which the cells that were seen to be equal are the
 * likeliest. Level 0 alone is good to a fifth up to 40 differences and blind above 80; levels that hold fewer ids see
 * more.
 */
final class DifferenceEstimate {
    private static final double STEP = 1.03;
    private static final double MAX = 64.0 * (1 << SetSummary.LEVELS);

    private final int atLeast;
    private final int[] rates = new int[SetSummary.LEVELS];
    private final int[] cells = new int[SetSummary.LEVELS];
    private final int[] equal = new int[SetSummary.LEVELS];
    private int count;

    /** @param atLeast differences known of already: by how much the sizes differ */
    DifferenceEstimate(int atLeast) {
        this.atLeast = atLeast;
    }

    /** Adds that of {@code ofCells} cells of a level {@code equalCells} are equal. */
    DifferenceEstimate level(int level, int ofCells, int equalCells) {
        rates[count] = level;
        cells[count] = ofCells;
        equal[count++] = equalCells;
        return this;
    }

    /** The likeliest number of differences, at least 1. */
    int differences() {
        double best = Math.max(1, atLeast);
        double bestLikelihood = Double.NEGATIVE_INFINITY;
        for (double d = Math.max(1, atLeast); d < MAX; d = Math.max(d + 1, d * STEP)) {
            double likelihood = 0;
            for (int i = 0; i < count; i++) {
                // Each of a cell's ids turns it by 1, 2 or 3 places of a group of four: the chance that all turned it
                // back.
                double perCell = d / (SetSummary.CELLS * (double) (1L << rates[i]));
                double p = 0.25 + 0.75 * Math.exp(-perCell * 4 / 3);
                likelihood += equal[i] * StrictMath.log(p) + (cells[i] - equal[i]) * StrictMath.log(1 - p);
            }
            if (likelihood > bestLikelihood) {
                bestLikelihood = likelihood;
                best = d;
            }
        }
        return (int) Math.min(Integer.MAX_VALUE, Math.round(best));
    }
}
