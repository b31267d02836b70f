package dev.grapevine.agent.serf;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression that must match a whole text, with a budget of steps: expressions come from clients, and Java's
 * engine, unlike Go's, can be made to backtrack for ages.
 */
final class BoundedPattern {
    private static final int MAX_STEPS = 1_000_000;

    /** Thrown instead of working on for ages. */
    static final class TooCostlyException extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooCostlyException(String expression) {
            super("Failed to match regex: too costly: " + expression, null, false, false);
        }
    }

    private final Pattern pattern;

    /**
     * Compiles an expression; RE2's {@code (?P<name>} is understood.
     *
     * @throws PatternSyntaxException if it is none
     */
    BoundedPattern(String expression) {
        this.pattern = Pattern.compile("^" + expression.replace("(?P<", "(?<") + "$");
    }

    boolean matches(String text) {
        try {
            return pattern.matcher(new Counted(text, new int[] {MAX_STEPS})).find();
        } catch (StackOverflowError deep) {
            throw new TooCostlyException(pattern.pattern());
        }
    }

    private final class Counted implements CharSequence {
        private final CharSequence text;
        private final int[] left;

        private Counted(CharSequence text, int[] left) {
            this.text = text;
            this.left = left;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (--left[0] < 0) throw new TooCostlyException(pattern.pattern());
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text.subSequence(start, end), left);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
