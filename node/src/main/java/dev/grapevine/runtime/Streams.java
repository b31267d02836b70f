package dev.grapevine.runtime;

import dev.grapevine.core.Address;
import dev.grapevine.core.CloseReason;
import dev.grapevine.core.Input;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The TCP listener and all streams of one machine. Used on the loop alone. */
final class Streams implements Ready {
    private static final int ACCEPT_BATCH = 64;
    private static final long ACCEPT_PAUSE_NANOS = 100_000_000;

    private final Runner runner;
    private final @Nullable ServerSocketChannel listener;
    private final DeadlineHeap.Alarm<Ready> alarm = new DeadlineHeap.Alarm<>(this);
    private final Map<Long, Link> links = new HashMap<>();
    private @Nullable SelectionKey key;
    private int inbound;
    private int outbound;
    private long lastAccepted;

    Streams(Runner runner, @Nullable ServerSocketChannel listener) {
        this.runner = runner;
        this.listener = listener;
    }

    void start() throws IOException {
        if (listener != null) key = runner.loop().register(listener, SelectionKey.OP_ACCEPT, this);
    }

    Runner runner() {
        return runner;
    }

    @Nullable
    Link find(long stream) {
        return links.get(stream);
    }

    @Override
    public void ready(int operations) {
        if (listener == null) return;
        for (int i = 0; i < ACCEPT_BATCH && listener.isOpen(); i++) {
            SocketChannel channel;
            try {
                channel = listener.accept();
            } catch (IOException exhausted) {
                // Out of file descriptors: the key would stay ready and the loop would spin, so look away for a while.
                if (key != null && key.isValid()) key.interestOps(0);
                runner.loop().deadlines().set(alarm, runner.loop().nowNanos() + ACCEPT_PAUSE_NANOS);
                runner.counters().add(Counter.STREAMS_TURNED_AWAY, 1);
                return;
            }
            if (channel == null) return;
            accept(channel);
        }
    }

    @Override
    public void due(long nowNanos) {
        runner.loop().deadlines().set(alarm, Long.MAX_VALUE);
        if (key != null && key.isValid()) key.interestOps(SelectionKey.OP_ACCEPT);
    }

    private void accept(SocketChannel channel) {
        try {
            if (inbound >= runner.settings().maxInboundStreams()) {
                runner.counters().add(Counter.STREAMS_TURNED_AWAY, 1);
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                channel.close();
                return;
            }
            Address from = NetAddresses.address((InetSocketAddress) channel.getRemoteAddress());
            prepare(channel);
            long id = --lastAccepted;
            Link link = new Link(this, id, channel, false);
            link.register();
            links.put(id, link);
            inbound++;
            runner.counters().add(Counter.STREAMS_ACCEPTED, 1);
            runner.give(new Input.StreamAccepted(id, from));
        } catch (IOException gone) {
            closeQuietly(channel);
        }
    }

    void open(long id, Address to, long timeoutNanos) {
        if (id <= 0 || links.containsKey(id)) throw new IllegalStateException("stream " + id + " was used before");
        runner.counters().add(Counter.STREAMS_OPENED, 1);
        if (outbound >= runner.settings().maxOutboundStreams()) {
            refuse(id, CloseReason.OVERLOADED);
            return;
        }
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(to.v6() ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
            prepare(channel);
            boolean connected = channel.connect(runner.loop().addresses().of(to));
            Link link = new Link(this, id, channel, !connected);
            link.register();
            links.put(id, link);
            outbound++;
            if (connected) runner.later(new Input.StreamConnected(id));
            else link.connectWithin(timeoutNanos);
        } catch (IOException | IllegalArgumentException failed) {
            if (channel != null) closeQuietly(channel);
            refuse(id, reason(failed));
        }
    }

    private void refuse(long id, CloseReason reason) {
        runner.counters().add(Counter.STREAMS_BROKEN, 1);
        runner.later(new Input.StreamClosed(id, reason));
    }

    /** What an exception from connecting says. The JDK gives no codes, only types and the system's words. */
    static CloseReason reason(Exception failed) {
        if (failed instanceof NoRouteToHostException) return CloseReason.UNREACHABLE;
        String message = String.valueOf(failed.getMessage());
        if (message.contains("unreachable") || message.contains("No route")) return CloseReason.UNREACHABLE;
        if (message.contains("timed out")) return CloseReason.TIMED_OUT;
        if (failed instanceof ConnectException) return CloseReason.REFUSED;
        return failed instanceof IllegalArgumentException ? CloseReason.UNREACHABLE : CloseReason.RESET;
    }

    private static void prepare(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true); // messages are small and answers are awaited
    }

    /** A link's socket is closed for good. */
    void forget(long id) {
        if (links.remove(id) == null) return;
        if (id < 0) inbound--;
        else outbound--;
    }

    void close() throws IOException {
        runner.loop().deadlines().remove(alarm);
        for (Link link : new ArrayList<>(links.values())) link.abandon();
        if (listener != null) listener.close();
    }

    static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException alreadyBroken) {
            // Nothing is lost: the stream was given up.
        }
    }
}
