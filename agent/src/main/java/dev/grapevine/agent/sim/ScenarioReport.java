package dev.grapevine.agent.sim;

import dev.grapevine.agent.report.Page;
import dev.grapevine.sim.scenario.Breach;
import dev.grapevine.sim.scenario.Chronicle;
import dev.grapevine.sim.scenario.Outcome;
import dev.grapevine.sim.scenario.Scenario;
import dev.grapevine.sim.scenario.ScenarioRun;
import dev.grapevine.sim.scenario.Story;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** A run as one page of HTML. */
final class ScenarioReport {
    private static final int BINS = 40;
    private static final double SECOND = 1e9;

    private ScenarioReport() {}

    static String html(ScenarioRun run, Chronicle chronicle, Outcome outcome, boolean whole, String replay) {
        Page page = new Page(String.format(
                Locale.ROOT, "%s: %,d nodes, seed %d", outcome.scenario(), outcome.nodes(), outcome.seed()));
        if (!whole) page.verdict(false, "Stopped early: this is what was seen until then.");
        if (outcome.isGood()) page.verdict(true, "Everything held.");
        for (Breach breach : outcome.breaches()) page.verdict(false, "Broken: " + breach);
        Map<String, String> figures = new LinkedHashMap<>();
        figures.put("simulated", number(outcome.simulatedNanos() / SECOND) + " s");
        figures.put("events", String.format(Locale.ROOT, "%,d", outcome.events()));
        outcome.metrics().forEach((name, value) -> {
            if (!(value instanceof Map)) figures.put(words(name), number(value));
        });
        figures.put("hash of the trace", String.format(Locale.ROOT, "%016x", outcome.hash()));
        page.figures(figures);
        tables(page, outcome);
        story(page, chronicle.story(), run.scenario());
        page.histogram(
                "Detection times",
                "From a crash until a living node knew, over all pairs of the two.",
                "seconds",
                run.detectionSeconds(),
                BINS);
        load(page, chronicle);
        seconds(page, chronicle);
        page.text("Again:").command(replay);
        return page.html();
    }

    private static void tables(Page page, Outcome outcome) {
        List<List<String>> times = new ArrayList<>();
        List<List<String>> rates = new ArrayList<>();
        List<List<String>> counts = new ArrayList<>();
        outcome.metrics().forEach((name, value) -> {
            if (!(value instanceof Map<?, ?> map) || map.isEmpty()) return;
            if (map.containsKey("p999")) {
                if (!Integer.valueOf(0).equals(map.get("count"))) times.add(row(name, map));
            } else if (map.containsKey("p99")) {
                rates.add(row(name, map));
            } else {
                map.forEach((kind, count) -> counts.add(List.of(String.valueOf(kind), number(count))));
            }
        });
        if (!times.isEmpty())
            page.table("Times", List.of("", "count", "median, s", "99 %, s", "99.9 %, s", "most, s"), times);
        page.table("Load", List.of("", "mean", "99 %", "most"), rates);
        if (!counts.isEmpty()) page.table("What nodes found", List.of("", "events"), counts);
    }

    private static List<String> row(String name, Map<?, ?> map) {
        List<String> row = new ArrayList<>();
        row.add(words(name));
        map.forEach((key, value) -> row.add(number(value)));
        return row;
    }

    /** The curve of one piece of news beside the recurrence of a push to as many peers each gossip round, and its tree. */
    private static void story(Page page, @org.jspecify.annotations.Nullable Story story, Scenario scenario) {
        if (story == null || story.node().length == 0) return;
        double period = scenario.gossipNanos() / SECOND;
        double first = story.atSeconds()[0];
        double last = story.atSeconds()[story.atSeconds().length - 1];
        // A tenth of a round apart: enough to see the steps, and few even if the news took minutes.
        int points = (int) Math.clamp(Math.ceil((last - first) / period * 10) + 10, 20, 2_000);
        double[] x = new double[points];
        double[] ours = new double[points];
        double[] theory = new double[points];
        double share = 1.0 / story.nodes();
        double round = 0;
        int told = 0;
        for (int i = 0; i < points; i++) {
            x[i] = (last - first) * 1.05 * i / (points - 1);
            while (told < story.node().length && story.atSeconds()[told] <= first + x[i]) told++;
            ours[i] = 100.0 * told / story.nodes();
            while (round + period <= x[i] && share < 1 - 1e-9) {
                share = 1 - (1 - share) * Math.exp(-scenario.gossipFanout() * share);
                round += period;
            }
            theory[i] = 100 * share;
        }
        page.lines(
                "Infection curve",
                String.format(
                        Locale.ROOT,
                        "Share of the running nodes that knew %s, beside a push to %d peers every %.0f ms in step and without luck.",
                        story.title(),
                        scenario.gossipFanout(),
                        period * 1000),
                "seconds since the first knew",
                x,
                "%",
                List.of(new Page.Line("ours, %", ours, false), new Page.Line("mean field, %", theory, true)));
        page.spread(
                "Spread",
                "Who told whom " + story.title()
                        + ". Each ring is one hop further; nodes that found out by themselves begin on the first.",
                "s",
                story.nodes(),
                story.node(),
                story.parent(),
                story.atSeconds());
    }

    private static void load(Page page, Chronicle chronicle) {
        double[] sent = chronicle.sentPerSecond();
        double[] received = chronicle.receivedPerSecond();
        Arrays.sort(sent);
        Arrays.sort(received);
        double[] x = new double[sent.length];
        for (int i = 0; i < x.length; i++) x[i] = i + 1;
        page.lines(
                "Load per node",
                "Bytes a second with headers, mean over the run; the nodes in ascending order. Flat means that no node carries"
                        + " more than its share.",
                "node",
                x,
                "B/s",
                List.of(new Page.Line("sent, B/s", sent, false), new Page.Line("received, B/s", received, true)));
    }

    private static void seconds(Page page, Chronicle chronicle) {
        double[] x = column(chronicle, Chronicle.Second::at);
        if (x.length < 2) return;
        page.lines(
                "Bytes over time",
                "What a node sent in each second, headers included.",
                "seconds",
                x,
                "B/s",
                List.of(
                        new Page.Line("mean, B/s", column(chronicle, Chronicle.Second::meanBytes), false),
                        new Page.Line("most, B/s", column(chronicle, Chronicle.Second::maxBytes), true)));
        page.lines(
                "Members seen alive",
                "How many members the running nodes held alive or suspect, beside how many ran.",
                "seconds",
                x,
                "members",
                List.of(
                        new Page.Line("mean view", column(chronicle, Chronicle.Second::meanView), false),
                        new Page.Line("smallest view", column(chronicle, Chronicle.Second::smallestView), true),
                        new Page.Line("largest view", column(chronicle, Chronicle.Second::largestView), true),
                        new Page.Line("running", column(chronicle, Chronicle.Second::running), false)));
    }

    private static double[] column(Chronicle chronicle, ToDoubleFunction<Chronicle.Second> of) {
        return chronicle.seconds().stream().mapToDouble(of).toArray();
    }

    /** {@code falsePositivesByHealthy} becomes "false positives by healthy". */
    private static String words(String camel) {
        return camel.replaceAll("([A-Z])", " $1").toLowerCase(Locale.ROOT);
    }

    private static String number(Object value) {
        return value instanceof Double d
                ? String.format(Locale.ROOT, d < 1000 ? "%.3f" : "%,.0f", d)
                : value instanceof Number n ? String.format(Locale.ROOT, "%,d", n.longValue()) : String.valueOf(value);
    }
}
