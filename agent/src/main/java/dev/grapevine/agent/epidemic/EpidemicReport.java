package dev.grapevine.agent.epidemic;

import dev.grapevine.sim.array.Summary;
import dev.grapevine.sim.array.Theory;
import java.util.Locale;
import java.util.TreeMap;

/** The result as one page of HTML: style and drawings are inline, nothing is fetched. */
final class EpidemicReport {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 300;
    private static final int LEFT = 56;
    private static final int BOTTOM = 40;
    private static final int TOP = 12;

    private EpidemicReport() {}

    static String html(EpidemicResult result) {
        Summary summary = result.summary();
        StringBuilder page = new StringBuilder("""
                <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
                <title>Grapevine: epidemic</title>
                <style>
                :root{color-scheme:light dark;--fg:#1d2330;--bg:#fff;--grid:#d9dde5;--ours:#1f6feb;--theory:#d9480f}
                @media(prefers-color-scheme:dark){:root{--fg:#e6e9f0;--bg:#14171d;--grid:#343a46;--ours:#6aa5ff;--theory:#ff9a5c}}
                body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:48rem;margin:2rem auto;padding:0 1rem}
                h1{font-size:1.3rem}h2{font-size:1.05rem;margin-top:2rem}
                table{border-collapse:collapse}td,th{padding:.15rem .9rem .15rem 0;text-align:right}td:first-child,th:first-child{text-align:left}
                svg{width:100%;height:auto}text{font-size:12px;fill:var(--fg)}.grid{stroke:var(--grid)}
                .ours{stroke:var(--ours);fill:none;stroke-width:2.5}.theory{stroke:var(--theory);fill:none;stroke-width:2;stroke-dasharray:6 4}
                .bar{fill:var(--ours)}.key-ours{color:var(--ours)}.key-theory{color:var(--theory)}code{overflow-wrap:anywhere}
                </style>
                """);
        page.append("<h1>").append(result.title()).append("</h1>\n");
        if (!result.whole()) page.append("<p>Stopped early: these are the runs that were done.</p>\n");
        if (summary.runs() == 0)
            return page.append("<p>No run was done.</p></html>\n").toString();
        page.append("<table><tr><th></th><th>mean</th><th>sd of one run</th><th>theory</th><th>section</th></tr>\n");
        for (Theory.Measure measure : Theory.Measure.values()) row(page, result, measure);
        page.append("</table>\n");
        page.append("<h2>Share that knows, by ").append(result.unit()).append("</h2>\n");
        curve(page, result);
        page.append("<h2>").append(capital(result.unit())).append(" to the last delivery, by runs</h2>\n");
        histogram(page, result);
        page.append(String.format(
                Locale.ROOT,
                "<p>%.3g contacts a second, %.2f s. Hash <code>%016x</code>: the same for any number of threads.</p></html>%n",
                result.contactsPerSecond(),
                summary.wallSeconds(),
                summary.hash()));
        return page.toString();
    }

    private static String capital(String word) {
        return Character.toUpperCase(word.charAt(0)) + word.substring(1);
    }

    private static void row(StringBuilder page, EpidemicResult result, Theory.Measure measure) {
        Summary.Figure figure = measure.of(result.summary());
        String value = "";
        String section = "";
        for (Theory.Reference reference : result.references()) {
            if (reference.measure() != measure) continue;
            value = EpidemicText.number(reference.value());
            section = "§" + reference.section();
        }
        page.append("<tr><td>").append(measure.word()).append("</td><td>").append(EpidemicText.number(figure.mean()));
        page.append("</td><td>")
                .append(EpidemicText.number(figure.sd()))
                .append("</td><td>")
                .append(value);
        page.append("</td><td>").append(section).append("</td></tr>\n");
    }

    private static void open(StringBuilder page, String label) {
        page.append(String.format(
                Locale.ROOT, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n", WIDTH, HEIGHT, label));
    }

    private static double y(double share) {
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
    }

    private static void gridLine(StringBuilder page, double share, String label) {
        page.append(String.format(
                Locale.ROOT,
                "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>%n",
                LEFT,
                WIDTH - 8,
                y(share),
                y(share),
                LEFT - 6,
                y(share) + 4,
                label));
    }

    private static void tick(StringBuilder page, double x, String label) {
        page.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                x,
                HEIGHT - BOTTOM + 18,
                label));
    }

    private static void curve(StringBuilder page, EpidemicResult result) {
        double[] ours = result.summary().curve();
        double[] theory = Theory.curve(result.epidemic(), result.experiment().spread(), ours.length);
        open(page, "infection curve");
        for (int i = 0; i <= 4; i++) gridLine(page, i / 4.0, 25 * i + " %");
        int step = Math.max(1, ours.length / 16);
        for (int i = 0; i < ours.length; i += step) tick(page, x(i, ours.length), String.valueOf(i));
        if (theory.length > 0) line(page, "theory", theory);
        line(page, "ours", ours);
        page.append("</svg>\n<p><span class=\"key-ours\">━ ours</span>");
        if (theory.length > 0)
            page.append(" &nbsp; <span class=\"key-theory\">╌ mean field: one epidemic without luck</span>");
        page.append("</p>\n");
    }

    private static double x(int i, int count) {
        return LEFT + 8 + (WIDTH - LEFT - 24.0) * i / Math.max(1, count - 1);
    }

    private static void line(StringBuilder page, String style, double[] shares) {
        page.append("<polyline class=\"").append(style).append("\" points=\"");
        for (int i = 0; i < shares.length; i++) {
            page.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(i, shares.length), y(shares[i])));
        }
        page.append("\"/>\n");
    }

    private static void histogram(StringBuilder page, EpidemicResult result) {
        double[] rounds = result.summary().roundsOfRuns();
        double spread = rounds[rounds.length - 1] - rounds[0];
        boolean whole = result.epidemic().clock() == dev.grapevine.sim.array.Clock.SYNCHRONOUS;
        double width = whole ? Math.max(1, Math.ceil(spread / 40)) : Math.max(0.05, spread / 30);
        TreeMap<Long, Integer> bins = new TreeMap<>();
        for (double value : rounds) bins.merge((long) Math.floor(value / width), 1, Integer::sum);
        long first = bins.firstKey();
        long bars = bins.lastKey() - first + 1;
        // A multiple of four, so that the grid lines are whole numbers of runs.
        int most = (bins.values().stream().mapToInt(Integer::intValue).max().orElse(1) + 3) / 4 * 4;
        open(page, "histogram");
        for (int i = 0; i <= 4; i++) gridLine(page, i / 4.0, String.valueOf(most / 4 * i));
        double each = (WIDTH - LEFT - 16.0) / bars;
        long step = Math.max(1, bars / 14);
        for (long bin = 0; bin < bars; bin++) {
            int count = bins.getOrDefault(first + bin, 0);
            double top = y((double) count / most);
            double x = LEFT + 4 + each * bin;
            page.append(String.format(
                    Locale.ROOT,
                    "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>%n",
                    x + each * 0.05,
                    top,
                    Math.min(80, each * 0.9),
                    y(0) - top));
            String from = String.format(Locale.ROOT, whole ? "%.0f" : "%.2f", (first + bin) * width);
            if (bin % step == 0) tick(page, x + Math.min(80, each * 0.9) / 2, from);
        }
        page.append("</svg>\n");
    }
}
