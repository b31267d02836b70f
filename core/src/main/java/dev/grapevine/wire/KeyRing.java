package dev.grapevine.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys of a cluster: one seals, all open. To rotate without losing a packet, {@linkplain #plus add} the new key on every
 * node, then {@linkplain #use use} it on every node, then {@linkplain #minus remove} the old one. Immutable.
 */
public final class KeyRing {
    /** Bytes of a key: AES-256. */
    public static final int KEY_BYTES = 32;

    /** Most keys a ring may hold. */
    public static final int MAX_KEYS = 8;

    /** A key and the byte that names it on the wire: the first byte of its SHA-256. Two keys may share an id. */
    record Key(int id, SecretKey secret) {}

    private final List<Key> keys;

    private KeyRing(List<Key> keys) {
        this.keys = List.copyOf(keys);
    }

    /** A ring of one key. */
    public static KeyRing of(byte[] key) {
        return new KeyRing(List.of(keyOf(key)));
    }

    /** This ring and one key more, which opens but does not seal yet. A key already held changes nothing. */
    public KeyRing plus(byte[] key) {
        Key added = keyOf(key);
        if (keys.contains(added)) return this;
        if (keys.size() == MAX_KEYS) throw new IllegalArgumentException("a ring holds at most " + MAX_KEYS + " keys");
        List<Key> more = new ArrayList<>(keys);
        more.add(added);
        return new KeyRing(more);
    }

    /** This ring, sealing with {@code key} from now on; refused if the ring does not hold it. */
    public KeyRing use(byte[] key) {
        Key first = held(key);
        List<Key> ordered = new ArrayList<>(keys);
        ordered.remove(first);
        ordered.add(0, first);
        return new KeyRing(ordered);
    }

    /** This ring without {@code key}; refused for the key that seals and for one that the ring does not hold. */
    public KeyRing minus(byte[] key) {
        Key gone = held(key);
        if (keys.get(0).equals(gone)) throw new IllegalArgumentException("this key seals: use another one first");
        List<Key> fewer = new ArrayList<>(keys);
        fewer.remove(gone);
        return new KeyRing(fewer);
    }

    /** How many keys the ring holds, {@code 1..MAX_KEYS}. */
    public int size() {
        return keys.size();
    }

    /** The ids of the keys as they stand on the wire, {@code 0..255}; the one that seals first. Ids are no secret. */
    public List<Integer> ids() {
        return keys.stream().map(Key::id).toList();
    }

    /** {@link #fingerprint} of each key; the one that seals first. */
    public List<Long> fingerprints() {
        return keys.stream().map(key -> fingerprint(key.secret().getEncoded())).toList();
    }

    /**
     * 64 bits that name a key without telling it, for recordings: the first eight bytes of SHA-256 over a word and the key. A guessed
     * key can be checked against it, as it can against any packet that the key has sealed; keys are drawn, not thought up.
     */
    public static long fingerprint(byte[] key) {
        MessageDigest sha = sha256();
        sha.update("grapevine recording".getBytes(StandardCharsets.US_ASCII));
        return ByteBuffer.wrap(sha.digest(key)).getLong();
    }

    List<Key> keys() {
        return keys;
    }

    private Key held(byte[] key) {
        Key wanted = keyOf(key);
        if (!keys.contains(wanted)) throw new IllegalArgumentException("the ring does not hold this key: add it first");
        return wanted;
    }

    private static Key keyOf(byte[] key) {
        if (key.length != KEY_BYTES)
            throw new IllegalArgumentException("a key has " + KEY_BYTES + " bytes, not " + key.length);
        return new Key(sha256().digest(key)[0] & 0xFF, new SecretKeySpec(key, "AES"));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
