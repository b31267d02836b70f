package dev.grapevine.agent.sim;

import java.util.Collection;
import java.util.Map;

/** A run as one page of HTML without scripts, fonts or pictures from elsewhere. */
final class ScenarioReport {
    private ScenarioReport() {}

    static String html(Map<String, Object> document) {
        StringBuilder page = new StringBuilder("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>")
                .append(escaped(document.get("scenario")))
                .append(
                        "</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;")
                .append("color:#1c2430;background:#fff}table{border-collapse:collapse;width:100%;margin:1rem 0}")
                .append("td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d8dee8}")
                .append("td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}")
                .append(".bar{height:.7rem;background:#3567c7;border-radius:2px;min-width:2px}.broken{color:#a3191f}")
                .append("code{background:#eef1f6;padding:.1rem .3rem;overflow-wrap:anywhere}</style><h1>")
                .append(escaped(document.get("scenario")))
                .append("</h1>");
        if (document.get("breaches") instanceof Collection<?> breaches) {
            if (breaches.isEmpty()) page.append("<p>Everything held.</p>");
            for (Object breach : breaches)
                page.append("<p class=\"broken\">Broken: ")
                        .append(escaped(breach))
                        .append("</p>");
        }
        page.append("<table>");
        document.forEach((name, value) -> {
            if (!(value instanceof Map<?, ?>) && !(value instanceof Collection<?>) && !name.equals("replay"))
                row(page, name, value);
        });
        page.append("</table>");
        document.forEach((name, value) -> {
            if (value instanceof Map<?, ?> map && !map.isEmpty()) chart(page, name, map);
        });
        return page.append("<p>Again: <code>")
                .append(escaped(document.get("replay")))
                .append("</code></p></html>\n")
                .toString();
    }

    private static void row(StringBuilder page, String name, Object value) {
        page.append("<tr><td>")
                .append(escaped(name))
                .append("<td class=\"n\">")
                .append(number(value))
                .append("</tr>");
    }

    /** Numbers with bars of their length beside them; a count has no common scale with times and gets none. */
    private static void chart(StringBuilder page, String name, Map<?, ?> map) {
        double most = 0;
        for (Map.Entry<?, ?> entry : map.entrySet())
            if (isBar(entry.getKey()) && entry.getValue() instanceof Number n) most = Math.max(most, n.doubleValue());
        page.append("<h2>").append(escaped(name)).append("</h2><table>");
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            page.append("<tr><td style=\"width:9rem\">")
                    .append(escaped(entry.getKey()))
                    .append("<td class=\"n\" style=\"width:9rem\">");
            page.append(number(entry.getValue())).append("<td>");
            if (isBar(entry.getKey()) && most > 0 && entry.getValue() instanceof Number n)
                page.append("<div class=\"bar\" style=\"width:")
                        .append(Math.round(n.doubleValue() / most * 100))
                        .append("%\"></div>");
            page.append("</tr>");
        }
        page.append("</table>");
    }

    private static boolean isBar(Object key) {
        return !"count".equals(key);
    }

    private static String number(Object value) {
        return value instanceof Double d ? "%.3f".formatted(d) : escaped(value);
    }

    private static String escaped(@org.jspecify.annotations.Nullable Object value) {
        return String.valueOf(value)
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
