package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.CloseReason;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Timers;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.Message;
import dev.grapevine.wire.Encodable;
import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a node: those that carry a probe or a join and its answer, and for each peer at most one of ours that carries what parts
 * say by stream, open while it is used.
 */
final class NodeStreams {
    private static final int MAX_STREAM_PACKET = 17 << 20; // a payload of 16 MiB and what stands around it
    private static final long MAX_HELD_BYTES = 64L << 20; // of packets not yet complete, on all streams together
    private static final long MAX_WAITING_BYTES = 4L << 20; // for one peer, beyond the message that is being sent
    private static final int MAX_STREAMS = 1024;
    private static final long IDLE_NANOS = 15_000_000_000L;
    private static final long PEER_IDLE_NANOS = 5_000_000_000L; // ours ends first: what crosses its end would be lost

    /** What becomes of what streams bring. */
    interface Receiver {
        /** A whole packet; false if it was bad. */
        boolean packet(ByteBuffer packet, Stream from);

        /** The probe that this stream carried has failed. */
        void probeFailed(Address peer, int sequence, CloseReason reason);

        /** A stream of parts to this peer can take more. */
        void drained(Address peer);

        /** A stream of parts to this peer is lost, with what was on its way. */
        void broken(Address peer);

        /** Something about a packet was wrong before it was one. */
        void bad(MalformedPacketException.Reason reason);
    }

    /** A packet of a part that waits for its stream to come up. */
    private record Waiting(int type, Encodable message) {}

    /** A stream of ours or of a peer's. */
    static final class Stream {
        final long id;
        /** The far end: of a peer's stream a port of the moment. */
        final Address peer;
        /** A probe's sequence, -1 for none. */
        final int probe;
        /** Who sends the parts' messages on it; null until it has said so. */
        @Nullable
        Address sender;

        private final @Nullable Message first;
        private final List<Waiting> waiting = new ArrayList<>();
        private final boolean ofParts;
        private Frames frames = new Frames(MAX_STREAM_PACKET);
        private long waitingBytes;
        private boolean connected;
        private boolean answered;
        private boolean closed;
        private boolean useless;
        private boolean refusedMore;

        Stream(long id, Address peer, int probe, @Nullable Message first, boolean ofParts) {
            this.id = id;
            this.peer = peer;
            this.probe = probe;
            this.first = first;
            this.ofParts = ofParts;
        }
    }

    private final Receiver receiver;
    private final PacketWriter writer;
    private final Timers<Long> idle = new Timers<>();
    private final Map<Long, Stream> streams = new LinkedHashMap<>();
    private final Map<Address, Stream> ofParts = new LinkedHashMap<>();
    private final List<Long> finished = new ArrayList<>(); // to close once this input is handled
    private Effects effects = new Effects();
    private long nowNanos;
    private long last;
    private long heldBytes;

    NodeStreams(Receiver receiver, PacketWriter writer) {
        this.receiver = receiver;
        this.writer = writer;
    }

    void begin(long nowNanos, Effects effects) {
        this.nowNanos = nowNanos;
        this.effects = effects;
    }

    // ---- ours ----

    /** Opens a stream and sends {@code message} on it; answers come back by it. */
    void open(Address peer, int probe, Message message, long timeoutNanos) {
        open(new Stream(++last, peer, probe, message, false), timeoutNanos);
    }

    /** Sends a part's message by the stream to {@code peer}; false if too much waits for it already. */
    boolean send(Address peer, int type, Encodable message, long timeoutNanos) {
        Stream known = ofParts.get(peer);
        Stream stream = known == null ? new Stream(++last, peer, -1, null, true) : known;
        if (stream.waitingBytes > MAX_WAITING_BYTES || known == null && streams.size() >= MAX_STREAMS) {
            stream.refusedMore = true;
            return false;
        }
        stream.waitingBytes += message.sizeBytes();
        if (known == null) {
            ofParts.put(peer, stream);
            open(stream, timeoutNanos);
        }
        if (stream.connected) writer.stream(stream.id, type, message);
        else stream.waiting.add(new Waiting(type, message));
        used(stream);
        return true;
    }

    private void open(Stream made, long timeoutNanos) {
        streams.put(made.id, made);
        used(made);
        effects.add(new Effect.OpenStream(made.id, made.peer, timeoutNanos));
    }

