package dev.grapevine.membership;

/** What came back from a probe. */
public enum Outcome {
    /** The member answered. */
    ACK,
    /** Nothing came back in time. */
    TIMEOUT,
    /** A relay answered that it had no answer from the member either: the relay is well, and so is our way to it. */
    NACK,
    /** The host is up and says that nobody listens there. */
    REFUSED,
    /** The network says that there is no way. */
    UNREACHABLE,
    /** The connection broke before the answer. */
    RESET,
    /** Somebody else lives at the address now. */
    OTHER_IDENTITY
}
