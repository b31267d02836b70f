package dev.grapevine.agent.sim;

import dev.grapevine.agent.ExitCode;
import dev.grapevine.sim.scenario.Breach;
import dev.grapevine.sim.scenario.Hunt;
import dev.grapevine.sim.scenario.ScenarioException;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs many seeds of a scenario until one breaks a rule, and makes that one small. */
@Command(
        name = "hunt",
        description = "Looks for a seed that breaks a rule, makes it small and says how to replay it.",
        mixinStandardHelpOptions = true)
public final class HuntCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private ScenarioOptions options = new ScenarioOptions();

    @Option(names = "--seeds", paramLabel = "N", required = true, description = "How many seeds to run.")
    private long seeds;

    @Option(names = "--first", paramLabel = "S", description = "The first of them (default: ${DEFAULT-VALUE}).")
    private long first = 1;

    @Option(names = "--jobs", paramLabel = "J", description = "Runs side by side (default: one per processor).")
    private int jobs = Runtime.getRuntime().availableProcessors();

    @Override
    public Integer call() throws InterruptedException {
        CommandSpec ours = Objects.requireNonNull(spec);
        if (seeds < 1 || jobs < 1 || jobs > 1024)
            throw new ParameterException(ours.commandLine(), "--seeds must be at least 1 and --jobs in 1..1024");
        PrintWriter out = ours.commandLine().getOut();
        PrintWriter err = ours.commandLine().getErr();
        AtomicLong done = new AtomicLong();
        long began = System.nanoTime();
        try (Interruption interruption = new Interruption()) {
            Hunt.Found found = new Hunt(options.scenario, options.settings())
                    .run(first, seeds, jobs, interruption.asked(), count -> {
                        done.accumulateAndGet(count, Math::max);
                        if (System.console() != null) {
                            err.printf("\r%,d of %,d seeds", count, seeds);
                            err.flush();
                        }
                    });
            double seconds = (System.nanoTime() - began) / 1e9;
            out.printf("%s%,d seeds in %.1f s%n", System.console() == null ? "" : "\n", done.get(), seconds);
            if (found == null) {
                out.println(interruption.asked().get() ? "Stopped; no rule was broken so far." : "No rule was broken.");
                return interruption.asked().get() ? ExitCode.FAILED : ExitCode.DONE;
            }
            out.printf("Seed %d breaks a rule; made small in %d runs:%n", found.seed(), found.tries());
            for (Breach breach : found.outcome().breaches()) out.println("BROKEN " + breach);
            out.println("Again: " + ScenarioOptions.replay(options.scenario, found.seed(), found.settings()));
            out.flush();
            return ExitCode.FAILED;
        } catch (ScenarioException wrong) {
            throw ScenarioOptions.wrongUsage(spec, wrong);
        }
    }
}
