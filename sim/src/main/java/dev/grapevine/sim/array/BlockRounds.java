package dev.grapevine.sim.array;

import java.util.Arrays;

/**
 * Synchronous rounds for large clusters: two bits a node (what it knew when the round began, and what it knows at the
 * end) and work shared by blocks of {@value #BLOCK_BITS} bits of node number.
 *
 * <p>A pull is drawn by who calls: each node that lacks the news draws its peers and looks at their bits. A push is
 * drawn by where it lands: how many of the round's pushes land on nodes that lack the news is binomial, how these
 * divide among the blocks multinomial, and inside a block each lands on such a node uniformly; so a worker writes only
 * into its own block, which fits the first-level cache. While less than an eighth know, the pulls that hit are drawn by
 * their number too, from the binomial of the pulls made. All this is the same process, not an approximation of its
 * mean, with one exception: the peers of one pusher are treated as independent, so two may coincide, which changes a
 * fraction {@code fanout / nodes} of the pushes. {@link #suits} keeps that below {@code 1 / 16384} for a whole tick.
 */
final class BlockRounds {
    static final int BLOCK_BITS = 18;
    private static final int BLOCK = 1 << BLOCK_BITS;
    private static final int SMALLEST = 1 << 19;
    private static final long TOTALS = 1;
    private static final long WITHIN = 2;

    private final Epidemic epidemic;
    private final long seed;
    private final int run;
    private final Workers workers;
    private final int blocks;
    private final int[] missing; // live nodes of each block that lack the news at the start of the round
    private final int[] missingAfter;
    private final long[] arrivals; // pushes that land on such nodes
    private final long[] answers; // pulls of such nodes that a peer answered
    private final long[] wanted; // of these nodes, those that no push had reached
    private final int[][] lacking; // scratch of each worker
    private final long[][] pulled; // scratch of each worker
    private final Peers[] peers;
    private final double sparseBelow;
    private final long request;
    private final long reply;
    private final boolean lossy;
    private long[] known;
    private long[] next;

    private BlockRounds(Epidemic epidemic, long seed, int run, Workers workers, double sparseBelow) {
        this.epidemic = epidemic;
        this.seed = seed;
        this.run = run;
        this.workers = workers;
        this.sparseBelow = sparseBelow;
        this.blocks = (int) ((epidemic.nodes() + (long) BLOCK - 1) >>> BLOCK_BITS);
        this.missing = new int[blocks];
        this.missingAfter = new int[blocks];
        this.arrivals = new long[blocks];
        this.answers = new long[blocks];
        this.wanted = new long[blocks];
        this.pulled = new long[workers.threads()][BLOCK >>> 6];
        this.lacking = new int[workers.threads()][BLOCK >>> 4];
        this.peers = new Peers[workers.threads()];
        for (int i = 0; i < peers.length; i++) peers[i] = new Peers(epidemic.nodes(), epidemic.fanout());
        this.request = Draws.threshold(epidemic.link().request());
        this.reply = Draws.threshold(epidemic.link().reply());
        this.lossy = !epidemic.link().equals(Link.PERFECT);
        this.known = new long[(epidemic.nodes() + 63) >>> 6];
        this.next = new long[known.length];
    }

    static boolean suits(Epidemic epidemic) {
        return epidemic.nodes() >= SMALLEST && (long) epidemic.fanout() * epidemic.fanout() <= epidemic.nodes() >>> 14;
    }

    static Outcome run(Epidemic epidemic, long seed, int run, Workers workers, Experiment.Progress progress) {
        return run(epidemic, seed, run, workers, 1.0 / 8, progress);
    }

    /** {@code sparseBelow}: share of informed peers below which pulls that hit are drawn by number; 0 for never. */
    static Outcome run(
            Epidemic epidemic, long seed, int run, Workers workers, double sparseBelow, Experiment.Progress progress) {
        return new BlockRounds(epidemic, seed, run, workers, sparseBelow).run(progress);
    }

