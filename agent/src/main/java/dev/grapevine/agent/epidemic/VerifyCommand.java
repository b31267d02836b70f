package dev.grapevine.agent.epidemic;

import dev.grapevine.agent.ExitCode;
import dev.grapevine.agent.demo.Screen;
import dev.grapevine.agent.sim.Interruption;
import dev.grapevine.sim.array.Epidemic;
import dev.grapevine.sim.array.Spread;
import dev.grapevine.sim.array.Theory;
import dev.grapevine.sim.array.Verification;
import dev.grapevine.sim.array.Verification.Check;
import dev.grapevine.sim.scenario.LifeguardSweep;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** Compares the simulator with every figure of theory that it knows, and fails where one is missed. */
@Command(
        name = "verify",
        description =
                "Compares epidemics on arrays and failure detection by real nodes with the reference figures; fails beyond"
                        + " 4 standard errors.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  grapevine sim verify --quick             clusters up to 1000, less than a minute",
            "  grapevine sim verify                     all, up to 1e8 nodes, some minutes",
            "  grapevine sim verify --only lifeguard --cells 432 --repeats 10     Lifeguard's whole sweep, hours"
        })
public final class VerifyCommand implements Callable<Integer> {
    private static final List<String> PARTS = List.of("epidemics", "swim", "lifeguard");
    private static final String ROW = "%-4s %-5s %-18s %-9s %2s %-11s %5s %5s %9s %-19s %10s %10s %6s %6s%n";

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--quick", description = "Only clusters up to 1000 nodes, with fewer runs.")
    private boolean quick;

    @Option(names = "--json", description = "Prints one JSON document.")
    private boolean json;

    @Option(names = "--only", paramLabel = "PART", description = "epidemics, swim or lifeguard (default: all).")
    private @Nullable String only;

    @Option(
            names = "--cells",
            paramLabel = "N",
            description =
                    "Combinations of Lifeguard's sweep, drawn from the seed, 1 to 432 (default: ${DEFAULT-VALUE}).")
    private int cells = 12;

    @Option(names = "--repeats", paramLabel = "N", description = "Runs of each, 1 to 100 (default: ${DEFAULT-VALUE}).")
    private int repeats = 1;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "What all luck is drawn from (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(
            names = "--threads",
            paramLabel = "T",
            description = "Never changes a result (default: as many as processors).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Override
    public Integer call() throws InterruptedException {
        if (threads < 1 || threads > 1024) throw wrong("threads must be within 1 to 1024, not " + threads);
        if (only != null && !PARTS.contains(only))
            throw wrong("--only must be " + String.join(", ", PARTS) + ", not '" + only + "'");
        if (cells < 1 || cells > LifeguardSweep.CELLS || repeats < 1 || repeats > 100)
            throw wrong("--cells must be within 1 to " + LifeguardSweep.CELLS + " and --repeats within 1 to 100");
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        List<Check> checks = Collections.synchronizedList(new ArrayList<>());
        boolean terminal = Screen.isTerminal(2);
        if (!json && does("epidemics")) {
            out.printf(
                    ROW,
                    "",
                    "§",
                    "spread",
                    "exchange",
                    "K",
                    "clock",
                    "loss",
                    "crash",
                    "nodes",
                    "figure",
                    "reference",
                    "ours",
                    "runs",
                    "s.e.");
        }
        try (Interruption interruption = new Interruption()) {
            boolean whole = !does("epidemics")
                    || run(interruption, (check, done, total) -> {
                        if (interruption.asked().get()) return;
                        checks.add(check);
                        if (!json) row(check, out);
                        if (json && terminal) err.print("\r" + done + " of " + total);
                        err.flush();
                    });
            if (!json) notes(checks, out);
            DetectionTables detection = detection(interruption, out);
            whole &= !interruption.asked().get();
            long missed = checks.stream().filter(check -> !check.passed()).count() + detection.missed();
            long figures = checks.size() + detection.checks();
            if (json) {
                Map<String, Object> document = new LinkedHashMap<>();
                document.put("checks", figures);
                document.put("failed", missed);
                document.put("seed", seed);
                document.put("whole", whole);
                document.put(
                        "table", checks.stream().map(VerifyCommand::document).toList());
                document.putAll(detection.document());
                out.println(JsonMapper.builder().build().writeValueAsString(document));
            } else {
                out.printf(
                        "%n%d of %d figures within %.0f standard errors%s%n",
                        figures - missed, figures, Verification.LIMIT, whole ? "" : "; stopped early");
            }
            out.flush();
            return whole && missed == 0 ? ExitCode.DONE : ExitCode.FAILED;
        }
    }

