package dev.grapevine.state;

/**
 * Hybrid logical clock (Kulkarni et al., 2014): wall-clock milliseconds in 48 bits and a counter in 16, so that a write that saw
 * another has a larger stamp whatever the clocks say. A stamp further ahead than {@code maxDriftMillis} is not followed: one bad
 * clock must not carry the others away. What such a write's author saw still orders it, by its context.
 */
public final class HybridClock {
    private final long maxDriftMillis;
    private long wallMillis;
    private long last;

    /**
     * @param maxDriftMillis how far ahead of this node's clock a peer's stamp may be to be followed, milliseconds, {@code >= 0}
     */
    public HybridClock(long maxDriftMillis) {
        this.maxDriftMillis = maxDriftMillis;
    }

    /** The wall clock says {@code epochMillis}. */
    public void wallClock(long epochMillis) {
        wallMillis = Math.max(0, epochMillis) & (1L << 47) - 1;
    }

    /** A stamp larger than every one given or followed before. */
    public long next() {
        last = Math.max(wallMillis << 16, last + 1);
        return last;
    }

    /** A stamp was seen; later ones of ours will be larger, unless it is too far ahead. */
    public void saw(long stamp) {
        if (stamp > last && stamp >>> 16 <= wallMillis + maxDriftMillis) last = stamp;
    }

    /** The milliseconds of a stamp. */
    public static long millisOf(long stamp) {
        return stamp >>> 16;
    }
}
