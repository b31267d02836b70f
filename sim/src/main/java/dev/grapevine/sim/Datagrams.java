package dev.grapevine.sim;

import dev.grapevine.core.Address;
import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;

/** Carries datagrams: what is lost, copied, delayed, bent, and when the rest arrives. */
final class Datagrams {
    /** What a host queues in front of its uplink, in time; more is dropped. */
    private static final long UPLINK_QUEUE_NANOS = 200_000_000;

    private static final long SECOND = 1_000_000_000;

    private final Simulation simulation;
    private final Packet.Pool pool = new Packet.Pool();

    Datagrams(Simulation simulation) {
        this.simulation = simulation;
    }

    void send(Host from, Address to, ByteBuffer bytes) {
        int size = bytes.remaining();
        from.traffic.datagramsSent++;
        from.traffic.datagramBytesSent += size + Traffic.DATAGRAM_HEADER_BYTES;
        if (size > from.traffic.largestDatagramBytes) from.traffic.largestDatagramBytes = size;
        simulation.hash().add(bytes.array(), bytes.arrayOffset() + bytes.position(), size);
        if (size > 65_507) {
            simulation.dropped(from, to, size, Drop.TOO_LARGE);
        } else if (from.blocked) {
            from.heldBack.add(pool.copyOf(bytes, from.address, from.index, to));
        } else {
            carry(from, to, bytes, size);
        }
    }

    /** Sends what a blocked host could not. */
    void flush(Host from) {
        for (Packet held; (held = from.heldBack.poll()) != null; ) {
            carry(from, held.to, held.bytes, held.sizeBytes);
            pool.release(held);
        }
    }

    /** Forgets what a blocked host could not send. */
    void discard(Host from) {
        for (Packet held; (held = from.heldBack.poll()) != null; ) pool.release(held);
    }

    void release(Packet packet) {
        pool.release(packet);
    }

    /** When {@code bytes} that are sent now have left the host, nanoseconds of simulated time. */
    long uplink(Host from, int bytes, long nowNanos) {
        if (from.bytesPerSecond == 0) return nowNanos;
        long start = Math.max(nowNanos, from.uplinkFreeNanos);
        from.uplinkFreeNanos = start + Math.max(1, bytes * SECOND / from.bytesPerSecond);
        return from.uplinkFreeNanos;
    }

    long latencyNanos(Link link, Host from, Host to) {
        RandomGenerator random = from.linkRandom;
        long nanos = link.latency().drawNanos(from.index, to.index, random);
        return link.jitterNanos() == 0 ? nanos : nanos + random.nextLong(link.jitterNanos() + 1);
    }

    private void carry(Host from, Address to, ByteBuffer bytes, int size) {
        long now = simulation.nowNanos();
        Host receiver = simulation.hostAt(to);
        if (receiver == null) {
            simulation.dropped(from, to, size, Drop.NO_SUCH_HOST);
            return;
        }
        if (from.bytesPerSecond > 0 && from.uplinkFreeNanos - now > UPLINK_QUEUE_NANOS) {
            simulation.dropped(from, to, size, Drop.SENDER_QUEUE_FULL);
            return;
        }
        long departs = uplink(from, size + Traffic.DATAGRAM_HEADER_BYTES, now);
        Network network = simulation.network();
        Link link = network.linkBetween(from, receiver);
        if (size > link.mtuBytes()) {
            simulation.dropped(from, to, size, Drop.TOO_LARGE);
        } else if (!network.isOpen(from, receiver, true, now)) {
            simulation.dropped(from, to, size, Drop.CUT);
        } else if (network.loses(link, from, receiver)) {
            simulation.dropped(from, to, size, Drop.LOSS);
        } else {
            deliverLater(link, from, receiver, to, bytes, departs);
            if (Draws.happens(link.duplicate(), from.linkRandom))
                deliverLater(link, from, receiver, to, bytes, departs);
        }
    }

    private void deliverLater(Link link, Host from, Host receiver, Address to, ByteBuffer bytes, long departsNanos) {
        RandomGenerator random = from.linkRandom;
        long at = departsNanos + latencyNanos(link, from, receiver);
        if (Draws.happens(link.reorder(), random)) at += random.nextLong(link.reorderNanos() + 1);
        Packet packet = pool.copyOf(bytes, from.address, from.index, to);
        if (packet.sizeBytes > 0 && Draws.happens(link.corrupt(), random)) {
            int bit = random.nextInt(packet.sizeBytes * 8);
            packet.bytes.put(bit >> 3, (byte) (packet.bytes.get(bit >> 3) ^ 1 << (bit & 7)));
        }
        simulation.agenda().add(at, Agenda.DATAGRAM, receiver.index, 0, packet);
    }
}
