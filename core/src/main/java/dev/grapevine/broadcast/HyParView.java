package dev.grapevine.broadcast;

import dev.grapevine.core.Timers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Partial views (Leitão, Pereira, Rodrigues, DSN 2007): a small symmetric active view to talk to, and a larger passive view
 * to replace failed neighbours from, kept fresh by shuffles. A node needs no table of the whole cluster.
 *
 * <p>The paper rests on TCP: a neighbour is a connection, and a broken one is noticed. Here whoever composes this machine says
 * so with {@link Input.Unreachable}, for every peer to which a message could not be brought; a request that is not answered
 * in time counts as that. A join and an accepted walk are answered, so that both sides of a link know of it.
 */
public final class HyParView {
    /**
     * @param activeSize largest active view, {@code 1..64}; the paper has fan-out + 1 = 5
     * @param passiveSize largest passive view, {@code 1..1024}; the paper has 30
     * @param activeWalk hops of a join through the overlay (ARWL), {@code 1..32}; 6
     * @param passiveWalk hops left when a join is put into a passive view (PRWL), {@code 0..activeWalk}; 3
     * @param shuffleActive active peers told in a shuffle, {@code >= 0}; 3
     * @param shufflePassive passive peers told in a shuffle, {@code >= 0}; 4
     * @param shuffleNanos time between shuffles, nanoseconds, {@code > 0}
     * @param replyNanos a request to become a neighbour is answered in this time or has failed, nanoseconds, {@code > 0}
     */
    public record Settings(
            int activeSize,
            int passiveSize,
            int activeWalk,
            int passiveWalk,
            int shuffleActive,
            int shufflePassive,
            long shuffleNanos,
            long replyNanos) {
        public Settings {
            if (activeSize < 1 || activeSize > 64 || passiveSize < 1 || passiveSize > 1024)
                throw new IllegalArgumentException("views of " + activeSize + " and " + passiveSize);
            if (activeWalk < 1 || activeWalk > 32 || passiveWalk < 0 || passiveWalk > activeWalk)
                throw new IllegalArgumentException("walks of " + activeWalk + " and " + passiveWalk);
            if (shuffleActive < 0 || shufflePassive < 0 || shuffleActive + shufflePassive >= MAX_SHUFFLED)
                throw new IllegalArgumentException("shuffles of " + shuffleActive + " and " + shufflePassive);
            if (shuffleNanos <= 0 || replyNanos <= 0)
                throw new IllegalArgumentException("times of " + shuffleNanos + " and " + replyNanos + " ns");
        }

        /** The paper's sizes for ten thousand nodes. */
        public static Settings of(long shuffleNanos, long replyNanos) {
            return new Settings(5, 30, 6, 3, 3, 4, shuffleNanos, replyNanos);
        }
    }

    /** Most peers in a shuffle; what is beyond in a peer's message is not looked at. */
    public static final int MAX_SHUFFLED = 64;

    /** What nodes say to each other. */
    public sealed interface Message {
        /** The sender is new. */
        record Join() implements Message {}

        /** {@code joiner} is new; pass it on, or take it. */
        record ForwardJoin(String joiner, int ttl) implements Message {}

        /**
         * Become my neighbour.
         *
         * @param urgent the sender has no other, or brings a joiner: not to be refused
         */
        record Neighbor(boolean urgent) implements Message {}

        /** Answers a join and a request. */
        record NeighborReply(boolean accepted) implements Message {}

        /** The sender is our neighbour no more; it lives. */
        record Disconnect() implements Message {}

        /** Some peers that {@code origin} knows, to be swapped with whoever ends the walk. */
        record Shuffle(String origin, List<String> peers, int ttl) implements Message {}

        /** As many in return. */
        record ShuffleReply(List<String> peers) implements Message {}
    }

    /** What happens to this machine. */
    public sealed interface Input {
        /** Enters the overlay by way of that peer. */
        record JoinBy(String contact) implements Input {}

        /** Peers known from elsewhere (seeds, a membership table) for the passive view. */
        record Candidates(List<String> peers) implements Input {}

        record Received(String from, Message message) implements Input {}

        /** A message could not be brought to that peer, or it is known to have failed. */
        record Unreachable(String peer) implements Input {}

        record Tick() implements Input {}
    }

    /** What the driver must do. */
    public sealed interface Effect {
        record Send(String to, Message message) implements Effect {}

        /** A link to that peer is up. */
        record NeighborUp(String peer) implements Effect {}

        /** The link is gone. */
        record NeighborDown(String peer) implements Effect {}

        /** Both views are empty: this node needs {@link Input.JoinBy} or {@link Input.Candidates}. */
        record Isolated() implements Effect {}
    }

    private sealed interface Timer {
        record NextShuffle() implements Timer {}

        record ReplyDue(String peer) implements Timer {}
    }

