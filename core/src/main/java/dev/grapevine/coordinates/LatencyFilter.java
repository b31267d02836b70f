package dev.grapevine.coordinates;

/** The last three round trips to one node, of which the median counts (hashicorp/serf, coordinate/client.go). */
final class LatencyFilter {
    private double newest;
    private double older;
    private double oldest;
    private int known;

    /** Takes one more, seconds; returns the median, of two the larger. */
    double add(double rtt) {
        oldest = older;
        older = newest;
        newest = rtt;
        if (known < 3) known++;
        return switch (known) {
            case 1 -> newest;
            case 2 -> Math.max(newest, older);
            default -> Math.max(Math.min(newest, older), Math.min(Math.max(newest, older), oldest));
        };
    }
}
