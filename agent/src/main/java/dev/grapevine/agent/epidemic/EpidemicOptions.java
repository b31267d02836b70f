package dev.grapevine.agent.epidemic;

import dev.grapevine.sim.array.Clock;
import dev.grapevine.sim.array.Epidemic;
import dev.grapevine.sim.array.Exchange;
import dev.grapevine.sim.array.Experiment;
import dev.grapevine.sim.array.Link;
import dev.grapevine.sim.array.Rumor;
import dev.grapevine.sim.array.Spread;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What to simulate, as given on the command line. */
final class EpidemicOptions {
    private static final int MEMBERLIST_FANOUT = 3;
    private static final int MEMBERLIST_MULTIPLIER = 4;

    @Option(names = "--nodes", paramLabel = "N", description = "1 to 1e9 (default: ${DEFAULT-VALUE}).")
    String nodes = "1e6";

    @Option(
            names = "--exchange",
            paramLabel = "WAY",
            description = "push, pull or push-pull (default: push-pull; push for --rumor, --forward and --overlay).")
    @Nullable
    String exchange;

    @Option(names = "--fanout", paramLabel = "K", description = "Distinct peers called each round (default: 1).")
    @Nullable
    Integer fanout;

    @Option(
            names = "--loss",
            paramLabel = "P",
            description = "Chance that a one-way message is lost, 0 to below 1 (default: ${DEFAULT-VALUE}).")
    double loss = 0;

    @Option(
            names = "--clock",
            paramLabel = "CLOCK",
            description = "synchronous, poisson or periodic (default: ${DEFAULT-VALUE}).")
    String clock = "synchronous";

    @Option(
            names = "--rumor",
            paramLabel = "VARIANT:K",
            description = "Demers' rumor mongering: feedback-counter, feedback-coin, blind-counter or blind-coin.")
    @Nullable
    String rumor;

    @Option(
            names = "--forward",
            paramLabel = "RULE",
            description = "Bounded forwarding: infect-and-die:K, or memberlist[:MULTIPLIER].")
    @Nullable
    String forward;

    @Option(names = "--overlay", paramLabel = "regular:D", description = "Floods over a random regular graph.")
    @Nullable
    String overlay;

    @Option(
            names = "--crash",
            paramLabel = "F",
            description = "Share of the nodes that are down, 0 to below 1 (default: ${DEFAULT-VALUE}).")
    double crash = 0;

    @Option(
            names = "--runs",
            paramLabel = "R",
            description = "How many runs (default: 100; from 1e6 nodes 10, from 1e8 one).")
    @Nullable
    Integer runs;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "What all luck is drawn from (default: ${DEFAULT-VALUE}).")
    long seed = 1;

    @Option(
            names = "--threads",
            paramLabel = "T",
            description = "Never changes a result (default: as many as processors).")
    @Nullable
    Integer threads;

    /** @throws IllegalArgumentException saying which option is wrong */
    Experiment experiment() {
        int given = (rumor == null ? 0 : 1) + (forward == null ? 0 : 1) + (overlay == null ? 0 : 1);
        if (given > 1) throw new IllegalArgumentException("choose one of --rumor, --forward and --overlay");
        int n = number("nodes", nodes, Epidemic.MAX_NODES);
        if (!(crash >= 0 && crash < 1)) throw new IllegalArgumentException("crash must be within [0, 1), not " + crash);
        int live = n - (int) Math.round(n * crash);
        if (live == 0) throw new IllegalArgumentException("a crash of " + crash + " leaves none of " + n + " nodes");
        Exchange way = exchange != null ? Exchange.of(exchange) : given == 0 ? Exchange.PUSH_PULL : Exchange.PUSH;
        Spread spread = spread();
        Epidemic epidemic = new Epidemic(n, live, way, fanout(), Clock.of(clock), Link.losing(loss));
        long bytes = bytes(epidemic, spread);
        if (bytes + bytes / 2 > Runtime.getRuntime().maxMemory()) // arrays live in the old generation, two thirds of it
        throw new IllegalArgumentException(
                    "needs about " + (bytes + bytes / 2 >> 20) + " MB of heap, and the JVM may use only "
                            + (Runtime.getRuntime().maxMemory() >> 20) + " MB: set GRAPEVINE_OPTS=-Xmx...");
        int count = runs != null ? runs : n < 1_000_000 ? 100 : n < 100_000_000 ? 10 : 1;
        return new Experiment(epidemic, spread, count, seed, threads());
    }

    private int threads() {
        return threads != null ? threads : Runtime.getRuntime().availableProcessors();
    }

    private int fanout() {
        String rule = forward;
        if (rule != null && rule.startsWith("infect-and-die")) {
            if (fanout != null) throw new IllegalArgumentException("infect-and-die:K already says the fanout");
            return number("the K of infect-and-die:K", after(rule), Epidemic.MAX_NODES);
        }
        if (fanout != null) return fanout;
        return rule == null ? 1 : MEMBERLIST_FANOUT;
    }

    private Spread spread() {
        if (rumor != null) return new Spread.Mongering(Rumor.of(rumor));
        if (overlay != null) {
            if (!overlay.startsWith("regular:"))
                throw new IllegalArgumentException("unknown overlay '" + overlay + "': regular:D");
            return new Spread.Flooding(number("the D of regular:D", after(overlay), 1000));
        }
        if (forward == null) return new Spread.AntiEntropy();
        if (forward.startsWith("infect-and-die:")) return new Spread.InfectAndDie();
        if (forward.equals("memberlist")) return new Spread.Retransmit(MEMBERLIST_MULTIPLIER);
        if (forward.startsWith("memberlist:"))
            return new Spread.Retransmit(number("memberlist's multiplier", after(forward), 100));
        throw new IllegalArgumentException("unknown rule '" + forward + "': infect-and-die:K or memberlist:MULTIPLIER");
    }

    /** What one run of each thread keeps, roughly. */
    private long bytes(Epidemic epidemic, Spread spread) {
        long n = epidemic.nodes();
        long each = runs != null && runs == 1 ? 1 : threads();
        return switch (spread) {
            case Spread.AntiEntropy() ->
                (epidemic.clock() == Clock.SYNCHRONOUS && n >= 1 << 19 ? n / 4 : each * n / 4) + (32 << 20);
            case Spread.Mongering mongering -> each * n * 4 + (32 << 20);
            case Spread.InfectAndDie() -> each * n * 9 + (32 << 20);
            case Spread.Retransmit retransmit -> each * n * 9 + (32 << 20);
            case Spread.Flooding(int degree) -> each * n * (8L * degree + 12) + (32 << 20);
        };
    }

    private static String after(String text) {
        return text.substring(text.indexOf(':') + 1);
    }

    private static int number(String name, String text, int most) {
        try {
            BigDecimal number = new BigDecimal(text.replace("_", ""));
            // Compared before it is converted: 1e999999999 must not be written out.
            if (number.signum() > 0 && number.precision() - number.scale() <= 10) {
                long value = number.longValueExact();
                if (value >= 1 && value <= most) return (int) value;
            }
        } catch (ArithmeticException | NumberFormatException notWhole) {
            // Said below, like every other unusable number.
        }
        throw new IllegalArgumentException(name + " must be a whole number within 1 to "
                + (most == Epidemic.MAX_NODES ? "1e9" : String.valueOf(most)) + ", not '" + text + "'");
    }
}
