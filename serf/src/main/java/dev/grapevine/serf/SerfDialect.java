package dev.grapevine.serf;

import dev.grapevine.membership.Evidence;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.membership.Observation;
import dev.grapevine.membership.Outcome;
import dev.grapevine.membership.Path;
import dev.grapevine.membership.Status;
import dev.grapevine.membership.Tags;
import dev.grapevine.serf.memberlist.FailedProbe;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Serf's news in the words of our own nodes: who changed, and why it is believed. Feed it every {@link SerfEvent} in order.
 * Serf has no generations, so they are {@code 0}; a member whose name our own protocol could not carry is left out, and tags it
 * could not carry are left away.
 */
public final class SerfDialect {
    private static final int MAX_CHAIN = 16;
    private static final int MIN_PROTOCOL = 1;

    private static final class Known {
        Member member;
        final List<Evidence> chain = new ArrayList<>();

        Known(Member member) {
            this.member = member;
        }
    }

    private final String self;
    private final Map<String, Known> known = new LinkedHashMap<>();

    /** A translator for the node named {@code self}. */
    public SerfDialect(String self) {
        this.self = self;
    }

    /** Why this is believed of a member: the latest sixteen pieces of evidence, oldest first; empty if it is unknown. */
    public List<Evidence> why(String member) {
        Known one = known.get(member);
        return one == null ? List.of() : List.copyOf(one.chain);
    }

    /**
     * Tells what {@code event} means, if our own nodes have a word for it.
     *
     * @param atNanos when it came, nanoseconds since the node was started
     */
    public void translate(SerfEvent event, long atNanos, Consumer<? super MembershipEvent> told) {
        switch (event) {
            case SerfEvent.MembersChanged(SerfEvent.Change change, List<SerfEvent.Changed> members) -> {
                for (SerfEvent.Changed each : members) changed(change, each, atNanos, told);
            }
            case SerfEvent.Suspected(String node, String by, long incarnation, var probe) -> {
                Known one = known.get(node);
                if (one == null || one.member.status() != Status.ALIVE) return;
                String note = by + " got no answer from " + node;
                Evidence evidence =
                        evidence(atNanos, Status.SUSPECT, incarnation, by, List.of(), probes(probe, atNanos), 0, note);
                tell(MembershipEvent.Kind.SUSPECTED, one, one.member.as(Status.SUSPECT, incarnation), evidence, told);
            }
            case SerfEvent.Refuted(String node, long incarnation) -> {
                Known one = known.get(node);
                if (one == null || one.member.status() != Status.SUSPECT) return;
                Evidence evidence = own(atNanos, Status.ALIVE, incarnation, node, node + " says that it lives");
                tell(MembershipEvent.Kind.REFUTED, one, one.member.as(Status.ALIVE, incarnation), evidence, told);
            }
            case SerfEvent.WaitingForName(var holder, String waitingFor) -> {
                Known one = known.get(self);
                if (one == null) return;
                Member winner = one.member.at(holder.address(), one.member.incarnation());
                told.accept(new MembershipEvent.Duplicate(winner, one.member, true, holder.address()));
            }
            case SerfEvent.NameConflict(String node, var first, var second, boolean ours) -> {
                Known one = known.get(node);
                if (ours || one == null) return;
                Member loser = one.member.at(second.address(), one.member.incarnation());
                told.accept(new MembershipEvent.Duplicate(one.member, loser, false, second.address()));
            }
            case SerfEvent.UserEventReceived ignored -> {}
            case SerfEvent.QueryReceived ignored -> {}
            case SerfEvent.QueryAcked ignored -> {}
            case SerfEvent.QueryAnswered ignored -> {}
            case SerfEvent.QueryDone ignored -> {}
            case SerfEvent.SnapshotLine ignored -> {}
            case SerfEvent.KeyringChanged ignored -> {}
            case SerfEvent.ConflictResolved ignored -> {}
            case SerfEvent.NameRegained ignored -> {}
            case SerfEvent.Isolated ignored -> {} // for how long nobody answered is not known
            case SerfEvent.Reconnected ignored -> {}
            case SerfEvent.Notice ignored -> {}
            case SerfEvent.Stopped ignored -> {}
        }
    }

