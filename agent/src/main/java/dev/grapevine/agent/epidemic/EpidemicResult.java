package dev.grapevine.agent.epidemic;

import dev.grapevine.sim.array.Epidemic;
import dev.grapevine.sim.array.Experiment;
import dev.grapevine.sim.array.Spread;
import dev.grapevine.sim.array.Summary;
import dev.grapevine.sim.array.Theory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was asked and what came of it. */
record EpidemicResult(EpidemicOptions options, Experiment experiment, Summary summary, boolean whole) {
    Epidemic epidemic() {
        return experiment.epidemic();
    }

    List<Theory.Reference> references() {
        return Theory.about(epidemic(), experiment.spread());
    }

    double contactsPerSecond() {
        return summary.contacts() / summary.wallSeconds();
    }

    /** What the unit of time is called. */
    String unit() {
        if (experiment.spread() instanceof Spread.Flooding) return "hops";
        return switch (epidemic().clock()) {
            case SYNCHRONOUS -> "rounds";
            case POISSON, PERIODIC -> "periods";
        };
    }

    String title() {
        String rule = switch (experiment.spread()) {
            case Spread.AntiEntropy() -> epidemic().exchange().word();
            case Spread.Mongering(var rumor) -> epidemic().exchange().word() + " rumor mongering, " + rumor.word();
            case Spread.InfectAndDie() -> "infect and die";
            case Spread.Retransmit(int multiplier) -> "memberlist's rule, multiplier " + multiplier;
            case Spread.Flooding(int degree) -> "flooding, random regular graph of degree " + degree;
        };
        return String.format(
                Locale.ROOT,
                "%,d nodes%s, %s, %s%s clock%s; %d of %d run%s, seed %d",
                epidemic().nodes(),
                epidemic().live() == epidemic().nodes()
                        ? ""
                        : String.format(
                                Locale.ROOT, " (%,d of them live)", epidemic().live()),
                rule,
                experiment.spread() instanceof Spread.Flooding
                        ? ""
                        : "fanout " + epidemic().fanout() + ", ",
                epidemic().clock().word(),
                options.loss == 0 ? "" : String.format(Locale.ROOT, ", %s %% loss", 100 * options.loss),
                summary.runs(),
                experiment.runs(),
                experiment.runs() == 1 ? "" : "s",
                options.seed);
    }

    Map<String, @Nullable Object> document() {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("nodes", epidemic().nodes());
        document.put("exchange", epidemic().exchange().word());
        document.put("fanout", epidemic().fanout());
        document.put("loss", options.loss);
        document.put("clock", epidemic().clock().word());
        document.put("runs", summary.runs());
        document.put("seed", options.seed);
        boolean any = summary.runs() > 0;
        document.put("rounds", any ? rounds() : null);
        document.put("payloadsPerNode", any ? summary.payloadsPerNode().mean() : null);
        document.put("residue", any ? summary.residue().mean() : null);
        document.put("curve", any ? summary.curve() : null);
        document.put("contactsPerSecond", Math.round(contactsPerSecond()));
        document.put("wallMillis", Math.round(summary.wallSeconds() * 1e3));
        document.put("hash", String.format(Locale.ROOT, "%016x", summary.hash()));
        document.put("payloadsPerDelivery", any ? summary.payloadsPerDelivery().mean() : null);
        if (options.crash > 0) document.put("crash", options.crash);
        if (options.forward != null) document.put("forward", options.forward);
        if (options.overlay != null) document.put("overlay", options.overlay);
        if (options.rumor != null) {
            document.put("rumor", options.rumor);
            document.put("m", any ? summary.payloadsPerNode().mean() : null);
            document.put("tAve", any ? summary.meanReception().mean() : null);
            document.put("tLast", any ? summary.rounds().mean() : null);
        }
        if (!(experiment.spread() instanceof Spread.AntiEntropy))
            document.put("complete", any ? summary.complete().mean() : null);
        if (!whole) document.put("partial", true);
        return document;
    }

    private Map<String, Object> rounds() {
        Map<String, Object> rounds = new LinkedHashMap<>();
        rounds.put("mean", summary.rounds().mean());
        rounds.put("sd", summary.rounds().sd());
        rounds.put("min", summary.quantile(Double.MIN_VALUE));
        rounds.put("max", summary.quantile(1));
        rounds.put("p01", summary.quantile(0.01));
        rounds.put("p50", summary.quantile(0.5));
        rounds.put("p99", summary.quantile(0.99));
        return rounds;
    }
}
