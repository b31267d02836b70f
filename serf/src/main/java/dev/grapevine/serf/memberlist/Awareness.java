package dev.grapevine.serf.memberlist;

/**
 * How much this node doubts itself (Dadgar et al., "Lifeguard", 2017, local health multiplier): {@code 0} is healthy.
 */
final class Awareness {
    private final int max;
    private int score;

    /** A healthy node whose score stays below {@code max}, {@code >= 1}. */
    Awareness(int max) {
        this.max = max;
    }

    void add(int delta) {
        score = Math.max(0, Math.min(max - 1, score + delta));
    }

    int score() {
        return score;
    }

    long scaled(long nanos) {
        return nanos * (score + 1);
    }
}
