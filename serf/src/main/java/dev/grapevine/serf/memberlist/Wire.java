package dev.grapevine.serf.memberlist;

import dev.grapevine.serf.msgpack.Bytes;
import java.nio.charset.StandardCharsets;

/**
 * How this node dresses what it sends and what it insists on in what it receives.
 *
 * @param label the logical cluster, {@code 0..255} bytes; empty for none
 * @param skipInboundLabelCheck whether labels are stripped before packets reach us, so that one that arrives is refused
 * @param verifyIncoming whether plain text is refused while there are keys
 * @param verifyOutgoing whether we encrypt while there are keys
 * @param compression whether we compress
 * @param encryptionVersion {@code 1}, or {@code 0} for peers of memberlist's protocol 1
 */
public record Wire(
        Bytes label,
        boolean skipInboundLabelCheck,
        boolean verifyIncoming,
        boolean verifyOutgoing,
        boolean compression,
        int encryptionVersion) {
    /** Checks the ranges. */
    public Wire {
        if (label.size() > 255) throw new IllegalArgumentException("a label has at most 255 bytes");
        if (encryptionVersion != 0 && encryptionVersion != 1)
            throw new IllegalArgumentException("encryption version " + encryptionVersion);
    }

    /** The usual: everything verified, compressed, no label. */
    public static Wire plain() {
        return new Wire(Bytes.EMPTY, false, true, true, true, 1);
    }

    /** The same with a label. */
    public Wire withLabel(String text) {
        Bytes bytes = Bytes.of(text.getBytes(StandardCharsets.UTF_8));
        return new Wire(bytes, skipInboundLabelCheck, verifyIncoming, verifyOutgoing, compression, encryptionVersion);
    }

    /** The same with or without compression. */
    public Wire withCompression(boolean compress) {
        return new Wire(label, skipInboundLabelCheck, verifyIncoming, verifyOutgoing, compress, encryptionVersion);
    }

    /** The same with another {@link #encryptionVersion}. */
    public Wire withEncryptionVersion(int version) {
        return new Wire(label, skipInboundLabelCheck, verifyIncoming, verifyOutgoing, compression, version);
    }

    /** Bytes that label and encryption add to a packet. */
    int overheadBytes(boolean encrypted) {
        int labelBytes = label.size() == 0 ? 0 : 2 + label.size();
        return labelBytes + (encrypted ? encryptionVersion == 0 ? 45 : Sealer.OVERHEAD_BYTES : 0);
    }
}
