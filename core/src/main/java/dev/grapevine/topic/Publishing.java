package dev.grapevine.topic;

import dev.grapevine.core.Address;
import dev.grapevine.topic.TopicTurn.Timer;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** This node's own messages: those that wait for the window, and what members report of the others. */
final class Publishing {
    record Waiting(long command, Feed feed, byte[] bytes) {}

    private static final class Own {
        final Feed feed;
        final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
        final Map<Address, Long> reported = new LinkedHashMap<>();
        long firstNanos = Long.MIN_VALUE;
        long everywhere;

        Own(Feed feed) {
            this.feed = feed;
        }
    }

    private static final int REPORTS = 3; // of the same state: one may get lost

    private final TopicTurn turn;
    private final LinkedHashMap<Long, Own> own = new LinkedHashMap<>();
    private final Map<Long, Integer> repeats = new LinkedHashMap<>();
    private int waiting;
    private long waitingBytes;

    Publishing(TopicTurn turn) {
        this.turn = turn;
    }

    void publish(Topics.Input.Publish publish) {
        Promise promise = publish.promise();
        boolean reliable = promise.isReliable();
        Source source = new Source(
                publish.topic(),
                turn.self,
                turn.generation,
                promise,
                reliable ? publish.retentionMillis() : 0,
                reliable && publish.reported());
        byte[] bytes = publish.bytes();
        String refusal = null;
        if (bytes.length > promise.maxBytes()) {
            refusal = "a message of " + bytes.length + " bytes is refused: the limit of a " + word(promise)
                    + " topic is " + promise.maxBytes() + " bytes";
        } else if (waiting >= turn.settings.waitingMessages()
                || waitingBytes + bytes.length > Math.max(4 * turn.settings.windowBytes(), promise.maxBytes())) {
            refusal = "topic " + source.topic() + " has " + waiting + " messages waiting (" + waitingBytes
                    + " bytes): publish again when earlier ones are accepted";
        }
        if (refusal != null) {
            turn.tally.refused++;
            turn.effects.add(new Topics.Effect.Refused(publish.command(), refusal));
            return;
        }
        Own of = own.computeIfAbsent(source.key(), key -> {
            Feed feed = new Feed(source, key, true, 0, true, turn.nowNanos);
            turn.feeds.put(key, feed);
            return new Own(feed);
        });
        of.waiting.add(new Waiting(publish.command(), of.feed, bytes));
        waiting++;
        waitingBytes += bytes.length;
    }

    private static String word(Promise promise) {
        return promise.name().toLowerCase(java.util.Locale.ROOT);
    }

    /** The next message that may go, if any. */
    @Nullable
    Waiting next() {
        if (waiting == 0) return null;
        for (Own of : own.values()) {
            Waiting first = of.waiting.peekFirst();
            if (first == null || !isOpen(of, first.bytes().length)) continue;
            of.waiting.removeFirst();
            waiting--;
            waitingBytes -= first.bytes().length;
            if (of.firstNanos == Long.MIN_VALUE) of.firstNanos = turn.nowNanos;
            return first;
        }
        turn.setIfUnset(new Timer.Pump(), turn.nowNanos + turn.settings.ackNanos());
        return null;
    }

    private boolean isOpen(Own of, int bytes) {
        Feed feed = of.feed;
        if (turn.redundancy.isSpent()) return false;
        if (of.firstNanos == Long.MIN_VALUE || turn.neighbors.isEmpty()) return true;
        boolean anyChild = false;
        for (Address peer : turn.neighbors) {
            if (!Boolean.TRUE.equals(feed.links.get(peer))) continue;
            anyChild = true;
            PeerLink link = turn.peers.get(peer);
            if (link == null || link.lagging || link.inFlight == 0) continue;
            // Half of what a link may carry, so that links further down, which take turns a little worse, have room.
            if (link.inFlight >= turn.congested((turn.settings.windowMessages() + 1) / 2)
                    || link.bytesInFlight + bytes > turn.settings.windowBytes() / 2) return false;
        }
        // The first message builds the tree; those behind it would be offered one by one.
        return anyChild || turn.nowNanos - of.firstNanos >= turn.stretched(16 * turn.settings.retryNanos());
    }

    // ---- reports

    /** A message of a publisher that wants reports came. */
    void owe(Feed feed) {
        if (!feed.source.reported() || feed.own) return;
        repeats.remove(feed.key);
        turn.setIfUnset(new Timer.ReportDue(feed.key), turn.nowNanos + reportNanos(feed));
    }

    // So that a publisher hears a thousand reports a second at most, not all at once.
    private long reportNanos(Feed feed) {
        long period = Math.max(turn.settings.reportNanos(), turn.view * 1_000_000L);
        long phase = Long.remainderUnsigned(Source.mix(feed.key ^ turn.self.hashCode()), period / 2 + 1);
        return period / 2 + phase;
    }

    void report(long key) {
        Feed feed = turn.feeds.get(key);
        if (feed == null) {
            repeats.remove(key);
            return;
        }
        if (!feed.settled || feed.low == 0) return;
        int sent = feed.low > feed.reportedLow ? 0 : repeats.getOrDefault(key, 0);
        feed.reportedLow = feed.low;
        long age = Math.max(0, (turn.nowNanos - feed.lowNanos) / 1_000_000);
        turn.tally.controlSent++;
        turn.effects.add(new Topics.Effect.SendToMember(
                feed.source.origin(), new TopicMessage.Report(key, feed.low, (int) Math.min(age, Integer.MAX_VALUE))));
        if (sent + 1 < REPORTS) {
            repeats.put(key, sent + 1);
            turn.timers.set(new Timer.ReportDue(key), turn.nowNanos + (4L << sent) * reportNanos(feed));
        } else {
            repeats.remove(key);
        }
    }

    void onReport(Address from, long key, long claimed, int ageMillis) {
        Own of = own.get(key);
        if (of == null) return;
        Feed feed = of.feed;
        long low = Math.min(claimed, feed.highest);
        long before = of.reported.getOrDefault(from, 0L);
        if (low <= before || of.reported.size() > 100_000) return;
        of.reported.put(from, low);
        long atNanos = Math.max(0, turn.nowNanos - ageMillis * 1_000_000L);
        for (Map.Entry<Long, Feed.Kept> entry :
                feed.kept.subMap(before, false, low, true).entrySet()) {
            Feed.Kept kept = entry.getValue();
            kept.have++;
            kept.lastNanos = Math.max(kept.lastNanos, Math.max(atNanos, kept.atNanos));
        }
        everywhere(of);
    }

    void viewChanged() {
        for (Own of : own.values()) if (of.feed.source.reported()) everywhere(of);
    }

    void gone(Address member) {
        for (Own of : own.values()) {
            Long low = of.reported.remove(member);
            if (low != null)
                for (Feed.Kept kept : of.feed.kept.headMap(low, true).values()) kept.have--;
        }
    }

    private void everywhere(Own of) {
        Feed feed = of.feed;
        long reached = of.everywhere;
        long lastNanos = 0;
        while (reached < feed.highest) {
            Feed.Kept kept = feed.kept.get(reached + 1);
            if (kept != null && kept.have < turn.view) break;
            if (kept != null) lastNanos = kept.lastNanos;
            reached++;
        }
        if (reached == of.everywhere) return;
        of.everywhere = reached;
        turn.effects.add(new Topics.Effect.Everywhere(feed.source, reached, turn.view, lastNanos));
    }
}
