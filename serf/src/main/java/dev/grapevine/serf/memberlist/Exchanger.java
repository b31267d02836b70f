package dev.grapevine.serf.memberlist;

import dev.grapevine.core.Address;
import dev.grapevine.core.CloseReason;
import dev.grapevine.core.Effect;
import dev.grapevine.serf.msgpack.Bytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Everything on streams: full exchanges, fallback pings, reliable user messages. */
final class Exchanger {
    /** Full exchanges served at once. */
    static final int MAX_SERVED = 128;
    /** Bytes held for all streams that are not complete. */
    static final int MAX_HELD_BYTES = 64 * 1024 * 1024;

    private static final int MAX_ACCEPTED = 512;

    /** One stream and what it is for. */
    private static final class Conversation {
        final long id;
        final @Nullable StreamMessage request; // null when accepted
        final StreamDecoder decoder;
        final Address peer;
        final @Nullable Consumer<@Nullable String> finished; // null error: success
        boolean done;

        Conversation(
                long id,
                @Nullable StreamMessage request,
                StreamDecoder decoder,
                Address peer,
                @Nullable Consumer<@Nullable String> finished) {
            this.id = id;
            this.request = request;
            this.decoder = decoder;
            this.peer = peer;
            this.finished = finished;
        }
    }

    private final Memberlist memberlist;
    private final Turn turn;
    private final NodeTable table;
    private final StreamCodec codec;
    private final Memberlist.Delegate delegate;
    private final Map<Long, Conversation> open = new LinkedHashMap<>();
    private long nextStream = 1;
    private long heldBytes;
    private int accepted;
    private long refused;
    private long bytesSent;

    Exchanger(Memberlist memberlist, Turn turn, NodeTable table, StreamCodec codec, Memberlist.Delegate delegate) {
        this.memberlist = memberlist;
        this.turn = turn;
        this.table = table;
        this.codec = codec;
        this.delegate = delegate;
    }

    long refused() {
        return refused;
    }

    long bytesSent() {
        return bytesSent;
    }

    /** A full exchange with {@code to}; {@code finished} hears null, or what went wrong. */
    void exchange(Address to, boolean join, Consumer<@Nullable String> finished) {
        // The state is taken when the stream is up, not now: see onConnected.
        StreamMessage request = new StreamMessage.PushPullOnStream(new PushPull(join, List.of(), Bytes.EMPTY));
        dial(to, request, memberlist.config().timings().streamTimeoutNanos(), finished);
    }

    /** A ping for a probe that datagrams did not answer. */
    void ping(Node target, long seqNo, long withinNanos) {
        Message.Ping ping = new Message.Ping(
                seqNo,
                target.name,
                memberlist.config().address().ip(),
                memberlist.config().address().port(),
                memberlist.config().name());
        dial(target.address.address(), new StreamMessage.PingOnStream(ping), withinNanos, null);
    }

    /** Hands {@code payload} to the layer above at {@code to}. */
    void user(Address to, Bytes payload, Consumer<@Nullable String> finished) {
        dial(
                to,
                new StreamMessage.UserOnStream(payload),
                memberlist.config().timings().streamTimeoutNanos(),
                finished);
    }

    private void dial(
            Address to, StreamMessage request, long withinNanos, @Nullable Consumer<@Nullable String> finished) {
        long id = nextStream++;
        open.put(id, new Conversation(id, request, new StreamDecoder(codec, true), to, finished));
        memberlist.timers().set(new Memberlist.Timer.StreamDeadline(id), turn.nowNanos() + withinNanos);
        turn.effects().add(new Effect.OpenStream(id, to, withinNanos));
    }

    void onConnected(long id) {
        Conversation talk = open.get(id);
        if (talk == null || talk.request == null) return;
        StreamMessage request = talk.request;
        if (request instanceof StreamMessage.PushPullOnStream(PushPull empty))
            request = new StreamMessage.PushPullOnStream(localState(empty.join()));
        write(id, codec.seal(request, true));
        if (request instanceof StreamMessage.UserOnStream) {
            turn.effects().add(new Effect.EndStream(id));
            finish(talk, null);
        }
    }

    private PushPull localState(boolean join) {
        List<PushPull.NodeState> nodes = new ArrayList<>(table.size());
        for (Node node : table.all()) nodes.add(node.toWire());
        return new PushPull(join, nodes, delegate.localState(join));
    }

    private void write(long id, Bytes bytes) {
        ByteBuffer out = turn.effects().buffer(bytes.size());
        bytes.putInto(out);
        turn.effects().add(new Effect.WriteStream(id, out.flip()));
        bytesSent += bytes.size();
    }

    void onAccepted(long id, Address from) {
        if (accepted >= MAX_ACCEPTED) {
            refused++;
            turn.effects().add(new Effect.CloseStream(id));
            return;
        }
        accepted++;
        open.put(id, new Conversation(id, null, new StreamDecoder(codec, false), from, null));
        long within = memberlist.config().timings().streamTimeoutNanos();
        memberlist.timers().set(new Memberlist.Timer.StreamDeadline(id), turn.nowNanos() + within);
    }

