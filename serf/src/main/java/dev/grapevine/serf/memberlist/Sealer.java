package dev.grapevine.serf.memberlist;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts and decrypts for a {@link Keyring}: version byte, nonce of 12 bytes, AES-GCM ciphertext, tag of 16 bytes. Version 0
 * pads the plain text to a multiple of 16 first (PKCS#7), version 1 does not. Source: hashicorp/memberlist, security.go.
 */
public final class Sealer {
    /** Bytes that version 1 adds. */
    public static final int OVERHEAD_BYTES = 29;

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final int BLOCK_BYTES = 16;

    private final Keyring keyring;
    private final RandomGenerator random;
    private @Nullable Cipher cipher; // loading it takes longer than starting an agent that has no keys
    private final Map<Bytes, SecretKeySpec> specs = new LinkedHashMap<>();

    /**
     * Seals with {@code keyring}, which may change meanwhile.
     *
     * @param random makes the nonces: no two sealers with one key may have one seed
     */
    public Sealer(Keyring keyring, RandomGenerator random) {
        this.keyring = keyring;
        this.random = random;
    }

    private Cipher cipher() {
        Cipher made = cipher;
        if (made != null) return made;
        try {
            made = Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no AES-GCM", e);
        }
        cipher = made;
        return made;
    }

    /** The ring. */
    public Keyring keyring() {
        return keyring;
    }

    /** How long {@code plainBytes} become. */
    public static int sealedBytes(int version, int plainBytes) {
        int padding = version == 0 ? BLOCK_BYTES - plainBytes % BLOCK_BYTES : 0;
        return 1 + NONCE_BYTES + plainBytes + padding + TAG_BYTES;
    }

    /**
     * Encrypts with the primary key.
     *
     * @param version {@code 0} or {@code 1}
     * @throws IllegalStateException if the ring is empty
     */
    public byte[] seal(int version, byte[] plain, byte[] aad) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        return seal(version, plain, aad, nonce);
    }

    byte[] seal(int version, byte[] plain, byte[] aad, byte[] nonce) {
        if (keyring.isEmpty()) throw new IllegalStateException("no key to encrypt with");
        byte[] padded = plain;
        if (version == 0) {
            int padding = BLOCK_BYTES - plain.length % BLOCK_BYTES;
            padded = Arrays.copyOf(plain, plain.length + padding);
            Arrays.fill(padded, plain.length, padded.length, (byte) padding);
        }
        byte[] sealed = new byte[1 + NONCE_BYTES + padded.length + TAG_BYTES];
        sealed[0] = (byte) version;
        System.arraycopy(nonce, 0, sealed, 1, NONCE_BYTES);
        try {
            Cipher cipher = cipher();
            cipher.init(Cipher.ENCRYPT_MODE, spec(keyring.get(0)), new GCMParameterSpec(8 * TAG_BYTES, nonce));
            cipher.updateAAD(aad);
            cipher.doFinal(padded, 0, padded.length, sealed, 1 + NONCE_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot encrypt", e);
        }
        return sealed;
    }

    /**
     * Decrypts with whichever key fits.
     *
     * @throws MalformedMessageException if none does, or the layout is wrong
     */
    public byte[] open(byte[] in, int from, int count, byte[] aad) {
        if (count < 1) throw new MalformedMessageException("nothing to decrypt", 0);
        int version = in[from] & 0xFF;
        if (version > 1) throw new MalformedMessageException("unsupported encryption version " + version, 0);
        if (count < sealedBytes(version, 0)) throw new MalformedMessageException("too short to decrypt", count);
        GCMParameterSpec nonce = new GCMParameterSpec(8 * TAG_BYTES, in, from + 1, NONCE_BYTES);
        for (int i = 0; i < keyring.size(); i++) {
            try {
                Cipher cipher = cipher();
                cipher.init(Cipher.DECRYPT_MODE, spec(keyring.get(i)), nonce);
                cipher.updateAAD(aad);
                byte[] plain = cipher.doFinal(in, from + 1 + NONCE_BYTES, count - 1 - NONCE_BYTES);
                return version == 0 ? unpadded(plain) : plain;
            } catch (AEADBadTagException e) {
                continue; // the next key may fit
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("cannot decrypt", e);
            }
        }
        throw new MalformedMessageException("no installed keys could decrypt the message", 0);
    }

    private static byte[] unpadded(byte[] plain) {
        int padding = plain.length == 0 ? 0 : plain[plain.length - 1] & 0xFF;
        if (padding < 1 || padding > BLOCK_BYTES || padding > plain.length)
            throw new MalformedMessageException("bad padding", plain.length);
        return Arrays.copyOf(plain, plain.length - padding);
    }

    private SecretKeySpec spec(Bytes key) {
        if (specs.size() > 64) specs.clear(); // rotations must not pile up keys for ever
        return specs.computeIfAbsent(key, bytes -> new SecretKeySpec(bytes.array(), "AES"));
    }
}
