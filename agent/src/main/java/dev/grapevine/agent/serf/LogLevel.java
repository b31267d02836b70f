package dev.grapevine.agent.serf;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The agent's log levels, least first, under the names that its log lines carry. */
enum LogLevel {
    TRACE,
    DEBUG,
    INFO,
    WARN,
    ERR;

    /** The level of this name in any case, or null. */
    static @Nullable LogLevel named(String name) {
        for (LogLevel level : values()) if (level.name().equals(name.toUpperCase(Locale.ROOT))) return level;
        return null;
    }
}
