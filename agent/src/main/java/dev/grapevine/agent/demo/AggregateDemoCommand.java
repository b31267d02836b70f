package dev.grapevine.agent.demo;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code grapevine demo aggregate}. */
@Command(
        name = "aggregate",
        description = "Real nodes get to know the sum, mean and quantiles of all their values, and how many they are.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:every node is right to one part in a hundred", "1:somebody is not", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {"  grapevine demo aggregate", "  grapevine demo aggregate --nodes 50 --loss 0.2 --json"})
public final class AggregateDemoCommand implements Callable<Integer> {
    private static final int ROWS = 12;

    @Option(names = "--nodes", paramLabel = "N", defaultValue = "10", description = "How many nodes, 1 to 500.")
    private int nodes;

    @Option(names = "--loss", paramLabel = "P", defaultValue = "0.1", description = "Share of datagrams to drop.")
    private double loss;

    @Mixin
    private final Shown shown = new Shown();

    @Spec
    private @Nullable CommandSpec spec;

    /** Made by picocli. */
    public AggregateDemoCommand() {}

    @Override
    public Integer call() throws Exception {
        CommandSpec command = Objects.requireNonNull(spec);
        if (nodes < 1 || nodes > 500)
            throw new ParameterException(command.commandLine(), "--nodes must be in 1..500, not " + nodes);
        if (!(loss >= 0 && loss <= 0.9))
            throw new ParameterException(command.commandLine(), "--loss must be in 0..0.9, not " + loss);
        PrintWriter out = command.commandLine().getOut();
        PrintWriter err = command.commandLine().getErr();
        long luck = shown.seed();
        AggregateDemo.Result result;
        try (AggregateDemo demo = new AggregateDemo(nodes, loss, luck, shown.progress(out, err))) {
            result = demo.run();
        }
        shown.print(result, out, palette -> print(result, out, palette));
        return result.good() ? 0 : 1;
    }

    private static void print(AggregateDemo.Result result, PrintWriter out, Palette palette) {
        out.println();
        out.println(palette.faint(String.format(
                Locale.ROOT,
                "%-10s %9s %11s %9s %8s %8s %8s %8s",
                "",
                "nodes",
                "sum",
                "mean",
                "min",
                "p50",
                "p90",
                "max")));
        for (AggregateDemo.Row row :
                result.told().subList(0, Math.min(ROWS, result.told().size()))) out.println(line(row));
        if (result.told().size() > ROWS)
            out.println(palette.faint("and " + (result.told().size() - ROWS) + " more"));
        out.println(palette.strong(line(result.truth())));
        out.println();
        out.println(palette.faint(String.format(
                Locale.ROOT, "seed %d, loss %s, %.1f s", result.seed(), result.loss(), result.millis() / 1000)));
        String worst = String.format(Locale.ROOT, "%.2g %%", 100 * result.worstError());
        out.println(
                result.good()
                        ? palette.good("All " + result.nodes() + " nodes are right, the worst to " + worst + ".")
                        : palette.bad(result.told().size() + " of " + result.nodes()
                                + " nodes have a result, the worst off by " + worst + "."));
    }

    private static String line(AggregateDemo.Row row) {
        return String.format(
                Locale.ROOT,
                "%-10s %9.3f %11.3f %9.3f %8.2f %8.2f %8.2f %8.2f",
                row.node(),
                row.nodes(),
                row.sum(),
                row.mean(),
                row.min(),
                row.median(),
                row.p90(),
                row.max());
    }
}