    private Outcome run(Experiment.Progress progress) {
        long live = epidemic.live();
        for (int b = 0; b < blocks; b++)
            missing[b] = (int) Math.max(0, Math.min(BLOCK, live - ((long) b << BLOCK_BITS)));
        int source = Draws.of(seed, run, 0, 0, TOTALS).below(epidemic.live());
        known[source >>> 6] |= 1L << source;
        missing[source >>> BLOCK_BITS]--;
        long informed = 1;
        long payloads = 0;
        long checked = 0;
        long contacts = 0;
        long fanout = epidemic.fanout();
        double others = epidemic.nodes() - 1.0;
        Tally tally = new Tally(informed);
        while (informed < live) {
            int round = tally.rounds() + 1;
            Draws totals = Draws.of(seed, run, round, 0, TOTALS);
            long lack = live - informed;
            long calls = informed * fanout; // by those who know
            long landed = totals.binomial(calls, lack / others);
            long told = epidemic.exchange().pushes()
                    ? totals.binomial(landed, epidemic.link().push())
                    : 0;
            divide(totals, told, lack);
            boolean sparse = informed * fanout < sparseBelow * others;
            double[] hits = sparse ? hits(informed) : new double[0];
            workers.share(blocks, (worker, block) -> block(worker, block, round, hits));
            contacts += epidemic.exchange().pulls() ? live * fanout : calls;
            if (epidemic.exchange().pushes()) {
                payloads += calls;
                checked += landed;
            }
            if (epidemic.exchange().pulls()) {
                long known = totals.binomial(calls - landed, (informed - 1) / (others - lack));
                payloads += totals.binomial(known, epidemic.link().request());
                for (int b = 0; b < blocks; b++) {
                    payloads += answers[b];
                    checked += wanted[b];
                }
            }
            long left = 0;
            for (int b = 0; b < blocks; b++) left += missing[b] = missingAfter[b];
            long[] swap = known;
            known = next;
            next = swap;
            informed = live - left;
            tally.add(informed);
            progress.at(run, round, informed);
        }
        return tally.outcome(tally.rounds(), payloads, checked, contacts, live);
    }

    /** How many of the pushes land in each block: multinomial by the nodes that lack the news. */
    private void divide(Draws totals, long told, long lack) {
        for (int b = 0; b < blocks; b++) {
            long here = missing[b] == lack ? told : totals.binomial(told, (double) missing[b] / lack);
            arrivals[b] = here;
            told -= here;
            lack -= missing[b];
        }
    }

    /** Chance that exactly 0, 1, … fanout of a node's distinct peers know: hypergeometric. */
    private double[] hits(long informed) {
        int fanout = epidemic.fanout();
        double others = epidemic.nodes() - 1.0;
        double[] chances = new double[fanout + 1];
        for (int k = 0; k <= fanout; k++) {
            double chance = 1;
            for (int i = 0; i < k; i++) chance *= (informed - i) / (others - i) * (fanout - i) / (i + 1.0);
            for (int i = 0; i < fanout - k; i++) chance *= (others - informed - i) / (others - k - i);
            chances[k] = Math.max(0, chance);
        }
        return chances;
    }

    private void block(int worker, int block, int round, double[] hits) {
        int from = block << (BLOCK_BITS - 6);
        int to = Math.min(known.length, from + (BLOCK >>> 6));
        System.arraycopy(known, from, next, from, to - from);
        answers[block] = 0;
        wanted[block] = 0;
        missingAfter[block] = 0;
        if (missing[block] == 0) return;
        int size = Math.min(BLOCK, epidemic.live() - (block << BLOCK_BITS));
        Draws draws = Draws.of(seed, run, round, block, WITHIN);
        if (arrivals[block] > 0) pushes(draws, worker, block, from, to, size);
        if (epidemic.exchange().pulls()) {
            if (hits.length > 0) {
                answers[block] = pullsByNumber(draws, hits, pulled[worker], block, from, size);
            } else if (epidemic.fanout() == 1 && !lossy && epidemic.live() == epidemic.nodes()) {
                answers[block] = pullsOfOne(draws, block, from, to);
            } else {
                answers[block] = pulls(draws, peers[worker], block, from, to);
            }
        }
        int informed = 0;
        for (int w = from; w < to; w++) informed += Long.bitCount(next[w]);
        missingAfter[block] = size - informed;
    }

