package dev.grapevine.serf;

import dev.grapevine.core.Address;

/**
 * One line of the snapshot file, which lets a node rejoin after a restart and not hear old events twice. Source:
 * hashicorp/serf, serf/snapshot.go.
 */
public sealed interface SnapshotRecord {
    /** {@code alive: NAME IP:PORT}. */
    record Alive(String name, Address address) implements SnapshotRecord {}

    /** {@code not-alive: NAME}. */
    record NotAlive(String name) implements SnapshotRecord {}

    /** {@code clock: N}: the member clock has passed {@code lTime}. */
    record Clock(long lTime) implements SnapshotRecord {}

    /** {@code event-clock: N}: the newest user event seen. */
    record EventClock(long lTime) implements SnapshotRecord {}

    /** {@code query-clock: N}: the newest query seen. */
    record QueryClock(long lTime) implements SnapshotRecord {}

    /** {@code leave}: this node left for good. */
    record Leave() implements SnapshotRecord {}

    /** The line, without its line end. */
    default String line() {
        return switch (this) {
            case Alive(String name, Address address) -> "alive: " + name + " " + address;
            case NotAlive(String name) -> "not-alive: " + name;
            case Clock(long lTime) -> "clock: " + lTime;
            case EventClock(long lTime) -> "event-clock: " + lTime;
            case QueryClock(long lTime) -> "query-clock: " + lTime;
            case Leave() -> "leave";
        };
    }
}
