package dev.grapevine.membership;

/** How well this node is itself (Lifeguard's local health multiplier): 0 is well, {@code max} very sick. */
final class LocalHealth {
    private final int max;
    private int score;

    LocalHealth(int max) {
        this.max = max;
    }

    int score() {
        return score;
    }

    void better() {
        if (score > 0) score--;
    }

    /** @param by steps, {@code >= 0}: a score below 0 would make time-outs vanish and probing spin */
    void worse(int by) {
        if (by < 0) throw new IllegalArgumentException("local health cannot get worse by " + by);
        score = Math.min(max, score + by);
    }

    /** A time of this node's own probing, stretched by its health. */
    long stretch(long nanos) {
        return nanos * (score + 1);
    }
}
