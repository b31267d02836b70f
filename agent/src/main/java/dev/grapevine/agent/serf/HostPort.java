package dev.grapevine.agent.serf;

import dev.grapevine.core.Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** {@code host:port} as Go splits, resolves and prints it, with Go's words for what is wrong. */
final class HostPort {
    private HostPort() {}

    /**
     * Looks up an address that must name a port.
     *
     * @param doing goes before the complaint, for example {@code "listen tcp: "}
     */
    static InetSocketAddress parse(String text, String doing) throws RpcClient.RpcFailure {
        try {
            String[] parts = split(text);
            return resolve(parts[0], parts[1]);
        } catch (IllegalArgumentException wrong) {
            throw new RpcClient.RpcFailure(doing + wrong.getMessage());
        }
    }

    /**
     * Host and port of {@code host:port} or {@code [v6]:port}.
     *
     * @throws IllegalArgumentException with Go's words
     */
    static String[] split(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) throw new IllegalArgumentException("address " + text + ": missing port in address");
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            if (end < 0) throw new IllegalArgumentException("address " + text + ": missing ']' in address");
            if (end + 1 == text.length())
                throw new IllegalArgumentException("address " + text + ": missing port in address");
            if (end + 1 != colon)
                throw new IllegalArgumentException("address " + text + ": too many colons in address");
            return new String[] {text.substring(1, end), text.substring(colon + 1)};
        }
        if (text.indexOf(':') != colon)
            throw new IllegalArgumentException("address " + text + ": too many colons in address");
        return new String[] {text.substring(0, colon), text.substring(colon + 1)};
    }

    /**
     * The first address of a host, with a port in figures; an empty host is the wildcard.
     *
     * @throws IllegalArgumentException with Go's words
     */
    static InetSocketAddress resolve(String host, String port) {
        int number;
        try {
            number = port.isEmpty() ? 0 : Integer.parseInt(port);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("lookup tcp/" + port + ": unknown port");
        }
        if (number < 0 || number > 0xFFFF) throw new IllegalArgumentException("address " + port + ": invalid port");
        try {
            return new InetSocketAddress(InetAddress.getByName(host.isEmpty() ? "0.0.0.0" : host), number);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("lookup " + host + ": no such host");
        }
    }

    /** {@code 127.0.0.1:7373} or {@code [::1]:7373}. */
    static String text(InetSocketAddress at) {
        return Address.of(at.getAddress().getAddress(), at.getPort()).toString();
    }
}
