package dev.grapevine.topic;

import dev.grapevine.core.Address;
import dev.grapevine.topic.TopicMessage.Acked;
import dev.grapevine.topic.TopicMessage.Held;
import dev.grapevine.topic.TopicMessage.Range;
import dev.grapevine.topic.TopicMessage.Urgency;
import dev.grapevine.topic.TopicTurn.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Broadcast on topics, each publisher with a promise of its choice. Epidemic broadcast trees (Leitão, Pereira, Rodrigues, SRDS 2007), one
 * per source, over links that whoever composes this names with {@link Input.NeighborUp}. Beyond the paper:
 *
 * <ul>
 *   <li>a link without a place in a tree carries an offer, not a payload: the first message does not flood, it is asked for once by each
 *       node, of who offered first, and the answers are the tree;
 *   <li>pushes are confirmed, in batches. What is not confirmed is announced again to that one child, which confirms or asks: a lost
 *       payload is sent once more, a lost confirmation costs no payload;
 *   <li>a gap in a source's sequence is asked of the parent at once;
 *   <li>whoever gets a message by another way tells its parent at once, and nobody pushes to who is known to have it;
 *   <li>what all that missed is found by comparing digests ({@link Input.Compare}), which also serves those who join late.
 * </ul>
 *
 * <p>Memory is bounded by {@link TopicSettings} whatever peers say; a child that confirms too little gets announcements in place of
 * payloads until it has caught up, so that it slows nobody.
 */
public final class Topics {
    /** What happens to this machine. */
    public sealed interface Input {
        /** A link to that peer is there. */
        record NeighborUp(Address peer) implements Input {}

        /** The link is gone, or the peer. */
        record NeighborDown(Address peer) implements Input {}

        /** That member is gone: it no longer counts among those who have something. */
        record Gone(Address member) implements Input {}

        /** So many members are in the view, this node included, {@code >= 1}. */
        record View(int members) implements Input {}

        /**
         * The application publishes. Answered by {@link Effect.Accepted}, maybe later, or {@link Effect.Refused}.
         *
         * @param retentionMillis how long nodes keep it for others; of no meaning for rumors
         * @param reported whether members report what they have; of no meaning for rumors
         */
        record Publish(long command, String topic, Promise promise, int retentionMillis, boolean reported, byte[] bytes)
                implements Input {}

        record Received(Address from, TopicMessage message) implements Input {}

        /** Too much waits for that peer: what was to be sent to it was not. */
        record Blocked(Address peer) implements Input {}

        /** What was sent to that peer by stream may be lost. */
        record Broken(Address peer) implements Input {}

        /** That peer may have what this node lacks, or the other way round: compare, unless it was done just now. */
        record Compare(Address peer) implements Input {}

        record Tick() implements Input {}
    }

    /** What the driver must do. */
    public sealed interface Effect {
        record Send(Address to, TopicMessage message) implements Effect {}

        /** To the member of that name, wherever it is now. */
        record SendToMember(String name, TopicMessage message) implements Effect {}

        /** A message that was not delivered before; {@code hops} 0 for this node's own. Do not change the bytes. */
        record Deliver(Source source, long sequence, byte[] bytes, Address from, int hops, long atNanos)
                implements Effect {}

        /** The publisher's message is on its way. */
        record Accepted(long command, Source source, long sequence) implements Effect {}

        record Refused(long command, String reason) implements Effect {}

        /** Compare with a member drawn at random: {@link Input.Compare}. */
        record Seek() implements Effect {}

        /** Messages {@code first..last} are out of everybody's window: they will not come. */
        record Lost(Source source, long first, long last) implements Effect {}

        /** Every member of the view reported that it has this node's messages up to {@code sequence}. */
        record Everywhere(Source source, long sequence, int members, long lastNanos) implements Effect {}
    }

    /** Counts since the start; {@code payloadsReceived = delivered elsewhere + duplicates}. */
    public record Counters(
            long published,
            long delivered,
            long payloadsSent,
            long payloadsReceived,
            long duplicates,
            long asked,
            long controlSent,
            long lost,
            long refused) {}

