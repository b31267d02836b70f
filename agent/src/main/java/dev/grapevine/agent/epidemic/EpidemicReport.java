package dev.grapevine.agent.epidemic;

import dev.grapevine.agent.report.Page;
import dev.grapevine.sim.array.Clock;
import dev.grapevine.sim.array.Spread;
import dev.grapevine.sim.array.SpreadTree;
import dev.grapevine.sim.array.Summary;
import dev.grapevine.sim.array.Theory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The result as one page of HTML. */
final class EpidemicReport {
    /** More dots than this cannot be told apart. */
    private static final int SHOWN = 400;

    private static final int BINS = 30;

    private EpidemicReport() {}

    static String html(EpidemicResult result) {
        Summary summary = result.summary();
        Page page = new Page(result.title());
        if (!result.whole()) page.verdict(false, "Stopped early: these are the runs that were done.");
        if (summary.runs() == 0) return page.text("No run was done.").html();
        Map<String, String> figures = new LinkedHashMap<>();
        figures.put(
                result.unit() + " to the last delivery",
                EpidemicText.number(summary.rounds().mean()));
        figures.put(
                "payloads per node",
                EpidemicText.number(summary.payloadsPerNode().mean()));
        figures.put("never reached", EpidemicText.number(summary.residue().mean()));
        figures.put("contacts a second", String.format(Locale.ROOT, "%.2g", result.contactsPerSecond()));
        figures.put("hash", String.format(Locale.ROOT, "%016x", summary.hash()));
        page.figures(figures);
        table(page, result);
        curve(page, result);
        page.histogram(
                "Runs",
                "How many " + result.unit() + " each run took until the last delivery.",
                result.unit(),
                summary.roundsOfRuns(),
                BINS);
        tree(page, result);
        return page.html();
    }

    private static void table(Page page, EpidemicResult result) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(row(result, Theory.Measure.ROUNDS));
        rows.add(row(result, Theory.Measure.T_AVE));
        rows.add(row(result, Theory.Measure.PAYLOADS_PER_NODE));
        if (result.experiment().spread() instanceof Spread.AntiEntropy) {
            rows.add(row(result, Theory.Measure.PAYLOADS_PER_DELIVERY));
        } else {
            rows.add(row(result, Theory.Measure.RESIDUE));
            rows.add(row(result, Theory.Measure.REACHED));
            rows.add(row(result, Theory.Measure.COMPLETE));
        }
        page.table("Figures beside theory", List.of("", "mean", "sd of one run", "theory", "section"), rows);
    }

    private static List<String> row(EpidemicResult result, Theory.Measure measure) {
        Summary.Figure figure = measure.of(result.summary());
        String value = "";
        String section = "";
        for (Theory.Reference reference : result.references()) {
            if (reference.measure() != measure) continue;
            value = EpidemicText.number(reference.value());
            section = "§" + reference.section();
        }
        return List.of(
                measure.word(), EpidemicText.number(figure.mean()), EpidemicText.number(figure.sd()), value, section);
    }

    private static void curve(Page page, EpidemicResult result) {
        double[] ours = percent(result.summary().curve());
        double[] theory =
                percent(Theory.curve(result.epidemic(), result.experiment().spread(), ours.length));
        double[] x = new double[ours.length];
        for (int i = 0; i < x.length; i++) x[i] = i;
        List<Page.Line> lines = new ArrayList<>();
        lines.add(new Page.Line("ours, %", ours, false));
        if (theory.length > 0) lines.add(new Page.Line("mean field, %", theory, true));
        page.lines(
                "Infection curve",
                theory.length > 0
                        ? "Share of the live nodes that know, mean over the runs, beside the recurrence that leaves luck out."
                        : "Share of the live nodes that know, mean over the runs.",
                result.unit(),
                x,
                "%",
                lines);
    }

    private static double[] percent(double[] shares) {
        double[] percent = new double[shares.length];
        for (int i = 0; i < shares.length; i++) percent[i] = 100 * shares[i];
        return percent;
    }

    private static void tree(Page page, EpidemicResult result) {
        if (!(result.experiment().spread() instanceof Spread.AntiEntropy)) return;
        SpreadTree tree = SpreadTree.of(result.epidemic(), SHOWN, result.options().seed);
        String note = "One epidemic by the same rules"
                + (tree.nodes() < result.epidemic().nodes() ? " among " + tree.nodes() + " nodes" : "")
                + ": who told whom. Each ring is one hop further from the source; new in this moment is orange.";
        String unit = result.epidemic().clock() == Clock.SYNCHRONOUS ? "rounds" : "periods";
        page.spread("Spread", note, unit, tree.nodes(), tree.node(), tree.parent(), tree.at());
    }
}
