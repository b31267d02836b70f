package dev.grapevine.sim;

import dev.grapevine.core.Address;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;

/** A datagram under way: a pooled copy of its bytes with where it came from and where it goes. */
final class Packet {
    /** Recycles packets by size, so that carrying one allocates nothing in the long run. */
    static final class Pool {
        private static final int[] SIZES = {128, 512, 2_048, 65_536};
        private final ArrayList<ArrayList<Packet>> free = new ArrayList<>();
        private final Address nowhere = Address.ipv4(0, 0);

        Pool() {
            for (int i = 0; i < SIZES.length; i++) free.add(new ArrayList<>());
        }

        /** A packet with a copy of what lies between position and limit. */
        Packet copyOf(ByteBuffer bytes, Address from, int fromHost, Address to) {
            int count = bytes.remaining();
            int sizeClass = 0;
            while (SIZES[sizeClass] < count) sizeClass++;
            ArrayList<Packet> spare = free.get(sizeClass);
            Packet packet = spare.isEmpty()
                    ? new Packet(ByteBuffer.allocate(SIZES[sizeClass]), sizeClass, nowhere)
                    : spare.remove(spare.size() - 1);
            packet.bytes.clear().put(0, bytes, bytes.position(), count).limit(count);
            packet.sizeBytes = count;
            packet.from = from;
            packet.fromHost = fromHost;
            packet.to = to;
            return packet;
        }

        /** Takes a packet back. Its bytes are spoilt, so that a machine that kept the buffer is found out. */
        void release(Packet packet) {
            Arrays.fill(packet.bytes.array(), 0, packet.sizeBytes, (byte) 0xDD);
            free.get(packet.sizeClass).add(packet);
        }
    }

    final ByteBuffer bytes;
    private final int sizeClass;
    int sizeBytes;
    Address from;
    int fromHost;
    Address to;

    private Packet(ByteBuffer bytes, int sizeClass, Address nowhere) {
        this.bytes = bytes;
        this.sizeClass = sizeClass;
        from = nowhere;
        to = nowhere;
    }
}
