package dev.grapevine.agent.sim;

import dev.grapevine.sim.scenario.Scenario;
import dev.grapevine.sim.scenario.ScenarioException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Which scenario, and what is set besides. */
final class ScenarioOptions {
    @Parameters(
            paramLabel = "SCENARIO",
            description =
                    "A file (HOCON), or one of the library: crash-ten, lifeguard, flip-flop, one-way, loss-80, halves,"
                            + " join-storm, rolling-restart, mass-restart, mass-crash, churn, two-clusters, swarm.")
    String scenario = "";

    @Option(names = "--nodes", paramLabel = "N", description = "How many nodes there are at the start.")
    @Nullable
    Integer nodes;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Replaces a value of the scenario, for example --set network.loss=0.1; may be repeated.")
    Map<String, String> set = new LinkedHashMap<>();

    /** All that replaces what the scenario says. */
    Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>(set);
        if (nodes != null) settings.put("nodes", nodes.toString());
        return settings;
    }

    /** Reads the scenario; what is wrong with it is wrong usage. */
    Scenario read(long seed, @Nullable CommandSpec spec) {
        try {
            return Scenario.read(scenario, seed, settings());
        } catch (ScenarioException wrong) {
            throw wrongUsage(spec, wrong);
        }
    }

    static RuntimeException wrongUsage(@Nullable CommandSpec spec, ScenarioException wrong) {
        return spec == null
                ? wrong
                : new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()), wrong);
    }

    /** The command line that runs this again. */
    static String replay(String scenario, long seed, Map<String, String> settings) {
        StringBuilder line = new StringBuilder("./grapevine sim run " + scenario + " --seed " + seed);
        settings.forEach((key, value) ->
                line.append(key.equals("nodes") ? " --nodes " + value : " --set '" + key + "=" + value + "'"));
        return line.toString();
    }
}
