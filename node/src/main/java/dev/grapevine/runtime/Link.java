package dev.grapevine.runtime;

import dev.grapevine.core.CloseReason;
import dev.grapevine.core.Input;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** One stream: a socket, what waits to be written to it, and how far its two directions have been closed. */
final class Link implements Ready {
    private static final int READ_BATCH = 4;
    // A socket closed with unread bytes in it resets the connection, and the reset can destroy at the peer what we
    // wrote
    // last. So after closing we read, and throw away, what the peer still sends, but not for long.
    private static final long LINGER_NANOS = 1_000_000_000;

    private final Streams streams;
    private final Loop loop;
    private final long id;
    private final SocketChannel channel;
    private final DeadlineHeap.Alarm<Ready> alarm = new DeadlineHeap.Alarm<>(this);
    private final ArrayDeque<ByteBuffer> waiting = new ArrayDeque<>();
    private @Nullable SelectionKey key;
    private long waitingBytes;
    private long lastMoveNanos;
    private boolean connecting;
    private boolean ending; // we write no more once what waits is sent
    private boolean ended; // our direction is shut
    private boolean peerEnded;
    private boolean closing; // the machine has closed it
    private boolean gone; // the machine has been told, or need not be
    private boolean drainedSaid;

    Link(Streams streams, long id, SocketChannel channel, boolean connecting) {
        this.streams = streams;
        this.loop = streams.runner().loop();
        this.id = id;
        this.channel = channel;
        this.connecting = connecting;
        this.lastMoveNanos = loop.nowNanos();
    }

    void register() throws IOException {
        key = loop.register(channel, connecting ? SelectionKey.OP_CONNECT : SelectionKey.OP_READ, this);
        if (!connecting) watchIdle();
    }

    void connectWithin(long timeoutNanos) {
        loop.deadlines().set(alarm, loop.nowNanos() + timeoutNanos);
    }

    @Override
    public void ready(int operations) {
        if ((operations & SelectionKey.OP_CONNECT) != 0) finishConnect();
        if ((operations & SelectionKey.OP_WRITE) != 0 && channel.isOpen()) flush();
        if ((operations & SelectionKey.OP_READ) != 0 && channel.isOpen()) read();
    }

    @Override
    public void due(long nowNanos) {
        long idleNanos = streams.runner().settings().streamIdle().toNanos();
        if (gone) {
            discard();
        } else if (connecting || nowNanos - lastMoveNanos >= idleNanos) {
            fail(CloseReason.TIMED_OUT);
        } else {
            loop.deadlines().set(alarm, lastMoveNanos + idleNanos);
        }
    }

    void write(ByteBuffer bytes) {
        if (closing || ending) throw new IllegalStateException("stream " + id + " was written to after its end");
        int sizeBytes = bytes.remaining();
        if (!connecting && waiting.isEmpty() && !send(bytes)) return;
        if (bytes.hasRemaining()) {
            ByteBuffer kept = ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
            waiting.add(kept);
            waitingBytes += kept.remaining();
            if (waitingBytes > streams.runner().settings().maxBufferedBytes()) fail(CloseReason.OVERLOADED);
            else watch();
        } else if (sizeBytes > 0) {
            sayDrained();
        }
    }

    void end() {
        ending = true;
        if (!connecting && waiting.isEmpty()) shutOutput();
    }

    void close() {
        if (closing) return;
        closing = true;
        if (connecting || waiting.isEmpty()) leave();
        else watch();
    }

    private void finishConnect() {
        try {
            if (!channel.finishConnect()) return;
        } catch (IOException failed) {
            fail(Streams.reason(failed));
            return;
        }
        connecting = false;
        lastMoveNanos = loop.nowNanos();
        watchIdle();
        streams.runner().give(new Input.StreamConnected(id));
        if (channel.isOpen()) flush();
    }

