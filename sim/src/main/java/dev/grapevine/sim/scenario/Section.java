package dev.grapevine.sim.scenario;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.grapevine.sim.Draws;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One object of a scenario file while it is read. A number or a duration may be a range, {@code [least, most]}, from which the
 * seed draws. Keys that nobody asked for are errors, so that a misspelt one is not ignored.
 */
final class Section {
    private static final Pattern DURATION = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*(ns|us|ms|s|m|min|h)");
    private static final long SECOND = 1_000_000_000L;

    private final ConfigObject object;
    private final String path;
    private final long seed;
    private final Set<String> asked = new TreeSet<>();

    Section(ConfigObject object, String path, long seed) {
        this.object = object;
        this.path = path;
        this.seed = seed;
    }

    boolean has(String key) {
        asked.add(key);
        return object.get(key) != null;
    }

    String text(String key, String byDefault) {
        ConfigValue value = value(key);
        if (value == null) return byDefault;
        if (value.valueType() != ConfigValueType.STRING) throw at(value, name(key) + " must be a text");
        return String.valueOf(value.unwrapped());
    }

    /** One of {@code choices}. */
    String choice(String key, List<String> choices, String byDefault) {
        String text = text(key, byDefault);
        if (!choices.contains(text))
            throw at(object.get(key), name(key) + " is \"" + text + "\": one of " + String.join(", ", choices));
        return text;
    }

    boolean flag(String key) {
        ConfigValue value = value(key);
        if (value == null) return false;
        if (String.valueOf(value.unwrapped()).equals("true")) return true;
        if (String.valueOf(value.unwrapped()).equals("false")) return false;
        throw at(value, name(key) + " must be true or false");
    }

    double number(String key, double byDefault, double least, double most) {
        ConfigValue value = value(key);
        return value == null ? byDefault : drawn(key, value, least, most, Section::plain, "");
    }

    int whole(String key, int byDefault, int least, int most) {
        return (int) Math.round(number(key, byDefault, least, most));
    }

    long nanos(String key, long byDefault) {
        ConfigValue value = value(key);
        return value == null ? byDefault : (long) drawn(key, value, 0, 1e18, Section::nanos, ", such as 250ms or 10s");
    }

    /** A number of hosts, or a share of them as in {@code "1%"} (at least one). */
    int hosts(String key, int byDefault, int nodes) {
        ConfigValue value = value(key);
        if (value == null) return byDefault;
        double share = drawn(key, value, 0, Math.max(nodes, 100), text -> hosts(text, nodes), " or a share such as 1%");
        if (share > nodes) throw at(value, name(key) + " is " + (long) share + ": there are only " + nodes + " nodes");
        return (int) Math.round(share);
    }

    List<Integer> wholes(String key) {
        ConfigValue value = value(key);
        List<Integer> wholes = new ArrayList<>();
        if (value == null) return wholes;
        if (!(value.unwrapped() instanceof List<?> list)) throw at(value, name(key) + " must be a list of numbers");
        for (Object entry : list) {
            double number = plain(String.valueOf(entry));
            if (!(number >= 0)) throw at(value, name(key) + " must be a list of numbers");
            wholes.add((int) number);
        }
        return wholes;
    }

    /** Whether something happens that has a chance; the seed decides. Without the key it does. */
    boolean happens(String key) {
        double chance = number(key, 1, 0, 1);
        return chance >= 1 || generator(key).nextDouble() < chance;
    }

    /** A square of durations, row by row. */
    long[][] matrix(String key) {
        ConfigValue value = value(key);
        if (value == null || !(value.unwrapped() instanceof List<?> rows) || rows.isEmpty())
            throw at(
                    value == null ? object : value,
                    name(key) + " must be rows of durations, [[0ms, 20ms], [20ms, 0ms]]");
        long[][] matrix = new long[rows.size()][];
        for (int i = 0; i < matrix.length; i++) {
            if (!(rows.get(i) instanceof List<?> row) || row.size() != matrix.length)
                throw at(value, name(key) + " must be square: " + matrix.length + " rows of as many durations");
            matrix[i] = new long[matrix.length];
            for (int j = 0; j < matrix.length; j++) {
                double nanos = nanos(String.valueOf(row.get(j)));
                if (!(nanos >= 0 && nanos <= 1e18))
                    throw at(value, name(key) + " holds " + row.get(j) + ", which is no duration such as 20ms");
                matrix[i][j] = (long) nanos;
            }
        }
        return matrix;
    }

