package dev.grapevine.agent.serf;

import java.util.ArrayList;
import java.util.List;

/** Text in columns, laid out as the real client does: two spaces between columns, the last one not padded. */
final class Columns {
    private Columns() {}

    /** One line per row, each as wide as it must be. Blanks around cells are dropped. */
    static String of(List<List<String>> rows) {
        List<Integer> widths = new ArrayList<>();
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                int width = length(row.get(i).strip());
                if (i == widths.size()) widths.add(width);
                else widths.set(i, Math.max(widths.get(i), width));
            }
        }
        StringBuilder out = new StringBuilder();
        for (List<String> row : rows) {
            if (!out.isEmpty()) out.append('\n');
            for (int i = 0; i < row.size(); i++) {
                String cell = row.get(i).strip();
                out.append(cell);
                if (i + 1 < row.size()) out.append(" ".repeat(widths.get(i) - length(cell) + 2));
            }
        }
        return out.toString();
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }
}
