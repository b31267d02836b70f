package dev.grapevine.agent.epidemic;

import dev.grapevine.sim.array.Verification;
import dev.grapevine.sim.scenario.LifeguardSweep;
import dev.grapevine.sim.scenario.SwimStudy;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Failure detection by real nodes beside SWIM's formulas and Lifeguard's published table. */
final class DetectionTables {
    private static final String SWIM = "%-4s %-5s %-26s %7s %10s %10s %10s %6s %6s%n";
    private static final String SWEEP = "%-4s %-26s %6s %12s %14s %10s %10s %10s %10s%n";

    private final List<SwimStudy.Figure> figures = new ArrayList<>();
    private final List<LifeguardSweep.Row> rows = new ArrayList<>();
    private final BooleanSupplier stop;

    DetectionTables(BooleanSupplier stop) {
        this.stop = stop;
    }

    /** SWIM's detection time and load, at several sizes. {@code out} is null where nothing is to be printed yet. */
    void swim(boolean quick, long seed, @Nullable PrintWriter out) {
        if (out != null) out.printf(SWIM, "", "§", "figure", "nodes", "random", "shuffled", "ours", "runs", "s.e.");
        int[][] sizes = quick ? new int[][] {{10, 150}} : new int[][] {{10, 2000}, {30, 600}, {100, 150}};
        for (int[] size : sizes) {
            if (stop.getAsBoolean()) return;
            for (SwimStudy.Figure figure : SwimStudy.run(size[0], size[1], seed, stop)) {
                figures.add(figure);
                if (out == null) continue;
                out.printf(
                        Locale.ROOT,
                        SWIM,
                        passed(figure) ? "ok" : "MISS",
                        "2.1",
                        figure.what(),
                        figure.nodes(),
                        EpidemicText.number(figure.reference()),
                        EpidemicText.number(figure.expected()),
                        EpidemicText.number(figure.ours()),
                        figure.runs(),
                        String.format(Locale.ROOT, "%.2f", figure.deviation()));
                out.flush();
            }
        }
    }

    /** Lifeguard's sweep, published and ours. */
    void lifeguard(int cells, int repeats, long seed, @Nullable PrintWriter out) {
        if (out != null) {
            out.printf(
                    "%n§2.2: Lifeguard's sweep, %d of its %d combinations, %d each; false positives per run%n",
                    cells, LifeguardSweep.CELLS, repeats);
            out.printf(SWEEP, "", "who", "runs", "false", "by healthy", "median, s", "99 %", "99.9 %", "B/s");
        }
        for (LifeguardSweep.Row row : LifeguardSweep.published()) add(row, out);
        for (LifeguardSweep.Variant variant : LifeguardSweep.Variant.values()) {
            if (!stop.getAsBoolean()) add(LifeguardSweep.run(variant, cells, repeats, seed, stop), out);
        }
    }

    private void add(LifeguardSweep.Row row, @Nullable PrintWriter out) {
        if (!(row.runs() > 0)) return;
        rows.add(row);
        if (out == null) return;
        out.printf(
                SWEEP,
                isJudged(row) ? passed(row) ? "ok" : "MISS" : "",
                row.who(),
                String.format(Locale.ROOT, "%.0f", row.runs()),
                EpidemicText.number(row.falseInAll()),
                EpidemicText.number(row.falseByHealthy()),
                EpidemicText.number(row.medianSeconds()),
                EpidemicText.number(row.p99Seconds()),
                EpidemicText.number(row.p999Seconds()),
                Double.isNaN(row.bytesPerSecond()) ? "" : String.format(Locale.ROOT, "%.0f", row.bytesPerSecond()));
        out.flush();
    }

    long checks() {
        return figures.size() + rows.stream().filter(DetectionTables::isJudged).count();
    }

    long missed() {
        return figures.stream().filter(figure -> !passed(figure)).count()
                + rows.stream().filter(row -> isJudged(row) && !passed(row)).count();
    }

    private static boolean passed(SwimStudy.Figure figure) {
        return figure.deviation() <= Verification.LIMIT;
    }

    /** Only ours, as it ships, has something to live up to: Lifeguard's own false positives by healthy members. */
    private static boolean isJudged(LifeguardSweep.Row row) {
        return row.who().equals("ours");
    }

    static boolean passed(LifeguardSweep.Row ours) {
        double lifeguard = LifeguardSweep.published().getLast().falseByHealthy();
        // A count of rare events has the error of a Poisson number. What our own runs differ by does not count: the
        // more they
        // go wrong, the more they differ.
        double error = Math.sqrt(lifeguard / ours.runs());
        return ours.falseByHealthy() <= lifeguard + Verification.LIMIT * error;
    }

    /** For JSON. */
    Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("swim", figures.stream().map(DetectionTables::document).toList());
        document.put("lifeguard", rows.stream().map(DetectionTables::document).toList());
        return document;
    }

    private static Map<String, Object> document(SwimStudy.Figure figure) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("section", "2.1");
        document.put("figure", figure.what());
        document.put("nodes", figure.nodes());
        document.put("reference", figure.reference());
        document.put("comparedWith", figure.expected());
        document.put("ours", figure.ours());
        document.put("sd", figure.sd());
        document.put("runs", figure.runs());
        document.put("standardErrors", figure.deviation());
        document.put("passed", passed(figure));
        return document;
    }

    private static Map<String, Object> document(LifeguardSweep.Row row) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("section", "2.2");
        document.put("who", row.who());
        document.put("runs", row.runs());
        document.put("falsePositivesPerRun", row.falseInAll());
        document.put("falsePositivesByHealthyPerRun", row.falseByHealthy());
        document.put("medianSeconds", row.medianSeconds());
        document.put("p99Seconds", row.p99Seconds());
        document.put("p999Seconds", row.p999Seconds());
        document.put("bytesPerSecond", Double.isNaN(row.bytesPerSecond()) ? null : row.bytesPerSecond());
        if (isJudged(row)) document.put("passed", passed(row));
        return document;
    }
}