    /** Writes what waits; then does what was asked to follow it. */
    private void flush() {
        boolean some = !waiting.isEmpty();
        for (ByteBuffer first; (first = waiting.peek()) != null; ) {
            int before = first.remaining();
            if (!send(first)) return;
            waitingBytes -= before - first.remaining();
            if (first.hasRemaining()) {
                watch();
                return;
            }
            waiting.remove();
        }
        watch();
        if (closing) leave();
        else if (ending) shutOutput();
        else if (some) sayDrained();
    }

    /** Returns false if the connection broke. */
    private boolean send(ByteBuffer bytes) {
        try {
            int sent = channel.write(bytes);
            if (sent > 0) {
                lastMoveNanos = loop.nowNanos();
                streams.runner().counters().add(Counter.STREAM_BYTES_OUT, sent);
            }
            return true;
        } catch (IOException broken) {
            fail(CloseReason.RESET);
            return false;
        }
    }

    private void read() {
        ByteBuffer received = loop.received();
        for (int i = 0; i < READ_BATCH; i++) {
            int count;
            try {
                count = channel.read(received.clear());
            } catch (IOException broken) {
                if (gone) discard();
                else fail(CloseReason.RESET);
                return;
            }
            if (count < 0) {
                onPeerEnded();
                return;
            }
            if (count == 0) return;
            if (closing) continue; // thrown away
            lastMoveNanos = loop.nowNanos();
            streams.runner().counters().add(Counter.STREAM_BYTES_IN, count);
            streams.runner().give(new Input.StreamBytes(id, received.flip()));
            if (!channel.isOpen()) return;
        }
        // The key stays ready while there is more, so the next pass reads on.
    }

    private void onPeerEnded() {
        peerEnded = true;
        if (gone) {
            discard();
        } else if (ended) {
            discard();
            tell(CloseReason.REMOTE);
        } else {
            watch();
            if (!closing) streams.runner().give(new Input.StreamEnded(id));
        }
    }

    private void shutOutput() {
        if (ended) return;
        ended = true;
        try {
            channel.shutdownOutput();
        } catch (IOException broken) {
            fail(CloseReason.RESET);
            return;
        }
        if (peerEnded && !gone) {
            discard();
            tell(CloseReason.REMOTE);
        }
    }

    /** Closed by the machine, everything written: the machine is told now, the socket lingers if the peer still writes. */
    private void leave() {
        gone = true;
        streams.runner().later(new Input.StreamClosed(id, CloseReason.LOCAL));
        if (connecting || peerEnded) {
            discard();
            return;
        }
        try {
            if (!ended) channel.shutdownOutput();
        } catch (IOException broken) {
            discard();
            return;
        }
        watch();
        loop.deadlines().set(alarm, loop.nowNanos() + LINGER_NANOS);
    }

    private void fail(CloseReason reason) {
        streams.runner().counters().add(Counter.STREAMS_BROKEN, 1);
        discard();
        tell(reason);
    }

    private void tell(CloseReason reason) {
        if (gone) return;
        gone = true;
        streams.runner().later(new Input.StreamClosed(id, closing ? CloseReason.LOCAL : reason));
    }

    private void discard() {
        loop.deadlines().remove(alarm);
        waiting.clear();
        Streams.closeQuietly(channel);
        streams.forget(id);
    }

    /** Closes the socket and tells nobody: the machine itself is gone. */
    void abandon() {
        gone = true;
        discard();
    }

    private void sayDrained() {
        if (drainedSaid) return;
        drainedSaid = true;
        loop.later(() -> {
            drainedSaid = false;
            // More may have been written meanwhile; then the next draining counts.
            if (!gone && !closing && !ending && waiting.isEmpty())
                streams.runner().give(new Input.StreamDrained(id));
        });
    }

    private void watchIdle() {
        loop.deadlines()
                .set(
                        alarm,
                        lastMoveNanos + streams.runner().settings().streamIdle().toNanos());
    }

    private void watch() {
        if (key == null || !key.isValid() || connecting) return;
        int wanted = (peerEnded ? 0 : SelectionKey.OP_READ) | (waiting.isEmpty() ? 0 : SelectionKey.OP_WRITE);
        if (key.interestOps() != wanted) key.interestOps(wanted);
    }
}
