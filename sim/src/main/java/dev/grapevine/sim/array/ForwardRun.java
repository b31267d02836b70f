package dev.grapevine.sim.array;

/** Push with a bounded number of sends and no feedback, in synchronous rounds: infect-and-die and memberlist's rule. */
final class ForwardRun {
    private ForwardRun() {}

    /** {@code sends} per node that knows, at most {@code fanout} of them a round, to distinct peers within the round. */
    static Outcome run(Epidemic epidemic, int sends, long seed, long run) {
        int live = epidemic.live();
        Draws draws = Draws.of(seed, run, 0, 0, 0);
        Peers peers = new Peers(epidemic.nodes(), epidemic.fanout());
        long push = Draws.threshold(epidemic.link().push());
        long[] known = new long[(epidemic.nodes() + 63) >>> 6];
        int[] heard = new int[live]; // in order of hearing; those before `quiet` have sent all they may
        heard[0] = draws.below(live);
        known[heard[0] >>> 6] |= 1L << heard[0];
        int[] left = new int[live];
        left[0] = sends;
        int informed = 1;
        int quiet = 0;
        long sent = 0;
        long useful = 0;
        int last = 0;
        Tally tally = new Tally(1);
        while (quiet < informed && epidemic.nodes() > 1) {
            int talking = informed;
            for (int i = quiet; i < talking; i++) {
                int[] picked = peers.pick(heard[i], draws);
                for (int j = 0; j < picked.length && left[i] > 0; j++, left[i]--) {
                    int peer = picked[j];
                    sent++;
                    if (peer >= live || draws.coin(push) == 0 || (known[peer >>> 6] >>> peer & 1) != 0) continue;
                    known[peer >>> 6] |= 1L << peer;
                    useful++;
                    left[informed] = sends;
                    heard[informed++] = peer;
                }
            }
            while (quiet < informed && left[quiet] == 0) quiet++; // all send at the same pace, so the oldest end first
            tally.add(informed);
            if (informed > talking) last = tally.rounds();
        }
        return tally.outcome(last, sent, useful, sent, live);
    }
}
