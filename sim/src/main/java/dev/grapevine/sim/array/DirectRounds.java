package dev.grapevine.sim.array;

/**
 * Synchronous rounds, contact by contact: every caller draws its own distinct peers and looks at their bits. Exact for
 * any settings; one thread a run.
 */
final class DirectRounds {
    private final Epidemic epidemic;
    private final boolean lossy;
    private final long push;
    private final long request;
    private final long reply;
    private final Peers peers;
    private final Draws draws;
    private final long[] known;
    private final long[] next;
    private long payloads;
    private long checked;
    private long contacts;

    private DirectRounds(Epidemic epidemic, long seed, long run) {
        this.epidemic = epidemic;
        this.lossy = !epidemic.link().equals(Link.PERFECT);
        this.push = Draws.threshold(epidemic.link().push());
        this.request = Draws.threshold(epidemic.link().request());
        this.reply = Draws.threshold(epidemic.link().reply());
        this.peers = new Peers(epidemic.nodes(), epidemic.fanout());
        this.draws = Draws.of(seed, run, 0, 0, 0);
        this.known = new long[(epidemic.nodes() + 63) >>> 6];
        this.next = new long[known.length];
    }

    static Outcome run(Epidemic epidemic, long seed, long run) {
        return new DirectRounds(epidemic, seed, run).run();
    }

    private Outcome run() {
        int live = epidemic.live();
        int source = draws.below(live);
        next[source >>> 6] |= 1L << source;
        long informed = 1;
        Tally tally = new Tally(informed);
        while (informed < live) {
            System.arraycopy(next, 0, known, 0, known.length);
            round(live);
            informed = 0;
            for (long word : next) informed += Long.bitCount(word);
            tally.add(informed);
        }
        return tally.outcome(tally.rounds(), payloads, checked, contacts, live);
    }

    /** Those who know call first: who is told by them need not be answered as well, when digests come first. */
    private void round(int live) {
        boolean pulls = epidemic.exchange().pulls();
        for (int w = 0; w < known.length; w++) {
            for (long word = known[w]; word != 0; word &= word - 1) {
                call((w << 6) + Long.numberOfTrailingZeros(word), live);
            }
        }
        if (!pulls) return; // those who know nothing have nothing to push
        for (int node = 0; node < live; node++) {
            if ((known[node >>> 6] >>> node & 1) == 0) call(node, live);
        }
    }

    private void call(int node, int live) {
        boolean pushes = epidemic.exchange().pushes();
        boolean pulls = epidemic.exchange().pulls();
        long callerKnew = known[node >>> 6] >>> node & 1;
        contacts += epidemic.fanout();
        long told = next[node >>> 6] >>> node & 1;
        long answers = 0;
        for (int peer : peers.pick(node, draws)) {
            if (peer >= live) {
                payloads += pushes ? callerKnew : 0;
                continue;
            }
            long peerKnew = known[peer >>> 6] >>> peer & 1;
            if (pushes) {
                payloads += callerKnew;
                checked += callerKnew & ~peerKnew;
                next[peer >>> 6] |= (callerKnew & (lossy ? draws.coin(push) : 1)) << peer;
            }
            if (pulls) {
                long answered = peerKnew & (lossy ? draws.coin(request) : 1);
                payloads += answered;
                answers |= answered;
                next[node >>> 6] |= (answered & (lossy ? draws.coin(reply) : 1)) << node;
            }
        }
        checked += answers & ~told; // asks one of those who have it
    }
}
