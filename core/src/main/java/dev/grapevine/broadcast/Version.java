package dev.grapevine.broadcast;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which of two values of a key is newer. */
public sealed interface Version {
    /** Largest number and counter: far from overflow, however long a cluster lives. */
    long MAX = 1L << 62;

    /** How one version stands to another. */
    enum Order {
        /** The other one replaces this one. */
        OLDER,
        SAME,
        /** This one replaces the other one. */
        NEWER,
        /** Neither knew of the other: both are kept. */
        CONCURRENT
    }

    /** How this version stands to {@code other}. Versions of different kinds are concurrent. */
    Order compare(Version other);

    /** The same on every node for equal versions. */
    long hash();

    /** Whether who holds this version needs {@code other} no more. */
    default boolean covers(Version other) {
        Order order = compare(other);
        return order == Order.SAME || order == Order.NEWER;
    }

    /**
     * Orders the values of an owned key, of which there is one writer.
     *
     * @param value {@code 1..2^62}; larger is newer
     */
    record Number(long value) implements Version {
        public Number {
            if (value <= 0 || value > MAX)
                throw new IllegalArgumentException("version number " + value + " not in 1..2^62");
        }

        @Override
        public Order compare(Version other) {
            if (!(other instanceof Number(long theirs))) return Order.CONCURRENT;
            return value == theirs ? Order.SAME : value > theirs ? Order.NEWER : Order.OLDER;
        }

        @Override
        public long hash() {
            return Hash64.mix(value);
        }
    }

    /**
     * A version vector: how many writes of each replica this value has seen. One vector is newer than another if it has seen
     * all of its writes and one more.
     *
     * @param counters by replica, each {@code 1..2^62}; at least one and at most {@value #MAX_REPLICAS}
     */
    record Vector(SortedMap<String, Long> counters) implements Version {
        /** Most replicas in a vector. */
        public static final int MAX_REPLICAS = 64;

        /** Most bytes of a replica's name in UTF-8: a node and a mark of its life. */
        public static final int MAX_REPLICA_BYTES = RumorKey.MAX_BYTES + 14;

        public Vector {
            if (counters.isEmpty() || counters.size() > MAX_REPLICAS)
                throw new IllegalArgumentException(counters.size() + " replicas are not in 1.." + MAX_REPLICAS);
            for (Map.Entry<String, Long> counter : counters.entrySet())
                if (counter.getValue() <= 0 || counter.getValue() > MAX)
                    throw new IllegalArgumentException("counter of " + counter + " is not in 1..2^62");
            counters = Collections.unmodifiableSortedMap(new TreeMap<>(counters));
        }

        /** The first write of {@code replica}, which has seen no other. */
        public static Vector first(String replica) {
            return new Vector(new TreeMap<>(Map.of(replica, 1L)));
        }

        /**
         * One more write of {@code replica}, which has seen all of {@code seen}; null if that makes too many replicas or
         * too large a counter.
         */
        static @Nullable Vector after(Collection<Vector> seen, String replica) {
            TreeMap<String, Long> next = new TreeMap<>();
            for (Vector vector : seen)
                for (Map.Entry<String, Long> counter : vector.counters.entrySet())
                    next.merge(counter.getKey(), counter.getValue(), Math::max);
            long own = next.merge(replica, 1L, Long::sum);
            return own > MAX || next.size() > MAX_REPLICAS ? null : new Vector(next);
        }

        @Override
        public Order compare(Version other) {
            if (!(other instanceof Vector(SortedMap<String, Long> theirs))) return Order.CONCURRENT;
            boolean seesAll = seesAllOf(counters, theirs);
            boolean seenByThem = seesAllOf(theirs, counters);
            if (seesAll) return seenByThem ? Order.SAME : Order.NEWER;
            return seenByThem ? Order.OLDER : Order.CONCURRENT;
        }

        private static boolean seesAllOf(SortedMap<String, Long> mine, SortedMap<String, Long> theirs) {
            for (Map.Entry<String, Long> counter : theirs.entrySet())
                if (mine.getOrDefault(counter.getKey(), 0L) < counter.getValue()) return false;
            return true;
        }

        @Override
        public long hash() {
            long hash = counters.size();
            for (Map.Entry<String, Long> counter : counters.entrySet())
                hash = Hash64.join(hash, Hash64.join(Hash64.of(counter.getKey()), counter.getValue()));
            return hash;
        }
    }
}
