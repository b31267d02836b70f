package dev.grapevine.agent.sim;

import dev.grapevine.agent.ExitCode;
import dev.grapevine.sim.scenario.Breach;
import dev.grapevine.sim.scenario.Chronicle;
import dev.grapevine.sim.scenario.Outcome;
import dev.grapevine.sim.scenario.Scenario;
import dev.grapevine.sim.scenario.ScenarioRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** Runs one scenario with one seed and says what it measured. */
@Command(
        name = "run",
        description = "Runs a scenario on virtual time.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {"  grapevine sim run crash-ten --seed 7", "  grapevine sim run swarm --set network.loss=0.2 --json"})
public final class RunCommand implements Callable<Integer> {
    private static final long SLICE_NANOS = 250_000_000L;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private ScenarioOptions options = new ScenarioOptions();

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "What all luck is drawn from (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(names = "--json", description = "Prints one JSON document.")
    private boolean json;

    @Option(names = "--report", paramLabel = "FILE", description = "Also writes a page of HTML that needs no network.")
    private @Nullable Path report;

    @Override
    public Integer call() throws IOException {
        Scenario scenario = options.read(seed, spec);
        ScenarioRun run = new ScenarioRun(scenario);
        Chronicle chronicle = report == null ? null : run.chronicle();
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        long began = System.nanoTime();
        try (Interruption interruption = new Interruption()) {
            advance(run, scenario, interruption);
            Outcome outcome = run.finish();
            double wallSeconds = (System.nanoTime() - began) / 1e9;
            boolean whole = run.nowNanos() >= scenario.durationNanos();
            Map<String, Object> document = document(outcome, wallSeconds, whole);
            if (json) {
                out.println(JsonMapper.builder().build().writeValueAsString(document));
            } else {
                print(outcome, wallSeconds, whole, out);
            }
            if (report != null && chronicle != null)
                Files.writeString(
                        report,
                        ScenarioReport.html(run, chronicle, outcome, whole, String.valueOf(document.get("replay"))));
            out.flush();
            return outcome.isGood() && whole ? ExitCode.DONE : ExitCode.FAILED;
        }
    }

    private static void advance(ScenarioRun run, Scenario scenario, Interruption interruption) {
        if (System.console() == null) {
            while (!interruption.asked().get() && run.runUntilNanos(run.nowNanos() + SLICE_NANOS)) continue;
            return;
        }
        try (ProgressBar bar = new ProgressBarBuilder()
                .setTaskName("simulated")
                .setInitialMax(scenario.durationNanos() / 1_000_000)
                .setUnit(" s", 1_000)
                .showSpeed()
                .setUpdateIntervalMillis((int) Duration.ofMillis(200).toMillis())
                .build()) {
            while (!interruption.asked().get() && run.runUntilNanos(run.nowNanos() + SLICE_NANOS))
                bar.stepTo(run.nowNanos() / 1_000_000);
            bar.stepTo(run.nowNanos() / 1_000_000);
        }
    }

    private Map<String, Object> document(Outcome outcome, double wallSeconds, boolean whole) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("scenario", outcome.scenario());
        document.put("seed", outcome.seed());
        document.put("nodes", outcome.nodes());
        document.put("hash", Long.toHexString(outcome.hash()));
        document.put("whole", whole);
        document.put("simulatedSeconds", outcome.simulatedNanos() / 1e9);
        document.put("wallSeconds", wallSeconds);
        document.put("events", outcome.events());
        document.put("eventsPerSecond", Math.round(outcome.events() / wallSeconds));
        document.putAll(outcome.metrics());
        document.put(
                "breaches", outcome.breaches().stream().map(Breach::toString).toList());
        document.put("replay", ScenarioOptions.replay(options.scenario, seed, options.settings()));
        return document;
    }

    private void print(Outcome outcome, double wallSeconds, boolean whole, PrintWriter out) {
        out.printf(
                "%s, seed %d, %d nodes%s%n",
                outcome.scenario(), outcome.seed(), outcome.nodes(), whole ? "" : " (stopped early)");
        outcome.metrics().forEach((name, value) -> out.printf("  %-28s %s%n", name, plain(value)));
        out.printf(
                "  %-28s %.1f s in %.1f s: %.0f times real time, %,.0f events a second%n",
                "simulated",
                outcome.simulatedNanos() / 1e9,
                wallSeconds,
                outcome.simulatedNanos() / 1e9 / wallSeconds,
                outcome.events() / wallSeconds);
        out.printf("  %-28s %016x%n", "hash of the trace", outcome.hash());
        List<Breach> breaches = outcome.breaches();
        if (breaches.isEmpty()) out.println(whole ? "Everything held." : "What was seen held.");
        for (Breach breach : breaches) out.println("BROKEN " + breach);
        out.println("Again: " + ScenarioOptions.replay(options.scenario, seed, options.settings()));
    }

    private static String plain(Object value) {
        if (!(value instanceof Map<?, ?> map)) return String.valueOf(value);
        StringBuilder text = new StringBuilder();
        map.forEach((name, number) -> text.append(text.isEmpty() ? "" : ", ")
                .append(name)
                .append(' ')
                .append(number instanceof Double d ? "%.3f".formatted(d) : String.valueOf(number)));
        return text.toString();
    }
}
