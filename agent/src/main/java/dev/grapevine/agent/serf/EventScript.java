package dev.grapevine.agent.serf;

import java.util.ArrayList;
import java.util.List;

/** A shell command that runs for the events that pass a filter. */
record EventScript(EventFilter filter, String script) {
    /** The scripts of {@code [filter=]command}: one for each filter. */
    static List<EventScript> parse(String text) {
        int equals = text.indexOf('=');
        String filters = equals < 0 ? "" : text.substring(0, equals);
        String script = text.substring(equals + 1);
        List<EventScript> scripts = new ArrayList<>();
        for (EventFilter filter : EventFilter.parse(filters)) scripts.add(new EventScript(filter, script));
        return scripts;
    }

    static List<EventScript> parseAll(List<String> texts) {
        List<EventScript> scripts = new ArrayList<>();
        for (String text : texts) scripts.addAll(parse(text));
        return scripts;
    }

    /** As the real agent names it in messages. */
    String described() {
        String event = filter.name().isEmpty() ? filter.event() : filter.event() + ":" + filter.name();
        return "Event '" + event + "' invoking '" + script + "'";
    }
}
