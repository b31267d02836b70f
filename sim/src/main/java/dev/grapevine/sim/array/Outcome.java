package dev.grapevine.sim.array;

/**
 * How one run went.
 *
 * @param rounds          rounds or periods until the last delivery
 * @param informed        nodes that know, first at the start and then after each round or whole period
 * @param payloads        payloads sent when every informed party of a contact sends without asking
 * @param checkedPayloads payloads sent when digests are compared first: only to a node that did not know when the round
 *                        began (with the other clocks: when called)
 * @param contacts        calls made by live nodes
 * @param meanReception   mean round or hop at which the nodes reached heard, the source counting as zero
 * @param residue         live nodes never reached
 */
record Outcome(
        double rounds,
        long[] informed,
        long payloads,
        long checkedPayloads,
        long contacts,
        double meanReception,
        long residue) {
    long hash() {
        long hash = Draws.mix(Double.doubleToLongBits(rounds));
        for (long count : informed) hash = Draws.mix(hash ^ count) + 0x9e3779b97f4a7c15L;
        hash = Draws.mix(hash ^ payloads) + checkedPayloads;
        return Draws.mix(hash ^ residue);
    }
}
