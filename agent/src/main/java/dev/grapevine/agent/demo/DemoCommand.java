package dev.grapevine.agent.demo;

import dev.grapevine.node.RumorSettings.Direction;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

/** {@code grapevine demo}. */
@Command(
        name = "demo",
        description = "Starts real nodes on loopback, lets a rumor spread, and reports what happened.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        subcommands = {StateDemoCommand.class, BroadcastCommand.class, AggregateDemoCommand.class},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:every living node was informed, every killed one detected",
            "1:somebody was not",
            "2:wrong usage"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  grapevine demo",
            "  grapevine demo --nodes 100 --exchange pull --loss 0.2",
            "  grapevine demo --nodes 20 --kill 2",
            "  grapevine demo --nodes 1000 --json"
        })
public final class DemoCommand implements Callable<Integer> {
    @Option(names = "--nodes", paramLabel = "N", defaultValue = "10", description = "How many nodes, 1 to 5000.")
    private int nodes;

    @Option(names = "--fanout", paramLabel = "K", defaultValue = "1", description = "Peers a node contacts per period.")
    private int fanout;

    @Option(
            names = "--exchange",
            paramLabel = "WAY",
            defaultValue = "push-pull",
            converter = ExchangeConverter.class,
            description = "Who gives news to whom: push, pull or push-pull.")
    private Direction exchange = Direction.PUSH_PULL;

    @Option(
            names = "--interval",
            paramLabel = "TIME",
            defaultValue = "100ms",
            converter = TimeConverter.class,
            description = "The period, such as 50ms or 1s.")
    private Duration interval = Duration.ofMillis(100);

    @Option(names = "--message", paramLabel = "TEXT", defaultValue = "Secret Code: 1234", description = "The rumor.")
    private String message = "";

    @Option(names = "--loss", paramLabel = "P", defaultValue = "0.0", description = "Share of datagrams to drop.")
    private double loss;

    @Option(
            names = "--kill",
            paramLabel = "N",
            defaultValue = "0",
            description = "Nodes that stop without a word while the rumor spreads.")
    private int kill;

    @Option(names = "--record", paramLabel = "DIR", description = "Record every node there, for 'grapevine replay'.")
    private @Nullable Path record;

    @Mixin
    private final Shown shown = new Shown();

    @Spec
    private @Nullable CommandSpec spec;

    /** Made by picocli. */
    public DemoCommand() {}

    @Override
    public Integer call() throws Exception {
        CommandSpec command = Objects.requireNonNull(spec);
        PrintWriter out = command.commandLine().getOut();
        PrintWriter err = command.commandLine().getErr();
        long luck = shown.seed();
        DemoOptions options;
        try {
            options = new DemoOptions(nodes, fanout, exchange, interval, message, loss, kill, luck, record);
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(command.commandLine(), String.valueOf(wrong.getMessage()));
        }
        if (record != null) usable(record, command);
        Screen screen = new Screen(out, err, Screen.isTerminal(2));
        Report report = new Report(options, screen, shown.palette(), !shown.json());
        DemoResult result;
        Thread onInterrupt = new Thread(report::close); // Ctrl-C leaves no half a bar before the prompt
        Runtime.getRuntime().addShutdownHook(onInterrupt);
        try (Demo demo = new Demo(options, report)) {
            result = demo.run();
        } finally {
            report.close();
            forget(onInterrupt);
        }
        shown.print(result, out, palette -> report.summary(result));
        return result.good() ? 0 : 1;
    }

    /** A demonstration takes seconds, and its recordings are why it is run: whether they can be kept is found out first. */
    static void usable(Path directory, CommandSpec command) {
        try {
            Files.createDirectories(directory);
            Files.delete(Files.createTempFile(directory, ".try", null));
        } catch (IOException unusable) {
            throw new ParameterException(
                    command.commandLine(),
                    "--record " + directory + ": no recording can be written there ("
                            + unusable.getClass().getSimpleName() + ": " + unusable.getMessage() + ")");
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            // It runs now.
        }
    }

    static final class ExchangeConverter implements ITypeConverter<Direction> {
        @Override
        public Direction convert(String text) {
            return switch (text) {
                case "push" -> Direction.PUSH;
                case "pull" -> Direction.PULL;
                case "push-pull" -> Direction.PUSH_PULL;
                default -> throw new TypeConversionException("'" + text + "' is not push, pull or push-pull");
            };
        }
    }

    static final class TimeConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            String lower = text.toLowerCase(Locale.ROOT);
            try {
                if (lower.endsWith("ms")) return Duration.ofMillis(number(lower, 2));
                if (lower.endsWith("s")) return Duration.ofSeconds(number(lower, 1));
                if (lower.endsWith("m")) return Duration.ofMinutes(number(lower, 1));
            } catch (NumberFormatException | ArithmeticException wrong) {
                throw new TypeConversionException("'" + text + "' is no time such as 100ms or 1s");
            }
            throw new TypeConversionException("'" + text + "' is no time such as 100ms or 1s");
        }

        private static long number(String text, int unit) {
            return Long.parseLong(text.substring(0, text.length() - unit));
        }
    }
}
