package dev.grapevine.topic;

import dev.grapevine.core.Address;
import dev.grapevine.topic.TopicMessage.Held;
import dev.grapevine.topic.TopicMessage.Range;
import dev.grapevine.topic.TopicTurn.Timer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds out what is missing and asks for it: first those who announced it, in the end whoever holds more in its digest. */
final class Repairs {
    private static final int MAX_MISSING = 20_000;
    private static final int MAX_ANNOUNCERS = 8;
    private static final int MAX_TRIES = 8;
    private static final int MISSES_TO_GRAFT = 2;
    private static final int MAX_GAP = 512;
    private static final int MAX_HISTORIES = 1_024;
    private static final int SETTLE_TRIES = 8; // each waits twice as long as the one before: 50 s in all
    private static final int CATCH_UP = 64; // messages asked for at a time

    record Id(long source, long sequence) {}

    private static final class Missing {
        final List<Address> announcers = new ArrayList<>(2);
        final long sinceNanos;
        int tries;
        long askedNanos = Long.MIN_VALUE;

        @Nullable
        Address asked;

        boolean graft;

        Missing(long sinceNanos) {
            this.sinceNanos = sinceNanos;
        }
    }

    /** A link that is to join a source's tree, as soon as its answer is here. */
    private record Graft(Address peer, long atNanos) {}

    private record History(long base, long atNanos) {}

    private static final class Gone {
        final long low;
        final Set<Address> saidBy = new LinkedHashSet<>();

        Gone(long low) {
            this.low = low;
        }
    }

    private final TopicTurn turn;
    private final Store store;
    private final LinkedHashMap<Id, Missing> missing = new LinkedHashMap<>();
    private final LinkedHashMap<Long, History> histories = new LinkedHashMap<>(); // of sources not heard of otherwise
    private final LinkedHashMap<Long, Graft> grafting = new LinkedHashMap<>();
    private final LinkedHashMap<Long, Gone> gone = new LinkedHashMap<>();
    private long lastSyncNanos = Long.MIN_VALUE;
    private boolean grafted;
    private long waitedNanos;

    Repairs(TopicTurn turn, Store store) {
        this.turn = turn;
        this.store = store;
    }

    // ---- single messages

    /** The feed of a source whose message {@code sequence} is the first that came; null if no more sources fit. */
    @Nullable
    Feed begin(Source source, long key, long sequence, Address from) {
        // The first rumor that comes need not be the first that was told: those before it may be a little late.
        if (!source.promise().isReliable())
            return store.open(source, key, false, Math.max(0, sequence - Feed.RUMORS_APART), true);
        History history = histories.remove(key);
        if (sequence == 1) return store.open(source, key, false, 0, true);
        if (history != null && history.base() <= sequence)
            return store.open(source, key, false, history.base() - 1, true);
        Feed feed = store.open(source, key, false, sequence - 1, false);
        if (feed == null) return null;
        feed.syncPeer = from;
        askForHistory(feed, from);
        turn.timers.set(new Timer.Settle(key), turn.nowNanos + 2 * turn.settings.retryNanos());
        return feed;
    }

    private void askForHistory(Feed feed, Address of) {
        turn.send(of, new TopicMessage.Digest(true, false, List.of(range(feed))));
    }

    void settleDue(Feed feed) {
        if (feed.settled) return;
        if (++feed.settleTries > SETTLE_TRIES) {
            // Nobody says how far back the window reaches: what may have come before is given up, and that is told.
            feed.settled = true;
            feed.guessed = true;
            long first = feed.kept.isEmpty() ? feed.low + 1 : Math.min(feed.low + 1, feed.kept.firstKey());
            if (first > 1) {
                turn.tally.lost += first - 1;
                turn.effects.add(new Topics.Effect.Lost(feed.source, 1, first - 1));
            }
            if (feed.source.promise() == Promise.ORDERED) store.tellInOrder(feed);
            return;
        }
        if (!turn.neighbors.isEmpty()) {
            int turnOf = feed.settleTries % turn.neighbors.size();
            for (Address peer : turn.neighbors) if (turnOf-- == 0) askForHistory(feed, peer);
        }
        long wait = turn.stretched(2 * turn.settings.retryNanos()) << feed.settleTries;
        turn.timers.set(new Timer.Settle(feed.key), turn.nowNanos + wait);
    }

