package dev.grapevine.state;

/**
 * How far a node's writes are known to have come.
 *
 * @param upToDate members of the view known to have all of them, this node included
 * @param members in the view
 * @param oldestUnseenNanos age of the oldest write that some member is not known to have, 0 if there is none
 */
public record Convergence(int upToDate, int members, long oldestUnseenNanos) {
    /** {@link #upToDate} of {@link #members}, {@code 0..1}. */
    public double share() {
        return members == 0 ? 1 : (double) upToDate / members;
    }
}
