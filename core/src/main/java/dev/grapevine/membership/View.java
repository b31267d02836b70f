package dev.grapevine.membership;

import dev.grapevine.core.Address;
import dev.grapevine.membership.MembershipEvent.Kind;
import dev.grapevine.membership.MembershipEvent.MemberChanged;
import dev.grapevine.membership.Message.Update;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known, and how claims change it: the newest wins, whatever its route. Claims about this node are answered here too.
 */
final class View {
    private final Turn turn;
    private final Restraint restraint;
    private final ProbeOrder order = new ProbeOrder();
    private long version;
    private boolean silenced;
    private @Nullable Suspicions suspicions;
    private @Nullable Rejoin rejoin;

    View(Turn turn) {
        this.turn = turn;
        restraint = new Restraint(turn);
    }

    void connect(Suspicions suspicions, Rejoin rejoin) {
        this.suspicions = suspicions;
        this.rejoin = rejoin;
    }

    long version() {
        return version;
    }

    /** True once this node has left or lost its identity: it then says and hears nothing. */
    boolean silenced() {
        return silenced;
    }

    void silence() {
        silenced = true;
    }

    @Nullable
    Entry nextToProbe() {
        return order.next(turn.self, turn.random);
    }

    /** A claim that a member is alive as {@code claim} says. Returns whether it was news, which then spreads. */
    boolean learn(Member claim, int hops, Route from) {
        if (!learnQuietly(claim, hops, from)) return false;
        Entry entry = turn.table.get(claim.name());
        if (entry != null) turn.spread(new Update.Alive(entry.member, hops).further());
        return true;
    }

    /** Likewise, where others get to know it by another way. */
    boolean learnQuietly(Member claim, int hops, Route from) {
        Entry entry = turn.table.get(claim.name());
        if (entry == turn.self) {
            aboutSelf(claim.generation(), claim.incarnation(), Status.ALIVE, claim, from);
            return false;
        }
        if (entry == null) {
            if (claim.status() == Status.LEFT) return false; // long gone: not worth a row
            entry = turn.table.add(claim.as(Status.ALIVE, claim.incarnation()), turn.learned(from.address(), hops));
            order.add(entry, turn.random);
            changed(Kind.JOINED, entry, null, evidence(entry, claim.name(), from.address(), hops, "it joined"));
            turn.changedNanos = turn.nowNanos;
            return true;
        }
        Member before = entry.member;
        if (!before.isOlderThan(claim.generation(), claim.incarnation(), Status.ALIVE)) {
            if (claim.generation() < before.generation() && !from.isStream()) answerStaleIdentity(claim, before, from);
            return false;
        }
        if (before.status() != Status.ALIVE && before.generation() == claim.generation())
            entry.refutedNanos(turn.nowNanos);
        replace(entry, claim.as(Status.ALIVE, claim.incarnation()));
        note(entry, hops, from);
        order.add(entry, turn.random);
        Kind kind = kindOfChange(before, entry.member);
        if (kind != null) {
            String note = before.generation() == claim.generation() ? "its own word" : "it restarted";
            changed(kind, entry, before, evidence(entry, claim.name(), from.address(), hops, note));
        }
        return true;
    }

    private static @Nullable Kind kindOfChange(Member before, Member now) {
        if (!before.isLive()) return Kind.RETURNED;
        boolean same = before.generation() == now.generation()
                && before.address().equals(now.address())
                && before.tags().equals(now.tags())
                && before.minProtocol() == now.minProtocol()
                && before.maxProtocol() == now.maxProtocol();
        if (!same) return Kind.UPDATED;
        return before.status() == Status.SUSPECT ? Kind.REFUTED : null;
    }

    // Somebody at that very address still claims an older generation: tell it who holds the name now.
    private void answerStaleIdentity(Member claim, Member holder, Route from) {
        if (from.address().equals(claim.address())
                && holder.isLive()
                && !holder.address().equals(claim.address())) turn.send(from, new Message.Known(holder));
    }

    /** Somebody was heard to have failed or left before this node knew of it: kept without an event. */
    void rememberGone(Member claim, Route from) {
        // At the limit those already known come first: taking turns would never end.
        if (turn.table.failed() >= turn.settings.maxFailed()) return;
        Entry entry = turn.table.add(claim, turn.learned(from.address(), 1));
        version++;
        turn.changedNanos = turn.nowNanos;
        if (claim.status() == Status.FAILED && rejoin != null) rejoin.scheduleRevive(entry);
    }

    void onLeft(Update.Left left, Route from) {
        Entry entry = turn.table.get(left.name());
        if (entry == turn.self) {
            aboutSelf(left.generation(), left.incarnation(), Status.LEFT, null, from);
            return;
        }
        if (entry == null || !entry.member.isOlderThan(left.generation(), left.incarnation(), Status.LEFT)) return;
        // Of a newer generation only this good-bye is known; its address matters to nobody any more.
        Member gone =
                entry.member.generation() == left.generation() ? entry.member : entry.member.reborn(left.generation());
        markLeft(entry, gone, left.incarnation(), left.by(), left.hops(), from.address());
        turn.spread(left.further());
    }

