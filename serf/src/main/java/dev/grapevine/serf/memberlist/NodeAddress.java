package dev.grapevine.serf.memberlist;

import dev.grapevine.core.Address;
import dev.grapevine.serf.msgpack.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A node's address exactly as it was announced. Peers compare addresses byte for byte, so an IPv4 address announced as
 * sixteen IPv4-mapped bytes must be repeated in that form; {@link #address()} treats both forms as equal.
 *
 * @param address where the node listens
 * @param ipLength bytes of the IP address on the wire: {@code 4} or {@code 16}
 */
public record NodeAddress(Address address, int ipLength) {
    /** Checks the form. */
    public NodeAddress {
        if (ipLength != 16 && (ipLength != 4 || address.v6()))
            throw new IllegalArgumentException(address + " does not fit " + ipLength + " bytes");
    }

    /** The usual form: four bytes for IPv4, sixteen for IPv6. */
    public static NodeAddress of(Address address) {
        return new NodeAddress(address, address.v6() ? 16 : 4);
    }

    /** From the wire; null when {@code ip} is null or has neither 4 nor 16 bytes, or {@code port} is no port. */
    public static @Nullable NodeAddress of(@Nullable Bytes ip, int port) {
        if (ip == null || (ip.size() != 4 && ip.size() != 16) || port < 0 || port > 0xFFFF) return null;
        return new NodeAddress(Address.of(ip.array(), port), ip.size());
    }

    /** The IP address as announced, 4 or 16 bytes. */
    public Bytes ip() {
        byte[] ip = address.ip();
        if (ip.length == ipLength) return Bytes.of(ip);
        byte[] mapped = new byte[16];
        mapped[10] = (byte) 0xFF;
        mapped[11] = (byte) 0xFF;
        System.arraycopy(ip, 0, mapped, 12, 4);
        return Bytes.of(mapped);
    }

    /** The port, {@code 0..65535}. */
    public int port() {
        return address.port();
    }

    /** {@code 127.0.0.1:7946} or {@code [::1]:7946}. */
    @Override
    public String toString() {
        return address.toString();
    }
}
