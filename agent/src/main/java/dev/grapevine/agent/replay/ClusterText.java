package dev.grapevine.agent.replay;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A cluster at one time, for people: who believes what of whom, and how rumors went. */
final class ClusterText {
    private static final int MOST_COLUMNS = 60;
    private static final int MOST_RUMORS = 10;
    private static final int MOST_HEARD = 60;

    private final PrintWriter out;

    ClusterText(PrintWriter out) {
        this.out = out;
    }

    void print(ClusterResult result) {
        out.println("Cluster " + result.cluster() + " at " + ReplayText.number(result.seconds()) + " s of "
                + ReplayText.number(result.endSeconds()) + " s, from "
                + result.nodes().size() + " recordings");
        Double uncertainty = result.uncertaintyMillis();
        row(
                "times",
                result.matched() + " of " + result.datagrams() + " datagrams found at both ends; "
                        + (uncertainty == null
                                ? "some node heard from nobody both ways and goes by its wall clock"
                                : "times of different nodes are off by at most "
                                        + String.format(Locale.ROOT, "%.3f", uncertainty) + " ms"));
        row("verdict", verdict(result));
        for (ClusterResult.NodeLine node : result.nodes())
            if (!node.problem().isEmpty()) row("", node.name() + " " + node.problem());
        out.println();
        matrix(result);
        for (int i = 0; i < Math.min(MOST_RUMORS, result.rumors().size()); i++) {
            out.println();
            rumor(result.rumors().get(i), result.nodes().size());
        }
        if (result.rumors().size() > MOST_RUMORS)
            out.println("... and " + (result.rumors().size() - MOST_RUMORS) + " rumors more: --json has all");
        out.flush();
    }

    private static String verdict(ClusterResult result) {
        return switch (result.verdict()) {
            case "same" -> "every node did the same again, byte for byte";
            case "different" -> "DIFFERENT: a defect, or other code than was recorded";
            default -> "incomplete: not every node could be replayed to its end";
        };
    }

    private void matrix(ClusterResult result) {
        int shown = Math.min(MOST_COLUMNS, result.members().size());
        int width = 4;
        for (ClusterResult.NodeLine node : result.nodes())
            width = Math.max(width, node.name().length());
        out.println("Who believes what of whom: A alive, s suspect, F failed, L left, . unknown");
        StringBuilder head = new StringBuilder("  " + " ".repeat(width));
        for (int column = 0; column < shown; column++) head.append(column % 10 == 0 ? " " + column / 10 % 10 : " .");
        StringBuilder digits = new StringBuilder("  " + " ".repeat(width));
        for (int column = 0; column < shown; column++) digits.append(' ').append(column % 10);
        if (shown > 10) out.println(head);
        out.println(digits);
        for (ClusterResult.NodeLine node : result.nodes()) {
            StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "  %-" + width + "s", node.name()));
            List<String> view = node.view();
            if (view == null) {
                double at = node.state().equals("stopped") ? node.endSeconds() : node.startSeconds();
                line.append(' ').append(node.state().equals("stopped") ? "stopped at " : "starts at ");
                line.append(ReplayText.number(at)).append(" s");
            } else
                for (int column = 0; column < shown; column++) line.append(' ').append(letter(view.get(column)));
            out.println(line);
        }
        if (shown < result.members().size())
            out.println("  (the first " + shown + " of " + result.members().size() + " members: --json has all)");
        StringBuilder legend = new StringBuilder("  columns:");
        boolean plain = true;
        for (int column = 0; column < shown; column++) {
            legend.append(' ')
                    .append(column)
                    .append(' ')
                    .append(result.members().get(column));
            plain &= column < result.nodes().size()
                    && result.nodes().get(column).name().equals(result.members().get(column));
        }
        out.println(plain ? "  columns: in the order of the rows" : legend.toString());
    }

    private static String letter(String status) {
        return switch (status) {
            case "alive" -> "A";
            case "suspect" -> "s";
            case "failed" -> "F";
            case "left" -> "L";
            default -> ".";
        };
    }

    private void rumor(ClusterResult.RumorLine rumor, int nodes) {
        List<ClusterResult.HeardLine> heard = rumor.heard();
        double took = heard.getLast().seconds() - heard.getFirst().seconds();
        out.println("Rumor " + rumor.key() + " of " + rumor.origin() + ", " + rumor.payloadBytes() + " bytes: at "
                + heard.size() + " of " + nodes + " nodes" + (heard.size() > 1 ? " within " + ms(took) : ""));
        Map<@Nullable String, List<ClusterResult.HeardLine>> children = new LinkedHashMap<>();
        for (ClusterResult.HeardLine each : heard)
            children.computeIfAbsent(each.from(), none -> new ArrayList<>()).add(each);
        int[] left = {MOST_HEARD};
        for (ClusterResult.HeardLine root : children.getOrDefault(null, List.of())) {
            out.println("  " + root.node() + "  at " + ReplayText.number(root.seconds()) + " s");
            branches(root, children, "  ", left, heard.getFirst().seconds());
        }
        if (left[0] < 0) out.println("  ... and " + -left[0] + " more: --json has all");
    }

    private void branches(
            ClusterResult.HeardLine parent,
            Map<@Nullable String, List<ClusterResult.HeardLine>> children,
            String indent,
            int[] left,
            double began) {
        List<ClusterResult.HeardLine> told = children.getOrDefault(parent.node(), List.of());
        for (int i = 0; i < told.size(); i++) {
            boolean last = i == told.size() - 1;
            ClusterResult.HeardLine each = told.get(i);
            if (each.hops() <= parent.hops()) continue; // a node that restarted has one name and two routes
            if (--left[0] >= 0)
                out.println(indent + (last ? "└─ " : "├─ ") + each.node() + "  +" + ms(each.seconds() - began)
                        + ", hop " + each.hops());
            branches(each, children, indent + (last ? "   " : "│  "), left, began);
        }
    }

    private static String ms(double seconds) {
        return String.format(Locale.ROOT, "%.1f ms", seconds * 1e3);
    }

    private void row(String name, String value) {
        out.println(String.format(Locale.ROOT, "  %-9s %s", name, value));
    }
}