    private void markLeft(Entry entry, Member gone, long incarnation, String by, int hops, @Nullable Address toldBy) {
        Member before = entry.member;
        replace(entry, gone.as(Status.LEFT, incarnation));
        entry.learned = turn.learned(entry.learned.from(), hops);
        String note = by.equals(before.name()) ? "it said good-bye" : by + " removed it";
        changed(Kind.LEFT, entry, before, evidence(entry, by, toldBy, hops, note));
        turn.timers.set(new Timer.ForgetLeft(before.name()), turn.nowNanos + turn.settings.rememberLeftNanos());
    }

    /** Replaces a row and ends whatever was running about its old state. */
    void replace(Entry entry, Member member) {
        if (entry.suspicion() != null && member.status() != Status.SUSPECT) {
            entry.suspicion(null);
            turn.timers.cancel(new Timer.SuspicionEnd(member.name()));
        }
        if (entry.member.status() == Status.FAILED && member.status() != Status.FAILED)
            turn.timers.cancel(new Timer.ReviveDue(member.name()));
        if (entry.member.status() == Status.LEFT) turn.timers.cancel(new Timer.ForgetLeft(member.name()));
        // From here on the row alone no longer tells the story: keep how it began.
        if (entry != turn.self
                && entry.history() == null
                && (!member.isLive() || member.status() != entry.member.status()))
            entry.remember(beginning(entry, entry.member));
        turn.table.update(entry, member);
        entry.learned = turn.learned(entry.learned.from(), entry.learned.hops());
        turn.changedNanos = turn.nowNanos;
        version++;
    }

    private void note(Entry entry, int hops, Route from) {
        entry.learned = turn.learned(from.address(), hops);
    }

    /** Publishes a change and adds its evidence to the member's chain. */
    void changed(Kind kind, Entry entry, @Nullable Member before, Evidence evidence) {
        if (kind == Kind.JOINED) version++; // the row itself is the evidence
        else entry.remember(evidence);
        turn.publish(new MemberChanged(kind, entry.member, before, evidence));
    }

    private Evidence beginning(Entry entry, Member member) {
        return new Evidence(
                entry.sinceNanos(),
                Status.ALIVE,
                member.incarnation(),
                member.name(),
                List.of(),
                List.of(),
                turn.health.score(),
                entry.learned.from(),
                entry.learned.hops(),
                entry.learned.from() == null ? "this node itself" : "known as alive before");
    }

    Evidence evidence(Entry entry, String accuser, @Nullable Address toldBy, int hops, String note) {
        return new Evidence(
                turn.nowNanos,
                entry.member.status(),
                entry.member.incarnation(),
                accuser,
                List.of(),
                List.of(),
                turn.health.score(),
                toldBy,
                hops,
                note);
    }

    List<Evidence> why(String name) {
        Entry entry = turn.table.get(name);
        if (entry == null) return List.of();
        ArrayDeque<Evidence> history = entry.history();
        return history == null ? List.of(beginning(entry, entry.member)) : new ArrayList<>(history);
    }

    // ---- this node itself ----

    /** Changes this node's own row and tells everybody. */
    void announce(Member self) {
        replace(turn.self, self);
        turn.spread(new Update.Alive(self, 0));
    }

    /** Whether this node stays out for a while, of its own accord. */
    boolean isRestrained() {
        return restraint.isOn();
    }

    /** The time to stay out may be over. */
    void returnDue() {
        if (restraint.isOver()) announce(turn.self.member.outbidding(restraint.heardIncarnation()));
    }

    void sayGoodBye() {
        Member self = turn.self.member;
        long incarnation = Math.min(Member.MAX_INCARNATION, self.incarnation() + 1);
        replace(turn.self, self.as(Status.LEFT, incarnation));
        turn.spread(new Update.Left(self.name(), self.generation(), incarnation, self.name(), 0));
        turn.gossip();
    }

    /** A claim about this node; {@code claim} is null when only its identity and incarnation were told. */
    void aboutSelf(long generation, long incarnation, Status status, @Nullable Member claim, Route from) {
        Member self = turn.self.member;
        if (self.status() == Status.LEFT) return; // on our way out: nothing to defend
        if (generation > self.generation()) {
            // Only a full claim proves another process: a mere name in bad news does not.
            if (claim == null) {
                // Whoever it was has left, and the others have marked our name so: it is free for us.
                if (status == Status.LEFT && generation < Member.MAX_GENERATION) announce(self.reborn(generation + 1));
                return;
            }
            // Our own past under a clock that was ahead: outbid it instead of giving way to a ghost.
            if (claim.address().equals(self.address()) && generation < Member.MAX_GENERATION)
                announce(self.reborn(generation + 1));
            else lose(claim, from);
            return;
        }
        if (generation < self.generation()) {
            if (claim != null && !claim.address().equals(self.address())) turn.send(from, new Message.Known(self));
            return;
        }
        if (claim == null || status != Status.ALIVE) {
            if (incarnation >= self.incarnation() && !restraint.holds(incarnation, status))
                refute(incarnation, status, from);
            return;
        }
        if (incarnation > self.incarnation() || incarnation == self.incarnation() && !sameClaim(claim, self))
            settleTwins(claim, from);
    }

