package dev.grapevine.blob;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of a blob's size (8 bytes) and of the SHA-256 of each of its chunks: who has the list of those can check every chunk. */
public record BlobId(long first, long second, long third, long fourth) {
    /** Bytes of an id. */
    public static final int BYTES = 32;

    static byte[] sha256(byte[] bytes, int from, int length) {
        MessageDigest digest = digest();
        digest.update(bytes, from, length);
        return digest.digest();
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException never) {
            throw new IllegalStateException("every JDK has SHA-256", never);
        }
    }

    /** The id of a blob of that size whose chunks have these hashes, one after another. */
    static BlobId of(long sizeBytes, byte[] hashes) {
        MessageDigest digest = digest();
        digest.update(ByteBuffer.allocate(8).putLong(sizeBytes).flip());
        digest.update(hashes);
        return read(ByteBuffer.wrap(digest.digest()));
    }

    static BlobId read(ByteBuffer from) {
        return new BlobId(from.getLong(), from.getLong(), from.getLong(), from.getLong());
    }

    void write(ByteBuffer into) {
        into.putLong(first).putLong(second).putLong(third).putLong(fourth);
    }

    /** 64 hexadecimal digits. */
    @Override
    public String toString() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        write(bytes);
        return HexFormat.of().formatHex(bytes.array());
    }
}
