package dev.grapevine.serf.msgpack;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** An immutable run of bytes with value equality, so that messages can be records. */
public final class Bytes {
    /** No bytes. On the wire this is not the same as nil, which is a Java null. */
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] bytes;

    private Bytes(byte[] bytes) {
        this.bytes = bytes;
    }

    /** A copy of {@code bytes}. */
    public static Bytes of(byte[] bytes) {
        return bytes.length == 0 ? EMPTY : new Bytes(bytes.clone());
    }

    /** A copy of {@code count} bytes from {@code from} on. */
    public static Bytes of(byte[] bytes, int from, int count) {
        return count == 0 ? EMPTY : new Bytes(Arrays.copyOfRange(bytes, from, from + count));
    }

    /** A copy of what remains in {@code buffer}, whose position does not move. */
    public static Bytes of(ByteBuffer buffer) {
        byte[] copy = new byte[buffer.remaining()];
        buffer.get(buffer.position(), copy);
        return new Bytes(copy);
    }

    /** The UTF-8 bytes of {@code text}. */
    public static Bytes utf8(String text) {
        return new Bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The bytes written as {@code hex}. */
    public static Bytes hex(String hex) {
        return new Bytes(HexFormat.of().parseHex(hex));
    }

    /** How many bytes. */
    public int size() {
        return bytes.length;
    }

    /**
     * The byte at {@code index}, {@code 0..255}.
     *
     * @throws IndexOutOfBoundsException if there is none
     */
    public int at(int index) {
        return bytes[index] & 0xFF;
    }

    /** A copy of the bytes. */
    public byte[] array() {
        return bytes.clone();
    }

    /** A copy of the bytes from {@code from} (inclusive) to the end. */
    public Bytes from(int from) {
        return of(bytes, from, bytes.length - from);
    }

    /** A read-only view. */
    public ByteBuffer buffer() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    /** Appends the bytes to {@code buffer}. */
    public void putInto(ByteBuffer buffer) {
        buffer.put(bytes);
    }

    /** The bytes read as UTF-8; what is not becomes U+FFFD. */
    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Lower-case hexadecimal. */
    public String toHex() {
        return HexFormat.of().formatHex(bytes);
    }

    byte[] unsafe() {
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** At most 32 bytes in hexadecimal, then the length. */
    @Override
    public String toString() {
        String hex = HexFormat.of().formatHex(bytes, 0, Math.min(32, bytes.length));
        return bytes.length <= 32 ? hex : hex + "… (" + bytes.length + " bytes)";
    }
}
