package dev.grapevine.agent.replay;

import dev.grapevine.core.Event;
import dev.grapevine.membership.MembershipEvent.MemberChanged;
import dev.grapevine.membership.MembershipEvent.PathBroken;
import dev.grapevine.node.NodeEvent;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Events as words: {@code failed} and the other things that become of members, else the name of the type, {@code rumor-received}. */
final class EventNames {
    private EventNames() {}

    static String name(Event event) {
        if (event instanceof MemberChanged change) return change.kind().name().toLowerCase(Locale.ROOT);
        return event.getClass()
                .getSimpleName()
                .replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-")
                .toLowerCase(Locale.ROOT);
    }

    /** Whom or what it is about; null if that is this node itself. */
    static @Nullable String subject(Event event) {
        return switch (event) {
            case MemberChanged change -> change.member().name();
            case PathBroken broken -> broken.member().name();
            case NodeEvent.RumorReceived rumor -> rumor.key();
            default -> null;
        };
    }

    /** Whether {@code event} is what {@code wanted} names: {@code failed}, or {@code failed:node-3}. */
    static boolean matches(String wanted, Event event) {
        int colon = wanted.indexOf(':');
        String name = colon < 0 ? wanted : wanted.substring(0, colon);
        if (!name.equalsIgnoreCase(name(event))) return false;
        return colon < 0 || wanted.substring(colon + 1).equals(subject(event));
    }

    /** One line for people. */
    static String sentence(Event event) {
        return switch (event) {
            case MemberChanged change ->
                change.member().name() + " " + name(event) + ", incarnation "
                        + change.member().incarnation() + ": "
                        + change.evidence().note();
            case NodeEvent.RumorReceived rumor ->
                "rumor " + rumor.key() + " of " + rumor.origin() + " from " + rumor.from() + " after " + rumor.hops()
                        + " hops, " + rumor.payload().length + " bytes";
            case NodeEvent.Remember(var addresses) -> "remembers " + addresses.size() + " addresses";
            default -> event.toString();
        };
    }
}
