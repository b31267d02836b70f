package dev.grapevine.topic;

import dev.grapevine.core.Address;
import dev.grapevine.core.Timers;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the parts of {@link Topics} share while they handle one input. */
final class TopicTurn {
    private static final long MAX_SLOWNESS_NANOS = 2_000_000_000L;
    private static final int MOST_STRETCHES = 5; // a message that is late on each of more hops is asked for too early
    private static final long SPAN_NANOS = 10_000_000_000L;
    private static final int LEAST_WINDOW = 40; // more than a child may leave unconfirmed

    sealed interface Timer {
        record FlushAcks() implements Timer {}

        record FlushLazy() implements Timer {}

        record Retry(Address peer) implements Timer {}

        record MissingDue(long source, long sequence) implements Timer {}

        record Settle(long source) implements Timer {}

        record ReportDue(long source) implements Timer {}

        record Sweep() implements Timer {}

        record Pump() implements Timer {}

        record CompareDue() implements Timer {}

        record Hold() implements Timer {}
    }

    final String self;
    final long generation;
    final TopicSettings settings;
    final Timers<Timer> timers = new Timers<>();
    final LinkedHashMap<Long, Feed> feeds = new LinkedHashMap<>();
    final Set<Address> neighbors = new LinkedHashSet<>();
    final Map<Address, PeerLink> peers = new LinkedHashMap<>();
    final Tally tally = new Tally();
    long nowNanos;
    List<Topics.Effect> effects = List.of();
    int view = 1;
    long linkedNanos = Long.MAX_VALUE; // when this node got its first neighbour

    /**
     * How much slower than its settings say this node and its links are now, nanoseconds: an estimate that three of four confirmations do not
     * exceed. All waiting is stretched by it, so that on a busy machine what is late is not taken for lost and sent again.
     */
    private long slownessNanos;

    final Redundancy redundancy;

    TopicTurn(String self, long generation, TopicSettings settings, TopicAim aim) {
        this.self = self;
        this.generation = generation;
        this.settings = settings;
        this.redundancy = new Redundancy(this, aim);
    }

    void send(Address to, TopicMessage message) {
        if (message instanceof TopicMessage.Payload) tally.payloadsSent++;
        else tally.controlSent++;
        if (redundancy.isSet()) tally.bytes += message.sizeBytes();
        effects.add(new Topics.Effect.Send(to, message));
    }

    PeerLink peer(Address address) {
        return peers.computeIfAbsent(address, key -> new PeerLink());
    }

    // The least that was measured in this span of time and in the one before: what distance costs, and not the load.
    private long leastNanos = MAX_SLOWNESS_NANOS;
    private long leastBeforeNanos = MAX_SLOWNESS_NANOS;
    private long spanNanos = Long.MIN_VALUE;

    /** A confirmation took so long, or a timer was so late. */
    void took(long nanos) {
        long late = Math.clamp(nanos - settings.ackNanos(), 0, MAX_SLOWNESS_NANOS);
        if (spanNanos == Long.MIN_VALUE || nowNanos - spanNanos > SPAN_NANOS) {
            spanNanos = nowNanos;
            leastBeforeNanos = leastNanos;
            leastNanos = MAX_SLOWNESS_NANOS;
        }
        leastNanos = Math.min(leastNanos, late);
        long step = (slownessNanos + settings.ackNanos() / 8) / 16 + 1;
        slownessNanos =
                late > slownessNanos ? Math.min(late, slownessNanos + 3 * step) : Math.max(late, slownessNanos - step);
    }

    /**
     * So many of {@code most} messages may be on their way, as things are now: what is confirmed later than distance explains waits in queues,
     * and more of it would only wait longer (after TCP Vegas, Brakmo and Peterson 1995).
     */
    int congested(int most) {
        long queued = Math.max(0, slownessNanos - Math.min(leastNanos, leastBeforeNanos));
        return (int)
                Math.max(Math.min(most, LEAST_WINDOW), most * settings.ackNanos() / (settings.ackNanos() + queued));
    }

    /** {@code nanos} and how late everything is now. */
    long late(long nanos) {
        return nanos + slownessNanos;
    }

    /** A time to wait for others, as things are now. */
    long stretched(long nanos) {
        return nanos + slownessNanos * Math.clamp(nanos / (2 * settings.ackNanos()), 1, MOST_STRETCHES);
    }

    void setIfUnset(Timer timer, long deadlineNanos) {
        if (!timers.isSet(timer)) timers.set(timer, deadlineNanos);
    }
}