    Section section(String key) {
        ConfigValue value = value(key);
        if (value == null)
            return new Section(com.typesafe.config.ConfigFactory.empty().root(), name(key), seed);
        if (!(value instanceof ConfigObject child)) throw at(value, name(key) + " must be a section, { ... }");
        return new Section(child, name(key), seed);
    }

    List<Section> sections(String key) {
        ConfigValue value = value(key);
        List<Section> sections = new ArrayList<>();
        if (value == null) return sections;
        if (!(value instanceof com.typesafe.config.ConfigList list))
            throw at(value, name(key) + " must be a list, [ ... ]");
        for (ConfigValue entry : list) {
            String child = name(key) + "[" + sections.size() + "]";
            if (!(entry instanceof ConfigObject part)) throw at(entry, child + " must be a section, { ... }");
            sections.add(new Section(part, child, seed));
        }
        return sections;
    }

    /** Refuses keys that were never asked for. Called when everything is read. */
    void finish() {
        for (String key : new TreeSet<>(object.keySet()))
            if (!asked.contains(key))
                throw at(object.get(key), "unknown key " + name(key) + ": known are " + String.join(", ", asked));
    }

    ScenarioException wrong(String what) {
        return at(object, (path.isEmpty() ? "" : path + ": ") + what);
    }

    static ScenarioException at(@Nullable ConfigValue value, String what) {
        if (value == null) return new ScenarioException(what);
        ConfigOrigin origin = value.origin();
        String file = origin.filename() != null
                ? origin.filename()
                : origin.description().replaceFirst(": \\d+$", "");
        return new ScenarioException(file + (origin.lineNumber() > 0 ? ":" + origin.lineNumber() : "") + ": " + what);
    }

    private interface Parser {
        /** NaN when the text is none. */
        double parse(String text);
    }

    private double drawn(String key, ConfigValue value, double least, double most, Parser parser, String hint) {
        List<?> ends = value.unwrapped() instanceof List<?> list ? list : List.of(value.unwrapped());
        double[] numbers = new double[ends.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = parser.parse(String.valueOf(ends.get(i)));
            if (Double.isNaN(numbers[i]))
                throw at(value, name(key) + " is " + ends.get(i) + ", which is not a value of its kind" + hint);
            if (!(numbers[i] >= least && numbers[i] <= most))
                throw at(value, name(key) + " is " + ends.get(i) + ": from " + text(least) + " to " + text(most));
        }
        if (numbers.length == 1) return numbers[0];
        if (numbers.length != 2 || numbers[0] > numbers[1])
            throw at(value, name(key) + " is " + value.unwrapped() + ": a range is [least, most]");
        return numbers[0] + (numbers[1] - numbers[0]) * generator(key).nextDouble();
    }

    /** Luck that depends on the key alone, so that changing one value leaves the others as they are. */
    private RandomGenerator generator(String key) {
        return Draws.generator(seed * 0x9E37_79B9_7F4A_7C15L + name(key).hashCode());
    }

    private @Nullable ConfigValue value(String key) {
        asked.add(key);
        return object.get(key);
    }

    private String name(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static String text(double number) {
        return number == (long) number ? Long.toString((long) number) : Double.toString(number);
    }

    private static double plain(String text) {
        try {
            return text.endsWith("%")
                    ? Double.parseDouble(text.substring(0, text.length() - 1)) / 100
                    : Double.parseDouble(text);
        } catch (NumberFormatException notANumber) {
            return Double.NaN;
        }
    }

    private static double hosts(String text, int nodes) {
        double number = plain(text);
        return text.endsWith("%") ? Math.max(1, Math.round(number * nodes)) : number;
    }

    private static double nanos(String text) {
        Matcher matcher = DURATION.matcher(text.trim());
        if (!matcher.matches()) return text.trim().equals("0") ? 0 : Double.NaN;
        double number = Double.parseDouble(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ns" -> number;
            case "us" -> number * 1_000;
            case "ms" -> number * 1_000_000;
            case "s" -> number * SECOND;
            case "h" -> number * 3_600 * SECOND;
            default -> number * 60 * SECOND;
        };
    }
}