    /** The nodes of a word that are live. */
    private long liveMask(int word) {
        long left = epidemic.live() - ((long) word << 6);
        return left >= 64 ? -1L : left <= 0 ? 0 : (1L << left) - 1;
    }

    private long pullsOfOne(Draws draws, int block, int from, int to) {
        int nodes = epidemic.nodes();
        long[] known = this.known;
        long[] next = this.next;
        long answered = 0;
        long wanted = 0;
        for (int w = from; w < to; w++) {
            long told = 0;
            for (long lack = ~known[w] & liveMask(w); lack != 0; lack &= lack - 1) {
                int bit = Long.numberOfTrailingZeros(lack);
                int peer = draws.peerOf((w << 6) + bit, nodes);
                told |= (known[peer >>> 6] >>> peer & 1) << bit; // no branch: half of them would be guessed wrong
            }
            wanted += Long.bitCount(told & ~next[w]);
            next[w] |= told;
            answered += Long.bitCount(told);
        }
        this.wanted[block] = wanted;
        return answered;
    }

    private long pulls(Draws draws, Peers peers, int block, int from, int to) {
        long answered = 0;
        for (int w = from; w < to; w++) {
            for (long lack = ~known[w] & liveMask(w); lack != 0; lack &= lack - 1) {
                int bit = Long.numberOfTrailingZeros(lack);
                long told = 0;
                long answers = 0;
                for (int peer : peers.pick((w << 6) + bit, draws)) {
                    long answer = known[peer >>> 6] >>> peer & 1;
                    if (lossy) answer &= draws.coin(request);
                    answered += answer;
                    answers |= answer;
                    told |= lossy ? answer & draws.coin(reply) : answer;
                }
                wanted[block] += answers & ~(next[w] >>> bit);
                next[w] |= told << bit;
            }
        }
        return answered;
    }

    /** The pulls that hit, when they are few: how many callers hit k times, then which callers, each at most once. */
    private long pullsByNumber(Draws draws, double[] hits, long[] pulled, int block, int from, int size) {
        Arrays.fill(pulled, 0);
        long answered = 0;
        double rest = 1 - hits[0];
        long callers = draws.binomial(missing[block], rest);
        for (int k = 1; k < hits.length && callers > 0; k++) {
            long these = k == hits.length - 1 ? callers : draws.binomial(callers, Math.min(1, hits[k] / rest));
            callers -= these;
            rest -= hits[k];
            for (long i = 0; i < these; i++) {
                int node = caller(draws, pulled, from, size);
                long told = lossy ? 0 : 1;
                long answers = told;
                for (int call = 0; lossy && call < k; call++) {
                    long answer = draws.coin(request);
                    answered += answer;
                    answers |= answer;
                    told |= answer & draws.coin(reply);
                }
                if (!lossy) answered += k;
                wanted[block] += answers & ~(next[from + (node >>> 6)] >>> node);
                next[from + (node >>> 6)] |= told << node;
            }
        }
        return answered;
    }

    /** A node that lacks the news and was not drawn before in this round. */
    private int caller(Draws draws, long[] pulled, int from, int size) {
        while (true) {
            int node = draws.below(size);
            int w = node >>> 6;
            if (((known[from + w] | pulled[w]) >>> node & 1) != 0) continue;
            pulled[w] |= 1L << node;
            return node;
        }
    }

    private void pushes(Draws draws, int worker, int block, int from, int to, int size) {
        long left = arrivals[block];
        if (missing[block] <= lacking[worker].length) {
            int[] list = lacking[worker];
            int count = 0;
            for (int w = from; w < to; w++) {
                for (long lack = ~known[w] & liveMask(w); lack != 0; lack &= lack - 1) {
                    list[count++] = (w - from << 6) + Long.numberOfTrailingZeros(lack);
                }
            }
            for (; left > 0; left--) {
                int node = list[draws.below(count)];
                next[from + (node >>> 6)] |= 1L << node;
            }
            return;
        }
        while (left > 0) { // a draw that meets one who knew changes nothing and does not count
            int node = draws.below(size);
            long lacked = ~(known[from + (node >>> 6)] >>> node) & 1;
            next[from + (node >>> 6)] |= lacked << node;
            left -= lacked;
        }
    }
}
