package dev.grapevine.agent.serf;

import dev.grapevine.serf.SerfEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Which events a stream or handler wants.
 *
 * @param event {@code *}, {@code member-join} and the like, {@code user} or {@code query}
 * @param name of the user event or query; empty for any
 */
record EventFilter(String event, String name) {
    private static final Set<String> EVENTS = Set.of(
            "*", "member-join", "member-leave", "member-failed", "member-update", "member-reap", "user", "query");

    /** The filters of a comma-separated list; an empty one passes everything. */
    static List<EventFilter> parse(String text) {
        List<EventFilter> filters = new ArrayList<>();
        for (String part : (text.isEmpty() ? "*" : text).split(",", -1)) {
            if (part.startsWith("user:")) filters.add(new EventFilter("user", part.substring(5)));
            else if (part.startsWith("query:")) filters.add(new EventFilter("query", part.substring(6)));
            else filters.add(new EventFilter(part, ""));
        }
        return filters;
    }

    boolean isValid() {
        return EVENTS.contains(event);
    }

    boolean passes(SerfEvent candidate) {
        return switch (candidate) {
            case SerfEvent.MembersChanged changed ->
                event.equals("*") || event.equals(changed.change().word());
            case SerfEvent.UserEventReceived user -> named("user", user.name());
            case SerfEvent.QueryReceived query -> named("query", query.name());
            default -> false;
        };
    }

    private boolean named(String kind, String actual) {
        return event.equals("*") || event.equals(kind) && (name.isEmpty() || name.equals(actual));
    }
}
