package dev.grapevine.state.reconcile;

import java.nio.charset.StandardCharsets;

/**
 * A key of SipHash-2-4 (Aumasson, Bernstein 2012): who does not know it cannot find ids that collide. {@link #of} makes the key
 * of one exchange out of a salt.
 */
public record SipKey(long k0, long k1) {
    /** The key of an exchange: both sides derive it from the salt that one of them drew. */
    public static SipKey of(long salt) {
        SipKey base = new SipKey(salt, ~salt);
        return new SipKey(base.hash(1), base.hash(2));
    }

    /** The hash of eight bytes, {@code value} with the least significant first. */
    public long hash(long value) {
        long v0 = k0 ^ 0x736F_6D65_7073_6575L;
        long v1 = k1 ^ 0x646F_7261_6E64_6F6DL;
        long v2 = k0 ^ 0x6C79_6765_6E65_7261L;
        long v3 = k1 ^ 0x7465_6462_7974_6573L;
        // One word, then the word that holds the length; written out, for this runs once for each id of a large set.
        for (int word = 0; word < 2; word++) {
            long m = word == 0 ? value : 8L << 56;
            v3 ^= m;
            for (int round = 0; round < 2; round++) {
                v0 += v1;
                v1 = Long.rotateLeft(v1, 13) ^ v0;
                v0 = Long.rotateLeft(v0, 32);
                v2 += v3;
                v3 = Long.rotateLeft(v3, 16) ^ v2;
                v0 += v3;
                v3 = Long.rotateLeft(v3, 21) ^ v0;
                v2 += v1;
                v1 = Long.rotateLeft(v1, 17) ^ v2;
                v2 = Long.rotateLeft(v2, 32);
            }
            v0 ^= m;
        }
        v2 ^= 0xFF;
        for (int round = 0; round < 4; round++) {
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }

    /** The hash of a text's UTF-8. */
    public long hash(String text) {
        return hash(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The hash of bytes. */
    public long hash(byte[] bytes) {
        return hash(bytes, 0, bytes.length);
    }

    /** The hash of {@code length} bytes from {@code offset} on. */
    public long hash(byte[] bytes, int offset, int length) {
        long[] v = {
            k0 ^ 0x736F_6D65_7073_6575L,
            k1 ^ 0x646F_7261_6E64_6F6DL,
            k0 ^ 0x6C79_6765_6E65_7261L,
            k1 ^ 0x7465_6462_7974_6573L
        };
        int whole = length - length % 8;
        for (int at = 0; at < whole; at += 8) word(v, little(bytes, offset + at, 8));
        word(v, little(bytes, offset + whole, length % 8) | (long) length << 56);
        v[2] ^= 0xFF;
        for (int round = 0; round < 4; round++) round(v);
        return v[0] ^ v[1] ^ v[2] ^ v[3];
    }

    private static long little(byte[] bytes, int at, int count) {
        long word = 0;
        for (int i = 0; i < count; i++) word |= (bytes[at + i] & 0xFFL) << 8 * i;
        return word;
    }

    private static void word(long[] v, long m) {
        v[3] ^= m;
        round(v);
        round(v);
        v[0] ^= m;
    }

    private static void round(long[] v) {
        v[0] += v[1];
        v[1] = Long.rotateLeft(v[1], 13) ^ v[0];
        v[0] = Long.rotateLeft(v[0], 32);
        v[2] += v[3];
        v[3] = Long.rotateLeft(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = Long.rotateLeft(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = Long.rotateLeft(v[1], 17) ^ v[2];
        v[2] = Long.rotateLeft(v[2], 32);
    }
}
