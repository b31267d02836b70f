package dev.grapevine.sim.scenario;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import dev.grapevine.membership.MembershipSettings;
import dev.grapevine.node.RumorSettings;
import dev.grapevine.sim.Latency;
import dev.grapevine.sim.Link;
import dev.grapevine.sim.Loss;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is to be run: a scenario file with every value drawn from the seed. */
public final class Scenario {
    /** The scenarios that ship with the simulator. */
    public static final List<String> LIBRARY = List.of(
            "crash-ten",
            "lifeguard",
            "flip-flop",
            "one-way",
            "loss-80",
            "halves",
            "join-storm",
            "rolling-restart",
            "mass-restart",
            "mass-crash",
            "churn",
            "two-clusters",
            "swarm");

    private static final long SECOND = 1_000_000_000L;
    private static final String NATIVE = "native";
    private static final List<String> OURS_ONLY = List.of("move", "gossip");

    final String name;
    final long seed;
    final int nodes;
    final int clusters;
    /** What the nodes speak; null for our own protocol. */
    final @Nullable Protocol protocol;

    final MembershipSettings settings;
    final RumorSettings rumors;
    final long startOverNanos;
    final long durationNanos;
    final Link link;
    final long bytesPerSecond;
    final List<Fault> faults = new ArrayList<>();
    final Expect expect;

    private Scenario(String source, Config config, long seed) {
        Section root = new Section(config.root(), "", seed);
        this.seed = seed;
        name = root.text("name", source);
        nodes = root.whole("nodes", 10, 1, 100_000);
        clusters = root.whole("clusters", 1, 1, nodes);
        protocol = protocol(root);
        settings = Settings.membership(
                root.section("settings"),
                MembershipSettings.of(
                        MembershipSettings.Profile.valueOf(root.choice("profile", List.of("local", "lan", "wan"), "lan")
                                .toUpperCase(Locale.ROOT))));
        rumors = Settings.rumors(root.section("rumors"), settings);
        startOverNanos = root.nanos("start-over", 0);
        durationNanos = root.nanos("duration", 60 * SECOND);
        if (durationNanos == 0) throw root.wrong("duration is 0");
        Section network = root.section("network");
        bytesPerSecond = (long) network.number("bytes-per-second", 0, 0, 1e12);
        link = readLink(network, seed);
        List<Integer> without = root.wholes("without");
        List<Section> sections = root.sections("faults");
        for (int i = 0; i < sections.size(); i++) {
            Fault fault = Fault.read(sections.get(i), nodes); // null if the seed leaves it out
            if (without.contains(i) || fault == null) continue;
            if (fault.atNanos() >= durationNanos)
                throw sections.get(i)
                        .wrong("it would begin after the end of the run, at " + durationNanos / SECOND + " s");
            if (protocol != null && OURS_ONLY.contains(fault.kind()))
                throw sections.get(i).wrong(protocol.name() + " has no way to " + fault.kind());
            faults.add(fault);
        }
        expect = Expect.read(root.section("expect"));
        root.text("about", "");
        root.finish();
    }

    /**
     * Reads a scenario.
     *
     * @param source the name of one in {@link #LIBRARY}, or a file
     * @param seed draws what the file leaves open
     * @param settings {@code key -> value} that replace what the file says, in HOCON
     * @throws ScenarioException if there is no such scenario or it makes no sense; one line with the place
     */
    public static Scenario read(String source, long seed, Map<String, String> settings) {
        try {
            return new Scenario(source, parse(source, settings), seed);
        } catch (ConfigException e) {
            ConfigOrigin origin = e.origin();
            String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("bad syntax");
            if (origin == null) throw new ScenarioException(source + ": " + message);
            String place = origin.filename() == null ? source : origin.filename();
            String line = origin.lineNumber() > 0 ? ":" + origin.lineNumber() : "";
            throw new ScenarioException(place + line + ": " + message.replaceFirst("^.*?: \\d+: ", ""));
        }
    }

    private static @Nullable Protocol protocol(Section root) {
        Map<String, Protocol> others = new TreeMap<>();
        for (Protocol other : ServiceLoader.load(Protocol.class)) others.put(other.name(), other);
        List<String> names = new ArrayList<>(List.of(NATIVE));
        names.addAll(others.keySet());
        String chosen = root.choice("protocol", names, NATIVE);
        if (chosen.equals(NATIVE)) return null;
        for (String ours : List.of("settings", "profile", "rumors"))
            if (root.has(ours)) throw root.wrong(ours + " is for our own protocol, and this is " + chosen);
        return others.get(chosen);
    }

