package dev.grapevine.sim.array;

/** By which rule news spreads, and so when it stops. */
public sealed interface Spread {
    /** Everyone goes on calling: ends when every live node knows. */
    record AntiEntropy() implements Spread {}

    /** Nodes lose interest by themselves: ends when nobody is interested (Demers et al. 1987, §1.4). */
    record Mongering(Rumor rumor) implements Spread {}

    /** Whoever hears for the first time tells {@code fanout} peers once, and never again. */
    record InfectAndDie() implements Spread {}

    /**
     * HashiCorp memberlist's rule: tell {@code fanout} peers each tick until the news was sent
     * {@code multiplier * ceil(log10(nodes + 1))} times.
     *
     * @param multiplier 1 to 100; memberlist's default is 4
     */
    record Retransmit(int multiplier) implements Spread {
        /** Checks the range. */
        public Retransmit {
            if (multiplier < 1 || multiplier > 100)
                throw new IllegalArgumentException(
                        "the retransmit multiplier must be within 1 to 100, not " + multiplier);
        }

        int sends(int nodes) {
            int digits = 0;
            for (long power = 1; power < nodes + 1L; power *= 10) digits++;
            return multiplier * digits;
        }
    }

    /**
     * Flooding: each node passes news on to its neighbours in a random regular graph, except to the one it came from.
     *
     * @param degree neighbours of every node, 3 to 1000
     */
    record Flooding(int degree) implements Spread {
        /** Checks the range. */
        public Flooding {
            if (degree < 3 || degree > 1000)
                throw new IllegalArgumentException("the overlay's degree must be within 3 to 1000, not " + degree);
        }
    }
}
