package dev.grapevine.sim.array;

/** The thread that asked for the result was interrupted before it was there. */
public final class CancelledException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CancelledException() {
        super("interrupted");
    }
}
