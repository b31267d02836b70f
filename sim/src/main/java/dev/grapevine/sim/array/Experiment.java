package dev.grapevine.sim.array;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A number of runs of one epidemic. Large clusters use all threads for each run, small ones a thread a run; the results
 * are the same either way.
 */
public final class Experiment {
    /** Told of progress, possibly from several threads at once. */
    public interface Progress {
        /** Tells nobody. */
        Progress NONE = (run, round, informed) -> {};

        /**
         * A large run finished a round, or any run ended.
         *
         * @param run      which, from zero
         * @param round    the round just finished, or -1 when the run ended
         * @param informed how many nodes know
         */
        void at(int run, int round, long informed);
    }

    private final Epidemic epidemic;
    private final Spread spread;
    private final long seed;
    private final int threads;
    private final AtomicReferenceArray<@Nullable Outcome> outcomes;
    private volatile long startedNanos = System.nanoTime();

    /**
     * Sets up the runs; {@link #run} does them.
     *
     * @param runs    1 to 10⁷
     * @param seed    same seed, same results
     * @param threads 1 to 1024; never changes a result
     * @throws IllegalArgumentException if a number is out of range or the parts do not fit together
     */
    public Experiment(Epidemic epidemic, Spread spread, int runs, long seed, int threads) {
        if (runs < 1 || runs > 10_000_000)
            throw new IllegalArgumentException("runs must be within 1 to 1e7, not " + runs);
        if (threads < 1 || threads > 1024)
            throw new IllegalArgumentException("threads must be within 1 to 1024, not " + threads);
        check(epidemic, spread);
        this.epidemic = epidemic;
        this.spread = spread;
        this.seed = seed;
        this.threads = threads;
        this.outcomes = new AtomicReferenceArray<>(runs);
    }

    private static void check(Epidemic epidemic, Spread spread) {
        if (spread instanceof Spread.AntiEntropy) return;
        if (epidemic.clock() != Clock.SYNCHRONOUS)
            throw new IllegalArgumentException(
                    "only plain epidemics run on a " + epidemic.clock().word() + " clock");
        if (epidemic.nodes() > 100_000_000)
            throw new IllegalArgumentException("only plain epidemics go beyond 1e8 nodes, not " + epidemic.nodes());
        boolean pushOnly = !(spread instanceof Spread.Mongering);
        if (pushOnly && epidemic.exchange() != Exchange.PUSH)
            throw new IllegalArgumentException("bounded forwarding and flooding push, they do not "
                    + epidemic.exchange().word());
        if (spread instanceof Spread.Flooding(int degree)) {
            if (degree >= epidemic.nodes() || ((long) degree * epidemic.nodes() & 1) != 0)
                throw new IllegalArgumentException("no graph has " + epidemic.nodes() + " nodes of degree " + degree);
            if (degree > 3 * (epidemic.nodes() - 1) / 4)
                throw new IllegalArgumentException(
                        "a degree of " + degree + " is too near to a full mesh of " + epidemic.nodes() + " nodes");
            if ((long) degree * epidemic.nodes() > 1_000_000_000)
                throw new IllegalArgumentException("nodes times degree must be at most 1e9");
            if (!epidemic.link().equals(Link.PERFECT))
                throw new IllegalArgumentException("flooding over an overlay is without loss");
        }
    }

    /** What spreads how. */
    public Epidemic epidemic() {
        return epidemic;
    }

    /** How many runs were asked for. */
    public int runs() {
        return outcomes.length();
    }

    /** By which rule. */
    public Spread spread() {
        return spread;
    }

    /**
     * Does all runs.
     *
     * @throws CancelledException if this thread is interrupted
     */
    public Summary run(Progress progress) {
        startedNanos = System.nanoTime();
        boolean blocks = spread instanceof Spread.AntiEntropy
                && epidemic.clock() == Clock.SYNCHRONOUS
                && BlockRounds.suits(epidemic);
        try (Workers workers = new Workers(threads)) {
            if (blocks) {
                for (int run = 0; run < outcomes.length(); run++) {
                    done(run, BlockRounds.run(epidemic, seed, run, workers, progress), progress);
                }
            } else {
                workers.share(outcomes.length(), (worker, run) -> done(run, one(run), progress));
            }
        }
        return summary();
    }

    private void done(int run, Outcome outcome, Progress progress) {
        outcomes.set(run, outcome);
        progress.at(run, -1, outcome.informed()[outcome.informed().length - 1]);
    }

    private Outcome one(long run) {
        return switch (spread) {
            case Spread.AntiEntropy() ->
                switch (epidemic.clock()) {
                    case SYNCHRONOUS -> DirectRounds.run(epidemic, seed, run);
                    case POISSON -> PoissonRun.run(epidemic, seed, run);
                    case PERIODIC -> PeriodicRun.run(epidemic, Contacts.ONE_BY_ONE, seed, run);
                };
            case Spread.Mongering(Rumor rumor) -> RumorRun.run(epidemic, rumor, seed, run);
            case Spread.InfectAndDie() -> ForwardRun.run(epidemic, epidemic.fanout(), seed, run);
            case Spread.Retransmit rule -> ForwardRun.run(epidemic, rule.sends(epidemic.nodes()), seed, run);
            case Spread.Flooding(int degree) -> FloodRun.run(epidemic, degree, seed, run);
        };
    }

    /** The figures of the runs done so far; safe to ask for while {@link #run} is under way. */
    public Summary summary() {
        Outcome[] done = new Outcome[outcomes.length()];
        int count = 0;
        for (int run = 0; run < done.length; run++) {
            Outcome outcome = outcomes.get(run);
            if (outcome != null) done[count++] = outcome;
        }
        List<Outcome> finished = List.of(Objects.requireNonNull(Arrays.copyOf(done, count)));
        return Summary.of(finished, epidemic.live(), (System.nanoTime() - startedNanos) / 1e9);
    }
}
