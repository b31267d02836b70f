package dev.grapevine.serf.memberlist;

/** Lets tests of the layer above see how long a suspicion lasts with LAN timings. */
public final class Suspicions {
    private Suspicions() {}

    /** Milliseconds for a cluster of {@code n}. */
    public static long timeoutMillis(int n, int confirmations) {
        long min = Suspicion.minNanos(Timings.LAN.suspicionMult(), n, Timings.LAN.probeNanos());
        long max = min * Timings.LAN.suspicionMaxMult();
        return Suspicion.timeoutNanos(confirmations, Timings.LAN.suspicionMult() - 2, min, max) / 1_000_000;
    }
}