    void onBytes(long id, ByteBuffer bytes) {
        Conversation talk = open.get(id);
        if (talk == null || talk.done) return;
        heldBytes -= talk.decoder.heldBytes();
        if (heldBytes + talk.decoder.heldBytes() + bytes.remaining() > MAX_HELD_BYTES) {
            heldBytes += talk.decoder.heldBytes();
            refused++;
            fail(talk, "too many bytes are waiting on streams");
            return;
        }
        StreamDecoder.Outcome outcome = talk.decoder.feed(bytes);
        heldBytes += talk.decoder.heldBytes();
        switch (outcome) {
            case StreamDecoder.Outcome.More more -> {}
            case StreamDecoder.Outcome.Complete(StreamMessage message) -> {
                if (talk.request == null) serve(talk, message);
                else answered(talk, talk.request, message);
            }
            case StreamDecoder.Outcome.Useless(String reason, String reply) -> {
                refused++;
                if (talk.request == null && reply != null)
                    write(id, codec.seal(new StreamMessage.ErrOnStream(new Message.Err(reply)), false));
                delegate.onNotice(true, "failed to receive: " + reason + " from=" + talk.peer);
                fail(talk, reason);
            }
        }
    }

    private void serve(Conversation talk, StreamMessage message) {
        switch (message) {
            case StreamMessage.PushPullOnStream(PushPull remote) -> {
                int serving = 0;
                for (Conversation one : open.values()) if (one.request == null && one.done) serving++;
                if (serving >= MAX_SERVED) {
                    refused++;
                    break;
                }
                // Sent before merging, as the peer expects, so that it hears what we knew before it spoke.
                write(talk.id, codec.seal(new StreamMessage.PushPullOnStream(localState(remote.join())), false));
                String error = memberlist.merge(remote);
                if (error != null) delegate.onNotice(true, "push/pull merge failed: " + error + " from=" + talk.peer);
            }
            case StreamMessage.PingOnStream(Message.Ping ping) -> {
                if (ping.node().isEmpty()
                        || ping.node().equals(memberlist.config().name())) {
                    Message.Ack ack = new Message.Ack(ping.seqNo(), null);
                    write(talk.id, codec.seal(new StreamMessage.AckOnStream(ack), false));
                }
            }
            case StreamMessage.UserOnStream(Bytes payload) -> delegate.onUserMessage(payload);
            case StreamMessage.AckOnStream ack -> refused++;
            case StreamMessage.ErrOnStream err -> refused++;
        }
        finish(talk, null);
    }

    private void answered(Conversation talk, StreamMessage request, StreamMessage message) {
        if (message instanceof StreamMessage.ErrOnStream(Message.Err(String error))) {
            fail(talk, "remote error: " + error);
            return;
        }
        if (request instanceof StreamMessage.PingOnStream(Message.Ping ping)
                && message instanceof StreamMessage.AckOnStream(Message.Ack ack)) {
            finish(talk, null);
            if (ack.seqNo() == ping.seqNo()) memberlist.prober().streamAnswered(ping.seqNo());
            return;
        }
        if (request instanceof StreamMessage.PushPullOnStream
                && message instanceof StreamMessage.PushPullOnStream(PushPull remote)) {
            finish(talk, memberlist.mergeAnswer(remote, talk.peer));
            return;
        }
        fail(talk, "an answer of another kind");
    }

    void onEnded(long id) {
        Conversation talk = open.get(id);
        if (talk != null && !talk.done) fail(talk, "EOF");
    }

    void onClosed(long id, CloseReason reason) {
        Conversation talk = open.remove(id);
        if (talk == null) return;
        memberlist.timers().cancel(new Memberlist.Timer.StreamDeadline(id));
        heldBytes -= talk.done ? 0 : talk.decoder.heldBytes();
        if (talk.request == null) accepted--;
        if (!talk.done && talk.finished != null) {
            talk.done = true;
            talk.finished.accept(text(talk.peer, reason));
        }
    }

    /** As a Go program would put it, for those who compare. */
    private static String text(Address peer, CloseReason reason) {
        return switch (reason) {
            case REFUSED -> "dial tcp " + peer + ": connect: connection refused";
            case UNREACHABLE -> "dial tcp " + peer + ": connect: no route to host";
            case TIMED_OUT -> "dial tcp " + peer + ": i/o timeout";
            case RESET -> "connection reset by peer";
            case REMOTE -> "EOF";
            case LOCAL -> "closed";
            case OVERLOADED -> "too many open streams";
        };
    }

    void deadline(long id) {
        Conversation talk = open.get(id);
        if (talk == null) return;
        if (talk.done) {
            // Closed long ago; the driver still waits for the peer to read. That is no concern of ours any more.
            open.remove(id);
            if (talk.request == null) accepted--;
        } else fail(talk, "read tcp " + talk.peer + ": i/o timeout");
    }

    private void fail(Conversation talk, String error) {
        finish(talk, error);
    }

    private void finish(Conversation talk, @Nullable String error) {
        if (talk.done) return;
        talk.done = true;
        heldBytes -= talk.decoder.heldBytes();
        turn.effects().add(new Effect.CloseStream(talk.id));
        if (talk.finished != null) talk.finished.accept(error);
    }

    int openStreams() {
        return open.size();
    }
}
