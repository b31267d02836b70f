package dev.grapevine.agent.demo;

import dev.grapevine.topic.Promise;
import dev.grapevine.topic.TopicAim;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code grapevine demo broadcast}. */
@Command(
        name = "broadcast",
        description = "Publishes messages on a topic of real nodes on loopback and checks what was promised of them.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the mode's promise held", "1:it did not", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  grapevine demo broadcast",
            "  grapevine demo broadcast --nodes 50 --mode ordered --loss 0.05 --kill 3 --report tree.html",
            "  grapevine demo broadcast --mode rumor --coverage 0.999 --budget 200000 --loss 0.05",
            "  grapevine demo broadcast --nodes 20 --size 1MB --messages 50 --senders 5 --json"
        })
public final class BroadcastCommand implements Callable<Integer> {
    @Option(names = "--nodes", paramLabel = "N", defaultValue = "20", description = "How many nodes, 2 to 1000.")
    private int nodes;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            defaultValue = "repaired",
            converter = ModeConverter.class,
            description =
                    "What is promised: rumor (99 %% arrives while a tenth of the packets is lost at most), repaired (all arrives) or"
                            + " ordered (likewise, in order).")
    private Promise mode = Promise.REPAIRED;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            defaultValue = "128B",
            converter = SizeConverter.class,
            description = "Bytes of a message, such as 128B, 10KB or 1MB.")
    private Integer size = 128;

    @Option(names = "--messages", paramLabel = "N", defaultValue = "1000", description = "How many messages.")
    private int messages;

    @Option(names = "--senders", paramLabel = "N", defaultValue = "1", description = "Nodes that publish in turn.")
    private int senders;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "200",
            description = "Messages a second; 0 for as many as are accepted.")
    private int rate;

    @Option(names = "--loss", paramLabel = "P", defaultValue = "0.0", description = "Share of datagrams to drop.")
    private double loss;

    @Option(
            names = "--coverage",
            paramLabel = "P",
            defaultValue = "0",
            description = "Share of the nodes that is to hear each rumor, 0.5 to 0.999999; 0 for as many as can be.")
    private double coverage;

    @Option(
            names = "--budget",
            paramLabel = "N",
            defaultValue = "0",
            description = "Most bytes that a node sends for topics in a second, 1024 or more; 0 for no limit.")
    private long budget;

    @Option(
            names = "--kill",
            paramLabel = "N",
            defaultValue = "0",
            description = "Nodes that stop without a word after a third of the messages.")
    private int kill;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Write a page with the figures and a picture of the tree.")
    private @Nullable Path report;

    @Mixin
    private final Shown shown = new Shown();

    @Spec
    private @Nullable CommandSpec spec;

    /** Made by picocli. */
    public BroadcastCommand() {}

    @Override
    public Integer call() throws Exception {
        CommandSpec command = Objects.requireNonNull(spec);
        PrintWriter out = command.commandLine().getOut();
        PrintWriter err = command.commandLine().getErr();
        long luck = shown.seed();
        BroadcastOptions options;
        try {
            TopicAim aim = new TopicAim(budget == 0 ? Long.MAX_VALUE : budget, coverage);
            options = new BroadcastOptions(nodes, mode, size, messages, senders, rate, loss, aim, kill, luck);
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(command.commandLine(), String.valueOf(wrong.getMessage()));
        }
        Screen screen = new Screen(out, err, Screen.isTerminal(2));
        BroadcastResult result;
        try (BroadcastDemo demo = new BroadcastDemo(options, screen)) {
            result = demo.run();
        }
        List<String[]> rows = rows(result);
        shown.print(result, out, palette -> print(result, rows, out, palette));
        if (report != null) {
            try {
                Files.writeString(report, new BroadcastPage(result, rows).render());
            } catch (IOException failed) {
                err.println("cannot write " + report + ": " + failed.getMessage());
                err.flush();
                return 1;
            }
        }
        return result.held() ? 0 : 1;
    }

    private static void print(BroadcastResult result, List<String[]> rows, PrintWriter out, Palette palette) {
        for (String[] row : rows) out.println(String.format(Locale.ROOT, "  %-12s %s", row[0], row[1]));
        String verdict = "The promise of " + result.mode() + (result.held() ? " held" : " did not hold");
        out.println(result.held() ? palette.good(verdict) : palette.bad(verdict));
    }

    private static List<String[]> rows(BroadcastResult result) {
        List<String[]> rows = new ArrayList<>();
        int living = result.nodes() - result.killed();
        rows.add(row(
                "published",
                result.accepted() + " messages of " + result.sizeBytes() + " bytes by " + result.senders()
                        + (result.senders() == 1 ? " node" : " nodes") + ", " + format(result.messagesPerSecond())
                        + " a second"));
        rows.add(row(
                "coverage",
                format(100 * result.coverage()) + " % of what " + living + " living nodes were due"
                        + (result.killed() == 0 ? "" : " (" + result.killed() + " were stopped)")));
        rows.add(row("at most once", result.twice() == 0 ? "yes" : "no: " + result.twice() + " heard twice"));
        rows.add(row("in order", result.outOfOrder() == 0 ? "yes" : result.outOfOrder() + " came after a later one"));
        rows.add(row(
                "payloads",
                format(result.payloadsPerDelivery()) + " arrived and " + format(result.payloadsSentPerDelivery())
                        + " were sent per delivery; theory allows 1 and " + format(result.expectedSent())));
        rows.add(row("control", format(result.controlPerDelivery()) + " messages per delivery; the paper has 3"));
        rows.add(row(
                "hops",
                format(result.meanHops()) + " on average, " + result.lastHop() + " the last; a flood takes about "
                        + format(result.floodHop())));
        rows.add(row(
                "latency",
                format(result.p50Millis()) + " ms median, " + format(result.p99Millis()) + " ms 99 %, "
                        + format(result.maxMillis()) + " ms the last"));
        rows.add(row(
                "bytes",
                String.format(
                        Locale.ROOT,
                        "%,d per node, membership included; the payloads alone are %,d",
                        result.bytesPerNode(),
                        result.leastBytesPerNode())));
        Integer contradicted = result.contradicted();
        if (contradicted != null)
            rows.add(row(
                    "aim",
                    (contradicted == 0
                                    ? "no node says"
                                    : contradicted == 1 ? "a node says" : contradicted + " nodes say")
                            + " that the wish and the budget contradict each other"));
        Long everywhere = result.everywhere();
        if (everywhere != null)
            rows.add(row("reported", "node 0 knows that every member has its messages up to " + everywhere));
        rows.add(row("seed", Long.toString(result.seed())));
        return rows;
    }

    private static String[] row(String name, String value) {
        return new String[] {name, value};
    }

    private static String format(double value) {
        String text = String.format(Locale.ROOT, "%.4f", value);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }

    static final class ModeConverter implements ITypeConverter<Promise> {
        @Override
        public Promise convert(String text) {
            return switch (text) {
                case "rumor" -> Promise.RUMOR;
                case "repaired" -> Promise.REPAIRED;
                case "ordered" -> Promise.ORDERED;
                default -> throw new TypeConversionException("'" + text + "' is not rumor, repaired or ordered");
            };
        }
    }

    static final class SizeConverter implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            String lower = text.toLowerCase(Locale.ROOT);
            try {
                if (lower.endsWith("mib")) return Math.multiplyExact(number(lower, 3), 1 << 20);
                if (lower.endsWith("kib")) return Math.multiplyExact(number(lower, 3), 1 << 10);
                if (lower.endsWith("mb")) return Math.multiplyExact(number(lower, 2), 1_000_000);
                if (lower.endsWith("kb")) return Math.multiplyExact(number(lower, 2), 1_000);
                if (lower.endsWith("b")) return number(lower, 1);
                return number(lower, 0);
            } catch (NumberFormatException | ArithmeticException wrong) {
                throw new TypeConversionException("'" + text + "' is no size such as 128B, 10KB or 1MB");
            }
        }

        private static int number(String text, int unit) {
            return Integer.parseInt(text.substring(0, text.length() - unit));
        }
    }
}
