package dev.grapevine.serf;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Regular expressions in RE2's syntax that take time in proportion to their size and the text's, whatever a stranger wrote:
 * all threads of the automaton advance together (Thompson 1968, Pike's machine). Only whether there is a match is asked.
 * Unicode classes other than \pL, \pN, \pP, \pZ, \p{Lu}, \p{Ll} and \p{Nd} are refused. Source: github.com/google/re2, Syntax.
 */
public final class Re2 {
    static final int MAX_INSTRUCTIONS = 20_000;

    private enum Op {
        CHAR,
        SPLIT,
        JUMP,
        ASSERT,
        MATCH
    }

    /** One step; {@code x} and {@code y} are the next ones. */
    private record Step(Op op, IntPredicate what, Assertion assertion, int x, int y) {}

    /** What may be asked between two characters. */
    enum Assertion {
        NONE,
        TEXT_START,
        TEXT_END,
        LINE_START,
        LINE_END,
        WORD,
        NOT_WORD;

        boolean holds(int[] text, int at) {
            return switch (this) {
                case NONE -> true;
                case TEXT_START -> at == 0;
                case TEXT_END -> at == text.length;
                case LINE_START -> at == 0 || text[at - 1] == '\n';
                case LINE_END -> at == text.length || text[at] == '\n';
                case WORD, NOT_WORD -> {
                    boolean before = at > 0 && isWord(text[at - 1]);
                    boolean after = at < text.length && isWord(text[at]);
                    yield (before != after) == (this == WORD);
                }
            };
        }
    }

    private final List<Step> program = new ArrayList<>();
    private int visits;

    /**
     * Compiles an expression.
     *
     * @throws IllegalArgumentException with what is wrong with it
     */
    public Re2(String expression) {
        compile(new Re2Parser(expression).parse());
        emit(new Step(Op.MATCH, c -> false, Assertion.NONE, 0, 0));
    }

    static boolean isWord(int c) {
        return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_';
    }

    private int emit(Step step) {
        if (program.size() >= MAX_INSTRUCTIONS) throw new IllegalArgumentException("expression too large");
        program.add(step);
        return program.size() - 1;
    }

    private static Step split(int x, int y) {
        return new Step(Op.SPLIT, c -> false, Assertion.NONE, x, y);
    }

    private void compile(Re2Parser.Expr expr) {
        // Nothing at all, a thousand times a thousand times, emits nothing and still takes for ever.
        if (++visits > 10 * MAX_INSTRUCTIONS) throw new IllegalArgumentException("expression too large");
        int here = program.size();
        switch (expr) {
            case Re2Parser.Expr.Chars(IntPredicate what) -> emit(new Step(Op.CHAR, what, Assertion.NONE, here + 1, 0));
            case Re2Parser.Expr.Check(Assertion assertion) ->
                emit(new Step(Op.ASSERT, c -> false, assertion, here + 1, 0));
            case Re2Parser.Expr.Sequence(List<Re2Parser.Expr> parts) -> {
                for (Re2Parser.Expr part : parts) compile(part);
            }
            case Re2Parser.Expr.Choice(List<Re2Parser.Expr> parts) -> {
                List<Integer> jumps = new ArrayList<>();
                for (int i = 0; i < parts.size(); i++) {
                    int split = i + 1 < parts.size() ? emit(split(0, 0)) : -1;
                    compile(parts.get(i));
                    if (split < 0) continue;
                    jumps.add(emit(split(0, 0)));
                    program.set(split, split(split + 1, program.size()));
                }
                for (int jump : jumps)
                    program.set(jump, new Step(Op.JUMP, c -> false, Assertion.NONE, program.size(), 0));
            }
            case Re2Parser.Expr.Repeat(Re2Parser.Expr part, int min, int max) -> {
                for (int i = 0; i < min; i++) compile(part);
                if (max < 0) {
                    int split = emit(split(0, 0));
                    compile(part);
                    emit(new Step(Op.JUMP, c -> false, Assertion.NONE, split, 0));
                    program.set(split, split(split + 1, program.size()));
                    return;
                }
                List<Integer> splits = new ArrayList<>();
                for (int i = min; i < max; i++) {
                    splits.add(emit(split(0, 0)));
                    compile(part);
                }
                for (int split : splits) program.set(split, split(split + 1, program.size()));
            }
        }
    }

    /** Whether some part of {@code text} matches. */
    public boolean find(String text) {
        return run(text, false);
    }

    /** Whether {@code text} as a whole matches. */
    public boolean matches(String text) {
        return run(text, true);
    }

    private boolean run(String input, boolean whole) {
        int[] text = input.codePoints().toArray();
        int[] threads = new int[program.size()];
        int[] next = new int[program.size()];
        int[] seen = new int[program.size()];
        int[] stack = new int[2 * program.size() + 1];
        int count = 0;
        for (int at = 0; at <= text.length; at++) {
            // Marks of step "at" are at+1, so that nothing has to be cleared.
            if (at == 0 || !whole) count = add(0, at, text, threads, count, seen, stack);
            int nextCount = 0;
            for (int i = 0; i < count; i++) {
                Step step = program.get(threads[i]);
                if (step.op == Op.MATCH) {
                    if (!whole || at == text.length) return true;
                } else if (at < text.length && step.what.test(text[at])) next[nextCount++] = step.x;
            }
            int[] swap = threads;
            threads = next;
            next = swap;
            int[] starts = java.util.Arrays.copyOf(threads, nextCount);
            count = 0;
            for (int start : starts) count = add(start, at + 1, text, threads, count, seen, stack);
            if (count == 0 && whole) return false;
        }
        return false;
    }

    /** Follows everything that consumes nothing from {@code start}; an explicit stack, since nesting is a stranger's. */
    private int add(int start, int at, int[] text, int[] threads, int count, int[] seen, int[] stack) {
        int depth = 0;
        stack[depth++] = start;
        while (depth > 0) {
            int pc = stack[--depth];
            if (seen[pc] == at + 1) continue;
            seen[pc] = at + 1;
            Step step = program.get(pc);
            switch (step.op) {
                case CHAR, MATCH -> threads[count++] = pc;
                case JUMP -> stack[depth++] = step.x;
                case SPLIT -> {
                    stack[depth++] = step.y;
                    stack[depth++] = step.x;
                }
                case ASSERT -> {
                    if (step.assertion.holds(text, at)) stack[depth++] = step.x;
                }
            }
        }
        return count;
    }
}
