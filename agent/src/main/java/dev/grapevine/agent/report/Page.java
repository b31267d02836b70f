package dev.grapevine.agent.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A report: what was found in words and tables, which need no script, and drawings, which a script makes from the data in the
 * page. Style, script and the library that draws (uPlot) are part of the page; it fetches nothing and can be sent by mail.
 */
public final class Page {
    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

    private final String title;
    private final StringBuilder body = new StringBuilder();
    private final List<Map<String, Object>> drawings = new ArrayList<>();

    /** An empty page. */
    public Page(String title) {
        this.title = title;
        body.append("<h1>").append(escaped(title)).append("</h1>\n");
    }

    /** A sentence on what came of it; green if good, red if not. */
    public Page verdict(boolean good, String sentence) {
        body.append("<p class=\"verdict ").append(good ? "good" : "bad").append("\">");
        body.append(escaped(sentence)).append("</p>\n");
        return this;
    }

    /** A paragraph. */
    public Page text(String sentence) {
        body.append("<p>").append(escaped(sentence)).append("</p>\n");
        return this;
    }

    /** A command line. */
    public Page command(String line) {
        body.append("<pre><code>").append(escaped(line)).append("</code></pre>\n");
        return this;
    }

    /** Numbers large enough to be read from afar, each with what it is. */
    public Page figures(Map<String, String> figures) {
        body.append("<dl class=\"figures\">");
        figures.forEach((name, value) -> body.append("<div><dt>")
                .append(escaped(name))
                .append("</dt><dd>")
                .append(escaped(value))
                .append("</dd></div>"));
        body.append("</dl>\n");
        return this;
    }

    /** A table whose first column is text and whose others are numbers. */
    public Page table(String heading, List<String> columns, List<List<String>> rows) {
        body.append("<section><h2>").append(escaped(heading)).append("</h2><table><thead><tr>");
        for (String column : columns)
            body.append("<th>").append(escaped(column)).append("</th>");
        body.append("</tr></thead><tbody>\n");
        for (List<String> row : rows) {
            body.append("<tr>");
            for (String cell : row) body.append("<td>").append(escaped(cell)).append("</td>");
            body.append("</tr>\n");
        }
        body.append("</tbody></table></section>\n");
        return this;
    }

    /** One line of a chart. */
    public record Line(String name, double[] values, boolean dashed) {}

    /** Lines over {@code x}; NaN leaves a gap. */
    public Page lines(String heading, String note, String xName, double[] x, String unit, List<Line> lines) {
        return chart("lines", heading, note, xName, x, unit, lines);
    }

    /** Bars over {@code x}. */
    public Page bars(String heading, String note, String xName, double[] x, String unit, double[] heights) {
        return chart("bars", heading, note, xName, x, unit, List.of(new Line(unit, heights, false)));
    }

    /** A histogram of values, in at most {@code bins} bars; nothing if there are none. */
    public Page histogram(String heading, String note, String xName, double[] values, int bins) {
        if (values.length == 0) return this;
        double least = Double.MAX_VALUE;
        double most = -Double.MAX_VALUE;
        boolean whole = true;
        for (double value : values) {
            least = Math.min(least, value);
            most = Math.max(most, value);
            whole &= value == Math.rint(value);
        }
        double width = Math.max((most - least) / bins, 1e-9);
        if (whole) width = Math.max(1, Math.ceil((most - least + 1) / bins));
        int count = (int) Math.floor((most - least) / width) + 1;
        double[] x = new double[count];
        double[] heights = new double[count];
        for (int i = 0; i < count; i++) x[i] = least + width * (whole && width == 1 ? i : i + 0.5);
        for (double value : values) heights[Math.min(count - 1, (int) ((value - least) / width))]++;
        return bars(heading, note, xName, x, "count", heights);
    }

    /**
     * Who told whom, as a tree whose rings are the hops from the source, with a slider for the time.
     *
     * @param node   who heard, in the order of hearing
     * @param parent who told each; -1 where it began
     * @param at     when each heard
     */
    public Page spread(String heading, String note, String unit, int nodes, int[] node, int[] parent, double[] at) {
        Map<String, Object> drawing = drawing("spread", heading, note);
        drawing.put("unit", unit);
        drawing.put("nodes", nodes);
        drawing.put("node", node);
        drawing.put("parent", parent);
        drawing.put("at", at);
        return this;
    }

    /** The whole page. */
    public String html() {
        String data = JsonMapper.builder().build().writeValueAsString(drawings).replace("<", "\\u003c");
        return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Grapevine: "
                + escaped(title) + "</title>\n<style>" + resource(UPLOT + "uPlot.min.css") + resource("report.css")
                + "</style></head>\n<body>\n" + body
                + "<footer>Made by Grapevine. This page needs no network.</footer>\n<script>"
                + resource(UPLOT + "uPlot.iife.min.js").replace("</script", "<\\/script")
                + "</script>\n<script id=\"data\" type=\"application/json\">" + data + "</script>\n<script>"
                + resource("report.js") + "</script>\n</body></html>\n";
    }

    private Page chart(
            String kind, String heading, String note, String xName, double[] x, String unit, List<Line> lines) {
        Map<String, Object> drawing = drawing(kind, heading, note);
        drawing.put("xName", xName);
        drawing.put("unit", unit);
        drawing.put("x", x);
        List<Map<String, Object>> series = new ArrayList<>();
        for (Line line : lines) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", line.name());
            one.put("dashed", line.dashed());
            List<@Nullable Double> values = new ArrayList<>(line.values().length);
            for (double value : line.values()) values.add(Double.isNaN(value) ? null : value);
            one.put("values", values);
            series.add(one);
        }
        drawing.put("series", series);
        return this;
    }

    private Map<String, Object> drawing(String kind, String heading, String note) {
        Map<String, Object> drawing = new LinkedHashMap<>();
        drawing.put("kind", kind);
        drawing.put("heading", heading);
        body.append("<section><h2>").append(escaped(heading)).append("</h2>");
        if (!note.isEmpty()) body.append("<p>").append(escaped(note)).append("</p>");
        body.append("<div class=\"drawing\" data-number=\"").append(drawings.size());
        body.append("\"></div></section>\n");
        drawings.add(drawing);
        return drawing;
    }

    private static String resource(String name) {
        try (InputStream in = Page.class.getResourceAsStream(name)) {
            if (in == null) throw new IllegalStateException("the program lacks " + name);
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
