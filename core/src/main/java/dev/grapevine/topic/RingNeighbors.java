package dev.grapevine.topic;

import dev.grapevine.core.Address;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a node's links from a full view without a word: members stand on several rings, on each in the order of another hash of their
 * names, and next to each other is linked (the observers of Rapid are chosen so: Suresh et al., USENIX ATC 2018). The union of r random
 * rings is a random graph of degree 2r: well connected, and short ways; who agrees on the view agrees on the links, and a member that
 * comes or goes changes the links of 2r others.
 */
public final class RingNeighbors {
    /** A member that can be a neighbour. */
    public record Candidate(String name, Address address) {}

    private final String self;
    private final int rings;
    private final long[] here; // where this node stands on each ring
    private final @Nullable Candidate[] before;
    private final @Nullable Candidate[] after;
    private final long[] beforeDistance;
    private final long[] afterDistance;

    /**
     * @param self this node's name
     * @param rings {@code 1..16}; 3 gives six links
     */
    public RingNeighbors(String self, int rings) {
        if (rings < 1 || rings > 16) throw new IllegalArgumentException("rings " + rings + " is not in 1..16");
        this.self = self;
        this.rings = rings;
        here = new long[rings];
        for (int ring = 0; ring < rings; ring++) here[ring] = position(self, ring);
        before = new Candidate[rings];
        after = new Candidate[rings];
        beforeDistance = new long[rings];
        afterDistance = new long[rings];
    }

    /** Where a name stands on a ring; unsigned. */
    public static long position(String name, int ring) {
        return position(hash(name), ring);
    }

    private static long position(long hash, int ring) {
        return Source.mix(hash + (ring + 1) * 0x9E37_79B9_7F4A_7C15L);
    }

    private static long hash(String name) {
        long hash = 0xCBF2_9CE4_8422_2325L;
        for (int i = 0; i < name.length(); i++) hash = (hash ^ name.charAt(i)) * 0x0000_0100_0000_01B3L;
        return hash;
    }

    /**
     * A member came, or has another address now. Called for every member that is heard of, almost all of which are nobody's
     * neighbour: that costs a hash of the name and no memory.
     *
     * @return whether the links may have changed
     */
    public boolean add(String name, Address address) {
        long hash = hash(name);
        boolean changed = false;
        for (int ring = 0; ring < rings; ring++) {
            long ahead = position(hash, ring) - here[ring];
            if (isNearer(name, address, -ahead, before[ring], beforeDistance[ring])) {
                if (name.equals(self)) return false;
                before[ring] = new Candidate(name, address);
                beforeDistance[ring] = -ahead;
                changed = true;
            }
            if (isNearer(name, address, ahead, after[ring], afterDistance[ring])) {
                if (name.equals(self)) return false;
                after[ring] = new Candidate(name, address);
                afterDistance[ring] = ahead;
                changed = true;
            }
        }
        return changed;
    }

    /** Whether that member takes the place of the one known, or is that one at another address. */
    private static boolean isNearer(
            String name, Address address, long distance, @Nullable Candidate known, long knownDistance) {
        if (known == null) return true;
        int order = Long.compareUnsigned(distance, knownDistance);
        if (order != 0) return order < 0;
        return known.name().equals(name) && !known.address().equals(address);
    }

    /**
     * A member went.
     *
     * @return whether it was a neighbour: then {@link #add} everybody who is still there
     */
    public boolean remove(String name) {
        boolean was = false;
        for (int ring = 0; ring < rings; ring++) {
            Candidate one = before[ring];
            Candidate other = after[ring];
            if (one != null && one.name().equals(name)) {
                before[ring] = null;
                was = true;
            }
            if (other != null && other.name().equals(name)) {
                after[ring] = null;
                was = true;
            }
        }
        return was;
    }

    /** The links now, at most two per ring. */
    public Set<Address> addresses() {
        Map<String, Address> named = new LinkedHashMap<>();
        for (int ring = 0; ring < rings; ring++) {
            Candidate one = before[ring];
            Candidate other = after[ring];
            if (one != null) named.put(one.name(), one.address());
            if (other != null) named.put(other.name(), other.address());
        }
        return new LinkedHashSet<>(named.values());
    }

    /** The links of everybody at once, by index: what each of these names would choose. */
    public static List<List<Integer>> all(List<String> names, int rings) {
        List<Set<Integer>> links = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) links.add(new LinkedHashSet<>());
        for (int ring = 0; ring < rings; ring++) {
            int of = ring;
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) order.add(i);
            order.sort((a, b) -> Long.compareUnsigned(position(names.get(a), of), position(names.get(b), of)));
            for (int i = 0; i < order.size() && order.size() > 1; i++) {
                int here = order.get(i);
                int next = order.get((i + 1) % order.size());
                links.get(here).add(next);
                links.get(next).add(here);
            }
        }
        List<List<Integer>> all = new ArrayList<>();
        for (Set<Integer> each : links) all.add(List.copyOf(new ArrayList<>(each)));
        return all;
    }
}