    /**
     * How far one of this node's messages is.
     *
     * @param have members that have it, this node included
     * @param view members in the view now
     * @param lastNanos when the last of those had it, nanoseconds since this node started; at most one gathering of reports late
     */
    public record Delivery(long sequence, int have, int view, long lastNanos) {}

    private static final int MAX_ANNOUNCED = 64;
    private static final Address NOBODY = Address.ipv4(0, 0);

    private final TopicTurn turn;
    private final Repairs repairs;
    private final Publishing publishing;
    private final Store store;

    /**
     * @param self this node's name
     * @param generation larger than in any earlier life of that name
     */
    public Topics(String self, long generation, TopicSettings settings) {
        turn = new TopicTurn(self, generation, settings);
        store = new Store(turn);
        repairs = new Repairs(turn, store);
        publishing = new Publishing(turn);
    }

    /** When the driver owes the next {@link Input.Tick}; {@link Long#MAX_VALUE} while nothing is pending. */
    public long nextDeadlineNanos() {
        return turn.timers.nextDeadlineNanos();
    }

    /** Applies one input; appends what the driver must do, in order, to {@code effects}. */
    public void handle(Input input, long nowNanos, List<Effect> effects) {
        turn.nowNanos = nowNanos;
        turn.effects = effects;
        switch (input) {
            case Input.NeighborUp(Address peer) -> turn.neighbors.add(peer);
            case Input.NeighborDown(Address peer) -> neighborDown(peer);
            case Input.View(int members) -> {
                turn.view = members;
                publishing.viewChanged();
            }
            case Input.Gone(Address member) -> publishing.gone(member);
            case Input.Publish publish -> publishing.publish(publish);
            case Input.Received(Address from, TopicMessage message) -> received(from, message);
            case Input.Compare(Address peer) -> repairs.compare(peer);
            case Input.Blocked(Address peer) -> doubt(peer, turn.settings.retryNanos());
            case Input.Broken(Address peer) -> doubt(peer, turn.settings.ackNanos());
            case Input.Tick() -> {}
        }
        tick();
        pump();
    }

    private void tick() {
        for (Timer due; ; ) {
            long deadline = turn.timers.nextDeadlineNanos();
            due = turn.timers.pollDue(turn.nowNanos);
            if (due == null) return;
            // Whoever is late himself must not think that the others are.
            boolean waits = due instanceof Timer.Retry || due instanceof Timer.MissingDue;
            if (waits && turn.nowNanos - deadline > turn.settings.ackNanos()) {
                turn.took(turn.nowNanos - deadline);
                turn.timers.set(due, turn.nowNanos + turn.settings.ackNanos());
                continue;
            }
            switch (due) {
                case Timer.FlushAcks() -> flushAcks();
                case Timer.FlushLazy() -> flushLazy();
                case Timer.Retry(Address peer) -> retry(peer);
                case Timer.MissingDue(long source, long sequence) -> repairs.missingDue(source, sequence);
                case Timer.Settle(long source) -> {
                    Feed feed = turn.feeds.get(source);
                    if (feed != null) repairs.settleDue(feed);
                }
                case Timer.ReportDue(long source) -> publishing.report(source);
                case Timer.Sweep() -> store.sweep();
                case Timer.Pump() -> {}
                case Timer.CompareDue() -> {
                    if (repairs.isActive()) {
                        turn.effects.add(new Effect.Seek());
                        turn.timers.set(new Timer.CompareDue(), turn.nowNanos + turn.settings.syncNanos());
                    }
                }
            }
        }
    }

