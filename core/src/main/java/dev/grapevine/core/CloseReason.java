package dev.grapevine.core;

/** Why a stream is gone. */
public enum CloseReason {
    /** We closed it. */
    LOCAL,
    /** The peer closed it in order. */
    REMOTE,
    /** The peer's host answered that nobody listens there (TCP RST to our SYN). */
    REFUSED,
    /** The network says that there is no way to the peer. */
    UNREACHABLE,
    /** Connecting took longer than asked, or nothing moved for longer than the driver allows. */
    TIMED_OUT,
    /** The connection broke. */
    RESET,
    /** The driver's own limit on streams or on buffered bytes was reached. */
    OVERLOADED
}
