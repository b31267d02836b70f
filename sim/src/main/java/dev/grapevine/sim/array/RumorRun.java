package dev.grapevine.sim.array;

/**
 * Rumor mongering in synchronous cycles (Demers et al. 1987, §1.4). The paper leaves rules open; these reproduce its
 * tables and an independent Monte Carlo:
 * <ul>
 *   <li>Push with a counter: a push is useful if its target was susceptible when the cycle began, even where another push
 *       of the cycle got there first, and a useful push resets the counter. With a coin: only the first to arrive is
 *       useful.
 *   <li>Pull: every node calls. With a counter: once per cycle and only if asked, a source resets its counter if any
 *       caller lacked the rumor when the cycle began, else adds one. With a coin: thrown for every useless request.
 *   <li>Push-pull, "minimization": where two interested nodes meet, only the smaller counter grows, or both if
 *       equal; meeting one that knows but has lost interest counts too; nothing resets a counter, and who loses interest
 *       goes on meeting until the cycle ends.
 * </ul>
 * A lost call, or one to a crashed node, counts for nobody, except where counting is blind.
 */
final class RumorRun {
    private static final byte HOT = 1;
    private static final byte NEW = 2; // heard in this cycle, interested from the next
    private static final byte ASKED = 4;
    private static final byte NEEDED = 8;

    private final Epidemic epidemic;
    private final Rumor rumor;
    private final Draws draws;
    private final Peers peers;
    private final int live;
    private final long push;
    private final long request;
    private final long reply;
    private final long[] known; // when the cycle began
    private final byte[] state;
    private final short[] wasted;
    private long informed = 1;
    private long sent;
    private long useful;
    private long contacts;

    private RumorRun(Epidemic epidemic, Rumor rumor, long seed, long run) {
        this.epidemic = epidemic;
        this.rumor = rumor;
        this.live = epidemic.live();
        this.draws = Draws.of(seed, run, 0, 0, 0);
        this.peers = new Peers(epidemic.nodes(), epidemic.fanout());
        this.push = Draws.threshold(epidemic.link().push());
        this.request = Draws.threshold(epidemic.link().request());
        this.reply = Draws.threshold(epidemic.link().reply());
        this.known = new long[(epidemic.nodes() + 63) >>> 6];
        this.state = new byte[live];
        this.wasted = new short[live];
    }

    static Outcome run(Epidemic epidemic, Rumor rumor, long seed, long run) {
        return new RumorRun(epidemic, rumor, seed, run).run();
    }

    private Outcome run() {
        int source = draws.below(live);
        known[source >>> 6] |= 1L << source;
        state[source] = HOT;
        Tally tally = new Tally(1);
        int last = 0;
        for (long hot = 1; hot > 0 && epidemic.nodes() > 1; ) {
            long before = informed;
            switch (epidemic.exchange()) {
                case PUSH -> pushes();
                case PULL -> pulls();
                case PUSH_PULL -> meetings();
            }
            hot = endCycle();
            tally.add(informed);
            if (informed > before) last = tally.rounds();
        }
        return tally.outcome(last, sent, useful, contacts, live);
    }

    private long endCycle() {
        long hot = 0;
        for (int node = 0; node < live; node++) {
            if ((state[node] & NEW) != 0) {
                known[node >>> 6] |= 1L << node;
                state[node] = HOT;
            }
            hot += state[node] & HOT;
        }
        return hot;
    }

    private boolean knew(int node) {
        return (known[node >>> 6] >>> node & 1) != 0;
    }

    private boolean interested(int node) {
        return knew(node) && (state[node] & HOT) != 0;
    }

    private void tell(int node) {
        if (knew(node) || (state[node] & NEW) != 0) return;
        state[node] |= NEW;
        informed++;
    }

    private void waste(int node) {
        boolean over = rumor.counter() ? ++wasted[node] >= rumor.limit() : draws.below(rumor.limit()) == 0;
        if (over) state[node] &= ~HOT;
    }

    private void pushes() {
        for (int node = 0; node < live; node++) {
            if (!interested(node)) continue;
            for (int peer : peers.pick(node, draws)) {
                contacts++;
                sent++;
                boolean arrived = peer < live && draws.coin(push) != 0;
                boolean lacked = arrived && !knew(peer) && (rumor.counter() || (state[peer] & NEW) == 0);
                useful += arrived && !knew(peer) ? 1 : 0;
                if (arrived) tell(peer);
                if (!rumor.feedback() || (arrived && !lacked)) waste(node);
                else if (lacked) wasted[node] = 0;
            }
        }
    }

    private void pulls() {
        long[] hot = new long[known.length];
        for (int node = 0; node < live; node++) if (interested(node)) hot[node >>> 6] |= 1L << node;
        for (int node = 0; node < live; node++) {
            for (int peer : peers.pick(node, draws)) {
                contacts++;
                if ((hot[peer >>> 6] >>> peer & 1) == 0 || draws.coin(request) == 0) continue;
                sent++;
                boolean lacked = !knew(node);
                useful += lacked ? 1 : 0;
                state[peer] |= lacked ? ASKED | NEEDED : ASKED;
                if (draws.coin(reply) != 0) tell(node);
                if (!rumor.feedback() || (!rumor.counter() && !lacked)) waste(peer);
            }
        }
        for (int node = 0; node < live; node++) {
            if (rumor.feedback() && rumor.counter() && (state[node] & ASKED) != 0) {
                if ((state[node] & NEEDED) != 0) wasted[node] = 0;
                else waste(node);
            }
            state[node] &= HOT | NEW;
        }
    }

    private void meetings() {
        long[] hot = new long[known.length];
        for (int node = 0; node < live; node++) if (interested(node)) hot[node >>> 6] |= 1L << node;
        for (int node = 0; node < live; node++) {
            for (int peer : peers.pick(node, draws)) {
                contacts++;
                boolean callerHot = (hot[node >>> 6] >>> node & 1) != 0;
                boolean peerHot = (hot[peer >>> 6] >>> peer & 1) != 0;
                if (!callerHot && !peerHot) continue;
                if (peer >= live || draws.coin(push) == 0) {
                    if (callerHot) sent++;
                    if (callerHot && !rumor.feedback()) waste(node);
                    continue;
                }
                sent++;
                if (callerHot && peerHot) meet(node, peer);
                else if (callerHot) offer(node, peer, true);
                else offer(peer, node, draws.coin(reply) != 0);
            }
        }
    }

    private void meet(int node, int peer) {
        boolean both = !rumor.counter() || !rumor.feedback() || wasted[node] == wasted[peer];
        int smaller = wasted[node] - wasted[peer];
        if (both || smaller < 0) waste(node);
        if (both || smaller > 0) waste(peer);
    }

    private void offer(int from, int to, boolean arrives) {
        boolean lacked = !knew(to);
        useful += lacked ? 1 : 0;
        if (lacked && arrives) tell(to);
        if (!lacked || !rumor.feedback()) waste(from);
    }
}
