package dev.grapevine.sim.scenario;

import dev.grapevine.sim.Draws;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * The sweep of Lifeguard (Dadgar, Phillips and Currey 2017, §V): of 128 members C can neither send nor receive for D, then can for
 * I, again and again for two minutes. All 432 combinations, or some of them drawn from the seed.
 */
public final class LifeguardSweep {
    private static final int[] CONCURRENT = {1, 4, 8, 12, 16, 20, 24, 28, 32};
    private static final int[] DURATION_MS = {128, 512, 2048, 8192, 16384, 32768};
    private static final int[] INTERVAL_MS = {1, 4, 16, 64, 256, 1024, 4096, 16384};

    /** Combinations in all. */
    public static final int CELLS = CONCURRENT.length * DURATION_MS.length * INTERVAL_MS.length;

    /** The paper's ten repeats of each. */
    private static final double PUBLISHED_RUNS = CELLS * 10.0;

    /** How members behave. */
    public enum Variant {
        /** As they ship. */
        OURS("ours", Map.of()),
        /** Without what Lifeguard adds: no local health, no longer suspicion for lone accusers. */
        PLAIN(
                "ours, without LHA",
                Map.of(
                        "settings.max-local-health",
                        "0",
                        "settings.confirmations",
                        "0",
                        "settings.suspicion-stretch",
                        "1",
                        "settings.storm-share",
                        "1"));

        private final String word;
        private final Map<String, String> settings;

        Variant(String word, Map<String, String> settings) {
            this.word = word;
            this.settings = settings;
        }
    }

    /**
     * A row of the table.
     *
     * @param who             whose figures
     * @param runs            how many
     * @param falseInAll      discoveries about healthy members, per run
     * @param falseByHealthy  those of them made by healthy members, per run
     * @param medianSeconds   from the beginning of an anomaly to its first discovery
     * @param p99Seconds      likewise 99 %
     * @param p999Seconds     likewise 99.9 %
     * @param bytesPerSecond  sent by a member, with headers; NaN where it is not published
     */
    public record Row(
            String who,
            double runs,
            double falseInAll,
            double falseByHealthy,
            double medianSeconds,
            double p99Seconds,
            double p999Seconds,
            double bytesPerSecond) {}

    private LifeguardSweep() {}

    /** What was published (table IV): SWIM as in memberlist without Lifeguard, and with all of it. Totals, divided by the runs. */
    public static List<Row> published() {
        return List.of(
                published("SWIM (published)", 339_002, 1_326, 12.44, 16.96, 19.40),
                published("LHA-Probe (published)", 229_574, 436, 12.42, 17.75, 20.10),
                published("LHA-Suspicion (published)", 10_174, 89, 12.42, 17.47, 25.41),
                published("Buddy (published)", 318_935, 591, 12.45, 17.12, 19.16),
                published("Lifeguard (published)", 5_193, 25, 12.45, 17.90, 21.20));
    }

    private static Row published(String who, int all, int byHealthy, double median, double p99, double p999) {
        return new Row(
                who, PUBLISHED_RUNS, all / PUBLISHED_RUNS, byHealthy / PUBLISHED_RUNS, median, p99, p999, Double.NaN);
    }

    /**
     * Runs {@code cells} different combinations, drawn from the seed, {@code repeats} times each.
     *
     * @param cells 1 to {@link #CELLS}
     * @param stop  asked before every run; true ends with the runs done
     */
    public static Row run(Variant variant, int cells, int repeats, long seed, BooleanSupplier stop) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < CELLS; i++) order.add(i);
        Collections.shuffle(order, Draws.generator(seed));
        Spread first = new Spread();
        double inAll = 0;
        double byHealthy = 0;
        double bytes = 0;
        int runs = 0;
        for (int i = 0; i < cells * repeats && !stop.getAsBoolean(); i++) {
            Map<String, String> settings = new LinkedHashMap<>(variant.settings);
            settings.put("faults", "[" + fault(order.get(i % cells)) + "]");
            settings.put("expect", "{}");
            ScenarioRun run = new ScenarioRun(Scenario.read("lifeguard", seed + 31L * i, settings));
            run.run();
            Measures measures = run.measures();
            runs++;
            inAll += measures.falseByHealthy + measures.falseByUnhealthy;
            byHealthy += measures.falseByHealthy;
            bytes += measures.bytesPerSecond.mean();
            measures.silent.addTo(first);
        }
        return new Row(
                variant.word,
                runs,
                inAll / runs,
                byHealthy / runs,
                first.quantile(0.5) / 1e9,
                first.quantile(0.99) / 1e9,
                first.quantile(0.999) / 1e9,
                bytes / runs);
    }

    private static String fault(int cell) {
        int concurrent = CONCURRENT[cell % CONCURRENT.length];
        int duration = DURATION_MS[cell / CONCURRENT.length % DURATION_MS.length];
        int interval = INTERVAL_MS[cell / CONCURRENT.length / DURATION_MS.length];
        return "{ kind = block, at = 20s, for = 120s, hosts = %d, on = %dms, off = %dms }"
                .formatted(concurrent, duration, interval);
    }
}
