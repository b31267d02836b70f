package dev.grapevine.sim.array;

/**
 * Nodes that tick once a period at a random phase of their own. Who is called is uniform, so a node may as well be
 * numbered by its phase: a period is then one sweep through a bitset, and the phase itself is an order statistic, drawn
 * only for the node whose tick ended the run.
 */
final class PeriodicRun {
    private PeriodicRun() {}

    static Outcome run(Epidemic epidemic, Contacts order, long seed, long run) {
        int live = epidemic.live();
        Draws draws = Draws.of(seed, run, 0, 0, 0);
        Tally tally = new Tally(1);
        if (live == 1) return tally.outcome(0, 0, 0, 0, live);
        boolean pushes = epidemic.exchange().pushes();
        boolean pulls = epidemic.exchange().pulls();
        Peers peers = new Peers(epidemic.nodes(), epidemic.fanout());
        long push = Draws.threshold(epidemic.link().push());
        long request = Draws.threshold(epidemic.link().request());
        long reply = Draws.threshold(epidemic.link().reply());
        boolean lossy = !epidemic.link().equals(Link.PERFECT);
        long[] known = new long[(epidemic.nodes() + 63) >>> 6];
        int source = draws.below(live);
        known[source >>> 6] |= 1L << source;
        long informed = 1;
        long payloads = 0;
        long checked = 0;
        long contacts = 0;
        for (int period = 0; ; period++) {
            for (int node = 0; node < live; node++) {
                if (!pulls && (known[node >>> 6] >>> node & 1) == 0) continue; // asks nobody, has nothing to tell
                contacts += epidemic.fanout();
                long knewAtTick = known[node >>> 6] >>> node & 1;
                for (int peer : peers.pick(node, draws)) {
                    long knows = known[node >>> 6] >>> node & 1;
                    long callerKnew = order == Contacts.AT_ONCE ? knewAtTick : knows;
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
                        informed += told & ~knows;
                        known[node >>> 6] |= told << node;
                    }
                }
                if (informed == live) {
                    tally.add(informed);
                    return tally.outcome(
                            period + draws.orderStatistic(node + 1L, live), payloads, checked, contacts, live);
                }
            }
            tally.add(informed);
        }
    }
}
