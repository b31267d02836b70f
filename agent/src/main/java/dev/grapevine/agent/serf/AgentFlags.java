package dev.grapevine.agent.serf;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The flags of {@code serf agent} and how they and the configuration files become one {@link AgentConfig}. */
final class AgentFlags {
    /** Why there is no configuration: the message is for the user, and usage may be due as well. */
    static final class BadFlagsException extends UserError {
        private static final long serialVersionUID = 1;
        private final boolean usageDue;

        BadFlagsException(String message, boolean usageDue) {
            super(message);
            this.usageDue = usageDue;
        }

        boolean usageDue() {
            return usageDue;
        }
    }

    private static final Map<String, String> TEXT = new LinkedHashMap<>();
    private static final Map<String, String> SWITCHES = new LinkedHashMap<>();
    private static final Map<String, String> LISTS = new LinkedHashMap<>();

    static {
        TEXT.put("bind", "bind");
        TEXT.put("advertise", "advertise");
        TEXT.put("encrypt", "encrypt_key");
        TEXT.put("keyring-file", "keyring_file");
        TEXT.put("log-level", "log_level");
        TEXT.put("node", "node_name");
        TEXT.put("role", "role");
        TEXT.put("rpc-addr", "rpc_addr");
        // The real agent takes its secret from a file only; as a flag it is handy where arguments are private.
        TEXT.put("rpc-auth", "rpc_auth");
        TEXT.put("profile", "profile");
        TEXT.put("snapshot", "snapshot_path");
        TEXT.put("discover", "discover");
        TEXT.put("iface", "interface");
        TEXT.put("mdns-iface", "mdns_interface");
        TEXT.put("tags-file", "tags_file");
        SWITCHES.put("replay", "replay_on_join");
        SWITCHES.put("syslog", "enable_syslog");
        SWITCHES.put("rejoin", "rejoin_after_leave");
        LISTS.put("event-handler", "event_handlers");
        LISTS.put("join", "start_join");
        LISTS.put("retry-join", "retry_join");
    }

    private AgentFlags() {}

    /** Reads the flags and the files that they name. Called again to reload. */
    static AgentConfig read(List<String> args) throws BadFlagsException {
        GoFlags flags = new GoFlags();
        TEXT.keySet().forEach(name -> flags.text(name, ""));
        SWITCHES.keySet().forEach(name -> flags.bool(name, false));
        LISTS.keySet().forEach(name -> flags.list(name));
        flags.list("config-file", "config-dir")
                .list("tag")
                .integer("protocol", -1)
                .integer("retry-max", 0);
        flags.text("retry-interval", "").text("broadcast-timeout", "").bool("disable-compression", false);
        flags.bool("mdns-disable-ipv4", false).bool("mdns-disable-ipv6", false);
        try {
            flags.parse(args);
        } catch (GoFlags.BadFlagException wrong) {
            throw new BadFlagsException(wrong.helpAsked() ? "" : wrong.why(), true);
        }
        if (flags.bool("mdns-disable-ipv4"))
            throw new BadFlagsException("Not supported: -mdns-disable-ipv4 (multicast DNS is spoken over IPv4)", false);
        AgentConfig config = AgentConfig.defaults();
        try {
            config.merge(ConfigFiles.read(flags.texts("config-file")));
        } catch (ConfigFiles.BadConfigException wrong) {
            throw new BadFlagsException(wrong.why(), false);
        }
        config.merge(fromFlags(flags));
        return config;
    }

    private static AgentConfig fromFlags(GoFlags flags) throws BadFlagsException {
        AgentConfig config = new AgentConfig();
        TEXT.forEach((flag, name) -> config.set(name, flags.text(flag)));
        SWITCHES.forEach((flag, name) -> config.set(name, flags.bool(flag)));
        LISTS.forEach((flag, name) -> config.set(name, flags.texts(flag)));
        if (flags.bool("disable-compression")) config.set("enable_compression", false);
        config.set("protocol", flags.number("protocol"));
        config.set("retry_max_attempts", flags.number("retry-max"));
        try {
            config.set("tags", ClientCall.tags(flags.texts("tag")));
            for (String name : List.of("retry-interval", "broadcast-timeout")) {
                String text = flags.text(name);
                if (!text.isEmpty()) config.set(name.replace('-', '_'), GoDuration.parse(text));
            }
        } catch (RpcClient.RpcFailure | IllegalArgumentException wrong) {
            throw new BadFlagsException("Error: " + wrong.getMessage(), false);
        }
        return config;
    }
}
