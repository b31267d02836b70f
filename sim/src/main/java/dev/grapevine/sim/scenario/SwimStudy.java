package dev.grapevine.sim.scenario;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Input;
import dev.grapevine.membership.MembershipSettings;
import dev.grapevine.node.NodeCommand;
import dev.grapevine.node.RumorSettings;
import dev.grapevine.sim.Draws;
import dev.grapevine.sim.Host;
import dev.grapevine.sim.Observer;
import dev.grapevine.sim.Simulation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * SWIM's figures (Das, Gupta and Motivala 2002) measured on real nodes: how long until somebody probes a member that crashed, in
 * periods, and what a quiet member sends.
 */
public final class SwimStudy {
    /**
     * One comparison.
     *
     * @param what      in words
     * @param nodes     in the cluster
     * @param reference SWIM's figure, which supposes that each probe picks any member
     * @param expected  the figure for an order that is shuffled each round, as ours is
     * @param rounding  tolerated besides luck
     * @param ours      mean over the runs
     * @param sd        of one run
     * @param runs      how many
     */
    public record Figure(
            String what,
            int nodes,
            double reference,
            double expected,
            double rounding,
            double ours,
            double sd,
            int runs) {
        /** Standard errors between ours and what is expected. */
        public double deviation() {
            double excess = Math.abs(ours - expected) - rounding;
            return excess <= 0 ? 0 : sd == 0 ? Double.POSITIVE_INFINITY : excess / (sd / Math.sqrt(runs));
        }
    }

    private static final long SECOND = 1_000_000_000L;
    private static final int QUIET_SECONDS = 24; // joining is over, and newcomers have found their coordinates
    private static final int WATCHED_SECONDS = 4;

    private SwimStudy() {}

    /**
     * Runs clusters of {@code nodes}, each until the first probe of a member that lost power at a random moment.
     *
     * @param stop asked before every run; true ends with the runs done
     * @return three figures: periods to the first probe, share probed within one, datagrams a member sends in a period
     */
    public static List<Figure> run(int nodes, int runs, long seed, BooleanSupplier stop) {
        double[] periods = new double[runs];
        double[] within = new double[runs];
        double[] load = new double[runs];
        int done = 0;
        for (; done < runs && !stop.getAsBoolean(); done++) {
            Trial trial = new Trial(nodes, seed * 1_000_003 + done);
            periods[done] = trial.periods();
            within[done] = periods[done] <= 1 ? 1 : 0;
            load[done] = trial.datagrams;
        }
        if (done == 0) return List.of();
        int others = nodes - 1;
        double missed = Math.pow(1 - 1.0 / others, others);
        double mean = 0;
        for (int m = 0; m <= others; m++) mean += unprobed(m, others);
        return List.of(
                figure("periods to first probe", nodes, 1 / (1 - missed), mean, 0, periods, done),
                figure("probed within a period", nodes, 1 - missed, 1 - unprobed(1, others), 0, within, done),
                // Of the theory's "2.0", half a unit of the last digit.
                figure("datagrams in a period", nodes, 2, 2, 0.05, load, done));
    }

    /**
     * The chance that none of {@code others} members probes a given one within {@code m} periods. Each goes through all in an order
     * shuffled anew each round of {@code L = others} periods. The time between two of its probes of the same member is the sum of
     * two uniform draws from 0 to L, and from a moment drawn at random it takes longer than m with probability 1 − m/L + m³/(6L³).
     */
    private static double unprobed(int m, int others) {
        double share = (double) m / others;
        return Math.pow(1 - share + share * share * share / 6, others);
    }

    private static Figure figure(
            String what, int nodes, double reference, double expected, double rounding, double[] values, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) sum += values[i];
        double mean = sum / count;
        double squares = 0;
        for (int i = 0; i < count; i++) squares += (values[i] - mean) * (values[i] - mean);
        double sd = count < 2 ? 0 : Math.sqrt(squares / (count - 1));
        return new Figure(what, nodes, reference, expected, rounding, mean, sd, count);
    }

    private static final class Trial implements Observer {
        private final Simulation sim;
        private final long periodNanos;
        private final RandomGenerator luck;
        private double datagrams;
        private @Nullable Address victim;
        private boolean ticking;
        private long probedAtNanos = -1;

        Trial(int nodes, long seed) {
            MembershipSettings settings = MembershipSettings.of(MembershipSettings.Profile.LAN);
            periodNanos = settings.probeNanos();
            sim = Simulation.of(seed);
            luck = Draws.generator(~seed);
            Nodes factory = new Nodes(
                    settings,
                    new RumorSettings(settings.gossipNanos(), 1, RumorSettings.Direction.PUSH_PULL, false),
                    1,
                    null);
            for (int i = 0; i < nodes; i++) {
                Duration delay = Duration.ofNanos(i * SECOND / nodes);
                Host host = sim.add(Address.ipv4(0x0A00_0001 + i, 7946), factory, delay);
                if (i == 0) continue;
                List<String> seeds = new ArrayList<>();
                seeds.add(sim.hosts().getFirst().address().toString());
                sim.after(delay, () -> sim.command(host, new NodeCommand.Join(seeds)));
            }
            sim.observe(this);
        }

        /** Whole periods from the crash to the end of the one in which the first probe was sent. */
        double periods() {
            sim.runFor(Duration.ofSeconds(QUIET_SECONDS));
            long before = sent();
            sim.runFor(Duration.ofSeconds(WATCHED_SECONDS));
            datagrams =
                    (sent() - before) / (double) sim.hosts().size() / (WATCHED_SECONDS * SECOND / (double) periodNanos);
            sim.runFor(Duration.ofNanos(luck.nextLong(periodNanos)));
            Host host = sim.hosts().get(luck.nextInt(sim.hosts().size()));
            victim = host.address();
            long crashed = sim.nowNanos();
            sim.powerOff(host);
            sim.runUntil(
                    () -> probedAtNanos >= 0,
                    Duration.ofNanos(4 * periodNanos * sim.hosts().size()));
            if (probedAtNanos < 0) throw new IllegalStateException("nobody probed " + host + " in two rounds");
            return Math.ceil((probedAtNanos - crashed) / (double) periodNanos);
        }

        private long sent() {
            long sent = 0;
            for (Host host : sim.hosts()) sent += host.traffic().datagramsSent();
            return sent;
        }

        @Override
        public void handling(long atNanos, Host host, Input input) {
            ticking = input instanceof Input.Tick;
        }

        @Override
        public void performing(long atNanos, Host host, Effect effect) {
            // In a quiet cluster what a tick sends to a member is a probe; an answer follows a datagram.
            if (probedAtNanos < 0
                    && victim != null
                    && ticking
                    && effect instanceof Effect.SendDatagram send
                    && send.to().equals(victim)) probedAtNanos = atNanos;
        }
    }
}
