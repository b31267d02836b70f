package dev.grapevine.core;

/**
 * Where a peer listens: an IP address and a port, with no socket behind it. Datagrams and streams of a node share it.
 *
 * @param high the first eight bytes of an IPv6 address, {@code 0} for IPv4
 * @param low the last eight bytes of an IPv6 address; for IPv4 the four bytes, unsigned
 * @param port {@code 0..65535}
 * @param v6 whether this is an IPv6 address
 */
public record Address(long high, long low, int port, boolean v6) implements Comparable<Address> {
    public Address {
        if (port < 0 || port > 0xFFFF) throw new IllegalArgumentException("port " + port + " is not in 0..65535");
        if (!v6 && (high != 0 || low >>> 32 != 0)) throw new IllegalArgumentException("an IPv4 address has four bytes");
    }

    // By hand: addresses are compared for every packet, and a record's own methods are slow until they are compiled.
    @Override
    public boolean equals(@org.jspecify.annotations.Nullable Object other) {
        return other instanceof Address address
                && low == address.low
                && port == address.port
                && high == address.high
                && v6 == address.v6;
    }

    /** An IPv4 address from its four bytes in network order, for example {@code 0x7F000001} for 127.0.0.1. */
    public static Address ipv4(int bytes, int port) {
        return new Address(0, bytes & 0xFFFF_FFFFL, port, false);
    }

    /** 127.0.0.1 with the given port. */
    public static Address loopback(int port) {
        return ipv4(0x7F00_0001, port);
    }

    /**
     * An address from four or sixteen bytes in network order. IPv4-mapped IPv6 (::ffff:a.b.c.d) becomes IPv4.
     *
     * @throws IllegalArgumentException if {@code ip} has another length
     */
    public static Address of(byte[] ip, int port) {
        if (ip.length == 4) return ipv4((int) bigEndian(ip, 0, 4), port);
        if (ip.length != 16) throw new IllegalArgumentException(ip.length + " bytes are no IP address");
        long high = bigEndian(ip, 0, 8);
        long low = bigEndian(ip, 8, 8);
        if (high == 0 && low >>> 32 == 0xFFFF) return ipv4((int) low, port);
        return new Address(high, low, port, true);
    }

    /**
     * Parses {@code 127.0.0.1:7946}, {@code [::1]:7946}, or the same without a port. Host names are not addresses: they
     * must be resolved.
     *
     * @param defaultPort used when {@code text} names none
     * @return null when {@code text} is not a literal address (it may be a host name)
     */
    public static @org.jspecify.annotations.Nullable Address parse(String text, int defaultPort) {
        return AddressText.parse(text, defaultPort);
    }

    /** Four or sixteen bytes in network order. */
    public byte[] ip() {
        byte[] ip = new byte[v6 ? 16 : 4];
        if (v6) for (int i = 0; i < 8; i++) ip[i] = (byte) (high >>> (56 - 8 * i));
        for (int i = 0, n = v6 ? 8 : 4; i < n; i++) ip[ip.length - 1 - i] = (byte) (low >>> (8 * i));
        return ip;
    }

    /** The same host with another port. */
    public Address withPort(int port) {
        return new Address(high, low, port, v6);
    }

    /** 127.0.0.0/8 or ::1. */
    public boolean isLoopback() {
        return v6 ? high == 0 && low == 1 : low >>> 24 == 127;
    }

    /** 0.0.0.0 or ::. */
    public boolean isWildcard() {
        return high == 0 && low == 0;
    }

    /** The IP address alone: {@code 127.0.0.1} or {@code ::1} (RFC 5952). */
    public String host() {
        return AddressText.host(this);
    }

    /** {@code 127.0.0.1:7946} or {@code [::1]:7946}. */
    @Override
    public String toString() {
        return v6 ? "[" + host() + "]:" + port : host() + ":" + port;
    }

    @Override
    public int compareTo(Address other) {
        int order = Boolean.compare(v6, other.v6);
        if (order == 0) order = Long.compareUnsigned(high, other.high);
        if (order == 0) order = Long.compareUnsigned(low, other.low);
        return order == 0 ? Integer.compare(port, other.port) : order;
    }

    // The generated hash of a record with a long of small values clusters; this one is the same in every JVM.
    @Override
    public int hashCode() {
        long mixed = (low * 31 + high) * 0x9E37_79B9_7F4A_7C15L + port * 0xC2B2_AE3D_27D4_EB4FL;
        return (int) (mixed ^ mixed >>> 32);
    }

    private static long bigEndian(byte[] bytes, int from, int count) {
        long value = 0;
        for (int i = from; i < from + count; i++) value = value << 8 | bytes[i] & 0xFF;
        return value;
    }
}
