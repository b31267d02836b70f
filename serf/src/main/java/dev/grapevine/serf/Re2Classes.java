package dev.grapevine.serf;

import java.util.function.IntPredicate;

/** The ASCII classes of POSIX, with their names inside {@code [: :]}. */
final class Re2Classes {
    private Re2Classes() {}

    static IntPredicate named(String name) {
        if (name.startsWith("^")) return named(name.substring(1)).negate();
        IntPredicate lower = c -> c >= 'a' && c <= 'z';
        IntPredicate upper = c -> c >= 'A' && c <= 'Z';
        IntPredicate digit = c -> c >= '0' && c <= '9';
        IntPredicate graph = c -> c > ' ' && c < 0x7F;
        return switch (name) {
            case "alpha" -> lower.or(upper);
            case "alnum" -> lower.or(upper).or(digit);
            case "ascii" -> c -> c < 0x80;
            case "blank" -> c -> c == ' ' || c == '\t';
            case "cntrl" -> c -> c < ' ' || c == 0x7F;
            case "digit" -> digit;
            case "graph" -> graph;
            case "lower" -> lower;
            case "print" -> c -> c >= ' ' && c < 0x7F;
            case "punct" -> graph.and(lower.or(upper).or(digit).negate());
            case "space" -> c -> c == ' ' || c >= 0x09 && c <= 0x0D;
            case "upper" -> upper;
            case "word" -> Re2::isWord;
            case "xdigit" -> c -> c < 0x80 && Character.digit(c, 16) >= 0;
            default ->
                throw new IllegalArgumentException(
                        "error parsing regexp: invalid character class range: `[:" + name + ":]`");
        };
    }
}
