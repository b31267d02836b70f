package dev.grapevine.agent.demo;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A broadcast as one HTML page without scripts: the figures and a picture of the tree. */
final class BroadcastPage {
    private static final int ROW = 86;
    private static final int MARGIN = 40;

    private final BroadcastResult result;
    private final List<String[]> rows;
    private final StringBuilder html = new StringBuilder();
    private final Map<Integer, List<BroadcastResult.Branch>> children = new HashMap<>();
    private final Map<Integer, Double> column = new HashMap<>();
    private double leaves;

    BroadcastPage(BroadcastResult result, List<String[]> rows) {
        this.result = result;
        this.rows = rows;
    }

    String render() {
        html.append("""
                <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
                <title>Grapevine broadcast</title><style>
                :root{color-scheme:light dark;--ink:#1c1e21;--soft:#667;--line:#9aa7b8;--dot:#2563a8;--root:#b4471f;--back:#fff}
                @media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--soft:#9aa;--line:#56606e;--dot:#7db4ee;--root:#f09a6e;--back:#15171a}}
                body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back);margin:2rem auto;max-width:70rem;padding:0 1rem}
                h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}td{padding:.15rem 1.2rem .15rem 0;vertical-align:top}
                td:first-child{color:var(--soft)}.tree{overflow-x:auto}svg text{font:11px system-ui,sans-serif;fill:var(--ink);paint-order:stroke;stroke:var(--back);stroke-width:3px}
                svg path{stroke:var(--line);fill:none}svg circle{fill:var(--dot)}svg circle.root{fill:var(--root)}
                svg text.level{fill:var(--soft)}
                </style>""");
        html.append("<h1>Broadcast: ").append(result.messages()).append(" messages of ");
        html.append(result.sizeBytes())
                .append(" bytes among ")
                .append(result.nodes())
                .append(" nodes, ");
        html.append(result.mode()).append("</h1>\n<table>");
        for (String[] row : rows)
            html.append("<tr><td>")
                    .append(escape(row[0]))
                    .append("<td>")
                    .append(escape(row[1]))
                    .append("</tr>\n");
        html.append("</table>\n<h2>The tree: how node 0's last message travelled</h2>\n");
        picture();
        return html.append("\n</html>\n").toString();
    }

    private void picture() {
        int depth = 0;
        List<BroadcastResult.Branch> all = new ArrayList<>(result.tree());
        BroadcastResult.Branch root = null;
        for (BroadcastResult.Branch each : all) {
            depth = Math.max(depth, each.hops());
            if (each.from() == null) root = each;
            else
                children.computeIfAbsent(each.from(), none -> new ArrayList<>()).add(each);
        }
        if (root == null) {
            html.append("<p>It did not travel.</p>");
            return;
        }
        place(root);
        double step = Math.max(18, Math.min(60, 1000 / Math.max(1, leaves)));
        int width = (int) (leaves * step) + 2 * MARGIN + 60;
        int height = depth * ROW + 2 * MARGIN;
        html.append(String.format(
                Locale.ROOT, "<div class=\"tree\"><svg width=\"%d\" height=\"%d\" role=\"img\">%n", width, height));
        html.append("<title>Tree of ")
                .append(all.size())
                .append(" nodes, depth ")
                .append(depth)
                .append("</title>\n");
        for (int hop = 0; hop <= depth; hop++)
            html.append(String.format(
                    Locale.ROOT, "<text class=\"level\" x=\"4\" y=\"%d\">hop %d</text>%n", y(hop) + 4, hop));
        for (BroadcastResult.Branch each : all) {
            Double here = column.get(each.node());
            Double above = each.from() == null ? null : column.get(each.from());
            if (here == null || above == null) continue;
            double x1 = x(above, step);
            double x2 = x(here, step);
            int y1 = y(each.hops() - 1);
            int y2 = y(each.hops());
            html.append(String.format(
                    Locale.ROOT,
                    "<path d=\"M%.1f %d C%.1f %d %.1f %d %.1f %d\"/>%n",
                    x1,
                    y1,
                    x1,
                    (y1 + y2) / 2,
                    x2,
                    (y1 + y2) / 2,
                    x2,
                    y2));
        }
        for (BroadcastResult.Branch each : all) {
            Double here = column.get(each.node());
            if (here == null) continue;
            html.append(String.format(
                    Locale.ROOT,
                    "<circle class=\"%s\" cx=\"%.1f\" cy=\"%d\" r=\"%d\"><title>node %d, hop %d, %.1f ms</title></circle>"
                            + "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>%n",
                    each.from() == null ? "root" : "node",
                    x(here, step),
                    y(each.hops()),
                    each.from() == null ? 7 : 5,
                    each.node(),
                    each.hops(),
                    each.millis(),
                    x(here, step),
                    y(each.hops()) + 18,
                    each.node()));
        }
        html.append("</svg></div>");
    }

    private double place(BroadcastResult.Branch at) {
        List<BroadcastResult.Branch> below = children.getOrDefault(at.node(), Collections.emptyList());
        double sum = 0;
        for (BroadcastResult.Branch each : below) if (each.node() != at.node()) sum += place(each);
        double here = below.isEmpty() ? leaves++ : sum / below.size();
        column.put(at.node(), here);
        return here;
    }

    private static double x(double column, double step) {
        return MARGIN + 60 + column * step;
    }

    private static int y(int hop) {
        return MARGIN + hop * ROW;
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
