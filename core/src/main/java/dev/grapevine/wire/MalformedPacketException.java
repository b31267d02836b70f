package dev.grapevine.wire;

/**
 * A peer's bytes are not what they should be. Caught by the machine that asked for them to be decoded, which counts the reason
 * and drops the packet. Has no stack trace: a flood of bad packets must not cost more than good ones.
 */
public final class MalformedPacketException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is wrong; the keys under which bad packets are counted. */
    public enum Reason {
        /** The bytes end before the value does. */
        TRUNCATED,
        /** A length or count is above its budget. */
        TOO_LARGE,
        /** A value outside its range. */
        BAD_VALUE,
        /** Text that is not UTF-8. */
        BAD_TEXT,
        /** Not a version of the protocol that we speak. */
        UNKNOWN_VERSION,
        /** Names another cluster. */
        OTHER_CLUSTER,
        /** The checksum does not fit the bytes. */
        BAD_CHECKSUM,
        /** Sealed with a key that we do not have. */
        UNKNOWN_KEY,
        /** The seal is broken: forged, damaged, or another key under the same id. */
        BAD_SEAL,
        /** Clear text although this cluster is sealed, or sealed although it is clear. */
        WRONG_PROTECTION
    }

    private final Reason reason;
    private final int offset;

    /** Bad bytes at {@code offset} (from the start of the buffer that was decoded). */
    public MalformedPacketException(Reason reason, int offset) {
        super(null, null, false, false);
        this.reason = reason;
        this.offset = offset;
    }

    /** What is wrong. */
    public Reason reason() {
        return reason;
    }

    /** Where, in bytes from the start of the buffer that was decoded. */
    public int offset() {
        return offset;
    }

    @Override
    public String getMessage() {
        return reason + " at byte " + offset;
    }
}
