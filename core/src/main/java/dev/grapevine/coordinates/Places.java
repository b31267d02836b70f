package dev.grapevine.coordinates;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Where this node and the others are, as far as they said so. */
public final class Places {
    private static final int MAX_PLACES = 100_000;

    /** Where a member is, and what is remembered of the ways to it. */
    private static final class Place {
        final LatencyFilter latencies = new LatencyFilter();
        Coordinate at;

        Place(Coordinate at) {
            this.at = at;
        }
    }

    private final String self;
    private final Vivaldi vivaldi;
    private final Map<String, Place> places = new LinkedHashMap<>();

    public Places(String self, RandomGenerator random) {
        this.self = self;
        vivaldi = new Vivaldi(random);
    }

    /** Where this node is. */
    public Coordinate own() {
        return vivaldi.own();
    }

    /** That member is there. */
    public void put(String member, Coordinate place) {
        if (member.equals(self) || !place.isValid()) return;
        Place known = places.get(member);
        if (known != null) known.at = place;
        else if (places.size() < MAX_PLACES) places.put(member, new Place(place));
    }

    /** A round trip to that member took so long. Learns from it if the member said where it is. */
    public void measured(String member, long roundTripNanos) {
        Place other = places.get(member);
        if (other != null) vivaldi.update(other.latencies, other.at, roundTripNanos);
    }

    /** That member is gone. */
    public void forget(String member) {
        places.remove(member);
    }

    /** Where a member is, null if it did not say. */
    public @Nullable Coordinate place(String member) {
        if (member.equals(self)) return vivaldi.own();
        Place known = places.get(member);
        return known == null ? null : known.at;
    }

    /** The estimated round trip between two members, nanoseconds; -1 if one of them did not say where it is. */
    public long roundTripNanos(String one, String other) {
        if (one.equals(other)) return 0;
        Coordinate here = place(one);
        Coordinate there = place(other);
        return here == null || there == null ? -1 : here.distanceNanos(there);
    }

    /** The estimated time from this node to {@code relay}, on to {@code target} and back, nanoseconds; -1 if one did not say where it is. */
    public long detourNanos(String relay, String target) {
        long there = roundTripNanos(self, relay);
        long beyond = roundTripNanos(relay, target);
        return there < 0 || beyond < 0 ? -1 : there + beyond;
    }

    /** The same members, the nearest to this node first; those of unknown places last, in the order given. */
    public List<String> nearestFirst(List<String> members) {
        List<String> sorted = new ArrayList<>(members);
        sorted.sort(Comparator.comparingLong(member -> {
            long nanos = roundTripNanos(self, member);
            return nanos < 0 ? Long.MAX_VALUE : nanos;
        }));
        return sorted;
    }
}
