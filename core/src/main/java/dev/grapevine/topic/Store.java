package dev.grapevine.topic;

import dev.grapevine.topic.TopicTurn.Timer;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keeps messages for the window, delivers them in the promised order, and forgets the oldest when there are too many bytes. */
final class Store {
    private static final long SWEEP_NANOS = 1_000_000_000L;
    private static final long REMEMBER_NANOS = 60_000_000_000L; // beyond the window, so that nothing old is new again
    private static final int OVERHEAD_BYTES = 128; // what a message takes besides its payload, about
    private static final long RUMOR_MILLIS = 30_000;

    private final TopicTurn turn;
    private final ArrayDeque<Feed> arrivals = new ArrayDeque<>();
    private long keptBytes;

    Store(TopicTurn turn) {
        this.turn = turn;
    }

    long keptBytes() {
        return keptBytes;
    }

    /** The feed of a source heard of for the first time; null if no more fit. */
    @Nullable
    Feed open(Source source, long key, boolean own, long low, boolean settled) {
        if (!own && turn.feeds.size() >= turn.settings.maxSources()) {
            sweep();
            if (turn.feeds.size() >= turn.settings.maxSources()) {
                turn.tally.refused++;
                return null;
            }
        }
        Feed feed = new Feed(source, key, own, low, settled, turn.nowNanos);
        turn.feeds.put(key, feed);
        turn.setIfUnset(new Timer.Sweep(), turn.nowNanos + SWEEP_NANOS);
        return feed;
    }

    void keep(Feed feed, long sequence, Feed.Kept kept) {
        feed.kept.put(sequence, kept);
        feed.touchedNanos = turn.nowNanos;
        if (feed.source.promise().isReliable())
            turn.setIfUnset(new Timer.CompareDue(), turn.nowNanos + turn.settings.syncNanos());
        arrivals.addLast(feed);
        keptBytes += kept.bytes.length + OVERHEAD_BYTES;
        turn.setIfUnset(new Timer.Sweep(), turn.nowNanos + SWEEP_NANOS);
        while (keptBytes > turn.settings.maxKeptBytes()) {
            Feed oldest = arrivals.pollFirst();
            if (oldest == null) break;
            if (oldest.stale > 0) oldest.stale--;
            else if (!oldest.kept.isEmpty()) drop(oldest);
        }
    }

    private void drop(Feed feed) {
        long sequence = feed.kept.firstKey();
        // Memory is over and what comes before has not come: the order holds, the gap is told.
        if (feed.source.promise() == Promise.ORDERED && sequence > feed.told) {
            if (sequence > feed.told + 1) lose(feed, sequence - 1);
            tellInOrder(feed);
        }
        Feed.Kept gone = feed.kept.pollFirstEntry().getValue();
        keptBytes -= gone.bytes.length + OVERHEAD_BYTES;
    }

    /** Tells the application of a message that has just been kept, or holds it back until its predecessors are there. */
    void deliver(Feed feed, long sequence) {
        if (feed.source.promise() != Promise.ORDERED) {
            Feed.Kept kept = feed.kept.get(sequence);
            if (kept != null) tell(feed, sequence, kept);
        } else if (feed.settled) {
            tellInOrder(feed);
        }
    }

    void tellInOrder(Feed feed) {
        for (Feed.Kept kept; (kept = feed.kept.get(feed.told + 1)) != null; ) {
            feed.told++;
            tell(feed, feed.told, kept);
        }
    }

    private void tell(Feed feed, long sequence, Feed.Kept kept) {
        if (!feed.own) turn.tally.delivered++;
        turn.effects.add(
                new Topics.Effect.Deliver(feed.source, sequence, kept.bytes, kept.from, kept.hops, turn.nowNanos));
    }

    /** Nobody has what is missing up to {@code last}: goes on behind it, and says so. */
    void lose(Feed feed, long last) {
        long first = feed.low + 1;
        if (last >= first) {
            long from = -1;
            for (long sequence = first; sequence <= last + 1; sequence++) {
                boolean missing = sequence <= last && !feed.above.contains(sequence);
                if (missing && from < 0) from = sequence;
                if (!missing && from >= 0) {
                    turn.tally.lost += sequence - from;
                    turn.effects.add(new Topics.Effect.Lost(feed.source, from, sequence - 1));
                    from = -1;
                }
            }
            feed.giveUp(last, turn.nowNanos);
        }
        if (feed.source.promise() != Promise.ORDERED) return;
        while (feed.told < last) {
            Feed.Kept kept = feed.kept.get(feed.told + 1);
            feed.told++;
            if (kept != null) tell(feed, feed.told, kept);
        }
        tellInOrder(feed);
    }

    void sweep() {
        boolean any = false;
        for (Iterator<Map.Entry<Long, Feed>> all = turn.feeds.entrySet().iterator(); all.hasNext(); ) {
            Feed feed = all.next().getValue();
            long windowNanos =
                    (feed.source.promise().isReliable() ? feed.source.retentionMillis() : RUMOR_MILLIS) * 1_000_000L;
            while (!feed.kept.isEmpty()) {
                Map.Entry<Long, Feed.Kept> first = feed.kept.firstEntry();
                if (turn.nowNanos - first.getValue().atNanos < windowNanos) break;
                drop(feed);
                feed.stale++;
            }
            if (!feed.own && feed.kept.isEmpty() && turn.nowNanos - feed.touchedNanos > windowNanos + REMEMBER_NANOS)
                all.remove();
            else any = true;
        }
        turn.peers.entrySet().removeIf(entry -> entry.getValue().isIdle() && !turn.neighbors.contains(entry.getKey()));
        while (!arrivals.isEmpty() && arrivals.getFirst().stale > 0) arrivals.removeFirst().stale--;
        if (any) turn.setIfUnset(new Timer.Sweep(), turn.nowNanos + SWEEP_NANOS);
    }
}
