package dev.grapevine.broadcast;

import dev.grapevine.core.Timers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Epidemic broadcast trees (Leitão, Pereira, Rodrigues, SRDS 2007): payloads flow along the links of a tree (eager), the other
 * links carry announcements (lazy). A link that brought a duplicate is pruned from the tree; an announced payload that does
 * not come is asked of its announcer, whose link is grafted onto the tree. So one payload per delivery is the steady state,
 * and the tree heals where nodes crash or packets are lost.
 *
 * <p>The links are those of an overlay ({@link HyParView}, or a few members of a full view) and are made known with
 * {@link Input.NeighborUp} and {@link Input.NeighborDown}. A node whose announcers are all gone misses the message: pair this
 * with {@link Epidemic}'s comparison of digests where every message counts.
 */
public final class Plumtree {
    /**
     * A message's name.
     *
     * @param origin its sender
     * @param sequence counts that sender's messages; larger in each of its lives
     */
    public record Id(String origin, long sequence) {}

    /** A message that the sender of this has, and how many hops it came. */
    public record Announcement(Id id, int hops) {}

    /** What nodes say to each other. */
    public sealed interface Message {
        /** A payload, eagerly pushed; {@code hops} up to the sender of this. */
        record Gossip(Id id, byte[] payload, int hops) implements Message {}

        /** Lazily pushed. */
        record IHave(List<Announcement> announcements) implements Message {}

        /** Your link brought what I had: push lazily from now on, in that tree. */
        record Prune(String tree) implements Message {}

        /** Give me that message, once. */
        record Want(Id id) implements Message {}

        /** Push eagerly from now on, in that tree; and give me that message, if one is named. */
        record Graft(String tree, @Nullable Id wanted) implements Message {}
    }

    /** What happens to this machine. */
    public sealed interface Input {
        record NeighborUp(String peer) implements Input {}

        record NeighborDown(String peer) implements Input {}

        /** The application sends a message. */
        record Broadcast(byte[] payload) implements Input {}

        record Received(String from, Message message) implements Input {}

        record Tick() implements Input {}
    }

    /** What the driver must do. */
    public sealed interface Effect {
        record Send(String to, Message message) implements Effect {}

        /** A message that was not delivered before, {@code hops} links from its origin. */
        record Deliver(Id id, byte[] payload, String from, int hops, long atNanos) implements Effect {}

        /** The application's message is on its way. */
        record Sent(Id id) implements Effect {}

        /** The application's message is above a limit, which {@code reason} names. */
        record Refused(String reason) implements Effect {}
    }

    // Announcements of messages that never come cost a bounded amount.
    private static final int MAX_MISSING = 10_000;
    private static final int MAX_ANNOUNCERS = 8;
    private static final int MISSES_TO_GRAFT = 2;
    private static final int MAX_DEPTH = 32;
    private static final int MAX_ANNOUNCEMENTS = 64; // in one packet: about 1 KB

    private sealed interface Timer {
        record FlushLazy() implements Timer {}

        record Missing(Id id) implements Timer {}
    }

    /**
     * Where a tree's payloads come from. Beyond the paper: while that neighbour is there, the first misses in a row are taken
     * for lost packets and asked for without grafting; a graft would leave two eager links and cost a duplicate and a prune.
     */
    private static final class Branch {
        String parent;
        final Set<Id> wanted = new LinkedHashSet<>(); // since it last brought something

        Branch(String parent) {
            this.parent = parent;
        }
    }

    private record Announcer(String peer, int hops) {}

    private record Seen(String from, int hops) {}

    private final String self;
    private final PlumtreeSettings settings;
    private final Set<String> neighbors = new LinkedHashSet<>();
    private final LinkedHashMap<String, Set<String>> lazyLinks = new LinkedHashMap<>(); // by tree; all others are eager
    private final LinkedHashMap<String, Branch> branches = new LinkedHashMap<>(); // by tree
    private final LinkedHashMap<Id, Seen> seen = new LinkedHashMap<>();
    private final LinkedHashMap<Id, byte[]> kept = new LinkedHashMap<>();
    private final LinkedHashMap<Id, List<Announcer>> missing = new LinkedHashMap<>();
    private final Map<String, List<Announcement>> announcing = new LinkedHashMap<>(); // by peer, until the next flush
    private final Timers<Timer> timers = new Timers<>();
    private long keptBytes;
    private long lastSequence;

    /**
     * @param firstSequence sequence of this node's first message; above all that it used in an earlier life
     */
    public Plumtree(String self, long firstSequence, PlumtreeSettings settings) {
        this.self = self;
        this.settings = settings;
        this.lastSequence = firstSequence - 1;
    }

    /** The links over which payloads of {@code origin} are pushed. */
    public List<String> eager(String origin) {
        List<String> eager = new ArrayList<>(neighbors);
        eager.removeAll(lazyLinks.getOrDefault(tree(origin), Set.of()));
        return eager;
    }

