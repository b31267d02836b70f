package dev.grapevine.agent.serf;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code serf} among the commands of {@code grapevine}: everything after it is read by {@link SerfCli}. */
@Command(
        name = SerfCommands.NAME,
        description = "Speak Serf: an agent and client commands like those of the program 'serf'.",
        footer = "%nIts commands, flags and exit codes are serf's: see 'grapevine serf --help'.")
public final class SerfCommands implements Callable<Integer> {
    /** What is typed. */
    public static final String NAME = "serf";

    @Spec
    private @Nullable CommandSpec spec;

    @Unmatched
    private List<String> args = new ArrayList<>();

    /** For picocli. */
    public SerfCommands() {}

    /**
     * Runs one command line, without the leading {@code serf}, in this process's environment.
     *
     * @return serf's exit codes: 0 done, 1 failed or wrong usage, 127 no such command
     */
    public static int run(PrintWriter out, PrintWriter err, List<String> args) {
        return SerfCli.run(out, err, System.getenv(), args);
    }

    @Override
    public Integer call() {
        var commandLine = Objects.requireNonNull(spec).commandLine();
        return run(commandLine.getOut(), commandLine.getErr(), args);
    }
}
