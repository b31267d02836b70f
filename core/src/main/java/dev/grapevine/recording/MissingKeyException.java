package dev.grapevine.recording;

/** A recording names a key that was not given. */
public final class MissingKeyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long fingerprint;

    MissingKeyException(long fingerprint) {
        super("the key with the fingerprint " + Long.toHexString(fingerprint)
                + " is needed: recordings never hold keys");
        this.fingerprint = fingerprint;
    }

    /** Which key: see {@link dev.grapevine.wire.KeyRing#fingerprint}. */
    public long fingerprint() {
        return fingerprint;
    }
}