    /** When the driver owes the next {@link Input.Tick}; {@link Long#MAX_VALUE} while nothing is pending. */
    public long nextDeadlineNanos() {
        return timers.nextDeadlineNanos();
    }

    /** Applies one input; appends what the driver must do, in order, to {@code effects}. */
    public void handle(Input input, long nowNanos, List<Effect> effects) {
        switch (input) {
            case Input.NeighborUp(String peer) -> neighbors.add(peer);
            case Input.NeighborDown(String peer) -> {
                neighbors.remove(peer);
                announcing.remove(peer);
                for (Set<String> lazy : lazyLinks.values()) lazy.remove(peer);
                for (List<Announcer> announcers : missing.values())
                    announcers.removeIf(one -> one.peer().equals(peer));
            }
            case Input.Broadcast(byte[] payload) -> broadcast(payload, nowNanos, effects);
            case Input.Received(String from, Message message) -> {
                // A link may have gone down while a message was on its way: it must not come back by that.
                if (neighbors.contains(from)) receive(from, message, nowNanos, effects);
            }
            case Input.Tick() -> {
                for (Timer due; (due = timers.pollDue(nowNanos)) != null; ) {
                    switch (due) {
                        case Timer.FlushLazy() -> flush(effects);
                        case Timer.Missing(Id id) -> graft(id, nowNanos, effects);
                    }
                }
            }
        }
    }

    private void receive(String from, Message message, long nowNanos, List<Effect> effects) {
        switch (message) {
            case Message.Gossip(Id id, byte[] payload, int hops) ->
                onGossip(from, id, payload, hops, nowNanos, effects);
            case Message.IHave(List<Announcement> announcements) -> {
                for (Announcement one : announcements) onAnnouncement(from, one, nowNanos, effects);
            }
            case Message.Prune(String tree) -> makeLazy(tree, from);
            case Message.Graft(String tree, Id wanted) -> {
                makeEager(tree, from);
                if (wanted != null) give(from, wanted, effects);
            }
            case Message.Want(Id id) -> give(from, id, effects);
        }
    }

    private void give(String to, Id id, List<Effect> effects) {
        byte[] payload = kept.get(id);
        Seen how = seen.get(id);
        if (payload != null && how != null)
            effects.add(new Effect.Send(to, new Message.Gossip(id, payload, how.hops())));
    }

    private String tree(String origin) {
        return settings.trees() == PlumtreeSettings.Trees.SHARED ? "" : origin;
    }

    private void broadcast(byte[] payload, long nowNanos, List<Effect> effects) {
        if (payload.length > settings.maxPayloadBytes()) {
            effects.add(new Effect.Refused("a message of " + payload.length + " bytes is refused: the limit is "
                    + settings.maxPayloadBytes() + " bytes"));
            return;
        }
        Id id = new Id(self, ++lastSequence);
        remember(id, payload, new Seen(self, 0));
        effects.add(new Effect.Sent(id));
        spread(id, payload, 0, self, self, nowNanos, effects);
    }

    private void onGossip(String from, Id id, byte[] payload, int hops, long nowNanos, List<Effect> effects) {
        String tree = tree(id.origin());
        if (seen.containsKey(id) || id.origin().equals(self)) {
            makeLazy(tree, from);
            effects.add(new Effect.Send(from, new Message.Prune(tree)));
            return;
        }
        if (payload.length > settings.maxPayloadBytes()) return;
        int hopsHere = Math.min(Math.max(hops, 0), Rumor.MAX_HOPS) + 1;
        remember(id, payload, new Seen(from, hopsHere));
        Branch branch = branches.computeIfAbsent(tree, key -> new Branch(from));
        if (!branch.wanted.contains(id)) {
            makeEager(tree, from);
            branch.parent = from;
            branch.wanted.clear();
        }
        if (branches.size() > settings.maxTrees()) branches.pollFirstEntry();
        effects.add(new Effect.Deliver(id, payload, from, hopsHere, nowNanos));
        // Most likely the parent of the branch sent what was lost: it has the message, or gets it before we do.
        String doubtful = branch.wanted.contains(id) ? branch.parent : from;
        spread(id, payload, hopsHere, from, doubtful, nowNanos, effects);
        List<Announcer> announcers = missing.remove(id);
        timers.cancel(new Timer.Missing(id));
        if (announcers != null)
            for (Announcer announcer : announcers) optimize(tree, announcer, hopsHere, from, effects);
    }

    private void spread(
            Id id, byte[] payload, int hops, String except, String doubtful, long nowNanos, List<Effect> effects) {
        Set<String> lazy = lazyLinks.getOrDefault(tree(id.origin()), Set.of());
        for (String peer : neighbors) {
            if (peer.equals(except)) continue;
            if (lazy.contains(peer) || peer.equals(doubtful))
                announce(peer, new Announcement(id, hops), nowNanos, effects);
            else effects.add(new Effect.Send(peer, new Message.Gossip(id, payload, hops)));
        }
    }

