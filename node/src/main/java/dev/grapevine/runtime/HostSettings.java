package dev.grapevine.runtime;

import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The limits within which a loop runs one machine.
 *
 * @param name for threads, logs and metrics
 * @param maxInboundStreams streams that peers may have open to us at a time; one more is closed at once. {@code >= 0}
 * @param maxOutboundStreams streams that we may have open at a time; one more fails as overloaded. {@code >= 0}
 * @param maxBufferedBytes what may wait on one stream for a slow reader before it is closed as overloaded. {@code > 0}
 * @param streamIdle a stream on which nothing moves for so long is closed as timed out; {@code > 0}
 * @param maxWaitingCommands commands not yet given to the machine; one more is refused. {@code > 0}
 * @param maxWaitingEvents events not yet taken by the listener; more are counted, dropped and told. {@code > 0}
 * @param filter which datagrams pass
 * @param listeners runs the listener, one event at a time; null for a virtual thread while there is something to tell
 * @param metrics where to announce the counters
 */
public record HostSettings(
        String name,
        int maxInboundStreams,
        int maxOutboundStreams,
        int maxBufferedBytes,
        Duration streamIdle,
        int maxWaitingCommands,
        int maxWaitingEvents,
        DatagramFilter filter,
        @Nullable Executor listeners,
        Metrics metrics) {
    public HostSettings {
        if (maxInboundStreams < 0 || maxOutboundStreams < 0)
            throw new IllegalArgumentException("negative stream limit");
        if (maxBufferedBytes <= 0 || maxWaitingCommands <= 0 || maxWaitingEvents <= 0) {
            throw new IllegalArgumentException("a limit must be positive");
        }
        if (streamIdle.isNegative() || streamIdle.isZero())
            throw new IllegalArgumentException("streamIdle must be positive");
    }

    /**
     * 64 streams each way, 8 MiB buffered per stream, 30 s idle, 4,096 commands and 16,384 events waiting: a table of 10,000
     * members is about 1 MiB on a stream, and joining a cluster of that size is 10,000 events at once.
     */
    public static HostSettings named(String name) {
        return new HostSettings(
                name, 64, 64, 8 << 20, Duration.ofSeconds(30), 4_096, 16_384, DatagramFilter.NONE, null, Metrics.NONE);
    }

    /** These settings with another limit on streams, the same for both directions. */
    public HostSettings withMaxStreams(int inbound, int outbound) {
        return new HostSettings(
                name,
                inbound,
                outbound,
                maxBufferedBytes,
                streamIdle,
                maxWaitingCommands,
                maxWaitingEvents,
                filter,
                listeners,
                metrics);
    }

    /** These settings with another bound on the bytes that wait on a stream. */
    public HostSettings withMaxBufferedBytes(int bytes) {
        return new HostSettings(
                name,
                maxInboundStreams,
                maxOutboundStreams,
                bytes,
                streamIdle,
                maxWaitingCommands,
                maxWaitingEvents,
                filter,
                listeners,
                metrics);
    }

    /** These settings with another idle time for streams. */
    public HostSettings withStreamIdle(Duration idle) {
        return new HostSettings(
                name,
                maxInboundStreams,
                maxOutboundStreams,
                maxBufferedBytes,
                idle,
                maxWaitingCommands,
                maxWaitingEvents,
                filter,
                listeners,
                metrics);
    }

    /** These settings with other bounds on what waits. */
    public HostSettings withMaxWaiting(int commands, int events) {
        return new HostSettings(
                name,
                maxInboundStreams,
                maxOutboundStreams,
                maxBufferedBytes,
                streamIdle,
                commands,
                events,
                filter,
                listeners,
                metrics);
    }

    /** These settings with a filter on datagrams. */
    public HostSettings withFilter(DatagramFilter filter) {
        return new HostSettings(
                name,
                maxInboundStreams,
                maxOutboundStreams,
                maxBufferedBytes,
                streamIdle,
                maxWaitingCommands,
                maxWaitingEvents,
                filter,
                listeners,
                metrics);
    }

    /** These settings with an executor for the listener. */
    public HostSettings withListeners(Executor listeners) {
        return new HostSettings(
                name,
                maxInboundStreams,
                maxOutboundStreams,
                maxBufferedBytes,
                streamIdle,
                maxWaitingCommands,
                maxWaitingEvents,
                filter,
                listeners,
                metrics);
    }

    /** These settings with a place for metrics. */
    public HostSettings withMetrics(Metrics metrics) {
        return new HostSettings(
                name,
                maxInboundStreams,
                maxOutboundStreams,
                maxBufferedBytes,
                streamIdle,
                maxWaitingCommands,
                maxWaitingEvents,
                filter,
                listeners,
                metrics);
    }
}
