package dev.grapevine.agent.demo;

import dev.grapevine.membership.Evidence;
import dev.grapevine.membership.Observation;
import java.util.stream.Collectors;

/** Evidence as a sentence for people. */
final class EvidenceText {
    private EvidenceText() {}

    /** Who believes it and why: the probes, what came back, who confirmed, how well the believer was itself. */
    static String sentence(String believer, Evidence evidence) {
        StringBuilder text = new StringBuilder();
        text.append("found by ").append(believer).append(": ").append(evidence.note());
        if (!evidence.accuser().isEmpty()) text.append("; accused by ").append(evidence.accuser());
        if (!evidence.observations().isEmpty()) {
            text.append("; probes: ")
                    .append(evidence.observations().stream()
                            .map(Observation::toString)
                            .collect(Collectors.joining(", ")));
        }
        if (!evidence.confirmers().isEmpty()) {
            text.append("; confirmed by ").append(String.join(", ", evidence.confirmers()));
        }
        text.append("; local health ").append(evidence.localHealth());
        return text.toString();
    }
}
