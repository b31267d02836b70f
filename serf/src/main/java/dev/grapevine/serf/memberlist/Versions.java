package dev.grapevine.serf.memberlist;

import dev.grapevine.serf.msgpack.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The six version numbers of a node, each {@code 0..255}: the protocol of memberlist and that of its delegate (Serf), each
 * with the lowest and highest it understands and the one it speaks. On the wire: one byte each, in this order.
 */
public record Versions(
        int protocolMin, int protocolMax, int protocolCur, int delegateMin, int delegateMax, int delegateCur) {
    /** Reads six bytes; null for any other length: such a node makes every push/pull in a real cluster fail. */
    public static @Nullable Versions of(@Nullable Bytes bytes) {
        if (bytes == null || bytes.size() != 6) return null;
        return new Versions(bytes.at(0), bytes.at(1), bytes.at(2), bytes.at(3), bytes.at(4), bytes.at(5));
    }

    /** What a Serf node that speaks {@code serfProtocol} (2 to 5) announces. */
    public static Versions serf(int serfProtocol) {
        return new Versions(1, 5, 2, 2, 5, serfProtocol);
    }

    /** The six bytes. */
    public Bytes bytes() {
        return Bytes.of(new byte[] {
            (byte) protocolMin, (byte) protocolMax, (byte) protocolCur,
            (byte) delegateMin, (byte) delegateMax, (byte) delegateCur
        });
    }
}
