package dev.grapevine.wire;

import dev.grapevine.wire.MalformedPacketException.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32C;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * What every packet wears: the protocol's version, the cluster it belongs to, and a proof that it arrived as it was sent.
 *
 * <pre>
 * clear   0: 0x10   1..4: cluster tag   5..8: CRC-32C                             9..: body
 * sealed  0: 0x11   1..4: cluster tag   5: key id   6..17: nonce   18..: AES-256-GCM(body), 16 bytes of tag at the end
 * </pre>
 *
 * The high nibble of byte 0 is the version of this layout (1), the low nibble the protection. The tag is the first four bytes
 * of SHA-256(cluster name). The checksum runs over the next four bytes of that hash, bytes 0 to 4 and the body; the seal
 * authenticates the whole hash and bytes 0 to 5: a packet of another cluster with the same tag fails it.
 * A nonce is six bytes drawn at the start of the process and a counter of six bytes, so that none is used twice.
 */
public final class Envelope {
    /** Bytes around a body in clear. */
    public static final int CLEAR_BYTES = 9;

    /** Bytes around a sealed body. */
    public static final int SEALED_BYTES = 34;

    /** Bytes that a seal adds behind the body. */
    public static final int SEAL_TRAILER_BYTES = 16;

    private static final byte CLEAR = 0x10;
    private static final byte SEALED = 0x11;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = SEAL_TRAILER_BYTES;
    private static final int SEALED_HEADER = 18;
    private static final long COUNTER_MASK = (1L << 48) - 1;

    private final byte[] clusterHash;
    private final int clusterTag;
    private final long nonceSalt;
    private final CRC32C crc = new CRC32C();
    private final byte[] nonce = new byte[NONCE_BYTES];
    private final byte[] aad = new byte[6];
    private @Nullable KeyRing keys;
    private @Nullable Cipher cipher;
    private byte[] opened = new byte[0];
    private ByteBuffer openedView = ByteBuffer.wrap(opened);
    private ByteBuffer clearView =
            ByteBuffer.wrap(opened); // of the array in which the last packet came: drivers reuse theirs
    private long counter;

    /**
     * @param cluster the cluster's name
     * @param keys null for packets in clear
     * @param nonceSalt 48 random bits, new for every start of a process; secret quality is not needed, freshness is
     */
    public Envelope(String cluster, @Nullable KeyRing keys, long nonceSalt) {
        this.clusterHash = sha256(cluster);
        this.clusterTag = ByteBuffer.wrap(clusterHash).getInt();
        this.keys = keys;
        this.nonceSalt = nonceSalt & COUNTER_MASK;
    }

    /** Whether packets are sealed. */
    public boolean sealed() {
        return keys != null;
    }

    /** The ring in use, null in clear. */
    public @Nullable KeyRing keys() {
        return keys;
    }

    /** Uses another ring from the next packet on; a clear cluster stays clear and a sealed one sealed. */
    public void keys(KeyRing ring) {
        if (keys == null) throw new IllegalStateException("this cluster speaks in clear: it has no keys to rotate");
        keys = ring;
    }

    /** Bytes that the envelope adds to a body. */
    public int overheadBytes() {
        return keys == null ? CLEAR_BYTES : SEALED_BYTES;
    }

    /** Prepares an empty heap buffer; the caller writes the body at its position and then calls {@link #close}. */
    public void open(ByteBuffer packet) {
        packet.position(packet.position() + (keys == null ? CLEAR_BYTES : SEALED_HEADER));
    }

    /**
     * Completes the packet that starts at {@code start} and whose body ends at the position; leaves the position at its end.
     */
    public void close(ByteBuffer packet, int start) {
        KeyRing ring = keys;
        packet.put(start, ring == null ? CLEAR : SEALED).putInt(start + 1, clusterTag);
        if (ring == null) packet.putInt(start + 5, checksum(packet, start, packet.position()));
        else seal(packet, start, ring.keys().get(0));
    }

