package dev.grapevine.state;

/**
 * How fast a node may write, so that gossip keeps up (van Renesse et al., "Efficient Reconciliation and Flow Control for
 * Anti-Entropy Protocols", LADIS 2008, §5). Two nodes that meet share what they may write together according to what they want;
 * exchanges that overflow their budget lower the rate by a quarter, others raise it by a step.
 */
final class FlowControl {
    private static final int IN_A_ROW = 3;
    private static final int CONGESTED = 20;
    private static final double DECREASE = 0.75;
    private static final double STEP = 0.2 / 100; // the paper's 0.2 at its largest rate of 100

    private final double most;
    private double allowed;
    private double wanted;
    private double tokens;
    private long refilledNanos;
    private long askedSinceNanos;
    private int asked;
    private int overflows;
    private int fits;
    private int congested; // so many exchanges must fit until the rate may grow beyond what is wanted

    /**
     * @param most updates a second, {@code > 0}; what is allowed at the start
     */
    FlowControl(double most) {
        this.most = most;
        allowed = most;
        tokens = burst();
    }

    private double burst() {
        return Math.max(1, allowed / 10);
    }

    double allowed() {
        return allowed;
    }

    double wanted() {
        return wanted;
    }

    /** The application wants to write once. */
    void asked(long nowNanos) {
        asked++;
        long tookNanos = nowNanos - askedSinceNanos;
        if (tookNanos < 1_000_000_000L) {
            wanted = Math.max(wanted, asked);
            return;
        }
        wanted = asked * 1e9 / tookNanos;
        asked = 0;
        askedSinceNanos = nowNanos;
    }

    /** Whether a write may be made now; if so it counts. */
    boolean take(long nowNanos) {
        tokens = Math.min(burst(), tokens + (nowNanos - refilledNanos) * allowed / 1e9);
        refilledNanos = nowNanos;
        if (tokens < 1) return false;
        tokens--;
        return true;
    }

    /** When the next write may be made, given that {@link #take} said no. */
    long nextNanos() {
        return refilledNanos + (long) Math.ceil((1 - tokens) * 1e9 / allowed) + 1;
    }

    /** Meets a peer; what both may write together stays the same. Returns what the peer may write from now on. */
    double meet(double peerAllowed, double peerWanted) {
        double sum = allowed + peerAllowed;
        double mine;
        double mean = sum / 2;
        if (wanted >= mean && peerWanted >= mean) mine = mean;
        else if (wanted + peerWanted <= sum) mine = wanted + (sum - wanted - peerWanted) / 2;
        else mine = wanted < mean ? wanted : sum - peerWanted;
        agreed(mine);
        return sum - allowed;
    }

    /** A peer that was met says what this node may write. */
    void agreed(double rate) {
        // While exchanges overflow, an allowance beyond what is wanted would only hide that less is needed.
        double limit = congested > 0 ? Math.max(wanted, Math.min(1, most)) : most;
        allowed = Math.clamp(rate, Math.min(0.1, most), Math.min(most, limit));
    }

    /** An exchange came to an end, or was cut short by the budget. */
    void exchanged(boolean overflow) {
        overflows = overflow ? overflows + 1 : 0;
        fits = overflow ? 0 : fits + 1;
        if (congested > 0 && !overflow) congested--;
        if (overflows >= IN_A_ROW) {
            congested = CONGESTED;
            agreed(Math.min(allowed, Math.max(wanted, 0.1)) * DECREASE);
            overflows = 0;
        }
        if (fits >= IN_A_ROW) {
            agreed(allowed + most * STEP);
            fits = 0;
        }
    }
}
