package dev.grapevine.serf;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Reads an expression of {@link Re2} into a tree. */
final class Re2Parser {
    private static final int MAX_REPEAT = 1000;
    private static final int MAX_DEPTH = 200;

    sealed interface Expr {
        record Chars(IntPredicate what) implements Expr {}

        record Check(Re2.Assertion assertion) implements Expr {}

        record Sequence(List<Expr> parts) implements Expr {}

        record Choice(List<Expr> parts) implements Expr {}

        /** {@code max < 0}: without end. */
        record Repeat(Expr part, int min, int max) implements Expr {}
    }

    private final int[] in;
    private int at;
    private int depth;
    private boolean ignoreCase;
    private boolean multiLine;
    private boolean dotAll;

    Re2Parser(String expression) {
        in = expression.codePoints().toArray();
    }

    Expr parse() {
        Expr expr = choice();
        if (at < in.length) throw bad("unexpected )");
        return expr;
    }

    private IllegalArgumentException bad(String what) {
        return new IllegalArgumentException("error parsing regexp: " + what);
    }

    private boolean next(int c) {
        if (at >= in.length || in[at] != c) return false;
        at++;
        return true;
    }

    private Expr choice() {
        if (++depth > MAX_DEPTH) throw bad("expression nests too deeply");
        List<Expr> parts = new ArrayList<>();
        do parts.add(sequence());
        while (next('|'));
        depth--;
        return parts.size() == 1 ? parts.get(0) : new Expr.Choice(parts);
    }

    private Expr sequence() {
        List<Expr> parts = new ArrayList<>();
        while (at < in.length && in[at] != '|' && in[at] != ')') {
            if (at + 1 < in.length && in[at] == '\\' && in[at + 1] == 'Q') {
                quoted(parts);
                continue;
            }
            Expr atom = atom();
            if (atom == null) continue; // flags
            parts.add(repeated(atom));
        }
        return new Expr.Sequence(parts);
    }

    private void quoted(List<Expr> parts) {
        at += 2;
        while (at < in.length) {
            if (at + 1 < in.length && in[at] == '\\' && in[at + 1] == 'E') {
                at += 2;
                return;
            }
            parts.add(literal(in[at++]));
        }
    }

    private Expr repeated(Expr atom) {
        boolean repeatedOnce = false;
        while (at < in.length) {
            int min;
            int max;
            int start = at;
            if (next('*')) {
                min = 0;
                max = -1;
            } else if (next('+')) {
                min = 1;
                max = -1;
            } else if (next('?')) {
                min = 0;
                max = 1;
            } else {
                int[] bounds = bounds();
                if (bounds == null) return atom;
                min = bounds[0];
                max = bounds[1];
            }
            if (repeatedOnce) throw bad("invalid nested repetition operator at " + start);
            next('?'); // lazy or not, there is a match or there is none
            repeatedOnce = true;
            if (min > MAX_REPEAT || max > MAX_REPEAT || max >= 0 && min > max) throw bad("invalid repeat count");
            atom = new Expr.Repeat(atom, min, max);
        }
        return atom;
    }

    /** {@code {n}}, {@code {n,}} or {@code {n,m}}; anything else is literal. */
    private int @Nullable [] bounds() {
        if (in[at] != '{') return null;
        int start = at++;
        int min = number();
        int max = min;
        if (min >= 0 && next(',')) max = at < in.length && in[at] == '}' ? -1 : number();
        boolean fine = min >= 0 && (max >= 0 || in[at - 1] == ',') && next('}');
        if (fine) return new int[] {min, max};
        at = start;
        return null;
    }

    private int number() {
        int start = at;
        int value = 0;
        while (at < in.length && in[at] >= '0' && in[at] <= '9') value = Math.min(10_000, value * 10 + in[at++] - '0');
        return at == start ? -1 : value;
    }

    private @Nullable Expr atom() {
        int c = in[at++];
        return switch (c) {
            case '(' -> group();
            case '[' -> new Expr.Chars(folded(set()));
            case '.' -> new Expr.Chars(dotAll ? any -> true : any -> any != '\n');
            case '^' -> new Expr.Check(multiLine ? Re2.Assertion.LINE_START : Re2.Assertion.TEXT_START);
            case '$' -> new Expr.Check(multiLine ? Re2.Assertion.LINE_END : Re2.Assertion.TEXT_END);
            case '\\' -> escape();
            case '*', '+', '?' -> throw bad("missing argument to repetition operator");
            case '{' -> {
                at--;
                if (bounds() != null) throw bad("missing argument to repetition operator");
                at++;
                yield literal(c);
            }
            default -> literal(c);
        };
    }

    private @Nullable Expr group() {
        boolean oldCase = ignoreCase;
        boolean oldMulti = multiLine;
        boolean oldDot = dotAll;
        if (next('?')) {
            if (next('P') || at < in.length && in[at] == '<') {
                if (!next('<')) throw bad("invalid named capture");
                int start = at;
                while (at < in.length && Re2.isWord(in[at])) at++;
                if (at == start || !next('>')) throw bad("invalid named capture");
            } else if (flags()) return null;
        }
        Expr inside = choice();
        if (!next(')')) throw bad("missing closing )");
        ignoreCase = oldCase;
        multiLine = oldMulti;
        dotAll = oldDot;
        return inside;
    }

    /** Reads flags up to {@code :} or {@code )}; true if they stand alone. */
    private boolean flags() {
        boolean on = true;
        while (at < in.length) {
            switch (in[at++]) {
                case 'i' -> ignoreCase = on;
                case 'm' -> multiLine = on;
                case 's' -> dotAll = on;
                case 'U' -> {} // which match is preferred is not asked
                case '-' -> on = false;
                case ':' -> {
                    return false;
                }
                case ')' -> {
                    return true;
                }
                default -> throw bad("invalid or unsupported Perl syntax");
            }
        }
        throw bad("missing closing )");
    }

