package dev.grapevine.agent.demo;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code grapevine demo state}. */
@Command(
        name = "state",
        description = "Real nodes write to replicated state under loss and a partition that heals, and agree.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:all nodes show the same, and know that all have it", "1:they do not", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {"  grapevine demo state", "  grapevine demo state --nodes 30 --loss 0.2 --json"})
public final class StateDemoCommand implements Callable<Integer> {
    @Option(names = "--nodes", paramLabel = "N", defaultValue = "8", description = "How many nodes, 1 to 500.")
    private int nodes;

    @Option(names = "--loss", paramLabel = "P", defaultValue = "0.1", description = "Share of datagrams to drop.")
    private double loss;

    @Option(names = "--record", paramLabel = "DIR", description = "Record every node there, for 'grapevine replay'.")
    private @Nullable Path record;

    @Mixin
    private final Shown shown = new Shown();

    @Spec
    private @Nullable CommandSpec spec;

    /** Made by picocli. */
    public StateDemoCommand() {}

    @Override
    public Integer call() throws Exception {
        CommandSpec command = Objects.requireNonNull(spec);
        PrintWriter out = command.commandLine().getOut();
        PrintWriter err = command.commandLine().getErr();
        check(nodes >= 1 && nodes <= 500, "--nodes must be in 1..500, not " + nodes, command);
        check(loss >= 0 && loss <= 0.9, "--loss must be in 0..0.9, not " + loss, command);
        if (record != null) DemoCommand.usable(record, command);
        long luck = shown.seed();
        StateDemoResult result;
        try (StateDemo demo = new StateDemo(nodes, loss, luck, record, shown.progress(out, err))) {
            result = demo.run();
        }
        shown.print(result, out, palette -> print(result, out, palette));
        return result.converged() ? 0 : 1;
    }

    private static void check(boolean good, String otherwise, CommandSpec command) {
        if (!good) throw new ParameterException(command.commandLine(), otherwise);
    }

    private static void print(StateDemoResult result, PrintWriter out, Palette palette) {
        out.println();
        Map<String, Integer> byDigest = new TreeMap<>();
        result.digests().values().forEach(digest -> byDigest.merge(digest, 1, Integer::sum));
        byDigest.forEach((digest, count) -> out.println("digest     " + palette.strong(digest) + "  " + count + " of "
                + result.nodes() + (count == 1 ? " node" : " nodes")));
        out.println("counter    " + result.counter() + " of " + result.counterExpected() + " moves");
        for (Map.Entry<String, List<String>> each : result.siblings().entrySet())
            out.println("siblings   " + each.getKey() + "  " + String.join("  ", each.getValue()));
        out.printf(
                java.util.Locale.ROOT,
                "repair     %,d entries told anew in %.0f ms, %.1f bytes each%n",
                result.changes(),
                result.convergedMillis(),
                result.bytesPerDifference());
        out.println(palette.faint(
                "seed " + result.seed() + ", loss " + result.loss() + ", " + result.writes() + " writes"));
        out.println(
                result.converged()
                        ? palette.good("All " + result.nodes() + " nodes agree.")
                        : palette.bad("The nodes do not agree."));
    }
}
