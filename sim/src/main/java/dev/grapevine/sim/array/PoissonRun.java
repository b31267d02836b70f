package dev.grapevine.sim.array;

/**
 * Nodes that tick at the points of Poisson processes of rate one: together a process of rate {@code live} whose every
 * tick falls to a uniformly drawn node. A unit of time holds a Poisson number of ticks at uniform times, so the time of
 * the last delivery is an order statistic of the ticks of its unit. With a fanout of one, while less than 1/64 know or
 * less than 1/64 do not, the ticks that tell nobody anything are skipped: their number is geometric.
 */
final class PoissonRun {
    private final Epidemic epidemic;
    private final Draws draws;
    private final Peers peers;
    private final boolean pushes;
    private final boolean pulls;
    private final long push;
    private final long request;
    private final long reply;
    private final boolean lossy;
    private final int live;
    private final long[] known;
    private int[] lacking = new int[0]; // filled once few lack the news
    private long informed = 1;
    private double payloads; // in skipped stretches, their mean
    private double contacts;
    private long checked;

    private PoissonRun(Epidemic epidemic, long seed, long run) {
        this.epidemic = epidemic;
        this.live = epidemic.live();
        this.draws = Draws.of(seed, run, 0, 0, 0);
        this.peers = new Peers(epidemic.nodes(), epidemic.fanout());
        this.pushes = epidemic.exchange().pushes();
        this.pulls = epidemic.exchange().pulls();
        this.push = Draws.threshold(epidemic.link().push());
        this.request = Draws.threshold(epidemic.link().request());
        this.reply = Draws.threshold(epidemic.link().reply());
        this.lossy = !epidemic.link().equals(Link.PERFECT);
        this.known = new long[(epidemic.nodes() + 63) >>> 6];
    }

    static Outcome run(Epidemic epidemic, long seed, long run) {
        return new PoissonRun(epidemic, seed, run).run();
    }

    private Outcome run() {
        Tally tally = new Tally(1);
        int source = draws.below(live);
        known[source >>> 6] |= 1L << source;
        double rounds = 0;
        for (int period = 0; informed < live; period++) {
            long ticks = draws.poisson(live);
            for (long tick = 1; tick <= ticks; tick++) {
                if (epidemic.fanout() == 1 && (informed < live >>> 6 || live - informed < live >>> 6)) {
                    long skipped = skip(ticks - tick);
                    tick += skipped;
                    if (tick > ticks) break;
                    tellSomebody();
                } else {
                    tick();
                }
                if (informed == live) {
                    rounds = period + draws.orderStatistic(tick, ticks);
                    break;
                }
            }
            tally.add(informed);
        }
        return tally.outcome(rounds, (long) payloads, checked, (long) contacts, live);
    }

    /** Passes over the ticks that inform nobody, at most {@code left + 1} of them; returns how many. */
    private long skip(long left) {
        double others = epidemic.nodes() - 1.0;
        double meeting = (double) informed * (live - informed) / live / others;
        double useful = (pushes ? meeting * epidemic.link().push() : 0)
                + (pulls ? meeting * epidemic.link().pull() : 0);
        double gap = StrictMath.floor(StrictMath.log(draws.unit()) / StrictMath.log1p(-useful));
        long skipped = gap > left ? left + 1 : (long) gap;
        double knows = (double) informed / live;
        double passed = skipped + 1.0;
        contacts += pulls ? passed : passed * knows;
        payloads += (pushes ? passed * knows : 0)
                + (pulls ? passed * (informed / others) * epidemic.link().request() : 0);
        return skipped;
    }

    private void tellSomebody() {
        checked++;
        informed++;
        if (informed <= live >>> 6) {
            while (true) {
                int node = draws.below(live);
                if ((known[node >>> 6] >>> node & 1) == 0) {
                    known[node >>> 6] |= 1L << node;
                    return;
                }
            }
        }
        if (lacking.length == 0) listLacking();
        int left = (int) (live - informed + 1);
        int at = draws.below(left);
        int node = lacking[at];
        lacking[at] = lacking[left - 1];
        known[node >>> 6] |= 1L << node;
    }

    private void listLacking() {
        lacking = new int[(int) (live - informed + 1)];
        int count = 0;
        for (int node = 0; node < live; node++) {
            if ((known[node >>> 6] >>> node & 1) == 0) lacking[count++] = node;
        }
    }

    private void tick() {
        int node = draws.below(live);
        if (!pulls && (known[node >>> 6] >>> node & 1) == 0) return;
        contacts += epidemic.fanout();
        for (int peer : peers.pick(node, draws)) {
            long callerKnew = known[node >>> 6] >>> node & 1;
            if (peer >= live) {
                payloads += pushes ? callerKnew : 0;
                continue;
            }
            long peerKnew = known[peer >>> 6] >>> peer & 1;
            if (pushes) {
                long told = callerKnew & (lossy ? draws.coin(push) : 1);
                payloads += callerKnew;
                checked += callerKnew & ~peerKnew;
                informed += told & ~peerKnew;
                known[peer >>> 6] |= told << peer;
            }
            if (pulls) {
                long answered = peerKnew & (lossy ? draws.coin(request) : 1);
                long told = answered & (lossy ? draws.coin(reply) : 1);
                payloads += answered;
                checked += answered & ~callerKnew;
                informed += told & ~callerKnew;
                known[node >>> 6] |= told << node;
            }
        }
    }
}
