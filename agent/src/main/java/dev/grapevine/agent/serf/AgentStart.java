package dev.grapevine.agent.serf;

import dev.grapevine.core.Address;
import dev.grapevine.serf.SerfEvent;
import dev.grapevine.serf.SerfSettings;
import dev.grapevine.serf.memberlist.Timings;
import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.node.SerfNode;
import dev.grapevine.serf.node.SerfNodeBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Turns a configuration into a running agent, with the real agent's complaints. */
final class AgentStart {
    private static final long SECOND = 1_000_000_000L;

    private final AgentConfig config;
    private final Ui ui;
    private final AgentLog log;

    AgentStart(AgentConfig config, Ui ui, AgentLog log) {
        this.config = config;
        this.ui = ui;
        this.log = log;
    }

    /** Checks what can be checked before anything starts; the message of what is thrown is for the user. */
    Prepared prepare() throws SerfAgent.AgentException {
        Address bind = address("Invalid bind address: ", config.text("bind"));
        if (config.has("interface")) bind = onInterface(bind);
        Address advertise =
                config.has("advertise") ? address("Invalid advertise address: ", config.text("advertise")) : null;
        Bytes key = Bytes.EMPTY;
        try {
            if (config.has("encrypt_key")) key = GoBase64.decode(config.text("encrypt_key"));
        } catch (IllegalArgumentException wrong) {
            throw new SerfAgent.AgentException("Invalid encryption key: " + wrong.getMessage());
        }
        Timings timings = switch (config.text("profile")) {
            case "lan" -> Timings.LAN;
            case "wan" -> Timings.WAN;
            case "local" -> Timings.LOCAL;
            default -> throw new SerfAgent.AgentException("Unknown profile: " + config.text("profile"));
        };
        return new Prepared(bind, advertise, key, timings);
    }

    /** What is known before the start. */
    record Prepared(Address bind, @Nullable Address advertise, Bytes key, Timings timings) {}

    private Address address(String complaint, String text) throws SerfAgent.AgentException {
        try {
            String withPort = text;
            if (text.indexOf(':') < 0 || text.startsWith("[") && text.endsWith("]"))
                withPort = text + ":" + SerfNodeBuilder.DEFAULT_PORT;
            String[] parts = HostPort.split(withPort);
            InetSocketAddress at = HostPort.resolve(parts[0], parts[1]);
            return Address.of(at.getAddress().getAddress(), at.getPort());
        } catch (IllegalArgumentException wrong) {
            throw new SerfAgent.AgentException(complaint + wrong.getMessage());
        }
    }

    private Address onInterface(Address bind) throws SerfAgent.AgentException {
        String name = config.text("interface");
        try {
            NetworkInterface found = NetworkInterface.getByName(name);
            if (found == null)
                throw new SerfAgent.AgentException(
                        "Invalid network interface: route ip+net: no such network interface");
            // The system lists IPv4 first, and so does the real agent; Java lists IPv6 first.
            List<InetAddress> ips = found.inetAddresses()
                    .sorted(Comparator.comparingInt(ip -> ip.getAddress().length))
                    .toList();
            if (ips.isEmpty()) throw new SerfAgent.AgentException("Interface '" + name + "' has no addresses");
            if (!bind.isWildcard()) {
                for (InetAddress ip : ips)
                    if (Address.of(ip.getAddress(), bind.port()).equals(bind)) return bind;
                throw new SerfAgent.AgentException("Interface '" + name + "' has no '" + bind.host() + "' address");
            }
            for (InetAddress ip : ips) {
                if (ip.isLinkLocalAddress()) continue;
                Address chosen = Address.of(ip.getAddress(), bind.port());
                ui.output("Using interface '" + name + "' address '" + chosen.host() + "'");
                return chosen;
            }
            throw new SerfAgent.AgentException("Failed to find usable address for interface '" + name + "'");
        } catch (SocketException failed) {
            throw new SerfAgent.AgentException("Failed to get interface addresses: " + failed.getMessage());
        }
    }

    /** Starts the node and what belongs to it. */
    SerfAgent start(Prepared prepared, CopyOnWriteArrayList<Consumer<SerfEvent>> handlers)
            throws SerfAgent.AgentException {
        Map<String, String> tags = config.tags();
        Path tagsFile = config.has("tags_file") ? Path.of(config.text("tags_file")) : null;
        if (tagsFile != null) tags = tagsOf(tagsFile, tags);
        if (config.has("keyring_file")) {
            if (config.has("encrypt_key"))
                throw new SerfAgent.AgentException(setup("Encryption key not allowed while using a keyring"));
            Path ring = Path.of(config.text("keyring_file"));
            if (!Files.exists(ring))
                throw new SerfAgent.AgentException(setup("stat " + ring + ": no such file or directory"));
        }
        log.info("agent: Serf agent starting");
        SerfNode node = node(prepared, tags, handlers);
        return new SerfAgent(node, log, tags, tagsFile, handlers);
    }

    private static String setup(String why) {
        return "Failed to setup the Serf agent: " + why;
    }