    /** How many faults the scenario has. */
    public int faults() {
        return faults.size();
    }

    /** How many hosts there are at the start. */
    public int nodes() {
        return nodes;
    }

    /** Time between two rounds in which a node gossips, nanoseconds, and how many peers it tells in each. */
    public long gossipNanos() {
        return settings.gossipNanos();
    }

    /** Peers told in each such round. */
    public int gossipFanout() {
        return settings.gossipFanout();
    }

    /** How long it runs, nanoseconds of virtual time. */
    public long durationNanos() {
        return durationNanos;
    }

    private static Config parse(String source, Map<String, String> settings) {
        Config config = ConfigFactory.empty();
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            ConfigParseOptions origin = ConfigParseOptions.defaults().setOriginDescription("--set " + setting.getKey());
            Config one = ConfigFactory.parseString(setting.getKey() + " = " + setting.getValue(), origin);
            config = one.withFallback(config);
        }
        // Substitutions see only the scenario itself: the environment would make a run differ from place to place.
        return config.withFallback(file(source))
                .resolve(ConfigResolveOptions.defaults().setUseSystemEnvironment(false));
    }

    private static Config file(String source) {
        ConfigParseOptions options = ConfigParseOptions.defaults().setOriginDescription(source);
        if (LIBRARY.contains(source)) {
            var resource = Scenario.class.getResourceAsStream(source + ".conf");
            if (resource == null)
                throw new IllegalStateException("scenario " + source + " is missing from the library");
            try (Reader reader = new InputStreamReader(resource, StandardCharsets.UTF_8)) {
                return ConfigFactory.parseReader(reader, options);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        Path path = Path.of(source);
        if (!Files.isReadable(path) || Files.isDirectory(path))
            throw new ScenarioException(
                    source + ": no such scenario or file; the library has " + String.join(", ", LIBRARY));
        try (Reader reader = Files.newBufferedReader(path)) {
            return ConfigFactory.parseReader(reader, options);
        } catch (IOException e) {
            throw new ScenarioException(source + ": cannot be read: " + e.getMessage());
        }
    }

    private static Link readLink(Section network, long seed) {
        Section latency = network.section("latency");
        Latency model = switch (latency.choice(
                "model", List.of("constant", "uniform", "log-normal", "matrix", "distance"), "uniform")) {
            case "constant" -> new Latency.Constant(latency.nanos("value", 400_000));
            case "log-normal" ->
                new Latency.LogNormal(
                        Math.max(1, latency.nanos("median", 400_000)), latency.number("sigma", 0.3, 0, 3));
            case "matrix" -> new Latency.Matrix(latency.matrix("between"));
            case "distance" ->
                new Latency.Distance(latency.nanos("base", 200_000), latency.nanos("side", 50_000_000), seed);
            default -> uniform(latency);
        };
        latency.finish();
        Section burst = network.section("burst");
        Loss loss = network.has("burst")
                ? new Loss.Bursty(
                        burst.number("to-bad", 0.01, 0, 1),
                        burst.number("to-good", 0.2, 0, 1),
                        burst.number("loss-good", 0, 0, 1),
                        burst.number("loss-bad", 0.5, 0, 1))
                : new Loss.Independent(network.number("loss", 0, 0, 1));
        burst.finish();
        Link link = Link.LAN
                .latency(model)
                .jitter(network.nanos("jitter", 0))
                .loss(loss)
                .duplicate(network.number("duplicate", 0, 0, 1))
                .reorder(network.number("reorder", 0, 0, 1), network.nanos("reorder-by", 10_000_000))
                .corrupt(network.number("corrupt", 0, 0, 1))
                .mtu(network.whole("mtu", 65_507, 64, 65_507));
        network.finish();
        return link;
    }

    private static Latency uniform(Section latency) {
        long least = latency.nanos("least", 200_000);
        long most = latency.nanos("most", Math.max(least, 600_000));
        if (most < least) throw latency.wrong("least is above most");
        return new Latency.Uniform(least, most);
    }
}
