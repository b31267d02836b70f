package dev.grapevine.runtime;

import dev.grapevine.core.Address;
import java.util.random.RandomGenerator;

/**
 * Decides which datagrams pass: a facility for tests and demonstrations of bad networks, off in earnest use. Called on the
 * loop for every datagram; must not block.
 */
@FunctionalInterface
public interface DatagramFilter {
    /** Everything passes. */
    DatagramFilter NONE = (peer, outgoing) -> true;

    /**
     * Whether a datagram passes.
     *
     * @param peer whom it goes to or comes from
     * @param outgoing false for one that has arrived
     */
    boolean passes(Address peer, boolean outgoing);

    /**
     * Drops each outgoing datagram with the same probability.
     *
     * @param probability {@code 0..1}
     * @param random used on the loop only
     */
    static DatagramFilter loss(double probability, RandomGenerator random) {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException("a loss of " + probability + " is not in 0..1");
        }
        return probability == 0 ? NONE : (peer, outgoing) -> !outgoing || random.nextDouble() >= probability;
    }
}
