package dev.grapevine.recording;

/** A recording cannot be read: it is damaged, or another version of the program wrote it. The message says which and where. */
public final class RecordingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With a sentence for people. */
    public RecordingException(String message) {
        super(message);
    }

    /** With what lies behind it. */
    public RecordingException(String message, Throwable cause) {
        super(message, cause);
    }
}
