package dev.grapevine.sim.array;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Compares the array engine with every reference figure. */
public final class Verification {
    /** More standard errors than this between ours and the reference, and the check fails. */
    public static final double LIMIT = 4;

    /**
     * One comparison.
     *
     * @param reference the figure
     * @param runs      how many of ours
     * @param ours      our mean and spread
     * @param deviation standard errors (ours and the reference's together) by which the two differ, after the
     *                  tolerance for the reference's rounding and, for rounds that come from its Monte Carlo, 0.02
     */
    public record Check(Theory.Reference reference, int runs, Summary.Figure ours, double deviation) {
        /** Whether the deviation is within {@link #LIMIT}. */
        public boolean passed() {
            return deviation <= LIMIT;
        }
    }

    /** Told of each check when done. */
    public interface Listener {
        /** A check is done. */
        void checked(Check check, int done, int total);
    }

    /** How much to do. */
    public enum Extent {
        /** Small clusters and fewer runs: some seconds. */
        QUICK,
        /** All figures: some minutes. */
        FULL
    }

    private record Subject(Epidemic epidemic, Spread spread) {}

    private Verification() {}

    /**
     * Runs the checks.
     *
     * @throws CancelledException if this thread is interrupted
     */
    public static List<Check> run(Extent extent, long seed, int threads, Listener listener) {
        Map<Subject, List<Theory.Reference>> subjects = new LinkedHashMap<>();
        int total = 0;
        for (Theory.Reference reference : Theory.references()) {
            if (runs(reference.epidemic(), reference.spread(), extent) == 0) continue;
            total++;
            subjects.computeIfAbsent(
                            new Subject(reference.epidemic(), reference.spread()), subject -> new ArrayList<>())
                    .add(reference);
        }
        List<Check> checks = new ArrayList<>();
        for (Map.Entry<Subject, List<Theory.Reference>> entry : subjects.entrySet()) {
            Subject subject = entry.getKey();
            int runs = runs(subject.epidemic(), subject.spread(), extent);
            Summary summary = new Experiment(subject.epidemic(), subject.spread(), runs, seed, threads)
                    .run(Experiment.Progress.NONE);
            for (Theory.Reference reference : entry.getValue()) {
                Check check = check(reference, summary);
                checks.add(check);
                listener.checked(check, checks.size(), total);
            }
        }
        return checks;
    }

    /** Zero for not at all. */
    private static int runs(Epidemic epidemic, Spread spread, Extent extent) {
        int nodes = epidemic.nodes();
        boolean slow = nodes >= 10_000_000 && (epidemic.fanout() > 1 || epidemic.clock() != Clock.SYNCHRONOUS);
        return switch (extent) {
            case QUICK -> nodes > 1000 ? 0 : spread instanceof Spread.AntiEntropy ? 400 : 300;
            case FULL -> {
                if (nodes <= 1000) yield 2000;
                if (nodes <= 10_000) yield 1000;
                if (nodes <= 100_000) yield spread instanceof Spread.Flooding ? 20 : 100;
                if (nodes <= 1_000_000) yield spread instanceof Spread.Flooding ? 5 : 50;
                yield slow ? 0 : 5;
            }
        };
    }

    static Check check(Theory.Reference reference, Summary summary) {
        Summary.Figure ours = reference.measure().of(summary);
        double sdOfOne = Double.isNaN(reference.sd()) ? ours.sd() : Math.max(ours.sd(), reference.sd());
        if (reference.measure() == Theory.Measure.COMPLETE) {
            sdOfOne = Math.max(sdOfOne, Math.sqrt(reference.expected() * (1 - reference.expected())));
        }
        double variance = sdOfOne * sdOfOne / summary.runs();
        if (reference.runs() > 0) variance += sdOfOne * sdOfOne / reference.runs();
        double tolerance = reference.rounding();
        boolean rounds =
                reference.measure() == Theory.Measure.ROUNDS || reference.measure() == Theory.Measure.ROUNDS_TO_QUIET;
        if (reference.runs() > 0 && rounds) tolerance += 0.02;
        double excess = Math.abs(ours.mean() - reference.expected()) - tolerance;
        double deviation = excess <= 0 ? 0 : variance == 0 ? Double.POSITIVE_INFINITY : excess / Math.sqrt(variance);
        return new Check(reference, summary.runs(), ours, deviation);
    }
}
