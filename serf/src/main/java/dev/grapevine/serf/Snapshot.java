package dev.grapevine.serf;

import dev.grapevine.core.Address;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a snapshot file says once all its lines are replayed in order. */
public final class Snapshot {
    private final Map<String, Address> alive = new LinkedHashMap<>();
    private long clock;
    private long eventClock;
    private long queryClock;

    /** The node was never here before. */
    public Snapshot() {}

    /**
     * Replays the lines of a file.
     *
     * @param rejoinAfterLeave whether a graceful leave is to be overlooked
     * @param skipped receives every line that says nothing we know
     */
    public static Snapshot replay(Iterable<String> lines, boolean rejoinAfterLeave, List<String> skipped) {
        Snapshot snapshot = new Snapshot();
        for (String line : lines) {
            if (line.isEmpty() || line.startsWith("#") || line.startsWith("coordinate: ")) continue;
            SnapshotRecord read = parse(line);
            if (read == null) skipped.add(line);
            else snapshot.apply(read, rejoinAfterLeave);
        }
        return snapshot;
    }

    /** The record that {@code line} spells; null if it spells none. */
    public static @Nullable SnapshotRecord parse(String line) {
        if (line.equals("leave")) return new SnapshotRecord.Leave();
        int colon = line.indexOf(": ");
        if (colon < 0) return null;
        String rest = line.substring(colon + 2);
        return switch (line.substring(0, colon)) {
            case "alive" -> {
                int space = rest.lastIndexOf(' '); // names may contain spaces
                Address address = space < 0 ? null : Address.parse(rest.substring(space + 1), 0);
                yield address == null ? null : new SnapshotRecord.Alive(rest.substring(0, space), address);
            }
            case "not-alive" -> new SnapshotRecord.NotAlive(rest);
            case "clock" -> number(rest) < 0 ? null : new SnapshotRecord.Clock(number(rest));
            case "event-clock" -> number(rest) < 0 ? null : new SnapshotRecord.EventClock(number(rest));
            case "query-clock" -> number(rest) < 0 ? null : new SnapshotRecord.QueryClock(number(rest));
            default -> null;
        };
    }

    private static long number(String digits) {
        if (digits.isEmpty() || digits.length() > 18) return -1;
        for (int i = 0; i < digits.length(); i++) if (digits.charAt(i) < '0' || digits.charAt(i) > '9') return -1;
        return Long.parseLong(digits);
    }

    /** Applies one record. */
    public void apply(SnapshotRecord change, boolean rejoinAfterLeave) {
        switch (change) {
            case SnapshotRecord.Alive(String name, Address address) -> alive.put(name, address);
            case SnapshotRecord.NotAlive(String name) -> alive.remove(name);
            case SnapshotRecord.Clock(long lTime) -> clock = lTime;
            case SnapshotRecord.EventClock(long lTime) -> eventClock = lTime;
            case SnapshotRecord.QueryClock(long lTime) -> queryClock = lTime;
            case SnapshotRecord.Leave() -> {
                if (rejoinAfterLeave) return;
                alive.clear();
                clock = 0;
                eventClock = 0;
                queryClock = 0;
            }
        }
    }

    /** The shortest list of records that says the same. */
    public List<SnapshotRecord> compacted() {
        List<SnapshotRecord> records = new ArrayList<>();
        alive.forEach((name, address) -> records.add(new SnapshotRecord.Alive(name, address)));
        records.add(new SnapshotRecord.Clock(clock));
        records.add(new SnapshotRecord.EventClock(eventClock));
        records.add(new SnapshotRecord.QueryClock(queryClock));
        return records;
    }

    /** The members that were alive, by name, in the order in which they came; an independent copy. */
    public Map<String, Address> alive() {
        return new LinkedHashMap<>(alive);
    }

    /** The member clock's last value. */
    public long clock() {
        return clock;
    }

    /** The newest user event seen. */
    public long eventClock() {
        return eventClock;
    }

    /** The newest query seen. */
    public long queryClock() {
        return queryClock;
    }
}
