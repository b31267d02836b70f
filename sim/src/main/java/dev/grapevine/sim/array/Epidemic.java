package dev.grapevine.sim.array;

/**
 * A plain epidemic: one node knows something, and it spreads until every live node knows.
 *
 * @param nodes    members everybody may call, 1 to 10⁹
 * @param live     how many of them run, 1 to {@code nodes}; calls to the others are wasted
 * @param exchange which way a contact carries news
 * @param fanout   distinct peers called by a node at each tick, 1 to {@code nodes - 1}
 * @param clock    when nodes call
 * @param link     what gets through
 */
public record Epidemic(int nodes, int live, Exchange exchange, int fanout, Clock clock, Link link) {
    /** The largest number of nodes. */
    public static final int MAX_NODES = 1_000_000_000;

    /** Checks the ranges. */
    public Epidemic {
        if (nodes < 1 || nodes > MAX_NODES)
            throw new IllegalArgumentException("nodes must be within 1 to 1e9, not " + nodes);
        if (live < 1 || live > nodes)
            throw new IllegalArgumentException("live nodes must be within 1 to " + nodes + ", not " + live);
        if (fanout < 1 || (nodes > 1 && fanout >= nodes))
            throw new IllegalArgumentException(
                    "fanout must be within 1 to nodes - 1 = " + (nodes - 1) + ", not " + fanout);
    }

    /** All nodes live, synchronous rounds, nothing lost. */
    public static Epidemic of(int nodes, Exchange exchange, int fanout) {
        return new Epidemic(nodes, nodes, exchange, fanout, Clock.SYNCHRONOUS, Link.PERFECT);
    }

    /** The same with another clock. */
    public Epidemic with(Clock other) {
        return new Epidemic(nodes, live, exchange, fanout, other, link);
    }

    /** The same with other links. */
    public Epidemic with(Link other) {
        return new Epidemic(nodes, live, exchange, fanout, clock, other);
    }

    /** The same with only so many nodes running. */
    public Epidemic withLive(int other) {
        return new Epidemic(nodes, other, exchange, fanout, clock, link);
    }
}
