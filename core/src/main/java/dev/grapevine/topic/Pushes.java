package dev.grapevine.topic;

import dev.grapevine.core.Address;
import dev.grapevine.topic.TopicMessage.Acked;
import dev.grapevine.topic.TopicMessage.Held;
import dev.grapevine.topic.TopicMessage.Urgency;
import dev.grapevine.topic.TopicTurn.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Payloads on their way to neighbours: how many may be, which were confirmed, and which are asked about again. */
final class Pushes {
    private static final int MAX_ANNOUNCED = 64;
    private static final int RUMORS_PER_ACK = 32;

    private final TopicTurn turn;
    private final Repairs repairs;

    Pushes(TopicTurn turn, Repairs repairs) {
        this.turn = turn;
        this.repairs = repairs;
    }

    boolean mayPush(Address peer, int bytes) {
        PeerLink link = turn.peers.get(peer);
        if (link == null || link.inFlight == 0) return true;
        if (link.lagging) return false;
        if (link.inFlight < turn.settings.windowMessages() && link.bytesInFlight + bytes <= turn.settings.windowBytes())
            return true;
        link.lagging = true;
        return false;
    }

    void push(Feed feed, long sequence, Feed.Kept kept, Address to, boolean asked) {
        TopicMessage message = new TopicMessage.Payload(feed.source, sequence, kept.hops, asked, kept.bytes);
        turn.send(to, message);
        if (asked) return;
        boolean reliable = feed.source.promise().isReliable();
        long due = turn.nowNanos + turn.stretched(reliable ? turn.settings.retryNanos() : turn.settings.graftNanos());
        due += streamNanos(kept);
        turn.peer(to).push(feed.key, sequence, new PeerLink.Flight(kept.bytes.length, turn.nowNanos, due));
        Timer retry = new Timer.Retry(to);
        if (!turn.timers.isSet(retry) || turn.timers.deadlineNanos(retry) > due) turn.timers.set(retry, due);
    }

    // A stream repairs itself: doubts begin when even a slow one must be through.
    private long streamNanos(Feed.Kept kept) {
        return kept.bytes.length <= turn.settings.pushBytes() ? 0 : 5_000_000_000L + kept.bytes.length * 4_000L;
    }

    /** What {@code to} asked for, as far as it is here and within what one peer is served. */
    void give(Feed feed, Address to, long first, long last) {
        PeerLink link = turn.peer(to);
        int served = 0;
        long bytes = 0;
        for (Map.Entry<Long, Feed.Kept> entry :
                feed.kept.subMap(first, true, last, true).entrySet()) {
            Feed.Kept kept = entry.getValue();
            long sequence = entry.getKey();
            if (served >= 64 || served > 0 && bytes + kept.bytes.length > 256 << 10) {
                // The rest is told of, so that the asker can go on.
                turn.send(to, new TopicMessage.Digest(false, false, List.of(repairs.range(feed))));
                return;
            }
            // It asked before it could have what we have just sent, or asked twice because the first answer takes its
            // time.
            long answerNanos = turn.late(turn.settings.retryNanos() / 2) + streamNanos(kept);
            if (link.isOnItsWay(feed.key, sequence, turn.nowNanos - turn.late(turn.settings.ackNanos() / 2))
                    || link.wasServed(feed.key, sequence, turn.nowNanos - answerNanos)) continue;
            if (!link.mayServe(
                    kept.bytes.length, turn.settings.windowBytes(), turn.settings.retryNanos(), turn.nowNanos)) return;
            push(feed, sequence, kept, to, true);
            link.served(feed.key, sequence, turn.nowNanos);
            kept.knownBy(to);
            served++;
            bytes += kept.bytes.length;
        }
    }

    // ---- confirmations

    void confirm(Feed feed, Address to) {
        PeerLink link = turn.peer(to);
        // Of rumors only how far they came is told, now and then, so that nobody is sent more than it can take.
        if (!feed.source.promise().isReliable()) {
            if (++link.rumors < Math.min(RUMORS_PER_ACK, turn.settings.windowMessages() / 8)) return;
            link.rumors = 0;
        }
        link.acksDue.add(feed.key);
        turn.setIfUnset(new Timer.FlushAcks(), turn.nowNanos + turn.settings.ackNanos());
    }

    void confirmNow(Feed feed, Address to, long sequence) {
        List<Long> others = sequence > feed.low ? List.of(sequence) : List.of();
        turn.send(to, new TopicMessage.Ack(List.of(new Acked(feed.key, feed.low, others))));
    }

