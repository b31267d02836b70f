package dev.grapevine.sim.scenario;

/**
 * What must hold at the end of a run; a negative number asks for nothing. Times are nanoseconds.
 *
 * @param joinedNanos from the last start (or join) until all views are equal
 * @param convergedNanos from the end of the last fault until all views are equal
 * @param detectMedianNanos a crash to its discovery, over all pairs of crashed and living
 * @param detectMostNanos the same at 99.9 %
 * @param falseByHealthy most discoveries about healthy members by healthy ones
 * @param falseInAll most discoveries about healthy members by anybody
 * @param maxPacketBytes largest datagram, UDP payload
 * @param seedShare bytes sent by the first host over the mean of all
 * @param failedNanos longest time for which a live member that can be reached may be held failed
 * @param exactlyFaulty healthy nodes see at the end exactly the healthy ones alive
 */
record Expect(
        long joinedNanos,
        long convergedNanos,
        long detectMedianNanos,
        long detectMostNanos,
        int falseByHealthy,
        int falseInAll,
        int maxPacketBytes,
        double seedShare,
        long failedNanos,
        boolean exactlyFaulty) {
    static Expect read(Section section) {
        Expect expect = new Expect(
                section.nanos("joined-within", -1),
                section.nanos("converged-within", -1),
                section.nanos("detect-median", -1),
                section.nanos("detect-most", -1),
                section.whole("false-by-healthy", -1, 0, Integer.MAX_VALUE),
                section.whole("false-in-all", -1, 0, Integer.MAX_VALUE),
                section.whole("max-packet", 1400, 1, 65_507),
                section.number("seed-share", -1, 0, 1e9),
                section.nanos("failed-at-most", -1),
                section.flag("exactly-faulty"));
        section.finish();
        return expect;
    }
}