    void missing(Held held, Address from, long delayNanos) {
        missing(new Id(held.source(), held.sequence()), from, delayNanos);
    }

    void missing(Feed feed, long sequence, Address from, long delayNanos) {
        if (feed.source.promise().isReliable() && sequence > feed.low + Feed.AHEAD) return;
        missing(new Id(feed.key, sequence), from, delayNanos);
    }

    private @Nullable Missing missing(Id id, Address from, long delayNanos) {
        Missing entry = missing.get(id);
        if (entry == null) {
            if (missing.size() >= MAX_MISSING) return null;
            entry = new Missing(turn.nowNanos);
            missing.put(id, entry);
            turn.timers.set(
                    new Timer.MissingDue(id.source(), id.sequence()), turn.nowNanos + turn.stretched(delayNanos));
        }
        if (entry.announcers.size() < MAX_ANNOUNCERS && !entry.announcers.contains(from)) entry.announcers.add(from);
        return entry;
    }

    /** Asks {@code from}, and joins the tree by it, unless somebody was asked already. */
    boolean askAtOnce(Held held, Address from) {
        Id id = new Id(held.source(), held.sequence());
        Missing known = missing.get(id);
        if (known != null && known.asked != null) return false;
        Graft first = grafting.get(held.source());
        // The link that is joining will push this, too.
        if (first != null
                && !first.peer().equals(from)
                && turn.nowNanos - first.atNanos() < turn.stretched(turn.settings.retryNanos())) return false;
        Missing entry = missing(id, from, turn.settings.retryNanos());
        if (entry == null) return false;
        if (grafting.size() > MAX_HISTORIES) grafting.pollFirstEntry();
        grafting.put(held.source(), new Graft(from, turn.nowNanos));
        ask(id, entry, from, true);
        return true;
    }

    /** {@code from} pushed it and it did not come; asks again unless somebody was asked just now. */
    boolean askAgain(Held held, Address from) {
        Id id = new Id(held.source(), held.sequence());
        Missing entry = missing(id, from, turn.settings.retryNanos());
        if (entry == null) return true;
        // The answer may be on its way; if it is not, our own timer asks again.
        boolean justAsked = entry.asked != null
                && turn.nowNanos - entry.askedNanos < turn.stretched(turn.settings.retryNanos() / 2);
        if (!justAsked) ask(id, entry, from, false);
        return true;
    }

    private void ask(Id id, Missing entry, Address of, boolean graft) {
        entry.asked = of;
        entry.askedNanos = turn.nowNanos;
        entry.graft = graft;
        entry.tries++;
        turn.tally.asked++;
        Feed feed = turn.feeds.get(id.source());
        if (graft && feed != null) feed.pruned.remove(of); // it may push again
        turn.send(of, new TopicMessage.Want(id.source(), id.sequence(), id.sequence(), graft));
        long wait = turn.stretched(turn.settings.retryNanos()) << Math.min(entry.tries - 1, 4);
        turn.timers.set(new Timer.MissingDue(id.source(), id.sequence()), turn.nowNanos + wait);
    }

    void missingDue(long source, long sequence) {
        Id id = new Id(source, sequence);
        Missing entry = missing.get(id);
        if (entry == null) return;
        Feed feed = turn.feeds.get(source);
        if (entry.announcers.isEmpty()
                || entry.tries >= MAX_TRIES
                || feed != null && (feed.own || feed.hasSeen(sequence))) {
            missing.remove(id); // announced again, it is waited for again; and digests are compared
            return;
        }
        Address next = nearest(entry, feed == null ? null : feed.parent);
        entry.announcers.remove(next);
        entry.announcers.add(next); // last of all when its turn comes again
        // The first misses in a row are taken for losses further up: a graft would leave two links that push.
        boolean graft = true;
        if (feed != null && feed.parent != null && turn.neighbors.contains(feed.parent)) {
            boolean other = !next.equals(feed.parent);
            graft = other ? feed.misses >= MISSES_TO_GRAFT : feed.unpushed;
            if (other) feed.misses++;
        }
        ask(id, entry, next, graft && turn.neighbors.contains(next));
    }