    /**
     * Checks a packet and gives its body, between position and limit, readable until the next call. {@code packet} is untouched.
     *
     * @throws MalformedPacketException if the packet is not ours, damaged, forged, or of another protection
     */
    @SuppressWarnings("ReferenceEquality") // the same array, not an equal one
    public ByteBuffer body(ByteBuffer packet) {
        int start = packet.position();
        Wire.need(packet, CLEAR_BYTES);
        byte first = packet.get(start);
        if ((first & 0xF0) != (CLEAR & 0xF0)) throw new MalformedPacketException(Reason.UNKNOWN_VERSION, start);
        if (packet.getInt(start + 1) != clusterTag) throw new MalformedPacketException(Reason.OTHER_CLUSTER, start + 1);
        KeyRing ring = keys;
        if (first != (ring == null ? CLEAR : SEALED))
            throw new MalformedPacketException(Reason.WRONG_PROTECTION, start);
        if (ring != null) return unseal(packet, start, ring);
        if (packet.getInt(start + 5) != checksum(packet, start, packet.limit()))
            throw new MalformedPacketException(Reason.BAD_CHECKSUM, start + 5);
        if (!packet.hasArray()) return packet.slice(start + CLEAR_BYTES, packet.remaining() - CLEAR_BYTES);
        int at = packet.arrayOffset() + start;
        return viewOf(packet.array()).limit(at + packet.remaining()).position(at + CLEAR_BYTES);
    }

    @SuppressWarnings("ReferenceEquality") // the same bytes elsewhere are other memory
    private ByteBuffer viewOf(byte[] array) {
        if (clearView.array() != array) clearView = ByteBuffer.wrap(array);
        return clearView;
    }

    private int checksum(ByteBuffer packet, int start, int end) {
        crc.reset();
        crc.update(clusterHash, 4, 4);
        if (packet.hasArray()) {
            crc.update(packet.array(), packet.arrayOffset() + start, 5);
            crc.update(packet.array(), packet.arrayOffset() + start + CLEAR_BYTES, end - start - CLEAR_BYTES);
        } else {
            crc.update(packet.slice(start, 5));
            crc.update(packet.slice(start + CLEAR_BYTES, end - start - CLEAR_BYTES));
        }
        return (int) crc.getValue();
    }

    private void seal(ByteBuffer packet, int start, KeyRing.Key key) {
        packet.put(start + 5, (byte) key.id());
        packet.putShort(start + 6, (short) (nonceSalt >>> 32)).putInt(start + 8, (int) nonceSalt);
        counter = (counter + 1) & COUNTER_MASK;
        packet.putShort(start + 12, (short) (counter >>> 32)).putInt(start + 14, (int) counter);
        int body = start + SEALED_HEADER;
        int length = packet.position() - body;
        try {
            Cipher gcm = cipher(Cipher.ENCRYPT_MODE, key, packet, start);
            byte[] bytes = packet.array();
            int at = packet.arrayOffset() + body;
            packet.position(body + gcm.doFinal(bytes, at, length, bytes, at));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("sealing failed", e);
        }
    }

    private ByteBuffer unseal(ByteBuffer packet, int start, KeyRing ring) {
        Wire.need(packet, SEALED_BYTES);
        int id = packet.get(start + 5) & 0xFF;
        int length = packet.remaining() - SEALED_HEADER;
        boolean known = false;
        for (KeyRing.Key key : ring.keys()) {
            if (key.id() != id) continue;
            known = true;
            if (unseal(packet, start, length, key))
                return openedView.limit(length - TAG_BYTES).position(0);
        }
        throw new MalformedPacketException(known ? Reason.BAD_SEAL : Reason.UNKNOWN_KEY, start + 5);
    }

    private boolean unseal(ByteBuffer packet, int start, int length, KeyRing.Key key) {
        if (opened.length < length) {
            opened = new byte[Math.max(2048, Integer.highestOneBit(length) << 1)];
            openedView = ByteBuffer.wrap(opened);
        }
        openedView.clear();
        try {
            Cipher gcm = cipher(Cipher.DECRYPT_MODE, key, packet, start);
            if (packet.hasArray())
                gcm.doFinal(packet.array(), packet.arrayOffset() + start + SEALED_HEADER, length, opened, 0);
            else gcm.doFinal(packet.slice(start + SEALED_HEADER, length), openedView);
            return true;
        } catch (AEADBadTagException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("unsealing failed", e);
        } finally {
            openedView.clear();
        }
    }

    // The platform's cipher makes a new engine for every packet, the only allocation on this path
    // (docs/protocols/native.md).
    private Cipher cipher(int mode, KeyRing.Key key, ByteBuffer packet, int start) throws GeneralSecurityException {
        Cipher gcm = cipher;
        if (gcm == null) cipher = gcm = Cipher.getInstance("AES/GCM/NoPadding");
        packet.get(start + 6, nonce);
        gcm.init(mode, key.secret(), new GCMParameterSpec(TAG_BYTES * 8, nonce));
        gcm.updateAAD(clusterHash);
        for (int i = 0; i < 6; i++) aad[i] = packet.get(start + i);
        gcm.updateAAD(aad);
        return gcm;
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
