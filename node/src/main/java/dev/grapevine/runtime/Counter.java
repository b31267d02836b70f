package dev.grapevine.runtime;

/** What the driver counts for every hosted machine. All start at zero and only grow. */
public enum Counter {
    /** Datagrams given to the machine. */
    DATAGRAMS_IN,
    /** Their payload bytes (without IP and UDP headers). */
    DATAGRAM_BYTES_IN,
    /** Datagrams handed to the operating system. */
    DATAGRAMS_OUT,
    /** Their payload bytes (without IP and UDP headers). */
    DATAGRAM_BYTES_OUT,
    /** Datagrams not sent because the socket's send buffer was full. */
    DROPPED_BUFFER_FULL,
    /** Datagrams not sent because the operating system refused them (too large, no route, not permitted). */
    DROPPED_SEND_FAILED,
    /** Datagrams that a {@link DatagramFilter} dropped on their way in or out. */
    DROPPED_BY_FILTER,
    /** Streams that peers opened to us. */
    STREAMS_ACCEPTED,
    /** Streams that peers opened to us and that were closed at once because of a limit. */
    STREAMS_TURNED_AWAY,
    /** Streams that we tried to open. */
    STREAMS_OPENED,
    /** Streams that ended in anything but good order: refused, timed out, reset, overloaded. */
    STREAMS_BROKEN,
    /** Payload bytes received on streams. */
    STREAM_BYTES_IN,
    /** Payload bytes handed to the operating system on streams. */
    STREAM_BYTES_OUT,
    /** Inputs given to the machine, ticks included. */
    INPUTS,
    /** Events handed to the listener's queue. */
    EVENTS,
    /** Events lost because the listener's queue was full; the listener is told by {@link RuntimeEvent.EventsLost}. */
    EVENTS_LOST,
    /** Commands refused because too many were waiting. */
    COMMANDS_TURNED_AWAY,
    /** Times that the machine was told that it had not run for a while. */
    PAUSES,
    /** The time lost in those pauses, nanoseconds. */
    PAUSED_NANOS,
    /** Exceptions out of the machine: bugs; the listener is told by {@link RuntimeEvent.MachineFault}. */
    FAULTS
}