    void connected(long id, Member self) {
        Stream ours = streams.get(id);
        if (ours == null || ours.closed) return;
        ours.connected = true;
        if (ours.first != null) writer.stream(id, ours.first);
        for (int i = 0; i < ours.waiting.size(); i++) {
            Waiting one = ours.waiting.get(i);
            if (i == 0) writer.stream(id, self, one.type(), one.message());
            else writer.stream(id, one.type(), one.message());
        }
        ours.waiting.clear();
    }

    void drained(long id) {
        Stream ours = streams.get(id);
        if (ours == null || !ours.ofParts || !ours.waiting.isEmpty()) return;
        ours.waitingBytes = 0;
        ours.refusedMore = false;
        receiver.drained(ours.peer);
    }

    // ---- theirs ----

    void accepted(long id, Address from) {
        if (streams.size() >= MAX_STREAMS) {
            effects.add(new Effect.CloseStream(id));
            return;
        }
        Stream theirs = new Stream(id, from, -1, null, false);
        streams.put(id, theirs);
        used(theirs);
    }

    void bytes(long id, ByteBuffer bytes) {
        Stream known = streams.get(id);
        if (known == null || known.useless || known.closed) return;
        used(known);
        heldBytes -= known.frames.heldBytes();
        known.useless = !take(known, bytes);
        if (known.useless) known.frames = new Frames(0);
        heldBytes += known.frames.heldBytes();
        // A probe's stream has served once it is answered; one that brought a bad packet comes from a stranger.
        if (known.useless || known.probe >= 0 && known.answered) finished.add(id);
    }

    /** Takes in a piece of a stream; false if the stream is of no more use. */
    private boolean take(Stream known, ByteBuffer bytes) {
        // What has arrived is kept before it can be checked: all streams together have one budget, so that no stranger
        // fills memory.
        if (heldBytes + known.frames.heldBytes() + bytes.remaining() > MAX_HELD_BYTES) {
            receiver.bad(MalformedPacketException.Reason.TOO_LARGE);
            return false;
        }
        known.frames.add(bytes);
        try {
            for (ByteBuffer packet; (packet = known.frames.next()) != null; ) {
                if (!receiver.packet(packet, known)) return false;
                known.answered = true;
            }
            return true;
        } catch (MalformedPacketException e) {
            receiver.bad(e.reason());
            return false;
        }
    }

    void ended(long id) {
        finished.add(id);
    }

    // ---- both ----

    private void used(Stream stream) {
        idle.set(stream.id, nowNanos + (stream.ofParts ? PEER_IDLE_NANOS : IDLE_NANOS));
    }

    boolean isOpen(long id) {
        Stream known = streams.get(id);
        return known != null && !known.closed;
    }

    void closed(long id, CloseReason reason) {
        Stream gone = streams.remove(id);
        if (gone == null) return;
        idle.cancel(id);
        heldBytes -= gone.frames.heldBytes();
        if (gone.probe >= 0 && !gone.answered) receiver.probeFailed(gone.peer, gone.probe, reason);
        if (!gone.ofParts) return;
        forgetPart(gone);
        if (gone.waitingBytes > 0 || gone.refusedMore) receiver.broken(gone.peer);
    }

    private void forgetPart(Stream gone) {
        if (ofParts.get(gone.peer) == gone) ofParts.remove(gone.peer);
    }

    void tick() {
        for (Long due; (due = idle.pollDue(nowNanos)) != null; ) {
            Stream stream = streams.get(due);
            // Something is still to be sent: the driver gives up on a connection that does not move.
            if (stream != null && stream.ofParts && stream.waitingBytes > 0) used(stream);
            else finished.add(due);
        }
    }

    long nextDeadlineNanos() {
        return idle.nextDeadlineNanos();
    }

    /** Closes what has served. Last of all: what has just been said may answer what came by such a stream. */
    void closeFinished() {
        for (int i = 0; i < finished.size(); i++) {
            Stream stream = streams.get(finished.get(i));
            if (stream == null || stream.closed) continue;
            stream.closed = true;
            if (stream.ofParts) forgetPart(stream);
            effects.add(new Effect.CloseStream(finished.get(i)));
        }
        finished.clear();
    }

    void closeAll() {
        for (long id : streams.keySet()) effects.add(new Effect.CloseStream(id));
    }
}
