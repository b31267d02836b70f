package dev.grapevine.recording;

/** A value has no form as bytes. */
final class UnsupportedValueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnsupportedValueException(String message) {
        super(message, null, false, false);
    }
}
