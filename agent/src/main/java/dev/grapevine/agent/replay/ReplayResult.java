package dev.grapevine.agent.replay;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a replay found; the components are the keys of the document that {@code --json} prints, in that order.
 *
 * @param verdict whether all was as recorded: same, different, incomplete, or stopped before the end as asked
 * @param inputs given
 * @param seconds of the node's time up to the last input given
 * @param wallMillis what the replay took
 * @param kinds inputs by kind
 * @param effects by kind
 * @param events published, by name
 * @param tornBytes half a record at the end: the process died while it was written
 * @param endedInOrder whether the node was stopped in order; false also when the replay stopped before the end
 */
record ReplayResult(
        String recording,
        String node,
        String cluster,
        long generation,
        String started,
        String seed,
        String verdict,
        long inputs,
        double seconds,
        double wallMillis,
        @Nullable Different difference,
        @Nullable String obstacle,
        @Nullable Broke brokeAt,
        Map<String, Long> kinds,
        Map<String, Long> effects,
        Map<String, Long> events,
        int tornBytes,
        boolean endedInOrder,
        List<MemberLine> members) {
    /** The first thing that was not as recorded. */
    record Different(long input, double seconds, String place, String given, String what) {}

    /** The event at which the replay was to stop. */
    record Broke(long input, double seconds, String event, String sentence, List<String> why) {}

    /** A member as the node saw it where the replay stopped. */
    record MemberLine(String name, String status, long generation, long incarnation, String address, String note) {}
}
