package dev.grapevine.membership;

import dev.grapevine.core.Address;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why something is believed of a member.
 *
 * @param atNanos when this node came to believe it, nanoseconds since it started
 * @param status what it then believed
 * @param incarnation of the member, as claimed
 * @param accuser who says so: the member that could not reach it, or the member itself for its own news
 * @param confirmers others that found the same independently, in the order heard
 * @param observations probes behind the claim, oldest first; empty for the member's own news
 * @param localHealth the believer's Lifeguard score then: 0 is well, each step stretches its time-outs
 * @param toldBy where the news came from, null if this node saw it itself
 * @param hops members that the news went through before this one; 0 if its source told this node, or this node saw it itself
 * @param note one sentence for people
 */
public record Evidence(
        long atNanos,
        Status status,
        long incarnation,
        String accuser,
        List<String> confirmers,
        List<Observation> observations,
        int localHealth,
        @Nullable Address toldBy,
        int hops,
        String note) {
    public Evidence {
        confirmers = List.copyOf(confirmers);
        observations = List.copyOf(observations);
    }
}
