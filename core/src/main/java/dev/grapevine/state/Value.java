package dev.grapevine.state;

import dev.grapevine.core.Composed;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of an entry. A large value is named by a digest, so that the news of it is small; its bytes follow in chunks.
 */
public final class Value implements Composed {
    /** Largest value, bytes. */
    public static final int MAX_BYTES = 16 << 20;

    /** A value above this many bytes travels apart from the news of it. */
    public static final int INLINE_BYTES = 1024;

    private static final byte[] NO_DIGEST = new byte[0];

    private final int size;
    private final Blob blob;
    private final byte @Nullable [] bytes;

    /** The name of a large value: the first 128 bits of its SHA-256. */
    public record Blob(long high, long low) implements Comparable<Blob> {
        static final Blob NONE = new Blob(0, 0);

        @Override
        public int compareTo(Blob other) {
            int order = Long.compareUnsigned(high, other.high);
            return order == 0 ? Long.compareUnsigned(low, other.low) : order;
        }
    }

    private Value(int size, Blob blob, byte @Nullable [] bytes) {
        this.size = size;
        this.blob = blob;
        this.bytes = bytes;
    }

    /**
     * A value with these bytes, which must not change any more.
     *
     * @throws IllegalArgumentException if there are more than {@link #MAX_BYTES}
     */
    static Value of(byte[] bytes) {
        if (bytes.length > MAX_BYTES)
            throw new IllegalArgumentException(
                    "the value has " + bytes.length + " bytes, the limit is " + MAX_BYTES + " (16 MiB)");
        return new Value(bytes.length, bytes.length <= INLINE_BYTES ? Blob.NONE : digest(bytes), bytes);
    }

    /** The news of a large value whose bytes are not here yet. */
    static Value absent(int size, Blob blob) {
        return new Value(size, blob, null);
    }

    /** The bytes; empty while {@link #isPresent} is false. Not to be changed. */
    public byte[] bytes() {
        byte[] known = bytes;
        return known == null ? NO_DIGEST : known;
    }

    @Override
    public List<Object> composition() {
        return List.of(size, blob, isPresent(), bytes());
    }

    boolean isPresent() {
        return bytes != null;
    }

    boolean isLarge() {
        return size > INLINE_BYTES;
    }

    int size() {
        return size;
    }

    Blob blob() {
        return blob;
    }

    static Blob digest(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return new Blob(bigEndian(digest, 0), bigEndian(digest, 8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static long bigEndian(byte[] bytes, int from) {
        long value = 0;
        for (int i = from; i < from + 8; i++) value = value << 8 | bytes[i] & 0xFF;
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Value value && size == value.size && Arrays.equals(bytes, value.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes) * 31 + size;
    }
}
