package dev.grapevine.state;

import java.util.NavigableMap;

/** The names of collections in {@link StateKey}: a letter for the kind, so that two kinds never share a name, then the name. */
public final class Spaces {
    private Spaces() {}

    /** A map that keeps concurrent values side by side. */
    public static String shared(String name) {
        return "m" + check(name);
    }

    /** A map of which the last writer wins. */
    public static String latest(String name) {
        return "l" + check(name);
    }

    /** A counter. */
    public static String counter(String name) {
        return "c" + check(name);
    }

    /** A set. */
    public static String set(String name) {
        return "s" + check(name);
    }

    /** The entries of a collection, tombstones included; a view. */
    public static NavigableMap<StateKey, Entry> entriesOf(StateStore store, String space) {
        return store.entries().subMap(new StateKey("", space, ""), true, new StateKey("", space + '\0', ""), false);
    }

    /** The facts of a node, tombstones included; a view. */
    public static NavigableMap<StateKey, Entry> factsOf(StateStore store, String owner) {
        return store.entries().subMap(new StateKey(owner, "", ""), true, new StateKey(owner + '\0', "", ""), false);
    }

    private static String check(String name) {
        if (name.isEmpty()) throw new IllegalArgumentException("a collection needs a name");
        return name;
    }
}
