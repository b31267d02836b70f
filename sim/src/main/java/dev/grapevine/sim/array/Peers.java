package dev.grapevine.sim.array;

/** Draws {@code fanout} distinct peers, never the caller itself. Not shared between threads. */
final class Peers {
    private final int nodes;
    private final int[] picked;
    private final long[] taken; // one bit a node, only where scanning the earlier picks would cost more

    Peers(int nodes, int fanout) {
        this.nodes = nodes;
        this.picked = new int[Math.min(fanout, nodes - 1)];
        this.taken = fanout > 16 && nodes <= 1 << 24 ? new long[(nodes + 63) >>> 6] : new long[0];
    }

    /** The picks of one call, valid until the next. */
    int[] pick(int self, Draws draws) {
        if (picked.length == 1) {
            picked[0] = draws.peerOf(self, nodes);
        } else if (taken.length == 0) {
            pickFew(self, draws);
        } else {
            pickMany(self, draws);
        }
        return picked;
    }

    private void pickFew(int self, Draws draws) {
        for (int i = 0; i < picked.length; ) {
            int peer = draws.peerOf(self, nodes);
            boolean fresh = true;
            for (int j = 0; j < i; j++) fresh &= picked[j] != peer;
            if (fresh) picked[i++] = peer;
        }
    }

    /** Floyd's sampling: one draw a pick however close the fanout is to the number of nodes. */
    private void pickMany(int self, Draws draws) {
        int others = nodes - 1;
        for (int i = 0, last = others - picked.length; last < others; i++, last++) {
            int peer = draws.below(last + 1);
            if ((taken[peer >>> 6] >>> peer & 1) != 0) peer = last;
            taken[peer >>> 6] |= 1L << peer;
            picked[i] = peer;
        }
        for (int i = 0; i < picked.length; i++) {
            int peer = picked[i];
            taken[peer >>> 6] &= ~(1L << peer);
            if (peer >= self) picked[i] = peer + 1;
        }
    }
}
