package dev.grapevine.topic;

import dev.grapevine.core.Address;
import dev.grapevine.topic.TopicMessage.Acked;
import dev.grapevine.topic.TopicMessage.Held;
import dev.grapevine.topic.TopicMessage.Range;
import dev.grapevine.topic.TopicMessage.Urgency;
import dev.grapevine.topic.TopicTurn.Timer;
import java.util.ArrayList;
import java.util.List;
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

        /** A round trip to that peer took so long: of several that have what is missing, the nearest is asked. */
        record Distance(Address peer, long nanos) implements Input {}

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

        /**
         * The wish and the limit contradict each other, or do not any more.
         *
         * @param met whether both are held
         * @param neededBytesPerSecond what this node would have to send, about
         * @param expected share of the members that hears a rumor, as things are
         */
        record Aimed(TopicAim aim, boolean met, long neededBytesPerSecond, double expected) implements Effect {}
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

    private static final Address NOBODY = Address.ipv4(0, 0);

    private final TopicTurn turn;
    private final Tree tree;
    private final Pushes pushes;
    private final Announcements announcements;
    private final Repairs repairs;
    private final Publishing publishing;
    private final Store store;

    /**
     * @param self this node's name
     * @param generation larger than in any earlier life of that name
     */
    public Topics(String self, long generation, TopicSettings settings) {
        this(self, generation, settings, TopicAim.NONE);
    }

    /** The same with a limit of what is spent and a wish for how many hear rumors. */
    public Topics(String self, long generation, TopicSettings settings, TopicAim aim) {
        turn = new TopicTurn(self, generation, settings, aim);
        store = new Store(turn);
        repairs = new Repairs(turn, store);
        publishing = new Publishing(turn);
        pushes = new Pushes(turn, repairs);
        announcements = new Announcements(turn);
        tree = new Tree(turn, store, repairs, pushes, announcements, publishing);
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
            case Input.NeighborUp(Address peer) -> {
                if (turn.linkedNanos == Long.MAX_VALUE) turn.linkedNanos = nowNanos;
                turn.neighbors.add(peer);
            }
            case Input.NeighborDown(Address peer) -> tree.neighborDown(peer);
            case Input.View(int members) -> {
                turn.view = members;
                publishing.viewChanged();
            }
            case Input.Gone(Address member) -> publishing.gone(member);
            case Input.Publish publish -> publishing.publish(publish);
            case Input.Received(Address from, TopicMessage message) -> received(from, message);
            case Input.Compare(Address peer) -> repairs.compare(peer);
            case Input.Blocked(Address peer) -> pushes.doubt(peer, turn.settings.retryNanos());
            case Input.Broken(Address peer) -> pushes.doubt(peer, turn.settings.ackNanos());
            case Input.Distance(Address peer, long nanos) -> {
                if (turn.neighbors.contains(peer)) turn.peer(peer).distanceNanos = nanos;
            }
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
                case Timer.FlushAcks() -> pushes.flushAcks();
                case Timer.FlushLazy() -> announcements.flush();
                case Timer.Retry(Address peer) -> pushes.retry(peer);
                case Timer.MissingDue(long source, long sequence) -> repairs.missingDue(source, sequence);
                case Timer.Settle(long source) -> {
                    Feed feed = turn.feeds.get(source);
                    if (feed != null) repairs.settleDue(feed);
                }
                case Timer.ReportDue(long source) -> publishing.report(source);
                case Timer.Sweep() -> store.sweep();
                case Timer.Pump() -> {}
                case Timer.Hold() -> turn.redundancy.hold();
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
            tree.spread(feed, sequence, null);
        }
    }

    // ---- messages

    private void received(Address from, TopicMessage message) {
        switch (message) {
            case TopicMessage.Payload payload -> tree.onPayload(from, payload);
            case TopicMessage.Announce(Urgency urgency, List<Held> held) -> {
                for (Held one : held) tree.onAnnounced(from, urgency, one);
            }
            case TopicMessage.Want(long source, long first, long last, boolean graft) -> {
                Feed feed = turn.feeds.get(source);
                if (feed == null) return;
                if (graft) tree.graft(feed, from);
                pushes.give(feed, from, first, last);
            }
            case TopicMessage.Prune(long source) -> {
                Feed feed = turn.feeds.get(source);
                if (feed != null) tree.leave(feed, from);
            }
            case TopicMessage.Ack(List<Acked> acked) -> {
                for (Acked one : acked) pushes.onAck(from, one);
            }
            case TopicMessage.Digest(boolean asking, boolean all, List<Range> ranges) ->
                repairs.onDigest(from, asking, all, ranges);
            case TopicMessage.Report(long source, long low, int ageMillis) ->
                publishing.onReport(from, source, low, ageMillis);
        }
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

    /** Neighbours besides those in the tree that are told of a rumor, on average; of meaning only with a {@link TopicAim}. */
    public double fanout() {
        return turn.redundancy.fanout();
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
