package dev.grapevine.state;

/** What may be sent: bytes a second on average, a quarter of a second's worth at once. May be overdrawn by one message. */
final class ByteBudget {
    private final long perSecond;
    private double left;
    private long refilledNanos;

    ByteBudget(long perSecond) {
        this.perSecond = perSecond;
        left = most();
    }

    /** Most that can be left. */
    double most() {
        return Math.max(2048, perSecond / 4.0);
    }

    /** Bytes that may be sent now; may be negative. */
    long left(long nowNanos) {
        left = Math.min(most(), left + (nowNanos - refilledNanos) * (double) perSecond / 1e9);
        refilledNanos = nowNanos;
        return (long) left;
    }

    void spend(int bytes) {
        left -= bytes;
    }

    /** When {@link #left} will be at least {@code bytes}, given what it was last. */
    long whenNanos(long bytes) {
        return left >= bytes ? refilledNanos : refilledNanos + (long) ((bytes - left) * 1e9 / perSecond) + 1;
    }
}