    private static boolean sameClaim(Member claim, Member self) {
        return claim.address().equals(self.address()) && claim.tags().equals(self.tags());
    }

    private void refute(long incarnation, Status status, Route from) {
        // Where each held the other for failed, the way between them was at fault, and neither's health is in doubt.
        if (status == Status.SUSPECT || status == Status.FAILED && !hasFailed(from.address())) turn.health.worse(1);
        Member self = turn.self.member;
        announce(self.outbidding(incarnation));
        // The accuser hears first: it need not wait until gossip comes round.
        turn.send(from, new Update.Alive(turn.self.member, 0));
    }

    private boolean hasFailed(Address address) {
        if (turn.table.failed() == 0) return false;
        for (int i = 0; i < turn.table.size(); i++) {
            Member member = turn.table.row(i).member;
            if (member.status() == Status.FAILED && member.address().equals(address)) return true;
        }
        return false;
    }

    // Same name and generation, yet we did not say it: our own past at this address, or a twin (a cloned machine).
    private void settleTwins(Member claim, Route from) {
        Member self = turn.self.member;
        if (claim.address().equals(self.address())) {
            announce(self.outbidding(claim.incarnation()));
            return;
        }
        if (self.address().compareTo(claim.address()) < 0) {
            lose(claim, from);
            return;
        }
        announce(self.outbidding(Member.MAX_INCARNATION));
        turn.publish(new MembershipEvent.Duplicate(turn.self.member, claim, false, from.address()));
        turn.send(claim.address(), new Message.Known(turn.self.member));
    }

    /** Another process holds our identity with a better claim: say so, prove it to the winner, fall silent. */
    private void lose(Member winner, Route from) {
        Member self = turn.self.member;
        turn.publish(new MembershipEvent.Duplicate(winner, self, true, from.address()));
        turn.send(winner.address(), new Message.Duplicate(self));
        silence();
    }

    /** A process with an older claim to our identity tells us that it existed until now. */
    void onDuplicate(Member loser, Route from) {
        Member self = turn.self.member;
        if (!loser.name().equals(self.name()) || loser.generation() > self.generation()) return;
        turn.publish(new MembershipEvent.Duplicate(self, loser, false, from.address()));
    }

    // ---- forgetting ----

    void forgetLeft(String name) {
        Entry entry = turn.table.get(name);
        if (entry != null && entry.member.status() == Status.LEFT) drop(entry, "it left long ago");
    }

    /** An operator's word: a failed member becomes one that left, everywhere. */
    void forget(String name) {
        Entry entry = turn.table.get(name);
        if (entry == null || entry == turn.self || entry.member.isLive()) return;
        Member member = entry.member;
        if (member.status() == Status.FAILED) {
            long incarnation = Math.min(Member.MAX_INCARNATION, member.incarnation() + 1);
            markLeft(entry, member, incarnation, turn.selfName(), 0, null);
            turn.spread(new Update.Left(name, member.generation(), incarnation, turn.selfName(), 0));
        }
    }

    /** Keeps the number of failed members within its limit, never without a word. */
    void limitFailed() {
        while (turn.table.failed() > turn.settings.maxFailed()) {
            Entry oldest = null;
            for (int i = 0; i < turn.table.size(); i++) {
                Entry row = turn.table.row(i);
                if (row.member.status() == Status.FAILED && (oldest == null || row.sinceNanos() < oldest.sinceNanos()))
                    oldest = row;
            }
            if (oldest == null) return;
            drop(oldest, "more than " + turn.settings.maxFailed() + " members have failed");
        }
    }

    private void drop(Entry entry, String note) {
        Member member = entry.member;
        turn.timers.cancel(new Timer.ReviveDue(member.name()));
        turn.timers.cancel(new Timer.ForgetLeft(member.name()));
        turn.queue.remove(member.name());
        turn.table.remove(entry);
        version++;
        turn.publish(
                new MemberChanged(Kind.FORGOTTEN, member, member, evidence(entry, turn.selfName(), null, 0, note)));
    }

    void scheduleRevive(Entry entry) {
        if (rejoin != null) rejoin.scheduleRevive(entry);
    }

    Suspicions suspicions() {
        if (suspicions == null) throw new IllegalStateException("not connected");
        return suspicions;
    }
}