    private void pump() {
        for (Publishing.Waiting next; (next = publishing.next()) != null; ) {
            Feed feed = next.feed();
            long sequence = feed.highest + 1;
            feed.see(sequence, turn.nowNanos);
            store.keep(feed, sequence, new Feed.Kept(next.bytes(), 0, NOBODY, true, turn.nowNanos));
            turn.tally.published++;
            turn.effects.add(new Effect.Accepted(next.command(), feed.source, sequence));
            store.deliver(feed, sequence);
            spread(feed, sequence, null);
        }
    }

    // ---- messages

    private void received(Address from, TopicMessage message) {
        switch (message) {
            case TopicMessage.Payload payload -> onPayload(from, payload);
            case TopicMessage.Announce(Urgency urgency, List<Held> held) -> {
                for (Held one : held) onAnnounced(from, urgency, one);
            }
            case TopicMessage.Want(long source, long first, long last, boolean graft) -> {
                Feed feed = turn.feeds.get(source);
                if (feed == null) return;
                if (graft && turn.neighbors.contains(from)) {
                    feed.links.put(from, true);
                    if (from.equals(feed.parent)) feed.parent = null; // it hangs on us: the other way round is no way
                }
                give(feed, from, first, last);
            }
            case TopicMessage.Prune(long source) -> {
                Feed feed = turn.feeds.get(source);
                if (feed == null) return;
                feed.links.put(from, false);
                PeerLink link = turn.peers.get(from);
                if (link != null) link.forget(source);
            }
            case TopicMessage.Ack(List<Acked> acked) -> {
                for (Acked one : acked) onAck(from, one);
            }
            case TopicMessage.Digest(boolean asking, boolean all, List<Range> ranges) ->
                repairs.onDigest(from, asking, all, ranges);
            case TopicMessage.Report(long source, long low, int ageMillis) ->
                publishing.onReport(from, source, low, ageMillis);
        }
    }

    private void onPayload(Address from, TopicMessage.Payload payload) {
        turn.tally.payloadsReceived++;
        long key = payload.source().key();
        long sequence = payload.sequence();
        Feed feed = turn.feeds.get(key);
        if (feed == null) {
            if (payload.source().origin().equals(turn.self)) return; // of an earlier life, or forged
            feed = repairs.begin(payload.source(), key, sequence, from);
            if (feed == null) return;
        }
        if (feed.hasSeen(sequence) || feed.own) {
            turn.tally.duplicates++;
            if (!payload.asked() && !from.equals(feed.parent)) prune(feed, from);
            confirm(feed, from);
            return;
        }
        if (feed.source.promise().isReliable() && sequence > feed.low + Feed.AHEAD) return; // it comes again later
        feed.touchedNanos = turn.nowNanos;
        int hops = Math.min(payload.hops(), TopicCodec.MAX_HOPS - 1) + 1;
        List<Address> announcers = repairs.found(key, sequence);
        boolean wasAsked = payload.asked();
        if (!wasAsked || repairs.wasGrafted()) {
            adopt(feed, from);
            feed.hops = hops;
            feed.misses = 0;
        }
        long before = feed.highest;
        feed.see(sequence, turn.nowNanos);
        Feed.Kept kept = new Feed.Kept(payload.bytes(), hops, from, !wasAsked, turn.nowNanos);
        kept.knownBy(from);
        for (Address announcer : announcers) kept.knownBy(announcer);
        store.keep(feed, sequence, kept);
        store.deliver(feed, sequence);
        spread(feed, sequence, from);
        confirm(feed, from);
        if (feed.source.promise().isReliable()) {
            Address parent = feed.parent;
            if (parent != null && !parent.equals(from)) confirmNow(feed, parent, sequence);
            if (!wasAsked && sequence > before + 1) repairs.gap(feed, before + 1, sequence - 1, from);
            publishing.owe(feed);
        }
    }

    /** {@code from} pushed something new: it is the parent now. */
    private void adopt(Feed feed, Address from) {
        if (from.equals(feed.parent)) return;
        feed.parent = from;
        feed.links.put(from, false);
        PeerLink link = turn.peers.get(from);
        if (link != null) link.forget(feed.key);
    }

