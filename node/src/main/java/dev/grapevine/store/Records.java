package dev.grapevine.store;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Changes of a map as bytes in a file.
 *
 * <p>A file is a header of 16 bytes (the text {@code GVSTORE1}, then the file's number, 8 bytes) and records. A record is the
 * length of its body (4 bytes), the CRC-32C of the file's number, that length and the body (4 bytes), and the body: 0 for a
 * value, 1 for a removal, 2 for the end of a snapshot (1 byte); the length of the key (4 bytes), the key, and all that follows
 * is the value. All numbers big-endian. The file's number in the checksum keeps what an older file left on the disk from being
 * taken for a record of this one.
 */
final class Records {
    static final int HEADER_BYTES = 16;
    static final int MAX_BODY_BYTES = 64 << 20;

    static final byte PUT = 0;
    static final byte REMOVE = 1;
    static final byte END = 2;

    private static final long MAGIC = 0x4756_5354_4F52_4531L; // GVSTORE1
    private static final int OVERHEAD = 4 + 4 + 1 + 4;

    private Records() {}

    static int sizeBytes(byte[] key, byte @Nullable [] value) {
        return OVERHEAD + key.length + (value == null ? 0 : value.length);
    }

    static void header(ByteBuffer into, long number) {
        into.putLong(MAGIC).putLong(number);
    }

    /** Whether the bytes begin like a file of that number. */
    static boolean isHeader(byte[] file, long number) {
        if (file.length < HEADER_BYTES) return false;
        ByteBuffer header = ByteBuffer.wrap(file);
        return header.getLong() == MAGIC && header.getLong() == number;
    }

    /** The number in a file's header, -1 if it is no such file. */
    static long number(byte[] file) {
        if (file.length < HEADER_BYTES) return -1;
        ByteBuffer header = ByteBuffer.wrap(file);
        return header.getLong() == MAGIC ? header.getLong() : -1;
    }

    static void write(ByteBuffer into, long number, byte kind, byte[] key, byte @Nullable [] value) {
        int length = sizeBytes(key, value) - 8;
        int start = into.position();
        into.putInt(length).putInt(0);
        into.put(kind).putInt(key.length).put(key);
        if (value != null) into.put(value);
        into.putInt(start + 4, checksum(number, length, into, start + 8));
    }

    private static int checksum(long number, int length, ByteBuffer bytes, int start) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(12).putLong(number).putInt(length).flip());
        crc.update(bytes.duplicate().position(start).limit(start + length));
        return (int) crc.getValue();
    }

    /** Is told what a file holds, in order. */
    interface Reader {
        void put(byte[] key, byte[] value);

        void remove(byte[] key);
    }

    /**
     * How far a file could be read.
     *
     * @param goodBytes up to the first byte that is no whole, sound record
     * @param ended whether the last record says that nothing is missing
     */
    record Extent(int records, int goodBytes, boolean ended) {}

    /** Reads records as far as they are whole and sound. */
    static Extent read(byte[] file, long number, Reader reader) {
        if (!isHeader(file, number)) return new Extent(0, 0, false);
        ByteBuffer bytes = ByteBuffer.wrap(file);
        int at = HEADER_BYTES;
        int records = 0;
        while (file.length - at >= OVERHEAD) {
            int length = bytes.getInt(at);
            if (length < OVERHEAD - 8 || length > MAX_BODY_BYTES || length > file.length - at - 8) break;
            if (bytes.getInt(at + 4) != checksum(number, length, bytes, at + 8)) break;
            byte kind = bytes.get(at + 8);
            int keyLength = bytes.getInt(at + 9);
            int valueLength = length - 5 - keyLength;
            if (keyLength < 0 || valueLength < 0 || kind < PUT || kind > END) break;
            byte[] key = new byte[keyLength];
            bytes.get(at + 13, key);
            at += 8 + length;
            if (kind == END) return new Extent(records, at, true);
            records++;
            if (kind == REMOVE) {
                reader.remove(key);
            } else {
                byte[] value = new byte[valueLength];
                bytes.get(at - valueLength, value);
                reader.put(key, value);
            }
        }
        return new Extent(records, at, false);
    }
}
