package dev.grapevine.membership;

import dev.grapevine.core.Address;
import dev.grapevine.core.CloseReason;
import dev.grapevine.membership.Message.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Membership of one node as a machine of messages: SWIM with Lifeguard, anti-entropy of the table, seeds, and the return of those who
 * had failed. It decides; {@link View} keeps what is known, {@link Prober} asks, {@link Suspicions} judges, {@link Sync} compares tables,
 * {@link Rejoin} looks for those who are missing.
 */
public final class Membership {
    /** What it is told. */
    public sealed interface Input {
        /** A message of a peer, already checked. */
        record Received(Route from, Message message) implements Input {}

        /** A stream asked for with {@link Effect.SendByStream} failed; {@code sequence} as given there. */
        record StreamFailed(Address to, int sequence, CloseReason reason) implements Input {}

        /** Seeds to join by, {@code host:port}. */
        record Join(List<String> seeds, int defaultPort) implements Input {}

        /** Addresses remembered from an earlier run, tried like seeds. */
        record Remember(List<Address> addresses) implements Input {}

        /** A name was looked up. */
        record Resolved(String host, int port, List<Address> addresses) implements Input {}

        /** Good-bye. */
        record Leave() implements Input {}

        /** New tags of this node. */
        record SetTags(Tags tags) implements Input {}

        /** A new address of this node. */
        record SetAddress(Address address) implements Input {}

        /** Forget a failed member, everywhere. */
        record Forget(String name) implements Input {}

        /** This process lost time. */
        record Paused(long lostNanos) implements Input {}

        /** Look at the time. */
        record Tick() implements Input {}
    }

    /** What it asks for. */
    public sealed interface Effect {
        /** Send a message; consecutive ones to one peer may share a packet. */
        record Send(Route to, Message message) implements Effect {}

        /** Send up to {@code packets} packets of queued updates, none if there are none. */
        record Gossip(Address to, int packets) implements Effect {}

        /** Open a stream, send the message on it, and let answers come back by it. */
        record SendByStream(Address to, int sequence, Message message, long timeoutNanos) implements Effect {}

        /** Tell the application. */
        record Publish(MembershipEvent event) implements Effect {}

        /** Look up a name. */
        record Resolve(String host, int port) implements Effect {}

        /** A peer's digest differs from ours; besides the tables, what {@link #extraDigest} stands for may differ. */
        record Differs(Address peer) implements Effect {}

        /** A member answered our datagram after so long. */
        record Measured(Member member, long roundTripNanos) implements Effect {}

        /** The good-bye is said. */
        record LeaveDone() implements Effect {}
    }

    private static final int DECIDING_PERIODS = 2; // a probe on all paths takes as long, and then a suspicion begins
    private static final int PAUSE_TELLING_PERIODS = 10;
    private static final int FEW = 16; // members that can all compare tables with one another

    private final Turn turn;
    private final View view;
    private final Suspicions suspicions;
    private final Prober prober;
    private final Sync sync;
    private final Rejoin rejoin;
    private final Tree tree;
    private final Admission admission;
    private final Returns returns;
    private boolean started;
    private boolean leaving;
    private long pauseToldNanos = Long.MIN_VALUE / 2;

    /** Membership of {@code self}, which is alive; {@code random} is this node's own. */
    public Membership(Member self, MembershipSettings settings, RandomGenerator random) {
        turn = new Turn(settings, self, random);
        view = new View(turn);
        suspicions = new Suspicions(turn, view);
        prober = new Prober(turn, view, suspicions);
        sync = new Sync(turn, view);
        rejoin = new Rejoin(turn, prober, sync);
        tree = new Tree(turn);
        admission = new Admission(turn, view, sync, tree);
        returns = new Returns(turn, view, sync, tree);
        view.connect(suspicions, rejoin);
        suspicions.connect(prober);
    }

    /** Applies one input; appends what is to be done, in order. */
    public void handle(Input input, long nowNanos, List<Effect> effects) {
        turn.begin(nowNanos, effects);
        if (view.silenced()) return;
        if (!started) start();
        switch (input) {
            case Input.Received(Route from, Message message) -> received(from, message);
            case Input.StreamFailed(Address to, int sequence, CloseReason reason) -> streamFailed(sequence, reason);
            case Input.Join(List<String> seeds, int defaultPort) -> rejoin.join(seeds, defaultPort);
            case Input.Remember(List<Address> addresses) -> rejoin.remember(addresses);
            case Input.Resolved(String host, int port, List<Address> addresses) ->
                rejoin.resolved(host, port, addresses);
            case Input.Leave() -> leave();
            case Input.SetTags(Tags tags) -> changeSelf(turn.self.member.address(), tags);
            case Input.SetAddress(Address address) -> changeSelf(address, turn.self.member.tags());
            case Input.Forget(String name) -> view.forget(name);
            case Input.Paused(long lostNanos) -> paused(lostNanos);
            case Input.Tick() -> {}
        }
        tick();
    }

