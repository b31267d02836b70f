package dev.grapevine.sim.scenario;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Looks for a seed that breaks a rule, and makes what it finds small. */
public final class Hunt {
    /**
     * A breach, as small as it could be made.
     *
     * @param seed the seed
     * @param settings what to set besides, to have it small: {@code nodes}, {@code without}, {@code duration}
     * @param outcome of the small run
     * @param tries runs that it took to make it small
     */
    public record Found(long seed, Map<String, String> settings, Outcome outcome, int tries) {}

    private static final long SECOND = 1_000_000_000L;
    private static final int MAX_TRIES = 60;

    private final String source;
    private final Map<String, String> settings;

    /** A hunt in the scenario {@code source} with {@code settings}, as {@link Scenario#read} takes them. */
    public Hunt(String source, Map<String, String> settings) {
        this.source = source;
        this.settings = new LinkedHashMap<>(settings);
    }

    /**
     * Runs the seeds {@code first .. first + count - 1} until one breaks a rule. With several jobs the smallest such seed among
     * those begun is taken, so that the result is the same for any number.
     *
     * @param done told after every seed how many are done; may be called by several threads
     * @return null when all held, or {@code stop} became true first
     */
    public @Nullable Found run(long first, long count, int jobs, AtomicBoolean stop, LongConsumer done)
            throws InterruptedException {
        Scenario.read(source, first, settings); // a bad scenario is told before anything runs
        AtomicLong next = new AtomicLong(first);
        AtomicLong broken = new AtomicLong(Long.MAX_VALUE);
        AtomicLong finished = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        List<RuntimeException> failures = java.util.Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < jobs; i++)
            threads.add(Thread.ofPlatform().name("hunt-" + i).daemon(true).start(() -> {
                for (long seed;
                        (seed = next.getAndIncrement()) < first + count && seed < broken.get() && !stop.get(); ) {
                    try {
                        if (isBroken(seed, settings, stop)) broken.accumulateAndGet(seed, Math::min);
                    } catch (ScenarioException e) {
                        failures.add(e);
                        stop.set(true);
                    }
                    done.accept(finished.incrementAndGet());
                }
            }));
        for (Thread thread : threads) thread.join();
        if (!failures.isEmpty()) throw failures.getFirst();
        return broken.get() == Long.MAX_VALUE ? null : shrink(broken.get(), stop);
    }

    /** Leaves out faults, then nodes, then time, as long as some rule still breaks. */
    Found shrink(long seed, AtomicBoolean stop) {
        Map<String, String> small = new LinkedHashMap<>(settings);
        int tries = 0;
        Scenario whole = Scenario.read(source, seed, small);
        TreeSet<Integer> without = new TreeSet<>();
        for (int i = 0; i < whole.faults() && tries < MAX_TRIES; i++) {
            TreeSet<Integer> more = new TreeSet<>(without);
            more.add(i);
            tries++;
            if (isStillBroken(seed, small, "without", more.toString(), stop)) without = more;
        }
        for (int nodes = whole.nodes() / 2; nodes >= 2 && tries < MAX_TRIES; nodes /= 2) {
            tries++;
            if (!isStillBroken(seed, small, "nodes", Integer.toString(nodes), stop)) break;
        }
        Outcome outcome = outcome(seed, small);
        long lastNanos =
                outcome.breaches().stream().mapToLong(Breach::atNanos).min().orElse(whole.durationNanos());
        long seconds = lastNanos / SECOND + 1;
        if (seconds * SECOND < whole.durationNanos()) {
            tries++;
            isStillBroken(seed, small, "duration", seconds + "s", stop);
        }
        return new Found(seed, small, outcome(seed, small), tries);
    }

    private boolean isStillBroken(long seed, Map<String, String> small, String key, String value, AtomicBoolean stop) {
        String before = small.put(key, value);
        try {
            if (isBroken(seed, small, stop)) return true;
        } catch (ScenarioException cannotBe) {
            // Too few nodes for a fault, or a fault after the end: as large as before, then.
        }
        if (before == null) small.remove(key);
        else small.put(key, before);
        return false;
    }

    private boolean isBroken(long seed, Map<String, String> with, AtomicBoolean stop) {
        ScenarioRun run = new ScenarioRun(Scenario.read(source, seed, with));
        try {
            for (long until = SECOND; !stop.get(); until += SECOND) if (!run.runUntilNanos(until)) break;
        } catch (IllegalStateException broken) {
            return true; // a machine threw or spun
        }
        return !run.finish().isGood();
    }

    private Outcome outcome(long seed, Map<String, String> with) {
        Scenario scenario = Scenario.read(source, seed, with);
        ScenarioRun run = new ScenarioRun(scenario);
        try {
            return run.run();
        } catch (IllegalStateException broken) {
            Breach breach = new Breach("machine-failure", run.nowNanos(), String.valueOf(broken.getMessage()));
            return new Outcome(
                    scenario.name, seed, scenario.nodes, run.nowNanos(), run.events(), 0, Map.of(), List.of(breach));
        }
    }
}