    private Map<String, String> tagsOf(Path file, Map<String, String> configured) throws SerfAgent.AgentException {
        if (!configured.isEmpty())
            throw new SerfAgent.AgentException(setup("Tags config not allowed while using tag files"));
        if (!Files.exists(file)) return configured;
        Map<String, String> tags = new LinkedHashMap<>();
        try {
            JsonNode root = JsonMapper.shared().readTree(Files.readAllBytes(file));
            if (!root.isObject()) throw new IllegalArgumentException("a JSON object is expected");
            for (Map.Entry<String, JsonNode> tag : root.properties()) {
                if (!tag.getValue().isString())
                    throw new IllegalArgumentException("'" + tag.getKey() + "' is no string");
                tags.put(tag.getKey(), tag.getValue().asString());
            }
        } catch (IOException failed) {
            throw new SerfAgent.AgentException(
                    setup("Failed to read tags file: " + GoErrors.text(failed, "open", file)));
        } catch (JacksonException wrong) {
            throw new SerfAgent.AgentException(setup("Failed to decode tags file: " + wrong.getOriginalMessage()));
        } catch (IllegalArgumentException wrong) {
            throw new SerfAgent.AgentException(setup("Failed to decode tags file: " + wrong.getMessage()));
        }
        log.info("agent: Restored " + tags.size() + " tag(s) from " + file);
        return tags;
    }

    private SerfNode node(Prepared prepared, Map<String, String> tags, List<Consumer<SerfEvent>> handlers)
            throws SerfAgent.AgentException {
        String failed = "Failed to start the Serf agent: Error creating Serf: ";
        long protocol = config.number("protocol");
        if (protocol < 2)
            throw new SerfAgent.AgentException(
                    failed + "Protocol version '" + protocol + "' too low. Must be in range: [2, 5]");
        if (protocol > 5)
            throw new SerfAgent.AgentException(
                    failed + "Protocol version '" + protocol + "' too high. Must be in range: [2, 5]");
        int keyBytes = prepared.key().size();
        if (keyBytes != 0 && keyBytes != 16 && keyBytes != 24 && keyBytes != 32)
            throw new SerfAgent.AgentException(
                    failed + "Failed to create memberlist: key size must be 16, 24 or 32 bytes");
        long events = config.number("user_event_size_limit");
        if (events > 9216)
            throw new SerfAgent.AgentException(failed + "user event size limit exceeds limit of 9216 bytes");
        SerfNodeBuilder builder = SerfNode.builder()
                .name(config.text("node_name"))
                .bind(prepared.bind())
                .tags(tags)
                .complaints(text -> log.warn("serf: " + text))
                .listener(event -> SerfAgent.onEvent(event, log, handlers))
                .settings(settings -> more(settings, prepared.timings()));
        if (prepared.advertise() != null) builder.advertise(prepared.advertise());
        if (keyBytes != 0) builder.keys(List.of(prepared.key()));
        if (config.has("keyring_file")) builder.keyring(Path.of(config.text("keyring_file")));
        Path snapshot = config.has("snapshot_path") ? Path.of(config.text("snapshot_path")) : null;
        if (snapshot != null) builder.snapshot(snapshot, config.isOn("rejoin_after_leave"));
        try {
            return builder.start();
        } catch (java.nio.file.FileSystemException wrong) {
            Path file = Path.of(wrong.getFile());
            boolean ring = snapshot == null || !snapshot.equals(file);
            String what = ring ? "" : "Failed to setup snapshot: failed to open snapshot: ";
            throw new SerfAgent.AgentException((ring ? setup("") : failed) + what + GoErrors.text(wrong, "open", file));
        } catch (java.net.BindException taken) {
            throw new SerfAgent.AgentException(failed + "Failed to create memberlist: Could not set up network"
                    + " transport: failed to obtain an address: " + bindProblem(taken, prepared.bind()));
        } catch (IOException | IllegalArgumentException wrong) {
            String why = String.valueOf(wrong.getMessage());
            boolean ring = why.contains("eyring file") || why.contains("from keyring");
            throw new SerfAgent.AgentException((ring ? setup("") : failed) + why);
        }
    }

    private static String bindProblem(java.net.BindException taken, Address bind) {
        String said = String.valueOf(taken.getMessage());
        String why = said.contains("in use") ? "address already in use" : said.replaceAll(".*: ", "");
        if (said.contains("Cannot assign")) why = "cannot assign requested address";
        // The real agent tries TCP first; with a port taken for both, both programs must say the same.
        String protocol = said.contains("UDP") && isFreeForTcp(bind) ? "udp" : "tcp";
        return "Failed to start " + protocol.toUpperCase(java.util.Locale.ROOT) + " listener on \"" + bind.host()
                + "\" port " + bind.port() + ": listen " + protocol + " " + bind + ": bind: " + why;
    }

    private static boolean isFreeForTcp(Address bind) {
        try (var probe = new java.net.ServerSocket(bind.port(), 1, InetAddress.getByAddress(bind.ip()))) {
            return probe.isBound();
        } catch (IOException taken) {
            return false;
        }
    }

    private SerfSettings.Builder more(SerfSettings.Builder settings, Timings timings) {
        settings.timings(timings)
                .protocol((int) config.number("protocol"))
                .compression(config.compression())
                .coordinates(!config.isOn("disable_coordinates"))
                .resolveConflicts(!config.isOn("disable_name_resolution"))
                .userEventSizeLimit((int) config.number("user_event_size_limit"))
                .querySizeLimit((int) config.number("query_size_limit"))
                .queryResponseSizeLimit((int) config.number("query_response_size_limit"))
                .broadcastTimeoutNanos(config.number("broadcast_timeout"))
                .coalesce(3 * SECOND, SECOND)
                .coalesceUserEvents(3 * SECOND, SECOND);
        if (config.number("reconnect_interval") > 0) settings.reconnectNanos(config.number("reconnect_interval"));
        if (config.number("reconnect_timeout") > 0) settings.reconnectTimeoutNanos(config.number("reconnect_timeout"));
        if (config.number("tombstone_timeout") > 0) settings.tombstoneTimeoutNanos(config.number("tombstone_timeout"));
        // An isolated node goes on trying whom it was told to join.
        List<String> targets = config.texts("start_join");
        targets.addAll(config.texts("retry_join"));
        return settings.rejoinTargets(targets);
    }
}
