package dev.grapevine.sim.scenario;

/**
 * Something that should have held did not.
 *
 * @param rule its name
 * @param atNanos when, virtual time
 * @param detail what was seen instead
 */
public record Breach(String rule, long atNanos, String detail) {
    @Override
    public String toString() {
        return "%s at %.3f s: %s".formatted(rule, atNanos / 1e9, detail);
    }
}
