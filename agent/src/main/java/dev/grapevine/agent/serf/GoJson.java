package dev.grapevine.agent.serf;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * JSON laid out as Go's {@code json.MarshalIndent} does with two spaces, byte for byte, since scripts compare it: free maps
 * sorted by key, {@code <}, {@code >} and {@code &} escaped, empty ones as <code>{}</code> and <code>[]</code>. Files of
 * the agent (tags, keyring) are written so too.
 *
 * <p>Takes null, {@link String}, {@link Number}, {@link Boolean}, {@link List} and {@link Map} of these.
 */
final class GoJson {
    private final StringBuilder out = new StringBuilder();
    private final boolean indented;

    private GoJson(boolean indented) {
        this.indented = indented;
    }

    /** The text of {@code value}; a {@link Map} keeps its order, so pass {@link #sorted} where Go would sort. */
    static String of(@Nullable Object value) {
        GoJson json = new GoJson(true);
        json.value(value, 0);
        return json.out.toString();
    }

    /** The same on one line, for streams of documents. */
    static String line(@Nullable Object value) {
        GoJson json = new GoJson(false);
        json.value(value, 0);
        return json.out.toString();
    }

    /** A copy in the order in which Go prints a map. */
    static <V> Map<String, V> sorted(Map<String, V> map) {
        return new TreeMap<>(map);
    }

    private void value(@Nullable Object value, int depth) {
        switch (value) {
            case null -> out.append("null");
            case String text -> text(text);
            case Number number -> out.append(number);
            case Boolean bool -> out.append(bool);
            case List<?> list -> list(list, depth);
            case Map<?, ?> map -> map(map, depth);
            default -> throw new IllegalArgumentException("no JSON for " + value.getClass());
        }
    }

    private void list(List<?> list, int depth) {
        out.append('[');
        for (Iterator<?> each = list.iterator(); each.hasNext(); ) {
            line(depth + 1);
            value(each.next(), depth + 1);
            if (each.hasNext()) out.append(',');
            else line(depth);
        }
        out.append(']');
    }

    private void map(Map<?, ?> map, int depth) {
        out.append('{');
        for (Iterator<? extends Map.Entry<?, ?>> each = map.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<?, ?> entry = each.next();
            line(depth + 1);
            text((String) entry.getKey());
            out.append(indented ? ": " : ":");
            value(entry.getValue(), depth + 1);
            if (each.hasNext()) out.append(',');
            else line(depth);
        }
        out.append('}');
    }

    private void line(int depth) {
        if (indented) out.append('\n').append("  ".repeat(depth));
    }

    private void text(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '<', '>', '&', '\u2028', '\u2029' -> out.append(String.format("\\u%04x", (int) c));
                default -> {
                    if (c < 0x20) out.append(String.format("\\u%04x", (int) c));
                    else out.append(c);
                }
            }
        }
        out.append('"');
    }
}