    private void prune(Feed feed, Address peer) {
        feed.links.put(peer, false);
        PeerLink link = turn.peers.get(peer);
        if (link != null) link.forget(feed.key);
        turn.send(peer, new TopicMessage.Prune(feed.key));
    }

    private void spread(Feed feed, long sequence, @Nullable Address except) {
        Feed.Kept kept = feed.kept.get(sequence);
        if (kept == null) return;
        List<Held> offer = null;
        for (Address peer : turn.neighbors) {
            if (peer.equals(except) || feed.isKnown(peer, sequence)) continue;
            Boolean eager = feed.links.get(peer);
            if (eager == null && !peer.equals(feed.parent)) {
                if (offer == null) offer = List.of(new Held(feed.key, sequence, kept.hops));
                turn.send(peer, new TopicMessage.Announce(Urgency.OFFER, offer));
            } else if (eager != null && eager && mayPush(peer, kept.bytes.length)) {
                push(feed, sequence, kept, peer, false);
            } else if (!peer.equals(feed.parent)) {
                announce(peer, new Held(feed.key, sequence, kept.hops));
            }
        }
    }

    private boolean mayPush(Address peer, int bytes) {
        PeerLink link = turn.peers.get(peer);
        if (link == null || link.inFlight == 0) return true;
        if (link.lagging) return false;
        if (link.inFlight < turn.settings.windowMessages() && link.bytesInFlight + bytes <= turn.settings.windowBytes())
            return true;
        link.lagging = true;
        return false;
    }

    private void push(Feed feed, long sequence, Feed.Kept kept, Address to, boolean asked) {
        TopicMessage message = new TopicMessage.Payload(feed.source, sequence, kept.hops, asked, kept.bytes);
        turn.send(to, message);
        if (!feed.source.promise().isReliable() || asked) return;
        long due = turn.nowNanos + turn.stretched(turn.settings.retryNanos());
        // A stream repairs itself: doubts begin when even a slow one must be through.
        if (message.sizeBytes() > turn.settings.pushBytes()) due += 5_000_000_000L + kept.bytes.length * 4_000L;
        turn.peer(to).push(feed.key, sequence, new PeerLink.Flight(kept.bytes.length, turn.nowNanos, due));
        turn.setIfUnset(new Timer.Retry(to), due);
    }

