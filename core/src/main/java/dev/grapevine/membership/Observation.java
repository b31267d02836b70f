package dev.grapevine.membership;

/**
 * One probe of a member and what came of it.
 *
 * @param prober who asked
 * @param path the way it took
 * @param relay who relayed it, empty unless {@code path} is {@link Path#RELAY}
 * @param outcome what came back
 * @param startedNanos when the probe left, nanoseconds on the observer's own clock; {@code -1} when told by another node
 * @param tookNanos until the outcome was known, nanoseconds, {@code >= 0}
 */
public record Observation(String prober, Path path, String relay, Outcome outcome, long startedNanos, long tookNanos) {
    @Override
    public String toString() {
        String way = path == Path.RELAY && !relay.isEmpty()
                ? "relay " + relay
                : path.name().toLowerCase(java.util.Locale.ROOT);
        return prober + " by " + way + ": " + outcome + " after " + tookNanos / 1_000_000 + " ms";
    }
}
