package dev.grapevine.runtime;

import dev.grapevine.core.Address;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The bound sockets of one machine, before it runs: a machine often must know its own address when it is made. They belong
 * to the {@link Host} once hosted; until then {@link #close} gives them back.
 */
public final class Sockets implements AutoCloseable {
    // A pair is refused when another socket holds the one port that the other protocol was given, which is rare.
    private static final int ATTEMPTS = 64;
    private static final int BACKLOG = 1_024;
    private static final int BUFFER_BYTES = 1 << 20; // a wish: the operating system caps it

    private final @Nullable DatagramChannel datagrams;
    private final @Nullable ServerSocketChannel listener;
    private final Address address;

    private Sockets(@Nullable DatagramChannel datagrams, @Nullable ServerSocketChannel listener, Address address) {
        this.datagrams = datagrams;
        this.listener = listener;
        this.address = address;
    }

    /**
     * Binds datagrams and streams to the same port.
     *
     * @param at port {@code 0} picks one that is free for both
     * @throws IOException if the address is not ours or the port is taken; the message names it
     */
    public static Sockets bind(Address at) throws IOException {
        for (int attempt = 1; ; attempt++) {
            DatagramChannel datagrams = datagrams(at);
            Address bound = boundTo(at, datagrams.getLocalAddress());
            try {
                return new Sockets(datagrams, listener(bound), bound);
            } catch (IOException taken) {
                datagrams.close();
                if (at.port() != 0 || attempt == ATTEMPTS) throw taken;
            }
        }
    }

    /** Binds a listener for streams alone, for a machine without datagrams. Errors as in {@link #bind}. */
    public static Sockets bindStreams(Address at) throws IOException {
        ServerSocketChannel listener = listener(at);
        return new Sockets(null, listener, boundTo(at, listener.getLocalAddress()));
    }

    /** No socket of its own: for a machine that only opens streams. */
    public static Sockets none() {
        return new Sockets(null, null, Address.loopback(0));
    }

    /** Where we listen, with the port that was picked. */
    public Address address() {
        return address;
    }

    @Override
    public void close() throws IOException {
        try {
            if (datagrams != null) datagrams.close();
        } finally {
            if (listener != null) listener.close();
        }
    }

    @Nullable
    DatagramChannel datagrams() {
        return datagrams;
    }

    @Nullable
    ServerSocketChannel listener() {
        return listener;
    }

    private static DatagramChannel datagrams(Address at) throws IOException {
        DatagramChannel channel =
                DatagramChannel.open(at.v6() ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER_BYTES);
            channel.setOption(StandardSocketOptions.SO_SNDBUF, BUFFER_BYTES);
            channel.bind(NetAddresses.socketAddress(at));
            return channel;
        } catch (IOException failed) {
            channel.close();
            throw named(failed, "UDP", at);
        }
    }

    private static ServerSocketChannel listener(Address at) throws IOException {
        ServerSocketChannel channel =
                ServerSocketChannel.open(at.v6() ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
        try {
            channel.configureBlocking(false);
            channel.bind(NetAddresses.socketAddress(at), BACKLOG);
            return channel;
        } catch (IOException failed) {
            channel.close();
            throw named(failed, "TCP", at);
        }
    }

    private static IOException named(IOException failed, String protocol, Address at) {
        IOException named = new BindException("cannot bind " + protocol + " " + at + ": " + failed.getMessage());
        named.initCause(failed);
        return named;
    }

    private static Address boundTo(Address at, java.net.SocketAddress local) {
        return at.withPort(((InetSocketAddress) local).getPort());
    }
}
