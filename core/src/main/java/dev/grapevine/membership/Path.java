package dev.grapevine.membership;

/** The way a probe took. */
public enum Path {
    /** A datagram straight to the member. */
    DATAGRAM,
    /** A datagram by way of another member (SWIM's indirect probe). */
    RELAY,
    /** A stream straight to the member. */
    STREAM
}