    private final String self;
    private final Settings settings;
    private final RandomGenerator random;
    private final List<String> active = new ArrayList<>();
    private final List<String> passive = new ArrayList<>();
    private final Timers<Timer> timers = new Timers<>();
    private final Set<String> asked = new LinkedHashSet<>(); // requests not answered yet
    private final Set<String> refusedBy =
            new LinkedHashSet<>(); // since the last shuffle: not asked again before the next
    private List<String> lastShuffled = List.of();

    public HyParView(String self, Settings settings, RandomGenerator random) {
        this.self = self;
        this.settings = settings;
        this.random = random;
        timers.set(new Timer.NextShuffle(), random.nextLong(settings.shuffleNanos()));
    }

    /** The neighbours now, at most {@code activeSize}. */
    public List<String> active() {
        return List.copyOf(active);
    }

    /** Peers in reserve, at most {@code passiveSize}; none of them is a neighbour. */
    public List<String> passive() {
        return List.copyOf(passive);
    }

    /** When the driver owes the next {@link Input.Tick}. */
    public long nextDeadlineNanos() {
        return timers.nextDeadlineNanos();
    }

    /** Applies one input; appends what the driver must do, in order, to {@code effects}. */
    public void handle(Input input, long nowNanos, List<Effect> effects) {
        switch (input) {
            case Input.JoinBy(String contact) -> {
                if (!contact.equals(self) && !active.contains(contact)) {
                    effects.add(new Effect.Send(contact, new Message.Join()));
                    await(contact, nowNanos);
                }
            }
            case Input.Candidates(List<String> peers) -> {
                for (String peer : peers) addPassive(peer, List.of());
                fill(nowNanos, effects);
            }
            case Input.Received(String from, Message message) -> {
                if (!from.equals(self)) receive(from, message, nowNanos, effects);
            }
            case Input.Unreachable(String peer) -> onUnreachable(peer, nowNanos, effects);
            case Input.Tick() -> {
                for (Timer due; (due = timers.pollDue(nowNanos)) != null; ) {
                    switch (due) {
                        case Timer.NextShuffle() -> shuffle(nowNanos, effects);
                        case Timer.ReplyDue(String peer) -> onUnreachable(peer, nowNanos, effects);
                    }
                }
            }
        }
    }

    private void receive(String from, Message message, long nowNanos, List<Effect> effects) {
        switch (message) {
            case Message.Join() -> onJoin(from, nowNanos, effects);
            case Message.ForwardJoin(String joiner, int ttl) -> onForwardJoin(from, joiner, ttl, nowNanos, effects);
            case Message.Neighbor(boolean urgent) -> onNeighbor(from, urgent, effects);
            case Message.NeighborReply(boolean accepted) -> onReply(from, accepted, nowNanos, effects);
            case Message.Disconnect() -> {
                if (removeActive(from, effects)) {
                    addPassive(from, List.of());
                    refusedBy.add(from); // it has just made room: asking it at once would only go to and fro
                    fill(nowNanos, effects);
                }
            }
            case Message.Shuffle(String origin, List<String> peers, int ttl) ->
                onShuffle(from, origin, peers, ttl, effects);
            case Message.ShuffleReply(List<String> peers) -> integrate(peers, lastShuffled);
        }
    }

    // ---- joining

    private void onJoin(String joiner, long nowNanos, List<Effect> effects) {
        addActive(joiner, effects);
        effects.add(new Effect.Send(joiner, new Message.NeighborReply(true)));
        for (String peer : active)
            if (!peer.equals(joiner))
                effects.add(new Effect.Send(peer, new Message.ForwardJoin(joiner, settings.activeWalk())));
        fill(nowNanos, effects);
    }

    private void onForwardJoin(String from, String joiner, int ttl, long nowNanos, List<Effect> effects) {
        if (joiner.equals(self)) return;
        String next = ttl <= 0 ? null : randomActiveExcept(from, joiner);
        if (next == null) {
            if (!active.contains(joiner)) ask(joiner, true, nowNanos, effects);
            return;
        }
        if (ttl == settings.passiveWalk()) addPassive(joiner, List.of());
        int left = Math.min(ttl, settings.activeWalk()) - 1; // a peer cannot make us carry a longer walk than ours
        effects.add(new Effect.Send(next, new Message.ForwardJoin(joiner, left)));
    }

    private void onNeighbor(String from, boolean urgent, List<Effect> effects) {
        boolean accepted = urgent || active.contains(from) || active.size() < settings.activeSize();
        if (accepted) addActive(from, effects);
        else addPassive(from, List.of());
        effects.add(new Effect.Send(from, new Message.NeighborReply(accepted)));
    }

    private void onReply(String from, boolean accepted, long nowNanos, List<Effect> effects) {
        if (!asked.remove(from)) {
            // Its time was over, or we never asked: a link that only the other side knows must not stay.
            if (accepted && !active.contains(from)) effects.add(new Effect.Send(from, new Message.Disconnect()));
            return;
        }
        timers.cancel(new Timer.ReplyDue(from));
        if (accepted) addActive(from, effects);
        else refusedBy.add(from);
        fill(nowNanos, effects);
    }

