package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.Message;
import dev.grapevine.membership.Message.Update;
import dev.grapevine.membership.UpdateQueue;
import dev.grapevine.wire.Encodable;
import dev.grapevine.wire.Envelope;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Packs messages into packets: consecutive ones for one peer share a packet, and what room is left takes queued updates, least-sent
 * first, by their exact encoded size.
 */
final class PacketWriter {
    private final Envelope envelope;
    private final int maxPacketBytes;
    private final UpdateQueue queue;
    private final UpdateQueue.Packer packer = this::packUpdate;
    private @Nullable Effects effects;
    private @Nullable ByteBuffer packet;
    private Address to = Address.loopback(0);
    private int end;
    private long packets;
    private long bytes;

    PacketWriter(Envelope envelope, int maxPacketBytes, UpdateQueue queue) {
        this.envelope = envelope;
        this.maxPacketBytes = maxPacketBytes;
        this.queue = queue;
    }

    void begin(Effects effects) {
        this.effects = effects;
    }

    /** Bytes of messages that fit one packet. */
    int bodyBytes() {
        return maxPacketBytes - envelope.overheadBytes();
    }

    /** Adds a message to the packet for {@code to}, or begins one. {@code transmissions} bounds the repeats of updates. */
    void datagram(Address to, Message message, int transmissions) {
        MembershipCodec.encode(message, room(to, MembershipCodec.size(message), transmissions));
    }

    /** Likewise for a message of a part. */
    void datagram(Address to, int type, Encodable message, int transmissions) {
        int body = message.sizeBytes();
        put(type, message, body, room(to, 1 + Wire.varintSize(body) + body, transmissions));
    }

    private static void put(int type, Encodable message, int bodySize, ByteBuffer into) {
        into.put((byte) type);
        Wire.putVarint(into, bodySize);
        message.encode(into);
    }

    private ByteBuffer room(Address to, int size, int transmissions) {
        ByteBuffer current = packet;
        if (current != null && (!this.to.equals(to) || current.position() + size > end)) {
            flush(transmissions);
            current = null;
        }
        return current == null ? open(to, size) : current;
    }

    private ByteBuffer open(Address to, int size) {
        // A single message above the target goes alone in a larger datagram rather than not at all.
        int total = Math.max(maxPacketBytes, size + envelope.overheadBytes());
        ByteBuffer opened = effects().buffer(total);
        this.to = to;
        end = total - trailerBytes();
        envelope.open(opened);
        packet = opened;
        return opened;
    }

    private int trailerBytes() {
        return envelope.sealed() ? Envelope.SEAL_TRAILER_BYTES : 0;
    }

    /** Fills the open packet with updates and sends it. */
    void flush(int transmissions) {
        ByteBuffer full = packet;
        if (full == null) return;
        queue.drain(packer, transmissions);
        send(full);
    }

    /** Sends up to {@code count} packets of nothing but updates. */
    void gossip(Address to, int count, int transmissions) {
        flush(transmissions);
        for (int i = 0; i < count && queue.size() > 0; i++) {
            ByteBuffer opened = open(to, 0);
            if (queue.drain(packer, transmissions) == 0) {
                packet = null;
                return;
            }
            send(opened);
        }
    }

    private boolean packUpdate(Update update) {
        ByteBuffer into = packet;
        if (into == null || into.position() + MembershipCodec.size(update) > end) return false;
        MembershipCodec.encode(update, into);
        return true;
    }

    private void send(ByteBuffer full) {
        envelope.close(full, 0);
        full.flip();
        packets++;
        bytes += full.remaining();
        effects().add(new Effect.SendDatagram(to, full));
        packet = null;
    }

    /** Writes a message to a stream as a packet of its own. */
    void stream(long stream, Message message) {
        int size = MembershipCodec.size(message);
        ByteBuffer frame = frame(size);
        MembershipCodec.encode(message, frame);
        write(stream, frame);
    }

    /** Likewise for a message of a part. */
    void stream(long stream, int type, Encodable message) {
        int body = message.sizeBytes();
        ByteBuffer frame = frame(1 + Wire.varintSize(body) + body);
        put(type, message, body, frame);
        write(stream, frame);
    }

    /** Likewise, after a word on who sends on this stream. */
    void stream(long stream, Member sender, int type, Encodable message) {
        Message who = new Message.Known(sender);
        int body = message.sizeBytes();
        ByteBuffer frame = frame(MembershipCodec.size(who) + 1 + Wire.varintSize(body) + body);
        MembershipCodec.encode(who, frame);
        put(type, message, body, frame);
        write(stream, frame);
    }

    private ByteBuffer frame(int size) {
        ByteBuffer frame = effects().buffer(Frames.HEADER_BYTES + envelope.overheadBytes() + size);
        frame.putInt(0);
        envelope.open(frame);
        return frame;
    }

    private void write(long stream, ByteBuffer frame) {
        envelope.close(frame, Frames.HEADER_BYTES);
        frame.putInt(0, frame.position() - Frames.HEADER_BYTES).flip();
        effects().add(new Effect.WriteStream(stream, frame));
    }

    long packets() {
        return packets;
    }

    long bytes() {
        return bytes;
    }

    private Effects effects() {
        if (effects == null) throw new IllegalStateException("begin was not called");
        return effects;
    }
}
