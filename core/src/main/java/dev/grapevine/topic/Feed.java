package dev.grapevine.topic;

import dev.grapevine.core.Address;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a node knows of one source: what came, what is kept of it, and its place in that source's tree. */
final class Feed {
    /** A message that is here. */
    static final class Kept {
        final byte[] bytes;
        final int hops;
        final Address from;
        final boolean pushed;
        final long atNanos;
        private @Nullable List<Address> knownBy; // beyond what their low says
        int have = 1; // members that have it, of our own messages
        long lastNanos; // when the last of them had it

        Kept(byte[] bytes, int hops, Address from, boolean pushed, long atNanos) {
            this.bytes = bytes;
            this.hops = hops;
            this.from = from;
            this.pushed = pushed;
            this.atNanos = atNanos;
            lastNanos = atNanos;
        }

        void knownBy(Address peer) {
            if (knownBy == null) knownBy = new ArrayList<>(4);
            if (knownBy.size() < 64 && !knownBy.contains(peer)) knownBy.add(peer);
        }

        boolean isKnownBy(Address peer) {
            return knownBy != null && knownBy.contains(peer);
        }
    }

    /** Beyond the gap at most so much is taken: memory is bounded though a message never comes. */
    static final int AHEAD = 8192;

    /** Rumors that may overtake one another. */
    static final int RUMORS_APART = AHEAD / 8;

    final Source source;
    final long key;
    final boolean own;
    final TreeMap<Long, Kept> kept = new TreeMap<>();
    final TreeSet<Long> above = new TreeSet<>(); // seen beyond the first gap
    final Map<Address, Boolean> links = new LinkedHashMap<>(); // true: push; false: announce; none: offer
    final Map<Address, Long> peerLow = new LinkedHashMap<>();
    final Map<Address, Integer> announced = new LinkedHashMap<>(); // hops of each neighbour's newest lazy announcement
    final Map<Address, Long> pruned = new LinkedHashMap<>(); // when they were told not to push any more
    long low; // everything up to here was seen or given up
    long hole; // of that, what is up to here was given up in part
    long highest;
    long told; // ordered: everything up to here was delivered or given up
    boolean settled;
    boolean guessed; // nobody could say where the history begins
    int settleTries;

    @Nullable
    Address parent;

    int hops; // of the newest pushed message
    boolean unpushed; // the parent announced what it should have pushed
    int misses; // messages in a row that had to be asked of others than the parent
    int stale; // entries in the log of arrivals whose messages are gone already
    long lagNanos; // of pushed messages behind their announcements, the longest of the newest ones
    long touchedNanos;
    long highestBefore; // a window of redundancy ago
    long countedTo; // of rumors, whether they came
    long pushedTo; // of rumors, the newest that was pushed: what is missing before it was asked for
    long syncUntilNanos = Long.MIN_VALUE;

    @Nullable
    Address syncPeer;

    long reportedLow;
    long lowNanos; // when low last grew

    Feed(Source source, long key, boolean own, long low, boolean settled, long nowNanos) {
        this.source = source;
        this.key = key;
        this.own = own;
        this.low = low;
        this.hole = low;
        this.highest = low;
        this.told = low;
        this.highestBefore = low;
        this.countedTo = low;
        this.settled = settled;
        touchedNanos = nowNanos;
    }

    boolean hasSeen(long sequence) {
        return sequence <= low || above.contains(sequence);
    }

    /** Notes that {@code sequence} was seen. */
    void see(long sequence, long nowNanos) {
        highest = Math.max(highest, sequence);
        above.add(sequence);
        // What a rumor lacks stays lacking: it is forgotten that it did.
        if (!source.promise().isReliable() && above.size() > RUMORS_APART) skipTo(above.first() - 1);
        close(nowNanos);
    }

    private void close(long nowNanos) {
        long before = low;
        while (!above.isEmpty() && above.first() == low + 1) {
            above.pollFirst();
            low++;
        }
        if (low > before) lowNanos = nowNanos;
    }

    private void skipTo(long sequence) {
        if (sequence <= low) return;
        low = sequence;
        hole = sequence;
    }

    /** Gives up what is missing up to {@code sequence}. */
    void giveUp(long sequence, long nowNanos) {
        skipTo(sequence);
        above.headSet(sequence, true).clear();
        close(nowNanos);
    }

    /** The history begins further back, at {@code base}: what lies between is missing, not unknown. */
    void settle(long base) {
        settled = true;
        long first = kept.isEmpty() ? low + 1 : Math.min(low + 1, kept.firstKey());
        if (base >= first) return;
        for (long seen = first; seen <= low; seen++) above.add(seen);
        low = base - 1;
        hole = low;
        told = Math.min(told, low);
    }

    boolean isKnown(Address peer, long sequence) {
        Long theirs = peerLow.get(peer);
        if (theirs != null && sequence <= theirs) return true;
        Kept one = kept.get(sequence);
        return one != null && one.isKnownBy(peer);
    }

    /** The first message that can be given without a gap up to {@link #low}; {@code low + 1} if there is none. */
    long base() {
        if (kept.isEmpty()) return low + 1;
        return Math.min(Math.max(kept.firstKey(), hole + 1), low + 1);
    }

    /** The last message without a gap that came before {@code nanos}; may lie below {@link #base}. */
    long topBefore(long nanos) {
        long top = low;
        while (top > hole) {
            Kept one = kept.get(top);
            if (one == null || one.atNanos <= nanos) break;
            top--;
        }
        return top;
    }
}
