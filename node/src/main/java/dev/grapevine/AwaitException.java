package dev.grapevine;

/** What was waited for did not come in time, or the wait was interrupted; the message says what there was instead. */
public final class AwaitException extends RuntimeException {
    private static final long serialVersionUID = 1;

    AwaitException(String message) {
        super(message);
    }
}
