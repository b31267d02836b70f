package dev.grapevine.agent.demo;

import java.io.PrintWriter;
import java.security.SecureRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The options that all demonstrations share: the seed, and how what happened is shown. */
final class Shown {
    private static final int SEEDS = 1_000_000; // short enough to be typed again

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of all luck; drawn if not given.",
            showDefaultValue = Visibility.NEVER)
    private @Nullable Long seed;

    @Option(names = "--no-color", description = "No colours, also on a terminal.")
    private boolean noColor;

    @Option(names = "--json", description = "Print one JSON document instead.")
    private boolean json;

    boolean json() {
        return json;
    }

    /** The seed that was given, or one drawn anew. */
    long seed() {
        return seed == null ? new SecureRandom().nextInt(SEEDS) : seed;
    }

    Palette palette() {
        return new Palette(!noColor && System.getenv("NO_COLOR") == null && Screen.isTerminal(1));
    }

    /** Prints the result: as one JSON document if that is wanted, else as {@code text} does. */
    void print(Object result, PrintWriter out, Consumer<Palette> text) {
        if (json)
            out.println(JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build()
                    .writeValueAsString(result));
        else text.accept(palette());
        out.flush();
    }

    /** Where lines about progress go: beside the result, never into a JSON document. */
    Consumer<String> progress(PrintWriter out, PrintWriter err) {
        PrintWriter to = json ? err : out;
        return line -> {
            to.println(line);
            to.flush();
        };
    }
}
