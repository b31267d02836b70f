package dev.grapevine.membership;

import dev.grapevine.core.Address;

/**
 * The way a message came, and by which an answer goes back.
 *
 * @param address of the peer: the source of the datagram or the remote end of the stream
 * @param stream the stream's number, 0 for datagrams
 */
public record Route(Address address, long stream) {
    /** By datagram. */
    public static Route datagram(Address address) {
        return new Route(address, 0);
    }

    boolean isStream() {
        return stream != 0;
    }
}
