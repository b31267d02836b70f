package dev.grapevine.sim.array;

import java.util.List;

/**
 * What the runs of an experiment have in common.
 *
 * @param runs               runs done
 * @param rounds             rounds, periods or hops until the last delivery
 * @param meanReception      t_ave: over the nodes reached, the source counting as zero; rounds or whole periods
 * @param payloadsPerNode    m: payloads sent per live node, without asking first whether they are wanted
 * @param payloadsPerDelivery payloads sent per node reached, sent only to nodes whose digest, exchanged first, lacks them
 * @param residue            share of live nodes never reached
 * @param complete           share of the runs that reached every live node
 * @param curve              mean share of live nodes that know, first at the start, then after each round or period
 * @param roundsOfRuns       of each run, ascending
 * @param contacts           calls made, in all runs
 * @param wallSeconds        time taken
 * @param hash               of every run's figures; equal for equal settings and seed
 */
public record Summary(
        int runs,
        Figure rounds,
        Figure meanReception,
        Figure payloadsPerNode,
        Figure payloadsPerDelivery,
        Figure residue,
        Figure complete,
        double[] curve,
        double[] roundsOfRuns,
        double contacts,
        double wallSeconds,
        long hash) {
    /** Mean and spread of one figure over the runs. */
    public record Figure(double mean, double sd) {}

    /** Value that a share {@code q} of the runs does not exceed, {@code 0 < q <= 1}. */
    public double quantile(double q) {
        if (runs == 0) return Double.NaN;
        return roundsOfRuns[Math.clamp((long) Math.ceil(q * runs) - 1, 0, runs - 1)];
    }

    static Summary of(List<Outcome> outcomes, int live, double wallSeconds) {
        int length = 1;
        double contacts = 0;
        long hash = 0;
        for (Outcome outcome : outcomes) {
            length = Math.max(length, outcome.informed().length);
            contacts += outcome.contacts();
            hash = Draws.mix(hash + 0x9e3779b97f4a7c15L) ^ outcome.hash();
        }
        double[] curve = new double[length];
        for (Outcome outcome : outcomes) {
            long[] informed = outcome.informed();
            for (int i = 0; i < length; i++) {
                curve[i] += informed[Math.min(i, informed.length - 1)] / (double) live / outcomes.size();
            }
        }
        return new Summary(
                outcomes.size(),
                figure(outcomes.stream().mapToDouble(Outcome::rounds).toArray()),
                figure(outcomes.stream().mapToDouble(Outcome::meanReception).toArray()),
                figure(outcomes.stream()
                        .mapToDouble(o -> o.payloads() / (double) live)
                        .toArray()),
                figure(outcomes.stream()
                        .mapToDouble(o -> o.checkedPayloads() / Math.max(1.0, (double) live - o.residue() - 1))
                        .toArray()),
                figure(outcomes.stream()
                        .mapToDouble(o -> o.residue() / (double) live)
                        .toArray()),
                figure(outcomes.stream()
                        .mapToDouble(o -> o.residue() == 0 ? 1 : 0)
                        .toArray()),
                curve,
                outcomes.stream().mapToDouble(Outcome::rounds).sorted().toArray(),
                contacts,
                wallSeconds,
                hash);
    }

    private static Figure figure(double[] values) {
        double sum = 0;
        for (double value : values) sum += value;
        double mean = sum / values.length;
        double squares = 0;
        for (double value : values) squares += (value - mean) * (value - mean);
        return new Figure(mean, values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)));
    }
}
