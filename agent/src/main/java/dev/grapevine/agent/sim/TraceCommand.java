package dev.grapevine.agent.sim;

import dev.grapevine.agent.ExitCode;
import dev.grapevine.sim.scenario.Scenario;
import dev.grapevine.sim.scenario.ScenarioRun;
import dev.grapevine.sim.scenario.Transcript;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Prints what happens in a run, one line an event. */
@Command(
        name = "trace",
        description = "Prints a readable transcript of a run: the time in seconds, the node, and what it did.",
        mixinStandardHelpOptions = true)
public final class TraceCommand implements Callable<Integer> {
    private static final long SLICE_NANOS = 100_000_000L;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private ScenarioOptions options = new ScenarioOptions();

    @Option(names = "--seed", paramLabel = "S", required = true, description = "The seed of the run.")
    private long seed;

    @Option(
            names = "--until",
            paramLabel = "SECONDS",
            description = "Stops there (default: at the end of the scenario).")
    private double until = Double.MAX_VALUE;

    @Option(names = "--node", paramLabel = "N", description = "Only this node: 7 for n7 (default: all).")
    private int node = -1;

    @Override
    public Integer call() {
        CommandSpec ours = Objects.requireNonNull(spec);
        if (!(until > 0)) throw new ParameterException(ours.commandLine(), "--until must be above 0");
        Scenario scenario = options.read(seed, spec);
        if (node >= scenario.nodes() || node < -1)
            throw new ParameterException(ours.commandLine(), "--node " + node + ": there are " + scenario.nodes());
        PrintWriter out = ours.commandLine().getOut();
        ScenarioRun run = new ScenarioRun(scenario);
        run.observe(new Transcript(out::println, node));
        long untilNanos = (long) Math.min(until * 1e9, (double) scenario.durationNanos());
        try (Interruption interruption = new Interruption()) {
            while (run.nowNanos() < untilNanos && !interruption.asked().get())
                run.runUntilNanos(Math.min(untilNanos, run.nowNanos() + SLICE_NANOS));
            out.flush();
        }
        return ExitCode.DONE;
    }
}
