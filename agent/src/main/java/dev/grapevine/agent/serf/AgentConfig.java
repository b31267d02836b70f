package dev.grapevine.agent.serf;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an agent is told, by the names of the configuration file. Later sources win: defaults, then files in order, then
 * flags; lists grow, tags merge, switches can only be turned on, and empty texts say nothing, as in the real agent.
 */
final class AgentConfig {
    /** The type of a setting. */
    enum Kind {
        TEXT,
        TEXTS,
        TAGS,
        SWITCH,
        NUMBER,
        /** A text like {@code 30s}; kept as nanoseconds. */
        DURATION
    }

    /** Every name that a configuration file may have. */
    static final Map<String, Kind> KINDS = new LinkedHashMap<>();

    static {
        for (String name : List.of(
                "node_name",
                "role",
                "tags_file",
                "bind",
                "advertise",
                "encrypt_key",
                "keyring_file",
                "log_level",
                "rpc_addr",
                "rpc_auth",
                "profile",
                "snapshot_path",
                "discover",
                "interface",
                "mdns_interface",
                "syslog_facility",
                "statsite_addr",
                "statsd_addr")) KINDS.put(name, Kind.TEXT);
        for (String name : List.of("start_join", "retry_join", "event_handlers")) KINDS.put(name, Kind.TEXTS);
        for (String name : List.of(
                "disable_coordinates",
                "replay_on_join",
                "leave_on_terminate",
                "skip_leave_on_interrupt",
                "disable_name_resolution",
                "enable_syslog",
                "rejoin_after_leave",
                "enable_compression")) KINDS.put(name, Kind.SWITCH);
        for (String name : List.of(
                "protocol",
                "query_response_size_limit",
                "query_size_limit",
                "user_event_size_limit",
                "retry_max_attempts")) KINDS.put(name, Kind.NUMBER);
        for (String name : List.of(
                "reconnect_interval", "reconnect_timeout", "tombstone_timeout", "retry_interval", "broadcast_timeout"))
            KINDS.put(name, Kind.DURATION);
        KINDS.put("tags", Kind.TAGS);
    }

    private final Map<String, Object> values = new LinkedHashMap<>();

    /** The usual values. */
    static AgentConfig defaults() {
        AgentConfig config = new AgentConfig();
        config.set("bind", "0.0.0.0");
        config.set("log_level", "INFO");
        config.set("rpc_addr", "127.0.0.1:7373");
        config.set("profile", "lan");
        config.set("protocol", 5L);
        config.set("retry_interval", 30_000_000_000L);
        config.set("broadcast_timeout", 5_000_000_000L);
        config.set("query_size_limit", 1024L);
        config.set("query_response_size_limit", 1024L);
        config.set("user_event_size_limit", 512L);
        config.set("syslog_facility", "LOCAL0");
        return config;
    }

    /** Sets a value of the type of its {@link Kind}: String, List, Map, Boolean or Long. */
    void set(String name, Object value) {
        values.put(name, value);
    }

    /** Lets everything that {@code later} says win over what stands here. */
    void merge(AgentConfig later) {
        later.values.forEach((name, value) -> {
            Kind kind = KINDS.get(name);
            if (kind == null) throw new IllegalArgumentException("no setting is called " + name);
            switch (kind) {
                case TEXT -> {
                    if (!((String) value).isEmpty()) values.put(name, value);
                }
                case TEXTS -> {
                    List<String> all = new ArrayList<>(texts(name));
                    for (Object text : (List<?>) value) all.add((String) text);
                    values.put(name, all);
                }
                case TAGS -> {
                    Map<String, String> all = new LinkedHashMap<>(tags());
                    ((Map<?, ?>) value).forEach((key, tag) -> all.put((String) key, (String) tag));
                    values.put(name, all);
                }
                case SWITCH -> {
                    // Compression is the one switch that is on by default, so saying "off" must count.
                    if ((Boolean) value || name.equals("enable_compression")) values.put(name, value);
                }
                case NUMBER, DURATION -> {
                    if ((Long) value > 0) values.put(name, value);
                }
            }
        });
    }

    String text(String name) {
        Object value = values.get(name);
        return value == null ? "" : (String) value;
    }

    boolean has(String name) {
        return !text(name).isEmpty();
    }

    List<String> texts(String name) {
        List<String> copy = new ArrayList<>();
        if (values.get(name) instanceof List<?> list) for (Object text : list) copy.add((String) text);
        return copy;
    }

    Map<String, String> tags() {
        Map<String, String> copy = new LinkedHashMap<>();
        if (values.get("tags") instanceof Map<?, ?> map)
            map.forEach((key, value) -> copy.put((String) key, (String) value));
        return copy;
    }

    boolean isOn(String name) {
        return Boolean.TRUE.equals(values.get(name));
    }

    boolean compression() {
        return !Boolean.FALSE.equals(values.get("enable_compression"));
    }

    long number(String name) {
        return values.get(name) instanceof Long number ? number : 0;
    }
}
