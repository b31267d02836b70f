package dev.grapevine.broadcast;

/**
 * So many bytes per period: a token bucket for what is sent, which holds one period's worth and may go below zero by one
 * message, and a second one for what the application writes.
 */
final class ByteBudget {
    private final long perPeriod;
    private final long periodNanos;
    private long period = Long.MIN_VALUE;
    private long toSend;
    private long toWrite;

    ByteBudget(long perPeriod, long periodNanos) {
        this.perPeriod = perPeriod;
        this.periodNanos = periodNanos;
        this.toSend = perPeriod;
        this.toWrite = perPeriod;
    }

    boolean isPositive(long nowNanos) {
        refill(nowNanos);
        return toSend > 0;
    }

    /** When {@link #isPositive} becomes true; the past if it is. */
    long whenPositiveNanos() {
        if (toSend > 0) return period == Long.MIN_VALUE ? 0 : period * periodNanos;
        return (period + 1 + -toSend / perPeriod) * periodNanos;
    }

    boolean maySend(int bytes, long nowNanos) {
        if (!isPositive(nowNanos)) return false;
        toSend -= bytes;
        return true;
    }

    boolean mayWrite(int bytes, long nowNanos) {
        refill(nowNanos);
        return toWrite >= bytes;
    }

    void written(int bytes) {
        toWrite -= bytes;
    }

    private void refill(long nowNanos) {
        long current = nowNanos / periodNanos;
        if (current <= period) return;
        long elapsed = period == Long.MIN_VALUE ? 1 : Math.min(current - period, 1L << 20);
        period = current;
        for (long i = 0; i < elapsed && toSend < perPeriod; i++) toSend = Math.min(perPeriod, toSend + perPeriod);
        toWrite = perPeriod;
    }
}
