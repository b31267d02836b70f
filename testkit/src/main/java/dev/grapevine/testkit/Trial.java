package dev.grapevine.testkit;

import java.util.TreeSet;

/**
 * What one run of a test is made from.
 *
 * @param nodes how many nodes
 * @param without numbers of the faults that are left out
 */
record Trial(long seed, int nodes, TreeSet<Integer> without) {
    static final String SEED = "grapevine.seed";
    static final String NODES = "grapevine.nodes";
    static final String WITHOUT = "grapevine.without";

    Trial with(int nodes) {
        return new Trial(seed, nodes, without);
    }

    Trial leavingOut(int fault) {
        TreeSet<Integer> more = new TreeSet<>(without);
        more.add(fault);
        return new Trial(seed, nodes, more);
    }

    /** The properties that repeat it, as they are given to Maven or java. */
    String properties(int nodesOfTheTest) {
        StringBuilder text = new StringBuilder("-D" + SEED + "=" + seed);
        if (nodes != nodesOfTheTest) text.append(" -D" + NODES + "=").append(nodes);
        if (!without.isEmpty()) {
            text.append(" -D" + WITHOUT + "=");
            String comma = "";
            for (int fault : without) {
                text.append(comma).append(fault);
                comma = ",";
            }
        }
        return text.toString();
    }

    /** The one that the properties name; null if none names a seed. */
    static @org.jspecify.annotations.Nullable Trial named(int nodesOfTheTest) {
        String seed = System.getProperty(SEED);
        if (seed == null || seed.isBlank()) return null;
        TreeSet<Integer> without = new TreeSet<>();
        for (String each : System.getProperty(WITHOUT, "").split(","))
            if (!each.isBlank()) without.add((int) number(WITHOUT, each));
        String nodes = System.getProperty(NODES);
        return new Trial(number(SEED, seed), nodes == null ? nodesOfTheTest : (int) number(NODES, nodes), without);
    }

    private static long number(String property, String text) {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException wrong) {
            throw new IllegalArgumentException("-D" + property + "=" + text + ": " + text + " is no number", wrong);
        }
    }
}
