package dev.grapevine.sim;

/** Why a datagram did not arrive. */
public enum Drop {
    /** The link lost it. */
    LOSS,
    /** A partition or another cut stopped it. */
    CUT,
    /** It was larger than the link carries. */
    TOO_LARGE,
    /** No host has the address. */
    NO_SUCH_HOST,
    /** The host is there and runs no machine. */
    NOBODY_LISTENS,
    /** The sender's queue was full: more bytes than its bandwidth carries. */
    SENDER_QUEUE_FULL,
    /** The receiver was paused or slow for so long that its buffer was full. */
    RECEIVE_BUFFER_FULL
}