    private void give(Feed feed, Address to, long first, long last) {
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
            // It asked before it could have what we have just sent.
            if (link.isOnItsWay(feed.key, sequence, turn.nowNanos - turn.settings.ackNanos() / 2)) continue;
            if (!link.mayServe(
                    kept.bytes.length, turn.settings.windowBytes(), turn.settings.retryNanos(), turn.nowNanos)) return;
            push(feed, sequence, kept, to, true);
            kept.knownBy(to);
            served++;
            bytes += kept.bytes.length;
        }
    }

    // ---- confirmations

    private void confirm(Feed feed, Address to) {
        if (!feed.source.promise().isReliable()) return;
        turn.peer(to).acksDue.add(feed.key);
        turn.setIfUnset(new Timer.FlushAcks(), turn.nowNanos + turn.settings.ackNanos());
    }

    private void confirmNow(Feed feed, Address to, long sequence) {
        List<Long> others = sequence > feed.low ? List.of(sequence) : List.of();
        turn.send(to, new TopicMessage.Ack(List.of(new Acked(feed.key, feed.low, others))));
    }

    private void flushAcks() {
        for (Map.Entry<Address, PeerLink> entry : turn.peers.entrySet()) {
            PeerLink link = entry.getValue();
            if (link.acksDue.isEmpty()) continue;
            List<Acked> acked = new ArrayList<>();
            int size = 0;
            for (long key : link.acksDue) {
                Feed feed = turn.feeds.get(key);
                if (feed == null) continue;
                Acked one = new Acked(key, feed.low, newest(feed));
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

    private void onAck(Address from, Acked acked) {
        Feed feed = turn.feeds.get(acked.source());
        if (feed == null) return;
        long low = Math.min(acked.low(), feed.highest); // it cannot make us believe what nobody published
        feed.peerLow.merge(from, low, Math::max);
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

    private void retry(Address peer) {
        PeerLink link = turn.peers.get(peer);
        if (link == null) return;
        List<Held> held = new ArrayList<>();
        long next = Long.MAX_VALUE;
        for (Map.Entry<Long, java.util.TreeMap<Long, PeerLink.Flight>> of : link.flights.entrySet()) {
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
    private void doubt(Address peer, long delayNanos) {
        PeerLink link = turn.peers.get(peer);
        if (link == null || link.inFlight == 0) return;
        long due = turn.nowNanos + delayNanos;
        for (java.util.TreeMap<Long, PeerLink.Flight> of : link.flights.values())
            for (PeerLink.Flight flight : of.values()) flight.dueNanos = Math.min(flight.dueNanos, due);
        link.lagging = true;
        turn.timers.set(new Timer.Retry(peer), due);
    }

    // ---- announcements

    private void announce(Address peer, Held held) {
        PeerLink link = turn.peer(peer);
        link.lazy.add(held);
        if (link.lazy.size() >= 4 * MAX_ANNOUNCED) flushLazy(peer, link);
        else turn.setIfUnset(new Timer.FlushLazy(), turn.nowNanos + turn.settings.lazyNanos());
    }

    private void flushLazy() {
        for (Map.Entry<Address, PeerLink> entry : turn.peers.entrySet())
            if (!entry.getValue().lazy.isEmpty()) flushLazy(entry.getKey(), entry.getValue());
    }

    private void flushLazy(Address peer, PeerLink link) {
        List<Held> held = new ArrayList<>();
        for (Held one : link.lazy) {
            Feed feed = turn.feeds.get(one.source());
            if (feed == null || feed.isKnown(peer, one.sequence())) continue; // it told us first
            held.add(one);
            if (held.size() == MAX_ANNOUNCED) {
                turn.send(peer, new TopicMessage.Announce(Urgency.LAZY, held));
                held = new ArrayList<>();
            }
        }
        link.lazy.clear();
        if (!held.isEmpty()) turn.send(peer, new TopicMessage.Announce(Urgency.LAZY, held));
    }

    private void onAnnounced(Address from, Urgency urgency, Held held) {
        Feed feed = turn.feeds.get(held.source());
        boolean neighbor = turn.neighbors.contains(from);
        if (feed != null && (feed.own || feed.hasSeen(held.sequence()))) {
            Feed.Kept kept = feed.kept.get(held.sequence());
            if (kept != null) kept.knownBy(from);
            PeerLink link = turn.peers.get(from);
            if (link != null) link.confirm(held.source(), held.sequence());
            switch (urgency) {
                case OFFER -> {
                    if (neighbor && !from.equals(feed.parent)) prune(feed, from);
                }
                case CONFIRM -> confirmNow(feed, from, held.sequence());
                case LAZY -> {
                    if (neighbor && kept != null && !feed.own) optimize(feed, from, held, kept);
                }
            }
            return;
        }
        boolean rooted = feed != null && feed.parent != null && turn.neighbors.contains(feed.parent);
        switch (urgency) {
            case OFFER -> {
                if (!rooted && neighbor && repairs.askAtOnce(held, from)) return;
                if (feed != null && rooted && neighbor && !from.equals(feed.parent)) prune(feed, from);
                repairs.missing(held, from, turn.settings.graftNanos());
            }
            case CONFIRM -> {
                if (!repairs.askAgain(held, from)) repairs.missing(held, from, turn.settings.retryNanos());
            }
            case LAZY -> {
                // Below a lost message the whole branch misses it: who is nearer to the publisher asks first.
                long later = Math.min(held.hops(), 32) * turn.settings.ackNanos();
                repairs.missing(held, from, turn.settings.graftNanos() + later);
            }
        }
    }

    /** The announcement came the shorter way: that link replaces the one by which the payload was pushed. */
    private void optimize(Feed feed, Address from, Held held, Feed.Kept kept) {
        if (feed.announced.size() < 64 || feed.announced.containsKey(from)) feed.announced.put(from, held.hops());
        Address parent = feed.parent;
        if (parent == null || from.equals(parent) || !kept.pushed || !kept.from.equals(parent)) return;
        if (Boolean.TRUE.equals(feed.links.get(from)) || !turn.neighbors.contains(parent)) return;
        if (held.sequence() != feed.highest || kept.hops - (held.hops() + 1) < turn.settings.optimizeHops()) return;
        adopt(feed, from);
        turn.send(from, new TopicMessage.Want(feed.key, feed.highest + 1, feed.highest + 1, true));
        turn.send(parent, new TopicMessage.Prune(feed.key));
    }

    private void neighborDown(Address peer) {
        turn.neighbors.remove(peer);
        turn.peers.remove(peer);
        turn.timers.cancel(new Timer.Retry(peer));
        repairs.gone(peer);
        for (Feed feed : turn.feeds.values()) {
            feed.links.remove(peer);
            feed.peerLow.remove(peer);
            feed.announced.remove(peer);
            if (peer.equals(feed.parent)) {
                feed.parent = null;
                rejoin(feed);
            }
        }
    }

    /** The parent is gone: hangs on a neighbour that was no further from the publisher, and so is not below us. */
    private void rejoin(Feed feed) {
        Address best = null;
        int hops = feed.hops;
        for (Map.Entry<Address, Integer> entry : feed.announced.entrySet()) {
            if (!turn.neighbors.contains(entry.getKey()) || Boolean.TRUE.equals(feed.links.get(entry.getKey())))
                continue;
            if (entry.getValue() < hops || best == null && entry.getValue() == hops) {
                best = entry.getKey();
                hops = entry.getValue();
            }
        }
        if (best == null) return; // the next announcement will do
        adopt(feed, best);
        turn.send(best, new TopicMessage.Want(feed.key, feed.low + 1, feed.highest + 64, true));
    }

    // ---- reading

    /** 32 bits that are equal on nodes that hold the same messages, those on their way left out; for comparing for free. */
    public int digest(long nowNanos) {
        return repairs.digest(nowNanos);
    }

    /** How far this node's message is; null if it is not kept any more, or no reports were wanted. */
    public @Nullable Delivery delivery(Source source, long sequence) {
        Feed feed = turn.feeds.get(source.key());
        Feed.Kept kept = feed == null || !feed.own ? null : feed.kept.get(sequence);
        if (kept == null) return null;
        return new Delivery(sequence, kept.have, turn.view, kept.lastNanos);
    }

    /** Counts since the start. */
    public Counters counters() {
        Tally tally = turn.tally;
        return new Counters(
                tally.published,
                tally.delivered,
                tally.payloadsSent,
                tally.payloadsReceived,
                tally.duplicates,
                tally.asked,
                tally.controlSent,
                tally.lost,
                tally.refused);
    }

    /** The peer that pushes that source's messages to this node, null if there is none. */
    public @Nullable Address parent(Source source) {
        Feed feed = turn.feeds.get(source.key());
        return feed == null ? null : feed.parent;
    }

    /** The neighbours to which that source's messages are pushed. */
    public List<Address> children(Source source) {
        Feed feed = turn.feeds.get(source.key());
        List<Address> children = new ArrayList<>();
        if (feed == null) return children;
        for (Address peer : turn.neighbors) if (Boolean.TRUE.equals(feed.links.get(peer))) children.add(peer);
        return children;
    }

    /** Bytes of payloads kept now. */
    public long keptBytes() {
        return store.keptBytes();
    }

    /** The sources that are known, in the order in which they became known. */
    public List<Source> sources() {
        List<Source> sources = new ArrayList<>();
        for (Feed feed : turn.feeds.values()) sources.add(feed.source);
        return sources;
    }
}
