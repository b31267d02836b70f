package dev.grapevine.membership;

import dev.grapevine.core.Address;
import dev.grapevine.core.Timers;
import dev.grapevine.membership.Membership.Effect;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What all parts of membership share: settings, luck, timers, the table, and in the course of one input its time and effects. */
final class Turn {
    private static final int MAX_PACKETS = 12;
    private static final int UPDATES_PER_PACKET = 25;

    final MembershipSettings settings;
    final RandomGenerator random;
    final Timers<Timer> timers = new Timers<>();
    final MemberTable table = new MemberTable();
    final UpdateQueue queue = new UpdateQueue();
    final LocalHealth health;
    /** This node's own row. */
    final Entry self;

    long nowNanos;
    List<Effect> effects = new ArrayList<>();
    /** When the table last changed in a way that others must learn. */
    long changedNanos;
    /** When another member was last heard of first hand; 0 before that. */
    long heardNanos;
    /** Digest of other state that is compared along with the table. */
    int extraDigest;
    /** How long ways by way of other members are. */
    Detour detour = (relay, target) -> -1;
    /** Answers that came by way of helpers, and how long after these were asked, nanoseconds in all. */
    long helped;

    long helpedNanos;
    /** Probes since then that nobody answered. */
    int unanswered;
    /** When this node last had reason to doubt itself: its probes failed in ways that only its own trouble explains. */
    long troubledNanos = Long.MIN_VALUE / 2;
    /** Probes of the round robin since then that were answered directly. */
    int soundProbes;

    private long gossipedNanos = -1;
    private Learned learned = new Learned(0, null, 0);

    Turn(MembershipSettings settings, Member self, RandomGenerator random) {
        this.settings = settings;
        this.random = random;
        this.health = new LocalHealth(settings.maxLocalHealth());
        this.self = table.add(self, learned);
    }

    void begin(long nowNanos, List<Effect> effects) {
        this.nowNanos = nowNanos;
        this.effects = effects;
    }

    /** Now, and from there: the same object for all that one message tells. */
    Learned learned(@Nullable Address from, int hops) {
        Learned last = learned;
        if (last.atNanos() == nowNanos && last.hops() == hops && Objects.equals(last.from(), from)) return last;
        return learned = new Learned(nowNanos, from, hops);
    }

    String selfName() {
        return self.member.name();
    }

    /** What probes carry: the table's digest and the extra one; never 0, which stands for none. */
    int digest() {
        int digest = table.digest() ^ extraDigest;
        return digest == 0 ? 1 : digest;
    }

    void send(Address to, Message message) {
        effects.add(new Effect.Send(Route.datagram(to), message));
    }

    void send(Route to, Message message) {
        effects.add(new Effect.Send(to, message));
    }

    void publish(MembershipEvent event) {
        effects.add(new Effect.Publish(event));
    }

    /** Starts spreading news, at once if the last round is long enough ago. */
    void spread(Message.Update update) {
        queue.add(update);
        changedNanos = nowNanos;
        if (!timers.isSet(new Timer.GossipDue()))
            timers.set(
                    new Timer.GossipDue(),
                    Math.max(nowNanos, gossipedNanos < 0 ? 0 : gossipedNanos + settings.gossipNanos()));
    }

    /** One gossip round: whoever is drawn gets what is in the queue. */
    void gossip() {
        if (queue.isEmpty()) return;
        gossipedNanos = nowNanos;
        Entry[] targets = new Entry[settings.gossipFanout()];
        int count = table.sample(targets, targets.length, self, null, random);
        // A burst of news (a storm of joins, a healed partition) may take several packets a round.
        int packets = Math.min(MAX_PACKETS, 1 + queue.size() / UPDATES_PER_PACKET);
        for (int i = 0; i < count; i++) effects.add(new Effect.Gossip(targets[i].member.address(), packets));
        if (count > 0 || !queue.isEmpty()) timers.set(new Timer.GossipDue(), nowNanos + settings.gossipNanos());
    }

    /**
     * Whether this node has heard nobody at all since then, though somebody besides itself and one accused should have been heard: the
     * fault is then most likely its own, and it accuses nobody. After a silence that grows with the cluster it believes what it sees.
     */
    boolean cutOff(long sinceNanos) {
        int others = table.live() - 2;
        long patience = settings.probeNanos() * Math.min(60, 5L * others);
        return others > 0 && heardNanos < sinceNanos && nowNanos - heardNanos < patience;
    }

    /** This node has reason to doubt itself. */
    void troubled() {
        troubledNanos = nowNanos;
        soundProbes = 0;
    }

    /** Whether this node has had no reason to doubt itself for a while. */
    boolean isWell() {
        return health.score() <= 2 && nowNanos - troubledNanos > 10 * settings.probeNanos();
    }

    /** Nanoseconds within half and one and a half of {@code nanos}, so that nodes do not fall into step. */
    long jittered(long nanos) {
        return nanos / 2 + random.nextLong(Math.max(1, nanos));
    }
}
