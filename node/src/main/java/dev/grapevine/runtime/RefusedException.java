package dev.grapevine.runtime;

/** A command that the machine refused or that failed; the message says what to do. */
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    RefusedException(String reason) {
        super(reason);
    }
}
