package dev.grapevine.serf.memberlist;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effect;
import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.Dialect;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sends datagrams and fills them up with gossip. */
final class Outbox {
    /** What a packet may carry before checksum, without regard to compression. */
    static final int PACKET_BYTES = 1400;

    private static final int COMPOUND_HEADER_BYTES = 2;
    private static final int COMPOUND_PART_BYTES = 2;

    private final Turn turn;
    private final PacketCodec codec;
    private final Memberlist.Delegate delegate;
    private final BroadcastQueue queue;
    private final MsgPackWriter scratch = new MsgPackWriter(Dialect.GOSSIP);
    private long fills;
    private long datagrams;
    private long bytes;

    Outbox(Turn turn, PacketCodec codec, Memberlist.Delegate delegate, BroadcastQueue queue) {
        this.turn = turn;
        this.codec = codec;
        this.delegate = delegate;
        this.queue = queue;
    }

    BroadcastQueue queue() {
        return queue;
    }

    long datagrams() {
        return datagrams;
    }

    long bytes() {
        return bytes;
    }

    static Bytes spelt(Message message) {
        MsgPackWriter to = new MsgPackWriter(Dialect.GOSSIP);
        Message.write(message, to);
        return to.toBytes();
    }

    /** Queues gossip about {@code name}, instead of what was queued about it. */
    void broadcast(Message message, String name, @Nullable Runnable finished) {
        queue.add(spelt(message), name, finished);
    }

    /** One message alone. */
    void send(Address to, Message message, boolean crc) {
        send(to, List.of(spelt(message)), crc);
    }

    /** One message and whatever gossip fits beside it. {@code n}: nodes in the table. */
    void sendWithGossip(Address to, Message message, int n) {
        Bytes first = spelt(message);
        List<Bytes> parts = new ArrayList<>();
        parts.add(first);
        int budget = PACKET_BYTES - first.size() - COMPOUND_HEADER_BYTES - codec.overheadBytes();
        fill(n, null, budget, parts);
        send(to, parts, false);
    }

    /** Whether anything waits to be gossiped. */
    boolean hasGossip() {
        return queue.size() > 0 || delegate.broadcastsWaiting() > 0;
    }

    /** A round of gossip: each of {@code targets} gets what is due. */
    void gossip(List<Node> targets, int n) {
        int budget = PACKET_BYTES - COMPOUND_HEADER_BYTES - codec.overheadBytes();
        for (Node target : targets) {
            List<Bytes> parts = new ArrayList<>();
            fill(n, targets.size() > 1 ? target.name : null, budget, parts);
            if (parts.isEmpty()) continue;
            send(target.address.address(), parts, target.versions.protocolMax() >= 5);
        }
    }

    /** What the next of a round would get goes to somebody who may be dead, without counting as sent. */
    void gossipAside(Node target) {
        int budget = PACKET_BYTES - COMPOUND_HEADER_BYTES - codec.overheadBytes();
        List<Bytes> parts = new ArrayList<>();
        int used = queue.repeat(COMPOUND_PART_BYTES, budget, parts);
        List<Bytes> fromAbove = new ArrayList<>();
        delegate.repeatBroadcasts(COMPOUND_PART_BYTES + 1, budget - used, fromAbove);
        for (Bytes message : fromAbove) parts.add(user(message));
        if (!parts.isEmpty()) send(target.address.address(), parts, target.versions.protocolMax() >= 5);
    }

    /**
     * Half of each packet is the upper layer's if it has something to say, and all of every other one, if that is what a message
     * of its takes. Were membership first, as in the reference, its news would fill all packets for a minute after a thousand
     * joins: events would wait for that long, and of somebody who leaves the death notice would overtake the intent.
     */
    private void fill(int n, @Nullable String reader, int budget, List<Bytes> parts) {
        if (budget <= 0) return;
        int left = budget;
        if (delegate.broadcastsWaiting() > 0) left -= fillFromAbove((fills++ & 1) == 1 ? left : left / 2, parts);
        queue.take(n, reader, COMPOUND_PART_BYTES, left, parts);
    }

    private int fillFromAbove(int budget, List<Bytes> parts) {
        List<Bytes> fromAbove = new ArrayList<>();
        delegate.broadcasts(COMPOUND_PART_BYTES + 1, budget, fromAbove);
        int used = 0;
        for (Bytes message : fromAbove) {
            parts.add(user(message));
            used += COMPOUND_PART_BYTES + 1 + message.size();
        }
        return used;
    }

    private static Bytes user(Bytes payload) {
        byte[] message = new byte[1 + payload.size()];
        message[0] = Message.USER;
        System.arraycopy(payload.array(), 0, message, 1, payload.size());
        return Bytes.of(message);
    }

    /** Parts in one packet; in several if there are more than a compound holds. */
    void send(Address to, List<Bytes> parts, boolean crc) {
        for (int from = 0; from < parts.size(); from += PacketCodec.MAX_PARTS) {
            List<Bytes> some = parts.subList(from, Math.min(parts.size(), from + PacketCodec.MAX_PARTS));
            scratch.clear();
            if (some.size() == 1) scratch.raw(some.get(0));
            else PacketCodec.compound(some, scratch);
            ByteBuffer out = turn.effects().buffer(scratch.size() + 5 + codec.overheadBytes());
            codec.seal(scratch.view(), crc, out);
            turn.effects().add(new Effect.SendDatagram(to, out.flip()));
            datagrams++;
            bytes += out.remaining();
        }
    }
}
