package dev.grapevine.serf.msgpack;

/** A peer's bytes are not what they should be. It carries no stack trace: it is news about the peer, not about us. */
public final class MalformedMessageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int offset;
    private final int neededBytes;

    /**
     * Bytes that no further bytes can mend.
     *
     * @param offset where, counted from the start of what was being read
     */
    public MalformedMessageException(String reason, int offset) {
        this(reason, offset, 0);
    }

    private MalformedMessageException(String reason, int offset, int neededBytes) {
        super(reason + " at offset " + offset, null, false, false);
        this.offset = offset;
        this.neededBytes = neededBytes;
    }

    /**
     * The bytes end too early. On a stream that means: wait.
     *
     * @param neededBytes a length of the input below which reading again is useless, {@code > 0}
     */
    public static MalformedMessageException truncated(int offset, int neededBytes) {
        return new MalformedMessageException("truncated", offset, neededBytes);
    }

    /** Where, counted from the start of what was being read. */
    public int offset() {
        return offset;
    }

    /** Whether more bytes may mend it. */
    public boolean isTruncated() {
        return neededBytes > 0;
    }

    /** The input is useless while shorter than this many bytes; {@code 0} when it is useless at any length. */
    public int neededBytes() {
        return neededBytes;
    }
}