    private boolean does(String part) {
        return only == null || only.equals(part);
    }

    private ParameterException wrong(String what) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), what);
    }

    private DetectionTables detection(Interruption interruption, PrintWriter out) {
        DetectionTables tables = new DetectionTables(interruption.asked()::get);
        if (!json) out.println();
        if (does("swim")) tables.swim(quick, seed, json ? null : out);
        boolean sweeps = "lifeguard".equals(only) || only == null && !quick;
        if (sweeps) tables.lifeguard(cells, repeats, seed, json ? null : out);
        return tables;
    }

    private boolean run(Interruption interruption, Verification.Listener listener) throws InterruptedException {
        AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
        Verification.Extent extent = quick ? Verification.Extent.QUICK : Verification.Extent.FULL;
        Thread work = Thread.ofPlatform().daemon().name("verification").start(() -> {
            try {
                Verification.run(extent, seed, threads, listener);
            } catch (RuntimeException e) {
                failure.set(e);
            }
        });
        while (work.isAlive() && !interruption.asked().get()) work.join(50);
        RuntimeException thrown = failure.get();
        if (thrown != null) throw thrown;
        return !work.isAlive();
    }

    /** Why a figure was compared with another one than the reference; each reason once. */
    private static void notes(List<Check> checks, PrintWriter out) {
        checks.stream()
                .map(Check::reference)
                .filter(Theory.Reference::labelled)
                .map(reference -> String.format(
                        Locale.ROOT,
                        "note §%s %s K=%d %s %s: compared with %s, since %s",
                        reference.section(),
                        reference.epidemic().exchange().word(),
                        reference.epidemic().fanout(),
                        reference.measure().word(),
                        EpidemicText.number(reference.value()),
                        EpidemicText.number(reference.expected()),
                        reference.note()))
                .distinct()
                .forEach(note -> out.println("\n" + note));
    }

    private static void row(Check check, PrintWriter out) {
        Theory.Reference reference = check.reference();
        Epidemic epidemic = reference.epidemic();
        out.printf(
                Locale.ROOT,
                ROW,
                !check.passed() ? "MISS" : reference.labelled() ? "note" : "ok",
                reference.section(),
                name(reference.spread()),
                epidemic.exchange().word(),
                epidemic.fanout(),
                epidemic.clock().word(),
                EpidemicText.number(loss(epidemic)),
                EpidemicText.number(crash(epidemic)),
                String.format(Locale.ROOT, "%.0e", (double) epidemic.nodes()).replace("e+0", "e"),
                reference.measure().word(),
                EpidemicText.number(reference.value()),
                EpidemicText.number(check.ours().mean()),
                check.runs(),
                String.format(Locale.ROOT, "%.2f", check.deviation()));
        out.flush();
    }

    private static double loss(Epidemic epidemic) {
        return Math.round((1 - epidemic.link().push()) * 1e6) / 1e6;
    }

    private static double crash(Epidemic epidemic) {
        return Math.round((1 - (double) epidemic.live() / epidemic.nodes()) * 1e6) / 1e6;
    }

    private static String name(Spread spread) {
        return switch (spread) {
            case Spread.AntiEntropy() -> "anti-entropy";
            case Spread.Mongering(var rumor) -> rumor.word();
            case Spread.InfectAndDie() -> "infect-and-die";
            case Spread.Retransmit(int multiplier) -> "memberlist:" + multiplier;
            case Spread.Flooding(int degree) -> "regular:" + degree;
        };
    }

    private static Map<String, Object> document(Check check) {
        Theory.Reference reference = check.reference();
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("section", reference.section());
        document.put("spread", name(reference.spread()));
        document.put("exchange", reference.epidemic().exchange().word());
        document.put("fanout", reference.epidemic().fanout());
        document.put("clock", reference.epidemic().clock().word());
        document.put("loss", loss(reference.epidemic()));
        document.put("crash", crash(reference.epidemic()));
        document.put("nodes", reference.epidemic().nodes());
        document.put("figure", reference.measure().word());
        document.put("reference", reference.value());
        if (reference.labelled()) {
            document.put("comparedWith", reference.expected());
            document.put("note", reference.note());
        }
        document.put("ours", check.ours().mean());
        document.put("sd", check.ours().sd());
        document.put("runs", check.runs());
        document.put("standardErrors", check.deviation());
        document.put("passed", check.passed());
        return document;
    }
}
