package dev.grapevine.sim.scenario;

import java.util.Map;

/** Runs a scenario in a JVM of its own and prints the hash of its trace. */
final class HashOf {
    private HashOf() {}

    public static void main(String[] args) {
        Outcome outcome = new ScenarioRun(Scenario.read(args[0], Long.parseLong(args[1]), Map.of())).run();
        System.out.println(Long.toHexString(outcome.hash()));
    }
}
