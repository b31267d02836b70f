package dev.grapevine.topic;

import dev.grapevine.core.Address;
import dev.grapevine.topic.TopicMessage.Held;
import dev.grapevine.topic.TopicMessage.Urgency;
import dev.grapevine.topic.TopicTurn.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The trees, one per source: who pushes to whom, how a message spreads along them, and what announcements change in them. */
final class Tree {
    private static final long MAX_LAG_NANOS = 3_000_000_000L;

    private final TopicTurn turn;
    private final Store store;
    private final Repairs repairs;
    private final Pushes pushes;
    private final Announcements announcements;
    private final Publishing publishing;

    Tree(
            TopicTurn turn,
            Store store,
            Repairs repairs,
            Pushes pushes,
            Announcements announcements,
            Publishing publishing) {
        this.turn = turn;
        this.store = store;
        this.repairs = repairs;
        this.pushes = pushes;
        this.announcements = announcements;
        this.publishing = publishing;
    }

    void onPayload(Address from, TopicMessage.Payload payload) {
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
            pushes.confirm(feed, from);
            return;
        }
        if (feed.source.promise().isReliable() && sequence > feed.low + Feed.AHEAD) return; // it comes again later
        feed.touchedNanos = turn.nowNanos;
        int hops = Math.min(payload.hops(), TopicCodec.MAX_HOPS - 1) + 1;
        boolean wasAsked = payload.asked();
        if (wasAsked) repairs.answered(key, sequence, from);
        if (!feed.source.promise().isReliable()) turn.redundancy.came(!wasAsked || from.equals(feed.parent));
        List<Address> announcers = repairs.found(key, sequence);
        if (!wasAsked) {
            // Small ones that are late wait in queues, and whoever waited for them for longer would lose time.
            boolean byStream = payload.bytes().length > turn.settings.pushBytes();
            long waited = byStream ? Math.min(MAX_LAG_NANOS, repairs.waitedNanos()) : 0;
            feed.lagNanos = Math.max(waited, feed.lagNanos * 7 / 8);
        }
        if (!wasAsked && !isStraggler(feed, from) || repairs.wasGrafted()) {
            adopt(feed, from);
            feed.unpushed = false;
            feed.hops = hops;
            feed.misses = 0;
        }
        long before = feed.highest;
        boolean first = feed.kept.isEmpty() && !feed.source.promise().isReliable();
        feed.see(sequence, turn.nowNanos);
        if (first) {
            feed.countedTo = sequence;
            feed.highestBefore = sequence;
            // Rumors that were told before this node came are none of its business; if it was there, it missed them.
            boolean isNew = turn.nowNanos < turn.linkedNanos + turn.settings.settleNanos();
            feed.pushedTo = isNew ? sequence : 0;
        }
        Feed.Kept kept = new Feed.Kept(payload.bytes(), hops, from, !wasAsked, turn.nowNanos);
        kept.knownBy(from);
        for (Address announcer : announcers) kept.knownBy(announcer);
        store.keep(feed, sequence, kept);
        store.deliver(feed, sequence);
        spread(feed, sequence, from);
        pushes.confirm(feed, from);
        if (!wasAsked) {
            // Some that came by asking may lie between: of rumors nothing else would find what is missing before them.
            long known = feed.source.promise().isReliable() ? before : feed.pushedTo;
            if (sequence > known + 1) repairs.gap(feed, known + 1, sequence - 1, from);
            feed.pushedTo = Math.max(feed.pushedTo, sequence);
        }
        if (feed.source.promise().isReliable()) {
            Address parent = feed.parent;
            if (parent != null && !parent.equals(from)) pushes.confirmNow(feed, parent, sequence);
            publishing.owe(feed);
        }
    }

    /** {@code from} pushed something new: it is the parent now. */
    private void adopt(Feed feed, Address from) {
        Address before = feed.parent;
        if (from.equals(before)) return;
        feed.parent = from;
        feed.pruned.remove(from);
        leave(feed, from);
        // Told now, the former one does not push the next message, too.
        if (before != null && turn.neighbors.contains(before)) prune(feed, before);
    }

    // It was pruned a moment ago and does not know yet: it will push nothing more.
    private boolean isStraggler(Feed feed, Address from) {
        Long pruned = feed.pruned.get(from);
        return pruned != null && turn.nowNanos - pruned < turn.late(2 * turn.settings.ackNanos());
    }

    private void prune(Feed feed, Address peer) {
        leave(feed, peer);
        feed.pruned.put(peer, turn.nowNanos);
        turn.send(peer, new TopicMessage.Prune(feed.key));
    }

    /** That peer is to hear announcements from us, not payloads. */
    void leave(Feed feed, Address peer) {
        feed.links.put(peer, false);
        PeerLink link = turn.peers.get(peer);
        if (link != null) link.forget(feed.key);
    }

    /** That peer is to hear payloads from us. */
    void graft(Feed feed, Address peer) {
        if (!turn.neighbors.contains(peer)) return;
        feed.links.put(peer, true);
        if (peer.equals(feed.parent)) feed.parent = null; // it hangs on us: the other way round is no way
    }

    void spread(Feed feed, long sequence, @Nullable Address except) {
        Feed.Kept kept = feed.kept.get(sequence);
        if (kept == null) return;
        boolean reliable = feed.source.promise().isReliable();
        Held held = new Held(feed.key, sequence, kept.hops);
        List<Address> others = new ArrayList<>();
        for (Address peer : turn.neighbors) {
            if (peer.equals(except) || feed.isKnown(peer, sequence)) continue;
            Boolean eager = feed.links.get(peer);
            if (peer.equals(feed.parent)) {
                // The parent that did not give a rumor lacks it, and would push it; of other messages a confirmation
                // tells it.
                if (except != null && !reliable)
                    turn.send(peer, new TopicMessage.Announce(Urgency.LAZY, List.of(held)));
            } else if (eager == null) {
                turn.send(peer, new TopicMessage.Announce(Urgency.OFFER, List.of(held)));
            } else if (!eager) {
                others.add(peer);
            } else if (pushes.mayPush(peer, kept.bytes.length)) {
                pushes.push(feed, sequence, kept, peer, false);
            } else {
                announcements.announce(peer, held);
            }
        }
        if (!reliable) others = turn.redundancy.chosen(others, feed.key, sequence);
        for (Address peer : others) announcements.announce(peer, held);
    }

    // ---- announcements

    void onAnnounced(Address from, Urgency urgency, Held held) {
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
                case CONFIRM -> pushes.confirmNow(feed, from, held.sequence());
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
                if (feed != null && from.equals(feed.parent)) feed.unpushed = true; // it forgot that it should push
                if (feed != null && rooted && neighbor && !from.equals(feed.parent)) prune(feed, from);
                repairs.missing(held, from, turn.settings.graftNanos());
            }
            case CONFIRM -> {
                if (!repairs.askAgain(held, from)) repairs.missing(held, from, turn.settings.retryNanos());
            }
            case LAZY -> {
                // Below a lost message the whole branch misses it: who is nearer to the publisher asks first.
                long later = Math.min(held.hops(), 32) * turn.settings.ackNanos();
                // Large ones come long after their announcements.
                if (feed != null) {
                    later += 2 * feed.lagNanos;
                    if (from.equals(feed.parent)) feed.unpushed = true;
                }
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
    }

    void neighborDown(Address peer) {
        turn.neighbors.remove(peer);
        turn.peers.remove(peer);
        turn.timers.cancel(new Timer.Retry(peer));
        repairs.gone(peer);
        for (Feed feed : turn.feeds.values()) {
            feed.links.remove(peer);
            feed.peerLow.remove(peer);
            feed.announced.remove(peer);
            feed.pruned.remove(peer);
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
}
