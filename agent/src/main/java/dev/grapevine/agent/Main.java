package dev.grapevine.agent;

import dev.grapevine.agent.demo.DemoCommand;
import dev.grapevine.agent.replay.ReplayCommand;
import dev.grapevine.agent.serf.SerfCommands;
import dev.grapevine.agent.serf.SerfMain;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The {@code grapevine} program. Each command is a picocli {@link Command} of its own in its own package, a
 * {@code Callable<Integer>} whose result is the exit code: an {@link ExitCode}. A
 * command that finds its options at odds throws {@link ParameterException}; any other exception means it failed, and
 * its message is what the user reads.
 */
@Command(
        name = "grapevine",
        description = "Gossip for the JVM: form clusters, watch them, simulate them.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:it failed", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  grapevine --version          what this is, and on which Java it runs",
            "  grapevine COMMAND --help     the options of a command, with examples"
        },
        // Register a command here, one line each.
        subcommands = {DemoCommand.class, SerfCommands.class, SimCommand.class, ReplayCommand.class})
public final class Main implements Callable<Integer> {
    @Spec
    private @org.jspecify.annotations.Nullable CommandSpec spec;

    private Main() {}

    /**
     * Runs the program and ends the process with its exit code.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        // serf reads its command line as Go programs do, and must start fast: picocli only lists it.
        if (args.length > 0 && args[0].equals(SerfCommands.NAME))
            SerfMain.main(List.of(args).subList(1, args.length).toArray(String[]::new));
        PrintWriter out = new PrintWriter(System.out, true, charsetOf("stdout.encoding"));
        PrintWriter err = new PrintWriter(System.err, true, charsetOf("stderr.encoding"));
        System.exit(run(out, err, args));
    }

    /**
     * Runs one command line within this process.
     *
     * @param out  where results go
     * @param err  where progress and errors go
     * @param args the command line
     * @return an {@link ExitCode}
     */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        ErrorReport errors = new ErrorReport();
        return new CommandLine(new Main())
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(errors)
                .setExecutionExceptionHandler(errors)
                .execute(args);
    }

    /** Called when no command is named, which is wrong usage. */
    @Override
    public Integer call() {
        throw new ParameterException(java.util.Objects.requireNonNull(spec).commandLine(), "name a command");
    }

    private static Charset charsetOf(String property) {
        return Charset.forName(System.getProperty(property), Charset.defaultCharset());
    }
}