    // At first the parent, then the nearest; once one was asked in vain, in turn.
    private Address nearest(Missing entry, @Nullable Address parent) {
        Address nearest = entry.announcers.getFirst();
        if (entry.tries > 0) return nearest;
        if (parent != null && entry.announcers.contains(parent)) return parent;
        for (Address one : entry.announcers) if (distance(one) < distance(nearest)) nearest = one;
        return nearest;
    }

    private long distance(Address peer) {
        PeerLink link = turn.peers.get(peer);
        return link == null ? Long.MAX_VALUE : link.distanceNanos;
    }

    /** A pushed message came and others before it did not: they were lost, or are a moment late. */
    void gap(Feed feed, long first, long last, Address from) {
        long start = Math.max(Math.max(first, feed.low + 1), last - MAX_GAP);
        long due = turn.nowNanos + turn.stretched(turn.settings.ackNanos() / 2);
        for (long sequence = start; sequence <= last; sequence++) {
            if (feed.above.contains(sequence)) continue;
            Missing entry = missing(new Id(feed.key, sequence), from, turn.settings.ackNanos() / 2);
            Timer timer = new Timer.MissingDue(feed.key, sequence);
            // Announced before, it was waited for: now it is known that the tree lost it here. Of other messages the
            // parent
            // knows it, too, and says so.
            if (entry != null
                    && entry.tries == 0
                    && !feed.source.promise().isReliable()
                    && turn.timers.deadlineNanos(timer) > due) {
                entry.announcers.remove(from);
                entry.announcers.addFirst(from);
                turn.timers.set(timer, due);
            }
        }
    }

    /** {@code from} gave it: how long an answer takes is measured, unless it cannot be told which question it answers. */
    void answered(long source, long sequence, Address from) {
        Missing entry = missing.get(new Id(source, sequence));
        if (entry != null && entry.tries == 1 && from.equals(entry.asked))
            turn.took(turn.nowNanos - entry.askedNanos + turn.settings.ackNanos());
    }

    /** It came: who announced it; {@link #wasGrafted} tells whether the asked link was to join the tree. */
    List<Address> found(long source, long sequence) {
        Missing entry = missing.isEmpty() ? null : missing.remove(new Id(source, sequence));
        if (entry != null) turn.timers.cancel(new Timer.MissingDue(source, sequence));
        grafted = entry != null && entry.graft;
        waitedNanos = entry == null ? 0 : turn.nowNanos - entry.sinceNanos;
        if (grafted) grafting.remove(source);
        return entry == null ? List.of() : entry.announcers;
    }

    /** How long what was found last had been missing; 0 if nobody had told of it. */
    long waitedNanos() {
        return waitedNanos;
    }

    boolean wasGrafted() {
        return grafted;
    }

    void gone(Address peer) {
        for (Map.Entry<Id, Missing> each : missing.entrySet()) {
            Missing entry = each.getValue();
            entry.announcers.remove(peer);
            if (peer.equals(entry.asked)) {
                entry.asked = null;
                turn.timers.set(
                        new Timer.MissingDue(
                                each.getKey().source(), each.getKey().sequence()),
                        turn.nowNanos);
            }
        }
    }

    // ---- digests

    Range range(Feed feed) {
        long base = feed.base();
        long top = Math.max(base - 1, feed.topBefore(turn.nowNanos - turn.settings.settleNanos()));
        return new Range(feed.key, base, top, feed.settled && !feed.guessed);
    }

    private static boolean isShared(Feed feed) {
        return feed.source.promise().isReliable() && !feed.kept.isEmpty();
    }

    /** Whether anything came lately: then nodes compare of their own accord. */
    boolean isActive() {
        for (Feed feed : turn.feeds.values())
            if (isShared(feed) && turn.nowNanos - feed.touchedNanos < 16 * turn.settings.settleNanos()) return true;
        return false;
    }

    // Only of what is quiet: in a steady flow no two nodes ever hold the same.
    int digest(long nowNanos) {
        long digest = 0;
        for (Feed feed : turn.feeds.values()) {
            if (!isShared(feed) || nowNanos - feed.touchedNanos < 4 * turn.settings.settleNanos()) continue;
            digest ^= Source.mix(feed.key ^ Source.mix(feed.low));
        }
        return (int) (digest ^ digest >>> 32);
    }

