package dev.grapevine.sim.scenario;

/** A scenario that cannot be run as written. The message is one line that begins with the place, {@code file:line: }. */
public final class ScenarioException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ScenarioException(String message) {
        super(message);
    }
}