    // ---- neighbours

    private void onUnreachable(String peer, long nowNanos, List<Effect> effects) {
        asked.remove(peer);
        timers.cancel(new Timer.ReplyDue(peer));
        passive.remove(peer);
        removeActive(peer, effects);
        fill(nowNanos, effects);
        if (active.isEmpty() && passive.isEmpty() && asked.isEmpty()) effects.add(new Effect.Isolated());
    }

    /** Asks peers in reserve until as many are on their way as places are free. */
    private void fill(long nowNanos, List<Effect> effects) {
        while (active.size() + asked.size() < settings.activeSize()) {
            String candidate = randomCandidate();
            if (candidate == null) return;
            ask(candidate, active.isEmpty(), nowNanos, effects);
        }
    }

    private @Nullable String randomCandidate() {
        List<String> candidates = new ArrayList<>();
        for (String peer : passive) if (!asked.contains(peer) && !refusedBy.contains(peer)) candidates.add(peer);
        return candidates.isEmpty() ? null : candidates.get(random.nextInt(candidates.size()));
    }

    private void ask(String peer, boolean urgent, long nowNanos, List<Effect> effects) {
        if (asked.contains(peer)) return;
        effects.add(new Effect.Send(peer, new Message.Neighbor(urgent)));
        await(peer, nowNanos);
    }

    private void await(String peer, long nowNanos) {
        asked.add(peer);
        timers.set(new Timer.ReplyDue(peer), nowNanos + settings.replyNanos());
    }

    private void addActive(String peer, List<Effect> effects) {
        if (active.contains(peer)) return;
        if (active.size() >= settings.activeSize()) {
            String leaving = active.get(random.nextInt(active.size()));
            removeActive(leaving, effects);
            addPassive(leaving, List.of());
            effects.add(new Effect.Send(leaving, new Message.Disconnect()));
        }
        passive.remove(peer);
        active.add(peer);
        effects.add(new Effect.NeighborUp(peer));
    }

    private boolean removeActive(String peer, List<Effect> effects) {
        if (!active.remove(peer)) return false;
        effects.add(new Effect.NeighborDown(peer));
        return true;
    }

    private void addPassive(String peer, List<String> sacrificeFirst) {
        if (peer.equals(self) || active.contains(peer) || passive.contains(peer)) return;
        if (passive.size() >= settings.passiveSize()) {
            String leaving = null;
            for (String one : sacrificeFirst)
                if (passive.contains(one)) {
                    leaving = one;
                    break;
                }
            passive.remove(leaving == null ? passive.get(random.nextInt(passive.size())) : leaving);
        }
        passive.add(peer);
    }

    private @Nullable String randomActiveExcept(String one, String another) {
        List<String> others = new ArrayList<>(active);
        others.remove(one);
        others.remove(another);
        return others.isEmpty() ? null : others.get(random.nextInt(others.size()));
    }

    // ---- shuffles

    private void shuffle(long nowNanos, List<Effect> effects) {
        timers.set(new Timer.NextShuffle(), nowNanos + settings.shuffleNanos());
        refusedBy.clear();
        fill(nowNanos, effects);
        if (active.isEmpty()) return;
        String target = active.get(random.nextInt(active.size()));
        List<String> shuffled = new ArrayList<>();
        shuffled.add(self);
        List<String> others = new ArrayList<>(active);
        others.remove(target);
        shuffled.addAll(sample(others, settings.shuffleActive()));
        shuffled.addAll(sample(passive, settings.shufflePassive()));
        lastShuffled = List.copyOf(shuffled);
        effects.add(new Effect.Send(target, new Message.Shuffle(self, lastShuffled, settings.activeWalk())));
    }

    private void onShuffle(String from, String origin, List<String> peers, int ttl, List<Effect> effects) {
        if (origin.equals(self)) return;
        String next = ttl <= 1 ? null : randomActiveExcept(from, origin);
        if (next != null) {
            List<String> bounded = bounded(peers);
            int left = Math.min(ttl, settings.activeWalk()) - 1;
            effects.add(new Effect.Send(next, new Message.Shuffle(origin, bounded, left)));
            return;
        }
        List<String> returned = sample(passive, bounded(peers).size());
        effects.add(new Effect.Send(origin, new Message.ShuffleReply(returned)));
        integrate(peers, returned);
    }

    private void integrate(Collection<String> peers, List<String> sent) {
        for (String peer : bounded(List.copyOf(peers))) addPassive(peer, sent);
    }

    private static List<String> bounded(List<String> peers) {
        return peers.subList(0, Math.min(peers.size(), MAX_SHUFFLED));
    }

    private List<String> sample(List<String> from, int count) {
        List<String> pool = new ArrayList<>(from);
        List<String> sample = new ArrayList<>();
        while (sample.size() < count && !pool.isEmpty()) {
            int chosen = random.nextInt(pool.size());
            sample.add(pool.get(chosen));
            pool.set(chosen, pool.getLast());
            pool.removeLast();
        }
        return sample;
    }
}
