package dev.grapevine.agent;

import dev.grapevine.agent.epidemic.EpidemicCommand;
import dev.grapevine.agent.epidemic.VerifyCommand;
import dev.grapevine.agent.sim.BroadcastStudyCommand;
import dev.grapevine.agent.sim.HuntCommand;
import dev.grapevine.agent.sim.RunCommand;
import dev.grapevine.agent.sim.TraceCommand;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The parent of everything that is simulated. */
@Command(
        name = "sim",
        description = "Runs clusters and epidemics on virtual time, from a seed.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            RunCommand.class,
            HuntCommand.class,
            TraceCommand.class,
            EpidemicCommand.class,
            BroadcastStudyCommand.class,
            VerifyCommand.class
        })
final class SimCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        throw new ParameterException(
                Objects.requireNonNull(spec).commandLine(),
                "name a command: run, hunt, trace, epidemic, broadcast or verify");
    }
}
