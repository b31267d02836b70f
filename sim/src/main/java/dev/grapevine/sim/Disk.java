package dev.grapevine.sim;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What survives a crash of a host's machine: named immutable values. */
public final class Disk {
    private final Map<String, Object> files = new LinkedHashMap<>();

    /** Keeps {@code value}, which must never change afterwards. */
    public void write(String name, Object value) {
        files.put(name, value);
    }

    /** What was kept under {@code name}; null if nothing was. */
    public @Nullable Object read(String name) {
        return files.get(name);
    }

    void wipe() {
        files.clear();
    }
}
