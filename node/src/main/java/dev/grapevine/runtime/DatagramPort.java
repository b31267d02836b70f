package dev.grapevine.runtime;

import dev.grapevine.core.Address;
import dev.grapevine.core.Input;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import org.jspecify.annotations.Nullable;

/** The UDP socket of one machine. Used on the loop alone. */
final class DatagramPort implements Ready {
    // Read in batches, so that one flooded socket does not starve the others; what is left is read in the next pass. A
    // batch is about what a socket's buffer holds of small packets: the seed of a storm of joins must keep up.
    private static final int BATCH = 128;

    private final Runner runner;
    private final DatagramChannel channel;
    private final DatagramFilter filter;
    private @Nullable InetSocketAddress lastFrom; // the JDK returns the same object while one peer talks
    private @Nullable Address lastAddress;

    DatagramPort(Runner runner, DatagramChannel channel, DatagramFilter filter) {
        this.runner = runner;
        this.channel = channel;
        this.filter = filter;
    }

    @Override
    public void ready(int operations) {
        ByteBuffer received = runner.loop().received();
        for (int i = 0; i < BATCH; i++) {
            InetSocketAddress from;
            try {
                from = (InetSocketAddress) channel.receive(received.clear());
            } catch (IOException closed) {
                return; // closed by an effect of an earlier datagram, or an error about a datagram that we sent
            }
            if (from == null) return;
            Address peer = address(from);
            if (!filter.passes(peer, false)) {
                runner.counters().add(Counter.DROPPED_BY_FILTER, 1);
                continue;
            }
            runner.counters().add(Counter.DATAGRAMS_IN, 1);
            runner.counters().add(Counter.DATAGRAM_BYTES_IN, received.position());
            runner.give(new Input.Datagram(peer, received.flip()));
            if (!channel.isOpen()) return;
        }
        runner.loop().moreIsWaiting();
    }

    @Override
    public void due(long nowNanos) {
        throw new IllegalStateException("a datagram socket has no deadline");
    }

    void send(Address to, ByteBuffer packet) {
        Counters counters = runner.counters();
        int sizeBytes = packet.remaining();
        if (!filter.passes(to, true)) {
            counters.add(Counter.DROPPED_BY_FILTER, 1);
            return;
        }
        try {
            if (channel.send(packet, runner.loop().addresses().of(to)) == 0 && sizeBytes > 0) {
                counters.add(Counter.DROPPED_BUFFER_FULL, 1);
                return;
            }
        } catch (IOException | IllegalArgumentException failed) {
            // Port zero, another address family, no route, too large: to the protocol it is a lost datagram.
            counters.add(Counter.DROPPED_SEND_FAILED, 1);
            return;
        }
        counters.add(Counter.DATAGRAMS_OUT, 1);
        counters.add(Counter.DATAGRAM_BYTES_OUT, sizeBytes);
    }

    @SuppressWarnings("ReferenceEquality") // a miss only costs making an equal address once more
    private Address address(InetSocketAddress from) {
        Address known = lastAddress;
        if (from == lastFrom && known != null) return known;
        Address made = NetAddresses.address(from);
        lastFrom = from;
        lastAddress = made;
        return made;
    }

    void close() throws IOException {
        channel.close();
    }
}