    /** When the driver owes the next {@link Input.Tick}. */
    public long nextDeadlineNanos() {
        if (!started) return 0;
        return view.silenced() ? Long.MAX_VALUE : turn.timers.nextDeadlineNanos();
    }

    private void start() {
        started = true;
        // A random phase, so that nodes started together do not probe together.
        turn.timers.set(new Timer.ProbeDue(), turn.nowNanos + turn.random.nextLong(turn.settings.probeNanos()));
    }

    private void received(Route from, Message message) {
        if (!from.address().equals(turn.self.member.address())) rejoin.heard(from.address());
        switch (message) {
            case Message.Ping ping -> prober.onPing(ping, from, leaving, sync);
            case Message.Ack ack -> {
                tree.acked(ack.sequence());
                prober.onAck(ack, from, sync);
            }
            case Message.PingRequest request -> prober.onPingRequest(request, from);
            case Message.Nack nack -> prober.onNack(nack, from);
            case Message.Accuse accuse -> prober.onAccuse(accuse, from);
            case Message.Join join -> {
                if (!leaving) admission.onJoin(join, from);
            }
            case Message.Welcome welcome -> admission.onWelcome(welcome, from);
            case Message.Admit admit -> {
                if (!leaving) admission.onAdmit(admit, from);
            }
            case Message.Returned returned -> {
                if (!leaving) returns.onReturned(returned, from);
            }
            case Message.SyncRequest request -> sync.onRequest(request, from);
            case Message.SyncSummary summary -> sync.onSummary(summary, from);
            case Message.SyncPull pull -> sync.onPull(pull, from);
            case Message.Known known -> sync.onKnown(known, from);
            case Message.Duplicate duplicate -> view.onDuplicate(duplicate.loser(), from);
            case Update.Alive alive -> onAlive(alive, from);
            case Update.Suspect suspect -> suspicions.onSuspect(suspect, from);
            case Update.Failed failed -> suspicions.onFailed(failed, from);
            case Update.Left left -> view.onLeft(left, from);
        }
    }

    private void onAlive(Update.Alive alive, Route from) {
        Entry known = turn.table.get(alive.name());
        boolean failed = known != null && known.member.status() == Status.FAILED;
        boolean news = known == null && sync.isBehind()
                ? view.learnQuietly(alive.member(), alive.hops(), from)
                : view.learn(alive.member(), alive.hops(), from);
        boolean firstHand =
                alive.hops() == 0 && from.address().equals(alive.member().address());
        if (!news || !failed || !firstHand) return;
        // One that had failed is back: it may not come alone but with all of its side of a partition. In a large
        // cluster many
        // then hear of many first hand, and only those who asked and have the answer look into it.
        boolean answers = known != null && known.heardNanos() == turn.nowNanos;
        if (answers) returns.answered(alive.member());
        if (answers || turn.table.size() <= FEW) sync.meet(from);
    }

    private void streamFailed(int sequence, CloseReason reason) {
        prober.streamFailed(sequence, reason);
        tree.streamFailed(sequence);
    }

    private void tick() {
        for (Timer due; (due = turn.timers.pollDue(turn.nowNanos)) != null; ) {
            switch (due) {
                case Timer.ProbeDue() -> {
                    rejoin.checkIsolation();
                    prober.probeNext();
                    turn.timers.set(
                            new Timer.ProbeDue(), turn.nowNanos + turn.health.stretch(turn.settings.probeNanos()));
                }
                case Timer.DirectTimeout(int sequence) -> prober.directTimeout(sequence);
                case Timer.ProbeEnd(int sequence) -> prober.end(sequence);
                case Timer.RelayNack(int sequence) -> prober.relayNack(sequence);
                case Timer.RelayEnd(int sequence) -> prober.relayEnd(sequence);
                case Timer.GossipDue() -> turn.gossip();
                case Timer.SuspicionEnd(String name) -> suspicions.expire(name);
                case Timer.ReviveDue(String name) -> rejoin.revive(name);
                case Timer.ForgetLeft(String name) -> view.forgetLeft(name);
                case Timer.SeedDue(int seed) -> rejoin.seedDue(seed);
                case Timer.SyncDue() -> sync.due();
                case Timer.StormCheck() -> suspicions.stormCheck();
                case Timer.AdmitDue() -> admission.due();
                case Timer.WelcomedDue() -> admission.welcomedDue();
                case Timer.ReturnsDue() -> returns.due();
                case Timer.ReturnDue() -> view.returnDue();
                case Timer.LeaveEnd() -> {
                    view.silence();
                    turn.effects.add(new Effect.LeaveDone());
                    return;
                }
            }
            if (view.silenced()) return;
        }
    }