    void compare(Address peer) {
        if (lastSyncNanos != Long.MIN_VALUE && turn.nowNanos - lastSyncNanos < turn.settings.syncNanos()) return;
        lastSyncNanos = turn.nowNanos;
        sendAll(peer, true);
    }

    private void sendAll(Address to, boolean asking) {
        List<Range> ranges = new ArrayList<>();
        boolean first = true;
        int size = 0;
        for (Feed feed : turn.feeds.values()) {
            if (!isShared(feed)) continue;
            Range range = range(feed);
            size += TopicCodec.size(range);
            if (size > turn.settings.pushBytes() && !ranges.isEmpty()) {
                turn.send(to, new TopicMessage.Digest(asking && first, asking && first, ranges));
                first = false;
                ranges = new ArrayList<>();
                size = TopicCodec.size(range);
            }
            ranges.add(range);
        }
        if (!ranges.isEmpty() || asking && first)
            turn.send(to, new TopicMessage.Digest(asking && first, asking && first, ranges));
    }

    void onDigest(Address from, boolean asking, boolean all, List<Range> ranges) {
        List<Range> answer = new ArrayList<>();
        for (Range range : ranges) {
            Feed feed = turn.feeds.get(range.source());
            if (feed == null) {
                unknown(from, range);
            } else if (feed.source.promise().isReliable()) {
                if (!feed.own) compare(feed, range, from);
                if (asking && !all) answer.add(range(feed));
            }
        }
        if (!asking) return;
        if (all) sendAll(from, false);
        else if (!answer.isEmpty()) turn.send(from, new TopicMessage.Digest(false, false, answer));
    }

    private void unknown(Address from, Range range) {
        if (range.top() < range.base()) return;
        History known = histories.get(range.source());
        if (known != null && turn.nowNanos - known.atNanos() < turn.settings.retryNanos()) return;
        if (range.settled()) histories.put(range.source(), new History(range.base(), turn.nowNanos));
        if (histories.size() > MAX_HISTORIES) histories.pollFirstEntry();
        long last = Math.min(range.top(), range.base() + CATCH_UP - 1);
        turn.send(from, new TopicMessage.Want(range.source(), range.base(), last, false));
    }

    private void compare(Feed feed, Range range, Address from) {
        if (!feed.settled && range.settled()) {
            feed.settle(range.base());
            turn.timers.cancel(new Timer.Settle(feed.key));
            feed.syncUntilNanos = Long.MIN_VALUE;
            if (feed.source.promise() == Promise.ORDERED) store.tellInOrder(feed);
        }
        if (range.settled() && feed.settled && range.top() >= range.base() && range.base() > feed.low + 1)
            tooLate(feed, range, from);
        if (turn.nowNanos < feed.syncUntilNanos && !from.equals(feed.syncPeer)) return;
        int asked = 0;
        long run = -1;
        long last = Math.min(range.top(), feed.low + Feed.AHEAD);
        for (long sequence = Math.max(feed.low + 1, range.base()); sequence <= last + 1; sequence++) {
            boolean lacking = sequence <= last && asked < CATCH_UP && !feed.above.contains(sequence);
            if (lacking) {
                asked++;
                if (run < 0) run = sequence;
            } else if (run >= 0) {
                turn.send(from, new TopicMessage.Want(feed.key, run, sequence - 1, false));
                run = -1;
            }
            if (asked >= CATCH_UP && run < 0) break;
        }
        if (asked == 0) return;
        turn.tally.asked += asked;
        feed.syncPeer = from;
        feed.syncUntilNanos = turn.nowNanos + 2 * turn.settings.retryNanos();
    }

    /** That peer's window begins behind our gap. When several say so, the gap is out of everybody's window. */
    private void tooLate(Feed feed, Range range, Address from) {
        Gone verdict = gone.get(feed.key);
        if (verdict == null || verdict.low != feed.low) {
            if (gone.size() > MAX_HISTORIES) gone.pollFirstEntry();
            verdict = new Gone(feed.low);
            gone.put(feed.key, verdict);
        }
        verdict.saidBy.add(from);
        if (verdict.saidBy.size() < Math.min(3, Math.max(1, turn.view - 1))) return;
        gone.remove(feed.key);
        store.lose(feed, range.base() - 1);
    }
}
