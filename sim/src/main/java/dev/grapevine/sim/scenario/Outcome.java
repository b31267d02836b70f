package dev.grapevine.sim.scenario;

import java.util.List;
import java.util.Map;

/**
 * What came of a run.
 *
 * @param scenario its name
 * @param seed that it was drawn from
 * @param nodes at the start
 * @param simulatedNanos virtual time that passed
 * @param events taken from the agenda
 * @param hash over everything that happened, the same for the same seed
 * @param metrics what was measured, by name; numbers and maps of numbers
 * @param breaches what should have held and did not
 */
public record Outcome(
        String scenario,
        long seed,
        int nodes,
        long simulatedNanos,
        long events,
        long hash,
        Map<String, Object> metrics,
        List<Breach> breaches) {
    /** Whether everything held. */
    public boolean isGood() {
        return breaches.isEmpty();
    }
}
