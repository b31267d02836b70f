package dev.grapevine.core;

import java.nio.ByteBuffer;
import java.util.List;

/** What a driver tells a {@link Machine}. Buffers belong to the driver and may be read only during the call. */
public sealed interface Input {
    /** A datagram arrived; {@code packet} lies between position and limit. */
    record Datagram(Address from, ByteBuffer packet) implements Input {}

    /**
     * A peer opened a stream to us.
     *
     * @param stream chosen by the driver, negative, never used before by this machine
     */
    record StreamAccepted(long stream, Address from) implements Input {}

    /** A stream that we asked for with {@link Effect.OpenStream} is up. */
    record StreamConnected(long stream) implements Input {}

    /** Bytes of a stream, in order, in pieces of any size. */
    record StreamBytes(long stream, ByteBuffer bytes) implements Input {}

    /** Everything written to the stream so far has been handed to the network: more may be written. */
    record StreamDrained(long stream) implements Input {}

    /** The peer will send no more on this stream; we may still write. */
    record StreamEnded(long stream) implements Input {}

    /** The stream is gone, or never came up. It is the last input about this stream. */
    record StreamClosed(long stream, CloseReason reason) implements Input {}

    /** The application asks for something; answered by at most one {@link Effect.Answer} with the same id. */
    record Commanded(long id, Command command) implements Input {}

    /** The wall clock, for protocols that must send it. Drivers give it before the first tick and then every second. */
    record WallClock(long epochMillis) implements Input {}

    /**
     * The outcome of an {@link Effect.Resolve}.
     *
     * @param addresses in the resolver's order; empty when the name has none or could not be looked up
     */
    record Resolved(String host, int port, List<Address> addresses) implements Input {}

    /**
     * This process did not run for a while (garbage collection, SIGSTOP, a starved or sleeping machine): whatever fell
     * due in that time says nothing about others. Given before the datagrams and ticks that waited.
     *
     * @param lostNanos how much longer than asked the driver slept, nanoseconds, {@code > 0}
     */
    record Paused(long lostNanos) implements Input {}

    /** The deadline has come (drivers may also tick early or twice: a machine looks at the time, not at the tick). */
    record Tick() implements Input {}
}
