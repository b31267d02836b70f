package dev.grapevine.state.reconcile;

import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;

/**
 * A run of the coded symbols of a set, {@code from..from+size-1}: each is the sum of the ids that map to it, of their
 * checksums, and their number (Yang, Gilad, Alizadeh: Practical Rateless Set Reconciliation, SIGCOMM 2024).
 *
 * <p>Wire, after who sends it said how many there are: for each symbol its ids' exclusive or (8 bytes), its checksums'
 * exclusive or (4 bytes), and as a zigzag varint by how much its number of ids is off the expected {@code setSize / (1 +
 * index / 2)}: one byte where the exact number would take three.
 */
public final class CodedSymbols {
    /** The fewest bytes that a symbol takes on the wire. */
    static final int MIN_BYTES = 8 + 4 + 1;

    final int from;
    final long[] sums;
    final int[] checks;
    final int[] counts;

    CodedSymbols(int from, int size) {
        this.from = from;
        this.sums = new long[size];
        this.checks = new int[size];
        this.counts = new int[size];
    }

    int size() {
        return sums.length;
    }

    private static long expected(int setSize, int index) {
        return (long) (setSize / (1 + index / 2.0));
    }

    private long zigzag(int i, int setSize) {
        long off = counts[i] - expected(setSize, from + i);
        return off << 1 ^ off >> 63;
    }

    int sizeBytes(int setSize) {
        int bytes = 12 * size();
        for (int i = 0; i < size(); i++) bytes += Wire.varintSize(zigzag(i, setSize));
        return bytes;
    }

    void write(ByteBuffer into, int setSize) {
        for (int i = 0; i < size(); i++) {
            into.putLong(sums[i]);
            into.putInt(checks[i]);
            Wire.putVarint(into, zigzag(i, setSize));
        }
    }

    static CodedSymbols read(ByteBuffer in, int from, int size, int setSize) {
        Wire.need(in, (long) MIN_BYTES * size);
        CodedSymbols symbols = new CodedSymbols(from, size);
        for (int i = 0; i < size; i++) {
            symbols.sums[i] = Wire.i64(in);
            symbols.checks[i] = Wire.i32(in);
            int at = in.position();
            long zigzag = Wire.varint(in, 1L << 33);
            long count = (zigzag >>> 1 ^ -(zigzag & 1)) + expected(setSize, from + i);
            if (count < 0 || count > setSize) throw new MalformedPacketException(Reason.BAD_VALUE, at);
            symbols.counts[i] = (int) count;
        }
        return symbols;
    }
}