    private void changeSelf(Address address, Tags tags) {
        if (leaving) return;
        Member self = turn.self.member;
        Member next = self.outbidding(self.incarnation());
        view.announce(next.at(address, next.incarnation()).with(tags, next.incarnation()));
    }

    private void leave() {
        if (leaving) return;
        leaving = true;
        view.sayGoodBye();
        // Long enough for as many rounds as the news needs; nobody to tell, nothing to wait for.
        int rounds = turn.table.live() == 0 ? 0 : 3;
        turn.timers.set(new Timer.LeaveEnd(), turn.nowNanos + rounds * turn.settings.gossipNanos());
    }

    private void paused(long lostNanos) {
        turn.health.worse(1 + (int) Math.min(8, lostNanos / turn.settings.probeNanos()));
        turn.publish(new MembershipEvent.Paused(lostNanos, turn.health.score()));
        prober.paused(lostNanos);
        suspicions.paused(lostNanos);
        if (lostNanos >= turn.settings.probeNanos()) turn.troubled();
        // The others may be about to decide: a newer incarnation ends their doubts. Before that, a refutation is soon
        // enough;
        // and a process that is short of time again and again must not keep everybody busy with that news.
        long probe = turn.settings.probeNanos();
        boolean told = turn.nowNanos - pauseToldNanos < PAUSE_TELLING_PERIODS * probe;
        if (lostNanos < DECIDING_PERIODS * probe || told || leaving || view.isRestrained()) return;
        pauseToldNanos = turn.nowNanos;
        view.announce(turn.self.member.outbidding(turn.self.member.incarnation()));
    }

    /** News to piggyback on packets. */
    public UpdateQueue queue() {
        return turn.queue;
    }

    /** How often each update is to be sent in a cluster of the present size. */
    public int transmissions() {
        return turn.settings.transmissions(turn.table.live(), turn.queue.size());
    }

    /** This node as others know it. */
    public Member self() {
        return turn.self.member;
    }

    /** Members alive or suspect, this node included while it has not left. */
    public int liveMembers() {
        return turn.table.live();
    }

    /** Everybody known, this node included, in the order in which they became known. */
    public List<Member> members() {
        List<Member> members = new ArrayList<>(turn.table.size());
        for (int i = 0; i < turn.table.size(); i++) members.add(turn.table.row(i).member);
        return members;
    }

    /** The member of that name, null if nobody is known by it. */
    public @Nullable Member member(String name) {
        Entry entry = turn.table.get(name);
        return entry == null ? null : entry.member;
    }

    /** Changes whenever {@link #members} would give another answer. */
    public long version() {
        return view.version();
    }

    /** Lifeguard's local health score, 0 is well. */
    public int localHealth() {
        return turn.health.score();
    }

    /** 32 bits that are equal on nodes that agree on everybody who has not left. */
    public int digest() {
        return turn.table.digest();
    }

    /** Folds the digest of other replicated state into the one that probes carry, so that it is compared for free. */
    public void extraDigest(int digest) {
        turn.extraDigest = digest;
    }

    /** Addresses of up to {@code wanted} distinct live members other than this node, drawn uniformly. */
    public List<Address> samplePeers(int wanted) {
        Entry[] drawn = new Entry[wanted];
        int count = turn.table.sample(drawn, wanted, turn.self, null, turn.random);
        List<Address> peers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) peers.add(drawn[i].member.address());
        return peers;
    }

    /** From now on, of the members drawn to help with a probe those are asked by which {@code detour} is short; all but one of them. */
    public void prefer(Detour detour) {
        turn.detour = detour;
    }

    /**
     * How many probes were answered by way of other members since the start, and how long after these were asked.
     *
     * @param nanos of all of them together
     */
    public record Helped(long answers, long nanos) {}

    /** See {@link Helped}. */
    public Helped helped() {
        return new Helped(turn.helped, turn.helpedNanos);
    }

    /** The chain of evidence behind what is believed of a member, oldest first; empty if it is unknown. */
    public List<Evidence> why(String name) {
        return view.why(name);
    }

    /** Whether this node is saying good-bye. */
    public boolean isLeaving() {
        return leaving;
    }
}
