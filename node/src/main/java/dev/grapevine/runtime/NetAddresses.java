package dev.grapevine.runtime;

import dev.grapevine.core.Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;

/** Translates between core's addresses and the JDK's, remembering the ones in use. One per loop, for its thread alone. */
final class NetAddresses {
    private static final int MOST_REMEMBERED = 16_384;

    private final Map<Address, InetSocketAddress> known = new HashMap<>();

    InetSocketAddress of(Address address) {
        InetSocketAddress found = known.get(address);
        if (found != null) return found;
        if (known.size() == MOST_REMEMBERED) known.clear(); // hostile packets can name any number of addresses
        InetSocketAddress made = socketAddress(address);
        known.put(address, made);
        return made;
    }

    static InetSocketAddress socketAddress(Address address) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address.ip()), address.port());
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException("an address of four or sixteen bytes", impossible);
        }
    }

    static Address address(InetSocketAddress from) {
        return Address.of(from.getAddress().getAddress(), from.getPort());
    }
}
