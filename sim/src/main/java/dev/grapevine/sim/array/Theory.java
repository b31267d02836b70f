package dev.grapevine.sim.array;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The reference figures that the array engine is tested against and that reports print beside ours. */
public final class Theory {
    /** A figure of a {@link Summary} that a reference speaks of. */
    public enum Measure {
        /** Rounds, periods or hops until the last delivery. */
        ROUNDS("rounds"),
        /** Rounds until nobody passes it on any more: those who hear last still forward, in vain. */
        ROUNDS_TO_QUIET("roundsToQuiet"),
        /** Mean round of reception. */
        T_AVE("tAve"),
        /** Payloads sent per node. */
        PAYLOADS_PER_NODE("payloadsPerNode"),
        /** Payloads per delivery with digests first. */
        PAYLOADS_PER_DELIVERY("payloadsPerDelivery"),
        /** Share of the nodes never reached. */
        RESIDUE("residue"),
        /** Share of the nodes reached. */
        REACHED("reached"),
        /** Share of the runs that reached everyone. */
        COMPLETE("complete");

        private final String word;

        Measure(String word) {
            this.word = word;
        }

        /** The name in tables. */
        public String word() {
            return word;
        }

        /** This figure of ours. */
        public Summary.Figure of(Summary summary) {
            return switch (this) {
                case ROUNDS -> summary.rounds();
                case ROUNDS_TO_QUIET ->
                    new Summary.Figure(
                            summary.rounds().mean() + 1, summary.rounds().sd());
                case T_AVE -> summary.meanReception();
                case PAYLOADS_PER_NODE -> summary.payloadsPerNode();
                case PAYLOADS_PER_DELIVERY -> summary.payloadsPerDelivery();
                case RESIDUE -> summary.residue();
                case REACHED ->
                    new Summary.Figure(
                            1 - summary.residue().mean(), summary.residue().sd());
                case COMPLETE -> summary.complete();
            };
        }

        static Measure of(String word) {
            for (Measure measure : values()) {
                if (measure.word.equals(word)) return measure;
            }
            throw new IllegalStateException("unknown measure " + word);
        }
    }

    /**
     * One figure.
     *
     * @param section  of the document of figures
     * @param epidemic what it is about
     * @param spread   by which rule
     * @param measure  of what
     * @param value    the figure
     * @param sd       standard deviation of one run, or NaN if not given
     * @param runs     how many runs it comes from, 0 if exact
     * @param rounding half a unit of its last printed digit
     * @param instead  what its own rule gives for this experiment, where the figure cannot be compared as it stands;
     *                 else NaN
     * @param note     why it cannot, else empty
     */
    public record Reference(
            String section,
            Epidemic epidemic,
            Spread spread,
            Measure measure,
            double value,
            double sd,
            int runs,
            double rounding,
            double instead,
            String note) {
        /** The figure that ours must agree with. */
        public double expected() {
            return Double.isNaN(instead) ? value : instead;
        }

        /** Whether the figure cannot be compared as it stands, and {@link #note} says why. */
        public boolean labelled() {
            return !note.isEmpty();
        }
    }

    private static final List<Reference> REFERENCES = read();

    private Theory() {}

    /** All figures, in the order of the document. */
    public static List<Reference> references() {
        return REFERENCES;
    }

    /** The figures about exactly this experiment. */
    public static List<Reference> about(Epidemic epidemic, Spread spread) {
        return REFERENCES.stream()
                .filter(r -> r.epidemic.equals(epidemic) && r.spread.equals(spread))
                .toList();
    }

    /**
     * The share that knows by the mean field, which leaves luck out: the recurrence of synchronous rounds, or the
     * logistic curve of Poisson clocks.
     *
     * @param points how many, the first being the start
     * @return empty where there is no such curve
     */
    public static double[] curve(Epidemic epidemic, Spread spread, int points) {
        if (!(spread instanceof Spread.AntiEntropy) || epidemic.clock() == Clock.PERIODIC || epidemic.nodes() < 2)
            return new double[0];
        double push = epidemic.exchange().pushes() ? epidemic.link().push() : 0;
        double pull = epidemic.exchange().pulls() ? epidemic.link().pull() : 0;
        double calls = epidemic.fanout();
        double living = (epidemic.live() - 1.0) / (epidemic.nodes() - 1.0); // chance that a call meets a live peer
        double[] curve = new double[points];
        double share = 1.0 / epidemic.live();
        for (int i = 0; i < points; i++) {
            curve[i] = share;
            if (epidemic.clock() == Clock.POISSON) {
                double growth = calls * (push + pull) * living;
                share = 1 / (1 + (epidemic.live() - 1.0) * StrictMath.exp(-growth * (i + 1)));
            } else {
                double missed = StrictMath.exp(-calls * push * share * living)
                        * StrictMath.pow(1 - pull * share * living, calls);
                share = 1 - (1 - share) * missed;
            }
        }
        return curve;
    }

    /**
     * The rule of that name: {@code anti-entropy}, {@code infect-and-die}, {@code memberlist:4}, {@code regular:5}, or a
     * rumor's.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Spread spread(String name) {
        if (name.equals("anti-entropy")) return new Spread.AntiEntropy();
        if (name.equals("infect-and-die")) return new Spread.InfectAndDie();
        if (name.startsWith("memberlist:")) return new Spread.Retransmit(Integer.parseInt(name.substring(11)));
        if (name.startsWith("regular:")) return new Spread.Flooding(Integer.parseInt(name.substring(8)));
        return new Spread.Mongering(Rumor.of(name));
    }

    private static List<Reference> read() {
        List<Reference> references = new ArrayList<>();
        try (InputStream bytes = Objects.requireNonNull(Theory.class.getResourceAsStream("theory.csv"));
                BufferedReader lines = new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8))) {
            for (String line; (line = lines.readLine()) != null; ) {
                if (!line.startsWith("#")) references.add(reference(line.split(",", -1)));
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return List.copyOf(references);
    }

    private static Reference reference(String[] cells) {
        int nodes = Integer.parseInt(cells[7]);
        int live = nodes - (int) Math.round(nodes * Double.parseDouble(cells[6]));
        Epidemic epidemic = new Epidemic(
                nodes,
                live,
                Exchange.of(cells[2]),
                Integer.parseInt(cells[3]),
                Clock.of(cells[4]),
                Link.losing(Double.parseDouble(cells[5])));
        return new Reference(
                cells[0],
                epidemic,
                spread(cells[1]),
                Measure.of(cells[8]),
                Double.parseDouble(cells[9]),
                cells[10].isEmpty() ? Double.NaN : Double.parseDouble(cells[10]),
                Integer.parseInt(cells[11]),
                Double.parseDouble(cells[12]),
                cells.length > 13 ? Double.parseDouble(cells[13]) : Double.NaN,
                cells.length > 14 ? cells[14] : "");
    }
}