    private Expr literal(int c) {
        return new Expr.Chars(folded(one -> one == c));
    }

    private IntPredicate folded(IntPredicate what) {
        if (!ignoreCase) return what;
        return c -> what.test(c) || what.test(Character.toLowerCase(c)) || what.test(Character.toUpperCase(c));
    }

    private Expr escape() {
        if (at >= in.length) throw bad("trailing backslash at end of expression");
        int c = in[at];
        Re2.Assertion assertion = switch (c) {
            case 'A' -> Re2.Assertion.TEXT_START;
            case 'z' -> Re2.Assertion.TEXT_END;
            case 'b' -> Re2.Assertion.WORD;
            case 'B' -> Re2.Assertion.NOT_WORD;
            default -> Re2.Assertion.NONE;
        };
        if (assertion != Re2.Assertion.NONE) {
            at++;
            return new Expr.Check(assertion);
        }
        IntPredicate named = namedClass();
        if (named != null) return new Expr.Chars(named);
        return literal(escapedChar());
    }

    /** \d and its kin after the backslash; null if it is none. */
    private @Nullable IntPredicate namedClass() {
        int c = in[at];
        IntPredicate what = switch (c) {
            case 'd', 'D' -> one -> one >= '0' && one <= '9';
            case 'w', 'W' -> Re2::isWord;
            case 's', 'S' -> one -> one == ' ' || one == '\t' || one == '\n' || one == '\f' || one == '\r';
            case 'p', 'P' -> unicode();
            default -> null;
        };
        if (what == null) return null;
        at++;
        return Character.isUpperCase(c) ? what.negate() : what;
    }

    private IntPredicate unicode() {
        String name;
        if (at + 1 < in.length && in[at + 1] == '{') {
            int end = at + 2;
            while (end < in.length && in[end] != '}') end++;
            if (end == in.length) throw bad("invalid character class range");
            name = new String(in, at + 2, end - at - 2);
            at = end;
        } else {
            if (at + 1 >= in.length) throw bad("invalid character class range");
            name = Character.toString(in[++at]);
        }
        return switch (name) {
            case "L" -> Character::isLetter;
            case "Lu" -> Character::isUpperCase;
            case "Ll" -> Character::isLowerCase;
            case "N", "Nd" -> Character::isDigit;
            case "Z" -> Character::isSpaceChar;
            case "P" -> Re2Parser::isPunctuation;
            default -> throw bad("invalid character class range: `\\p{" + name + "}`");
        };
    }

    private static boolean isPunctuation(int c) {
        int type = Character.getType(c);
        return type == Character.CONNECTOR_PUNCTUATION
                || type == Character.DASH_PUNCTUATION
                || type == Character.START_PUNCTUATION
                || type == Character.END_PUNCTUATION
                || type == Character.INITIAL_QUOTE_PUNCTUATION
                || type == Character.FINAL_QUOTE_PUNCTUATION
                || type == Character.OTHER_PUNCTUATION;
    }

    private int escapedChar() {
        int c = in[at++];
        switch (c) {
            case 'n' -> {
                return '\n';
            }
            case 't' -> {
                return '\t';
            }
            case 'r' -> {
                return '\r';
            }
            case 'f' -> {
                return '\f';
            }
            case 'v' -> {
                return 0x0B;
            }
            case 'a' -> {
                return 0x07;
            }
            case 'x' -> {
                return hex();
            }
            default -> {
                if (c < 128 && !Re2.isWord(c)) return c;
                throw bad("invalid escape sequence: `\\" + Character.toString(c) + "`");
            }
        }
    }

    private int hex() {
        boolean braces = next('{');
        int value = 0;
        int digits = 0;
        while (at < in.length && digits < (braces ? 6 : 2)) {
            int digit = in[at] < 128 ? Character.digit(in[at], 16) : -1;
            if (digit < 0) break;
            value = value * 16 + digit;
            at++;
            digits++;
        }
        if (digits == 0 || !braces && digits != 2 || braces && !next('}') || value > Character.MAX_CODE_POINT)
            throw bad("invalid escape sequence: `\\x`");
        return value;
    }

    private IntPredicate set() {
        boolean negated = next('^');
        IntPredicate all = c -> false;
        boolean first = true;
        while (true) {
            if (at >= in.length) throw bad("missing closing ]");
            if (in[at] == ']' && !first) break;
            first = false;
            IntPredicate one = setItem();
            all = all.or(one);
        }
        at++;
        return negated ? folded(all).negate() : all;
    }

    private IntPredicate setItem() {
        if (in[at] == '[' && at + 1 < in.length && in[at + 1] == ':') {
            int end = at + 2;
            while (end < in.length && in[end] != ':') end++;
            if (end + 1 < in.length && in[end + 1] == ']') {
                String name = new String(in, at + 2, end - at - 2);
                at = end + 2;
                return Re2Classes.named(name);
            }
        }
        int low;
        if (in[at] == '\\') {
            at++;
            if (at >= in.length) throw bad("missing closing ]");
            IntPredicate named = namedClass();
            if (named != null) return named;
            low = escapedChar();
        } else low = in[at++];
        if (at + 1 < in.length && in[at] == '-' && in[at + 1] != ']') {
            at++;
            int high;
            if (in[at] == '\\') {
                at++;
                if (at >= in.length) throw bad("missing closing ]");
                high = escapedChar();
            } else high = in[at++];
            if (high < low) throw bad("invalid character class range");
            return c -> c >= low && c <= high;
        }
        return c -> c == low;
    }
}
