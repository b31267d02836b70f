package dev.grapevine.state;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What really happened, kept apart from the protocol: every write and removal by its dot, and which dots each replaced, directly or
 * through others. Judges whether a node has an update and whether it shows what it knows to be gone.
 */
final class History {
    record Dot(Origin origin, long version) {}

    private final Map<Dot, StateKey> made = new LinkedHashMap<>();
    private final Map<Dot, Set<Dot>> replacedBy = new HashMap<>(); // a write and those who saw it and replaced it
    private final Set<Dot> removals = new HashSet<>();

    /** A node wrote; {@code before} is the entry it wrote on, {@code seen} what the author had seen of it. */
    void wrote(Update update, Entry before, boolean removal) {
        Dot dot = new Dot(update.origin(), update.version());
        made.put(dot, update.key());
        if (removal) removals.add(dot);
        for (Sibling each : before.siblings())
            replacedBy
                    .computeIfAbsent(new Dot(each.origin(), each.version()), none -> new HashSet<>())
                    .add(dot);
    }

    /** A node removed what is nowhere any more; {@code after} is the entry then. */
    void gaveUp(Update removal, Entry after) {
        Dot dot = new Dot(removal.origin(), removal.version());
        Set<Dot> shown = new HashSet<>();
        for (Sibling each : after.siblings()) shown.add(new Dot(each.origin(), each.version()));
        made.forEach((each, key) -> {
            if (key.equals(removal.key())
                    && after.context().covers(each.origin(), each.version())
                    && !shown.contains(each))
                replacedBy.computeIfAbsent(each, none -> new HashSet<>()).add(dot);
        });
        made.put(dot, removal.key());
        removals.add(dot);
    }

    /** Whether a store shows the update's value, or one that replaced it, or has what replaced it removed. */
    boolean has(StateStore store, Update update) {
        return has(store, update.key(), new Dot(update.origin(), update.version()), new HashSet<>());
    }

    private boolean has(StateStore store, StateKey key, Dot dot, Set<Dot> visited) {
        if (!visited.add(dot)) return false;
        Entry entry = store.get(key);
        if (entry != null) {
            for (Sibling each : entry.siblings())
                if (each.origin().equals(dot.origin()) && each.version() == dot.version()) return true;
            // Replaced: its value is gone although it was here.
            if (entry.context().covers(dot.origin(), dot.version())) return true;
        }
        // A removal leaves nothing behind once it is forgotten: then what it removed must be gone.
        if (removals.contains(dot)) return entry == null || !showsReplacedBy(entry, dot);
        for (Dot next : replacedBy.getOrDefault(dot, Set.of())) if (has(store, key, next, visited)) return true;
        return false;
    }

    private boolean showsReplacedBy(Entry entry, Dot removal) {
        for (Sibling each : entry.siblings())
            if (replacedBy
                    .getOrDefault(new Dot(each.origin(), each.version()), Set.of())
                    .contains(removal)) return true;
        return false;
    }

    /** A value that a store shows although it has seen, by its own account, what replaced it; null if there is none. */
    String zombie(StateStore store) {
        for (Map.Entry<StateKey, Entry> each : store.entries().entrySet())
            for (Sibling sibling : each.getValue().siblings())
                for (Dot by : replacedBy.getOrDefault(new Dot(sibling.origin(), sibling.version()), Set.of()))
                    if (store.seen(by.origin()) >= by.version())
                        return each.getKey() + " shows " + sibling + ", which " + by + " replaced";
        return "";
    }
}