    // ---- announcements

    private void announce(String peer, Announcement announcement, long nowNanos, List<Effect> effects) {
        List<Announcement> gathered = announcing.computeIfAbsent(peer, key -> new ArrayList<>());
        gathered.add(announcement);
        if (gathered.size() >= MAX_ANNOUNCEMENTS || settings.lazyNanos() == 0) {
            effects.add(new Effect.Send(peer, new Message.IHave(List.copyOf(gathered))));
            announcing.remove(peer);
        } else if (!timers.isSet(new Timer.FlushLazy())) {
            timers.set(new Timer.FlushLazy(), nowNanos + settings.lazyNanos());
        }
    }

    private void flush(List<Effect> effects) {
        for (Map.Entry<String, List<Announcement>> entry : announcing.entrySet())
            effects.add(new Effect.Send(entry.getKey(), new Message.IHave(List.copyOf(entry.getValue()))));
        announcing.clear();
    }

    private void onAnnouncement(String from, Announcement announcement, long nowNanos, List<Effect> effects) {
        Id id = announcement.id();
        if (id.origin().equals(self)) return;
        Announcer announcer = new Announcer(from, Math.min(Math.max(announcement.hops(), 0), Rumor.MAX_HOPS));
        Seen how = seen.get(id);
        if (how != null) {
            optimize(tree(id.origin()), announcer, how.hops(), how.from(), effects);
            return;
        }
        List<Announcer> announcers = missing.get(id);
        if (announcers == null) {
            if (missing.size() >= MAX_MISSING) return;
            announcers = new ArrayList<>();
            missing.put(id, announcers);
            // Below a lost packet the whole branch misses the message. Who is nearer to its origin asks first, and
            // pushes to
            // those below before they ask, too.
            long later = Math.min(announcer.hops(), MAX_DEPTH) * settings.regraftNanos();
            timers.set(new Timer.Missing(id), nowNanos + settings.graftNanos() + later);
        }
        if (announcers.size() < MAX_ANNOUNCERS) announcers.add(announcer);
    }

    private void graft(Id id, long nowNanos, List<Effect> effects) {
        List<Announcer> announcers = missing.get(id);
        if (announcers == null || announcers.isEmpty()) {
            missing.remove(id); // announced again, it is waited for again
            return;
        }
        Announcer first = announcers.removeFirst();
        String tree = tree(id.origin());
        Branch branch = branches.get(tree);
        if (branch != null && neighbors.contains(branch.parent) && branch.wanted.size() < MISSES_TO_GRAFT) {
            branch.wanted.add(id);
            effects.add(new Effect.Send(first.peer(), new Message.Want(id)));
        } else {
            makeEager(tree, first.peer());
            effects.add(new Effect.Send(first.peer(), new Message.Graft(tree, id)));
        }
        timers.set(new Timer.Missing(id), nowNanos + settings.regraftNanos());
    }

    // The announcement came the shorter way: that link replaces the one by which the payload came.
    private void optimize(String tree, Announcer announcer, int hopsHere, String parent, List<Effect> effects) {
        if (announcer.peer().equals(parent) || !isLazy(tree, announcer.peer()) || isLazy(tree, parent)) return;
        if (hopsHere - (announcer.hops() + 1) < settings.optimizeHops() || !neighbors.contains(parent)) return;
        makeEager(tree, announcer.peer());
        effects.add(new Effect.Send(announcer.peer(), new Message.Graft(tree, null)));
        makeLazy(tree, parent);
        effects.add(new Effect.Send(parent, new Message.Prune(tree)));
    }

    // ---- trees and memory

    private boolean isLazy(String tree, String peer) {
        return lazyLinks.getOrDefault(tree, Set.of()).contains(peer);
    }

    private void makeEager(String tree, String peer) {
        Set<String> lazy = lazyLinks.get(tree);
        if (lazy != null) lazy.remove(peer);
    }

    private void makeLazy(String tree, String peer) {
        Set<String> lazy = lazyLinks.get(tree);
        if (lazy == null) {
            if (lazyLinks.size() >= settings.maxTrees()) lazyLinks.pollFirstEntry();
            lazy = new LinkedHashSet<>();
            lazyLinks.put(tree, lazy);
        }
        lazy.add(peer);
    }

    private void remember(Id id, byte[] payload, Seen how) {
        seen.put(id, how);
        if (seen.size() > settings.maxSeen()) seen.pollFirstEntry();
        kept.put(id, payload);
        keptBytes += payload.length;
        while (kept.size() > settings.maxKept() || keptBytes > settings.maxKeptBytes())
            keptBytes -= kept.pollFirstEntry().getValue().length;
    }
}
