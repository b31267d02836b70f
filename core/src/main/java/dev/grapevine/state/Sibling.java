package dev.grapevine.state;

import java.util.Arrays;

/**
 * One value of an entry with the dot (origin and version) of the write that made it. An entry has several when writes were
 * concurrent.
 *
 * @param origin who wrote it
 * @param version the origin's number for the write, {@code >= 1}
 * @param stamp hybrid logical clock of the write ({@link HybridClock}), 0 where none is kept
 * @param value what was written
 */
public record Sibling(Origin origin, long version, long stamp, Value value) implements Comparable<Sibling> {
    boolean sameDot(Sibling other) {
        return version == other.version && origin.equals(other.origin);
    }

    long hash() {
        return Hash.join(origin.hash(), version);
    }

    /** By dot. */
    @Override
    public int compareTo(Sibling other) {
        int order = origin.compareTo(other.origin);
        return order == 0 ? Long.compare(version, other.version) : order;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Sibling sibling && sameDot(sibling) && stamp == sibling.stamp;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(hash());
    }

    @Override
    public String toString() {
        return origin + ":" + version + "=" + Arrays.toString(value.bytes());
    }
}
