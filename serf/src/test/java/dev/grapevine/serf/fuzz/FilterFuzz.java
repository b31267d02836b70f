package dev.grapevine.serf.fuzz;

import dev.grapevine.serf.Re2;
import java.nio.charset.StandardCharsets;

/** A query's regular expression, up to a zero byte, and a tag's value: refused, or matched in a time that is no attack. */
public final class FilterFuzz {
    private FilterFuzz() {}

    /** For fuzzers, which find it by its name. */
    public static void fuzzerTestOneInput(byte[] input) {
        int end = 0;
        while (end < input.length && input[end] != 0) end++;
        String expression = new String(input, 0, end, StandardCharsets.UTF_8);
        String text = new String(input, end, input.length - end, StandardCharsets.UTF_8);
        Re2 compiled;
        try {
            compiled = new Re2(expression);
        } catch (IllegalArgumentException refused) {
            return;
        }
        if (compiled.matches(text) && !compiled.find(text))
            throw new IllegalStateException(expression + " matches all of '" + text + "' but is not found in it");
    }
}
