package dev.grapevine.wire;

import dev.grapevine.core.Address;
import dev.grapevine.wire.MalformedPacketException.Reason;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Values as bytes, big-endian. Every reader checks the length against its budget before it takes memory and throws
 * {@link MalformedPacketException}; every writer has a {@code size} beside it that is exact.
 */
public final class Wire {
    /** Bytes of the longest varint: 64 bits in groups of seven. */
    public static final int MAX_VARINT_BYTES = 10;

    private Wire() {}

    /** Bytes that {@link #putVarint} writes, 1 to 10. */
    public static int varintSize(long value) {
        return value == 0 ? 1 : (70 - Long.numberOfLeadingZeros(value)) / 7;
    }

    /** Writes an unsigned LEB128: seven bits a byte, least significant first, the high bit says that more follow. */
    public static void putVarint(ByteBuffer to, long value) {
        while ((value & ~0x7FL) != 0) {
            to.put((byte) (value | 0x80));
            value >>>= 7;
        }
        to.put((byte) value);
    }

    /** Reads an unsigned LEB128 of at most 64 bits; a padded (non-minimal) one is malformed. */
    public static long varint(ByteBuffer from) {
        int start = from.position();
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            if (!from.hasRemaining()) throw new MalformedPacketException(Reason.TRUNCATED, from.position());
            byte next = from.get();
            if (shift == 63 && (next & 0xFE) != 0) throw new MalformedPacketException(Reason.BAD_VALUE, start);
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                if (next == 0 && shift > 0) throw new MalformedPacketException(Reason.BAD_VALUE, start);
                return value;
            }
        }
    }

    /** Reads a varint that must lie within {@code 0..max}. */
    public static long varint(ByteBuffer from, long max) {
        int start = from.position();
        long value = varint(from);
        if (value < 0 || value > max) throw new MalformedPacketException(Reason.TOO_LARGE, start);
        return value;
    }

    /** Reads one byte as {@code 0..255}. */
    public static int u8(ByteBuffer from) {
        if (!from.hasRemaining()) throw new MalformedPacketException(Reason.TRUNCATED, from.position());
        return from.get() & 0xFF;
    }

    /** Reads four bytes. */
    public static int i32(ByteBuffer from) {
        need(from, 4);
        return from.getInt();
    }

    /** Reads eight bytes. */
    public static long i64(ByteBuffer from) {
        need(from, 8);
        return from.getLong();
    }

    /** Throws unless {@code bytes} more can be read. */
    public static void need(ByteBuffer from, long bytes) {
        if (from.remaining() < bytes) throw new MalformedPacketException(Reason.TRUNCATED, from.limit());
    }

    /** Bytes that {@link #putText} writes. */
    public static int textSize(String text) {
        int bytes = utf8Size(text);
        return varintSize(bytes) + bytes;
    }

    /** Bytes of {@code text} in UTF-8; an unpaired surrogate counts as the one byte of its replacement, {@code ?}. */
    public static int utf8Size(String text) {
        int bytes = 0;
        for (int i = 0, n = text.length(); i < n; i++) {
            char c = text.charAt(i);
            if (c < 0x80) bytes++;
            else if (c < 0x800) bytes += 2;
            else if (Character.isHighSurrogate(c) && i + 1 < n && Character.isLowSurrogate(text.charAt(i + 1))) {
                bytes += 4;
                i++;
            } else bytes += Character.isSurrogate(c) ? 1 : 3;
        }
        return bytes;
    }

    /** Whether UTF-8 can say it: no half of a surrogate pair stands alone. */
    public static boolean isText(String text) {
        for (int i = 0, n = text.length(); i < n; i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) continue;
            if (Character.isLowSurrogate(c) || i + 1 == n || !Character.isLowSurrogate(text.charAt(++i))) return false;
        }
        return true;
    }

    /** Writes the length in bytes as a varint, then UTF-8. */
    public static void putText(ByteBuffer to, String text) {
        putVarint(to, utf8Size(text));
        for (int i = 0, n = text.length(); i < n; i++) {
            char c = text.charAt(i);
            if (c < 0x80) to.put((byte) c);
            else if (c < 0x800) {
                to.put((byte) (0xC0 | c >> 6));
                to.put((byte) (0x80 | c & 0x3F));
            } else if (Character.isHighSurrogate(c) && i + 1 < n && Character.isLowSurrogate(text.charAt(i + 1))) {
                int point = Character.toCodePoint(c, text.charAt(++i));
                to.put((byte) (0xF0 | point >> 18));
                to.put((byte) (0x80 | point >> 12 & 0x3F));
                to.put((byte) (0x80 | point >> 6 & 0x3F));
                to.put((byte) (0x80 | point & 0x3F));
            } else if (Character.isSurrogate(c)) to.put((byte) '?');
            else {
                to.put((byte) (0xE0 | c >> 12));
                to.put((byte) (0x80 | c >> 6 & 0x3F));
                to.put((byte) (0x80 | c & 0x3F));
            }
        }
    }

    /** Reads what {@link #putText} wrote, of at most {@code maxBytes} bytes. */
    public static String text(ByteBuffer from, int maxBytes) {
        int length = (int) varint(from, maxBytes);
        need(from, length);
        int start = from.position();
        if (from.hasArray() && isAscii(from, start, length)) {
            from.position(start + length);
            return new String(from.array(), from.arrayOffset() + start, length, StandardCharsets.ISO_8859_1);
        }
        ByteBuffer bytes = from.slice(start, length);
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(bytes)
                    .toString();
            from.position(start + length);
            return text;
        } catch (CharacterCodingException e) {
            throw new MalformedPacketException(Reason.BAD_TEXT, start);
        }
    }

    private static boolean isAscii(ByteBuffer from, int start, int length) {
        for (int i = start; i < start + length; i++) if (from.get(i) < 0) return false;
        return true;
    }

    /** Bytes that {@link #putBytes} writes for {@code length} bytes. */
    public static int bytesSize(int length) {
        return varintSize(length) + length;
    }

    /** Writes the length as a varint, then the bytes. */
    public static void putBytes(ByteBuffer to, byte[] bytes) {
        putVarint(to, bytes.length);
        to.put(bytes);
    }

    /** Reads what {@link #putBytes} wrote, of at most {@code maxBytes} bytes. */
    public static byte[] bytes(ByteBuffer from, int maxBytes) {
        int length = (int) varint(from, maxBytes);
        need(from, length);
        byte[] bytes = new byte[length];
        from.get(bytes);
        return bytes;
    }

    /** Bytes that {@link #putAddress} writes: 7 for IPv4, 19 for IPv6. */
    public static int addressSize(Address address) {
        return address.v6() ? 19 : 7;
    }

    /** Writes 4 or 6 (the IP version), the address's 4 or 16 bytes, and the port in two bytes. */
    public static void putAddress(ByteBuffer to, Address address) {
        if (address.v6()) to.put((byte) 6).putLong(address.high()).putLong(address.low());
        else to.put((byte) 4).putInt((int) address.low());
        to.putShort((short) address.port());
    }

    /** Reads what {@link #putAddress} wrote. */
    public static Address address(ByteBuffer from) {
        int start = from.position();
        try {
            return switch (u8(from)) {
                case 4 -> Address.ipv4(from.getInt(), from.getShort() & 0xFFFF);
                case 6 -> new Address(from.getLong(), from.getLong(), from.getShort() & 0xFFFF, true);
                default -> throw new MalformedPacketException(Reason.BAD_VALUE, start);
            };
        } catch (BufferUnderflowException e) {
            throw new MalformedPacketException(Reason.TRUNCATED, from.limit());
        }
    }
}
