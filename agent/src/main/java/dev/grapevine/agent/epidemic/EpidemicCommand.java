package dev.grapevine.agent.epidemic;

import dev.grapevine.agent.ExitCode;
import dev.grapevine.agent.demo.Screen;
import dev.grapevine.agent.sim.Interruption;
import dev.grapevine.sim.array.Experiment;
import dev.grapevine.sim.array.Summary;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** Runs epidemics on arrays and prints what they measured beside what theory says. */
@Command(
        name = "epidemic",
        description = "Epidemics among 1 to 1e9 nodes, beside the figures of theory.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  grapevine sim epidemic --nodes 1e6 --runs 100",
            "  grapevine sim epidemic --nodes 1e8 --exchange push --json",
            "  grapevine sim epidemic --nodes 1000 --rumor feedback-counter:3 --runs 2000",
            "  grapevine sim epidemic --nodes 1e5 --overlay regular:5 --crash 0.3 --report out.html"
        })
public final class EpidemicCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private EpidemicOptions options = new EpidemicOptions();

    @Option(names = "--json", description = "Prints one JSON document.")
    private boolean json;

    @Option(names = "--report", paramLabel = "FILE", description = "Also writes a page of HTML that needs no network.")
    private @Nullable Path report;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Experiment experiment;
        try {
            experiment = options.experiment();
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(), Objects.requireNonNull(wrong.getMessage()));
        }
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        try (Interruption interruption = new Interruption()) {
            boolean whole = run(experiment, interruption);
            EpidemicResult result = new EpidemicResult(options, experiment, experiment.summary(), whole);
            if (json) out.println(JsonMapper.builder().build().writeValueAsString(result.document()));
            else EpidemicText.print(result, out);
            out.flush();
            if (report != null) Files.writeString(report, EpidemicReport.html(result));
            return whole ? ExitCode.DONE : ExitCode.FAILED;
        }
    }

    /** Runs beside this thread, so that an interruption need not wait for the end of a run; true if all was done. */
    private static boolean run(Experiment experiment, Interruption interruption) throws InterruptedException {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        AtomicReference<@Nullable Summary> summary = new AtomicReference<>();
        try (Bar bar = new Bar(experiment)) {
            Thread work = Thread.ofPlatform().daemon().name("experiment").start(() -> {
                try {
                    summary.set(experiment.run(bar));
                } catch (RuntimeException | OutOfMemoryError e) {
                    failure.set(e);
                }
            });
            while (work.isAlive() && !interruption.asked().get()) work.join(20);
        }
        Throwable thrown = failure.get();
        if (thrown instanceof RuntimeException known) throw known;
        if (thrown != null) throw new IllegalStateException("not enough memory: set GRAPEVINE_OPTS=-Xmx...", thrown);
        return summary.get() != null;
    }

    /** Progress on a terminal, nothing elsewhere. */
    private static final class Bar implements Experiment.Progress, AutoCloseable {
        private final AtomicInteger ended = new AtomicInteger();
        private final int live;
        private final @Nullable ProgressBar bar;

        Bar(Experiment experiment) {
            this.live = experiment.epidemic().live();
            this.bar = !Screen.isTerminal(2)
                    ? null
                    : new ProgressBarBuilder()
                            .setTaskName("runs")
                            .setInitialMax(experiment.runs())
                            .setUpdateIntervalMillis(200)
                            .build();
        }

        @Override
        public void at(int run, int round, long informed) {
            if (bar == null) return;
            if (round < 0) bar.stepTo(ended.incrementAndGet());
            else bar.setExtraMessage(" round %d: %.4f %%".formatted(round, 100.0 * informed / live));
        }

        @Override
        public void close() {
            if (bar != null) bar.close();
        }
    }
}
