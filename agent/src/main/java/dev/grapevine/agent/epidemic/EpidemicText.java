package dev.grapevine.agent.epidemic;

import dev.grapevine.sim.array.Spread;
import dev.grapevine.sim.array.Summary;
import dev.grapevine.sim.array.Theory;
import dev.grapevine.sim.array.Theory.Measure;
import java.io.PrintWriter;
import java.util.Locale;

/** The result for people: a table beside theory, and the infection curve. */
final class EpidemicText {
    private static final int BAR = 40;

    private EpidemicText() {}

    static void print(EpidemicResult result, PrintWriter out) {
        Summary summary = result.summary();
        out.println(result.title());
        if (!result.whole()) out.println("Stopped early: the figures are those of the runs that were done.");
        if (summary.runs() == 0) {
            out.println("No run was done.");
            return;
        }
        out.printf(Locale.ROOT, "%n%-34s%22s%14s  %s%n", "", "mean ± sd of one run", "theory", "reference");
        line(result, out, result.unit() + " to the last delivery", Measure.ROUNDS, summary.rounds());
        out.printf(
                Locale.ROOT,
                "%-34s%22s%n",
                "  min / median / 99 % / max",
                number(summary.quantile(Double.MIN_VALUE)) + " / " + number(summary.quantile(0.5)) + " / "
                        + number(summary.quantile(0.99)) + " / " + number(summary.quantile(1)));
        line(result, out, "mean reception", Measure.T_AVE, summary.meanReception());
        line(result, out, "payloads per node", Measure.PAYLOADS_PER_NODE, summary.payloadsPerNode());
        if (result.experiment().spread() instanceof Spread.AntiEntropy) {
            line(
                    result,
                    out,
                    "payloads per delivery, digests first",
                    Measure.PAYLOADS_PER_DELIVERY,
                    summary.payloadsPerDelivery());
        } else {
            line(result, out, "residue (never reached)", Measure.RESIDUE, summary.residue());
            line(result, out, "share reached", Measure.REACHED, Measure.REACHED.of(summary));
            line(result, out, "share of runs that reached all", Measure.COMPLETE, summary.complete());
        }
        out.printf(
                Locale.ROOT,
                "%n%.3g contacts a second, %.2f s, hash %016x%n%n",
                result.contactsPerSecond(),
                summary.wallSeconds(),
                summary.hash());
        curve(result, out);
    }

    private static void line(
            EpidemicResult result, PrintWriter out, String name, Measure measure, Summary.Figure figure) {
        String theory = "";
        String section = "";
        for (Theory.Reference reference : result.references()) {
            if (reference.measure() != measure) continue;
            theory = number(reference.value());
            section = "theory §" + reference.section() + (reference.runs() == 0 ? ", exact" : "");
        }
        String ours = number(figure.mean()) + " ± " + number(figure.sd());
        out.printf(Locale.ROOT, "%-36s%20s%14s  %s%n", name, ours, theory, section);
    }

    static String number(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e9) return String.format(Locale.ROOT, "%.0f", value);
        return Math.abs(value) < 0.01
                ? String.format(Locale.ROOT, "%.2e", value)
                : String.format(Locale.ROOT, "%.4f", value);
    }

    private static void curve(EpidemicResult result, PrintWriter out) {
        double[] curve = result.summary().curve();
        double[] theory = Theory.curve(result.epidemic(), result.experiment().spread(), curve.length);
        out.printf(
                Locale.ROOT,
                "%6s  %-" + BAR + "s  %10s%s%n",
                result.unit(),
                "share that knows",
                "ours",
                theory.length == 0 ? "" : "  mean field");
        for (int i = 0; i < curve.length; i++) {
            String bar = "█".repeat((int) Math.round(curve[i] * BAR));
            out.printf(Locale.ROOT, "%6d  %-" + BAR + "s  %8s %%", i, bar, percent(curve[i]));
            out.println(theory.length == 0 ? "" : String.format(Locale.ROOT, "  %8s %%", percent(theory[i])));
        }
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, share > 0 && share < 0.0001 ? "%.1e" : "%.4f", 100 * share);
    }
}
