package dev.grapevine.sim;

/** A machine threw: a defect of the machine. The message says which host, when, and of which seed. */
public final class MachineFailure extends IllegalStateException {
    private static final long serialVersionUID = 1;

    MachineFailure(String message, RuntimeException cause) {
        super(message, cause);
    }
}