    void flushAcks() {
        for (Map.Entry<Address, PeerLink> entry : turn.peers.entrySet()) {
            PeerLink link = entry.getValue();
            if (link.acksDue.isEmpty()) continue;
            List<Acked> acked = new ArrayList<>();
            int size = 0;
            for (long key : link.acksDue) {
                Feed feed = turn.feeds.get(key);
                if (feed == null) continue;
                Acked one = feed.source.promise().isReliable()
                        ? new Acked(key, feed.low, newest(feed))
                        : new Acked(key, feed.highest, List.of());
                size += TopicCodec.size(one);
                if (!acked.isEmpty() && size > turn.settings.pushBytes()) {
                    turn.send(entry.getKey(), new TopicMessage.Ack(acked));
                    acked = new ArrayList<>();
                    size = TopicCodec.size(one);
                }
                acked.add(one);
            }
            link.acksDue.clear();
            if (!acked.isEmpty()) turn.send(entry.getKey(), new TopicMessage.Ack(acked));
        }
    }

    private static List<Long> newest(Feed feed) {
        if (feed.above.isEmpty()) return List.of();
        List<Long> others = new ArrayList<>();
        for (long sequence : feed.above.descendingSet()) {
            if (others.size() >= TopicCodec.MAX_OTHERS) break;
            others.add(sequence);
        }
        return others.reversed();
    }

    void onAck(Address from, Acked acked) {
        Feed feed = turn.feeds.get(acked.source());
        if (feed == null) return;
        long low = Math.min(acked.low(), feed.highest); // it cannot make us believe what nobody published
        boolean reliable = feed.source.promise().isReliable();
        if (reliable) feed.peerLow.merge(from, low, Math::max); // of a rumor, others before it may be missing
        PeerLink link = turn.peers.get(from);
        if (link != null) {
            long pushed = link.pushedNanos(feed.key, low);
            if (pushed != Long.MIN_VALUE) turn.took(turn.nowNanos - pushed);
            link.confirmUpTo(feed.key, low);
            for (long other : acked.others()) link.confirm(feed.key, other);
        }
        for (long other : acked.others()) {
            Feed.Kept kept = feed.kept.get(other);
            if (kept != null) kept.knownBy(from);
            else if (!feed.own && !feed.hasSeen(other)) repairs.missing(feed, other, from, turn.settings.graftNanos());
        }
    }

    void retry(Address peer) {
        PeerLink link = turn.peers.get(peer);
        if (link == null) return;
        link.expire(turn.feeds, turn.nowNanos);
        List<Held> held = new ArrayList<>();
        long next = Long.MAX_VALUE;
        for (Map.Entry<Long, TreeMap<Long, PeerLink.Flight>> of : link.flights.entrySet()) {
            Feed feed = turn.feeds.get(of.getKey());
            for (Map.Entry<Long, PeerLink.Flight> entry : of.getValue().entrySet()) {
                PeerLink.Flight flight = entry.getValue();
                if (flight.dueNanos <= turn.nowNanos && held.size() < MAX_ANNOUNCED) {
                    Feed.Kept kept = feed == null ? null : feed.kept.get(entry.getKey());
                    held.add(new Held(of.getKey(), entry.getKey(), kept == null ? 0 : kept.hops));
                    flight.tries++;
                    flight.dueNanos =
                            turn.nowNanos + (turn.stretched(turn.settings.retryNanos()) << Math.min(flight.tries, 5));
                    if (flight.tries >= 3) link.lagging = true;
                }
                next = Math.min(next, flight.dueNanos);
            }
        }
        if (!held.isEmpty()) turn.send(peer, new TopicMessage.Announce(Urgency.CONFIRM, held));
        boolean neighbor = turn.neighbors.contains(peer);
        if (!neighbor) {
            link.flights.clear();
            link.inFlight = 0;
            link.bytesInFlight = 0;
        } else if (next != Long.MAX_VALUE) {
            turn.timers.set(new Timer.Retry(peer), Math.max(next, turn.nowNanos + turn.settings.ackNanos()));
        }
    }

    /** What is on its way to that peer may not arrive: asks soon. */
    void doubt(Address peer, long delayNanos) {
        PeerLink link = turn.peers.get(peer);
        if (link == null) return;
        link.servedNothing();
        if (link.inFlight == 0) return;
        long due = turn.nowNanos + delayNanos;
        for (TreeMap<Long, PeerLink.Flight> of : link.flights.values())
            for (PeerLink.Flight flight : of.values()) flight.dueNanos = Math.min(flight.dueNanos, due);
        link.lagging = true;
        turn.timers.set(new Timer.Retry(peer), due);
    }
}