    private void changed(
            SerfEvent.Change change, SerfEvent.Changed changed, long atNanos, Consumer<? super MembershipEvent> told) {
        String name = changed.member().name();
        Known one = known.get(name);
        Member before = one == null ? null : one.member;
        Status status = switch (change) {
            case JOIN, UPDATE -> Status.ALIVE;
            case LEAVE -> Status.LEFT;
            case FAILED -> Status.FAILED;
            case REAP -> before == null ? Status.LEFT : before.status();
        };
        Member now;
        Evidence evidence = evidence(changed.evidence(), status, name, before, atNanos);
        try {
            now = member(changed.member(), status, evidence.incarnation());
        } catch (IllegalArgumentException unspeakable) {
            return;
        }
        if (one == null) {
            one = new Known(now);
            known.put(name, one);
        }
        MembershipEvent.Kind kind = switch (change) {
            case JOIN -> before == null ? MembershipEvent.Kind.JOINED : returned(before);
            case UPDATE -> MembershipEvent.Kind.UPDATED;
            case LEAVE -> MembershipEvent.Kind.LEFT;
            case FAILED -> MembershipEvent.Kind.FAILED;
            case REAP -> MembershipEvent.Kind.FORGOTTEN;
        };
        one.chain.add(evidence);
        if (one.chain.size() > MAX_CHAIN) one.chain.removeFirst();
        one.member = now;
        if (change == SerfEvent.Change.REAP) known.remove(name);
        told.accept(new MembershipEvent.MemberChanged(kind, now, before, evidence));
    }

    private static MembershipEvent.Kind returned(Member before) {
        return before.isLive() ? MembershipEvent.Kind.UPDATED : MembershipEvent.Kind.RETURNED;
    }

    private void tell(
            MembershipEvent.Kind kind,
            Known one,
            Member now,
            Evidence evidence,
            Consumer<? super MembershipEvent> told) {
        Member before = one.member;
        one.member = now;
        one.chain.add(evidence);
        if (one.chain.size() > MAX_CHAIN) one.chain.removeFirst();
        told.accept(new MembershipEvent.MemberChanged(kind, now, before, evidence));
    }

    private static Member member(SerfMember member, Status status, long incarnation) {
        int min = Math.max(MIN_PROTOCOL, member.versions().delegateMin());
        int max = Math.max(min, member.versions().delegateMax());
        return new Member(
                member.name(), 0, incarnation, status, member.address().address(), tags(member.tags()), min, max);
    }

    private static Tags tags(Map<String, String> tags) {
        try {
            return Tags.of(tags);
        } catch (IllegalArgumentException unspeakable) {
            return Tags.NONE;
        }
    }

    private Evidence evidence(
            dev.grapevine.serf.Evidence of, Status status, String name, @Nullable Member before, long atNanos) {
        long incarnation = before == null ? 0 : before.incarnation();
        return switch (of) {
            case dev.grapevine.serf.Evidence.Announced(long announced) ->
                own(atNanos, status, announced, name, name + " announced itself");
            case dev.grapevine.serf.Evidence.LeaveIntent(long lTime) ->
                own(atNanos, status, incarnation, name, "a leave intent of Lamport time " + lTime);
            case dev.grapevine.serf.Evidence.Aged(long gone) ->
                own(atNanos, status, incarnation, self, "gone for " + gone / 1_000_000_000L + " s");
            case dev.grapevine.serf.Evidence.Pruned(long lTime) ->
                own(atNanos, status, incarnation, self, "an operator's prune of Lamport time " + lTime);
            case dev.grapevine.serf.Evidence.Silent silent -> {
                List<String> others = new ArrayList<>(silent.suspectedBy());
                others.remove(silent.declaredBy());
                String note = silent.suspectedBy().isEmpty()
                        ? silent.declaredBy() + " declared " + name + " dead"
                        : "suspected for " + silent.suspectedForNanos() / 1_000_000 + " ms by "
                                + String.join(", ", silent.suspectedBy());
                yield evidence(
                        atNanos,
                        status,
                        silent.incarnation(),
                        silent.declaredBy(),
                        others,
                        probes(silent.lastProbe(), atNanos),
                        silent.ownHealthScore(),
                        note);
            }
        };
    }

    private static Evidence own(long atNanos, Status status, long incarnation, String accuser, String note) {
        return evidence(atNanos, status, incarnation, accuser, List.of(), List.of(), 0, note);
    }

    private static Evidence evidence(
            long atNanos,
            Status status,
            long incarnation,
            String accuser,
            List<String> confirmers,
            List<Observation> observations,
            int health,
            String note) {
        return new Evidence(atNanos, status, incarnation, accuser, confirmers, observations, health, null, 0, note);
    }

    /** Our own failed probe by all its ways. How many helpers answered that they failed too is known, not which. */
    private List<Observation> probes(@Nullable FailedProbe probe, long atNanos) {
        if (probe == null) return List.of();
        long took = Math.max(0, atNanos - probe.atNanos());
        List<Observation> all = new ArrayList<>();
        all.add(new Observation(self, Path.DATAGRAM, "", Outcome.TIMEOUT, probe.atNanos(), took));
        for (String helper : probe.helpers()) {
            Outcome outcome = probe.nacks() == probe.helpers().size() ? Outcome.NACK : Outcome.TIMEOUT;
            all.add(new Observation(self, Path.RELAY, helper, outcome, probe.atNanos(), took));
        }
        if (probe.streamTried())
            all.add(new Observation(self, Path.STREAM, "", Outcome.TIMEOUT, probe.atNanos(), took));
        return all;
    }
}
