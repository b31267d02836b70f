package dev.grapevine.serf;

import java.util.Map;

/**
 * Figures of one {@link SerfMachine}.
 *
 * @param members in any state, ourselves included
 * @param failed members with status failed
 * @param left members with status left
 * @param healthScore how much we doubt ourselves, {@code 0} (healthy) to 7
 * @param memberTime value of the member clock
 * @param eventTime value of the event clock
 * @param queryTime value of the query clock
 * @param intentQueue join and leave intents waiting to be sent
 * @param eventQueue user events waiting to be sent
 * @param queryQueue queries waiting to be sent
 * @param encrypted whether there are keys
 * @param coordinateResets how often our coordinate overflowed; {@code -1} with coordinates off
 * @param tags our own
 * @param counters what was sent, received and refused, by name
 */
public record SerfStats(
        int members,
        int failed,
        int left,
        int healthScore,
        long memberTime,
        long eventTime,
        long queryTime,
        int intentQueue,
        int eventQueue,
        int queryQueue,
        boolean encrypted,
        long coordinateResets,
        Map<String, String> tags,
        Map<String, Long> counters) {}
