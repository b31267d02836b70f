package dev.grapevine.membership;

import dev.grapevine.core.Address;
import dev.grapevine.membership.MembershipEvent.Kind;
import dev.grapevine.membership.Message.Update;
import dev.grapevine.membership.Message.Verdict;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Judges: begins suspicions, counts who confirms them, declares members failed, and holds that back while so many turn suspect at once
 * that the fault is more likely ours or the network's (the storm brake).
 */
final class Suspicions {
    private final Turn turn;
    private final View view;
    private final ArrayDeque<Long> begun = new ArrayDeque<>(); // times within the storm window, oldest first
    private @Nullable Prober prober;

    /** A suspicion that began by the word of {@code accuser}. */
    private record Accusation(long atNanos, Entry accused, String accuser) {}

    private static final int UNSTEADY_PERIODS = 30; // probe periods that are looked back
    private static final int UNSTEADY_ACCUSERS = 4; // independent ones, each in a suspicion of its own
    private static final int UNSTEADY_MEMBERS = 8; // in smaller clusters accusers are not independent
    private static final int MAX_ACCUSATIONS = 4_096;
    private final ArrayDeque<Accusation> accusations = new ArrayDeque<>(); // of late, by those who are well
    private boolean storm;
    private long stormBeganNanos;

    Suspicions(Turn turn, View view) {
        this.turn = turn;
        this.view = view;
    }

    void connect(Prober prober) {
        this.prober = prober;
    }

    private Prober prober() {
        if (prober == null) throw new IllegalStateException("not connected");
        return prober;
    }

    // ---- accusations ----

    /** This node's own probe had no answer. */
    void accuse(Entry entry, List<Observation> observations) {
        Member member = entry.member;
        if (!member.isLive()) return;
        Suspicion running = entry.suspicion();
        List<String> others = turn.isWell() ? unsteady(entry) : List.of();
        if (!others.isEmpty()) {
            if (running == null) {
                begin(entry, member.incarnation(), turn.selfName(), observations, null, 0);
                running = entry.suspicion();
            } else running.observed(observations);
            if (running != null) {
                for (String other : others) running.confirm(other, Verdict.MAX_CONFIRMERS);
                declareFailed(entry, running, "it answers too seldom: " + others.size() + " others found so of late");
                return;
            }
        }
        if (running != null) {
            running.observed(observations);
            if (running.confirm(turn.selfName(), turn.settings.confirmations())) {
                arm(entry, running);
                turn.spread(new Update.Suspect(
                        member.name(), member.generation(), member.incarnation(), turn.selfName(), 0));
            }
            return;
        }
        begin(entry, member.incarnation(), turn.selfName(), observations, null, 0);
        // Others ask at once, so that confirmations or a refutation come in round trips, not in probe periods.
        Entry[] jurors = new Entry[turn.settings.confirmations() + 1];
        int count = turn.table.sample(jurors, jurors.length, turn.self, entry, turn.random);
        for (int i = 0; i < count; i++)
            turn.send(
                    jurors[i].member.address(),
                    new Message.Accuse(member.name(), member.generation(), member.incarnation()));
    }

    void onSuspect(Update.Suspect claim, Route from) {
        Entry entry = turn.table.get(claim.name());
        if (entry == turn.self) {
            view.aboutSelf(claim.generation(), claim.incarnation(), Status.SUSPECT, null, from);
            return;
        }
        if (entry == null || !entry.member.isLive() || entry.member.generation() != claim.generation()) return;
        suspect(entry, claim, from);
    }

    private void suspect(Entry entry, Update.Suspect claim, Route from) {
        // Whoever is in doubt itself, or was a moment ago, proves nothing: those who are well ask anyway.
        if (!isReliable(claim.accuser())) return;
        Suspicion running = entry.suspicion();
        if (running != null && entry.member.incarnation() == claim.incarnation()) {
            if (!running.confirm(claim.accuser(), turn.settings.confirmations())) return;
            arm(entry, running);
            turn.spread(claim.further());
        } else if (entry.member.isOlderThan(claim.generation(), claim.incarnation(), Status.SUSPECT))
            begin(entry, claim.incarnation(), claim.accuser(), List.of(), from.address(), claim.hops());
    }

    /** A table that we compare with ours has failed a member that is alive in ours: ask before believing it. */
    void doubt(Entry entry, long incarnation, Route from) {
        prober().doubt(entry, incarnation);
    }

    /** Somebody may know a member alive that has failed here: it is asked itself. */
    void ask(Entry entry) {
        prober().askWhetherBack(entry);
    }

    /** Whether the word of that member counts: unless it is not alive in our eyes or was in doubt of late. */
    private boolean isReliable(String name) {
        Entry entry = turn.table.get(name);
        if (entry == null) return true; // nothing speaks against it
        return entry != turn.self
                && entry.member.status() == Status.ALIVE
                && turn.nowNanos - entry.refutedNanos() > 10 * turn.settings.probeNanos();
    }

    private void remember(Entry accused, String accuser) {
        long from = turn.nowNanos - UNSTEADY_PERIODS * turn.settings.probeNanos();
        while (!accusations.isEmpty()
                && (accusations.getFirst().atNanos() < from || accusations.size() >= MAX_ACCUSATIONS))
            accusations.removeFirst();
        boolean counts = accuser.equals(turn.selfName()) ? turn.isWell() : isReliable(accuser);
        if (counts) accusations.addLast(new Accusation(turn.nowNanos, accused, accuser));
    }

    /**
     * Others that have each begun a suspicion of that member of late, if they are so many that an answer now and then does not speak for
     * it any more, while most members are beyond doubt: the fault is then its own. Else nobody.
     */
    private List<String> unsteady(Entry entry) {
        int live = turn.table.live();
        if (storm || live < UNSTEADY_MEMBERS || accusations.size() < UNSTEADY_ACCUSERS - 1) return List.of();
        long from = turn.nowNanos - UNSTEADY_PERIODS * turn.settings.probeNanos();
        List<String> accusers = new ArrayList<>();
        Set<Entry> accused = new HashSet<>(); // only counted
        for (Accusation one : accusations) {
            if (one.atNanos() < from) continue;
            accused.add(one.accused());
            if (one.accused() == entry && !one.accuser().equals(turn.selfName()) && !accusers.contains(one.accuser()))
                accusers.add(one.accuser());
        }
        boolean alone = accused.size() <= Math.max(2, live / 10);
        return alone && accusers.size() >= UNSTEADY_ACCUSERS - 1 ? accusers : List.of();
    }

    private void begin(
            Entry entry,
            long incarnation,
            String accuser,
            List<Observation> observations,
            @Nullable Address toldBy,
            int hops) {
        Member before = entry.member;
        remember(entry, accuser);
        view.replace(entry, before.as(Status.SUSPECT, incarnation));
        Suspicion suspicion = new Suspicion(accuser, turn.nowNanos, observations);
        entry.suspicion(suspicion);
        entry.learned = turn.learned(entry.learned.from(), hops);
        if (storm) suspicion.hold();
        arm(entry, suspicion);
        view.changed(
                Kind.SUSPECTED,
                entry,
                before,
                evidence(entry, suspicion, toldBy, hops, accuser + " could not reach it"));
        turn.spread(new Update.Suspect(before.name(), before.generation(), incarnation, accuser, hops).further());
        countForStorm();
    }

    // ---- the clock of a suspicion ----

    private void arm(Entry entry, Suspicion suspicion) {
        turn.timers.set(new Timer.SuspicionEnd(entry.member.name()), Math.max(turn.nowNanos, deadline(suspicion)));
    }

    private long deadline(Suspicion suspicion) {
        int members = turn.table.live();
        int expected = Math.max(0, Math.min(turn.settings.confirmations(), members - 2));
        // With nobody to confirm, the least time would be all the accused gets.
        long min = turn.settings.minSuspicionNanos(members) * (expected == 0 ? 2 : 1);
        return suspicion.deadlineNanos(expected, min, min * turn.settings.suspicionStretch());
    }

    void expire(String name) {
        Entry entry = turn.table.get(name);
        Suspicion suspicion = entry == null ? null : entry.suspicion();
        if (entry == null || suspicion == null) return;
        if (storm) {
            suspicion.hold();
            turn.timers.set(new Timer.SuspicionEnd(name), turn.nowNanos + turn.settings.stormNanos());
        } else if (cutOff()) {
            suspicion.hold();
            postpone(entry);
        } else if (suspicion.held() || suspicion.confirmers().isEmpty()) {
            // One accuser alone may be the one that is sick, and the accused may not have heard of it: ask it first.
            suspicion.hold();
            prober().verify(entry);
        } else declareFailed(entry, suspicion, "the suspicion ran out");
    }

    // A judge that hears nobody judges nobody.
    private boolean cutOff() {
        return turn.cutOff(turn.nowNanos - 5 * turn.settings.probeNanos() / 2);
    }

    /** Looks at a suspicion that is held back again in a while. */
    void postpone(Entry entry) {
        turn.timers.set(
                new Timer.SuspicionEnd(entry.member.name()), turn.nowNanos + turn.jittered(turn.settings.probeNanos()));
    }

    /** The fresh probe of a suspect whose suspicion was held back found nothing. */
    void verified(Entry entry, List<Observation> observations) {
        Suspicion suspicion = entry.suspicion();
        if (suspicion == null) return;
        suspicion.observed(observations);
        if (storm) arm(entry, suspicion);
        else if (cutOff()) postpone(entry);
        else declareFailed(entry, suspicion, "a fresh probe found nothing either");
    }

    /** This process lost time: what ran out meanwhile proves nothing, so everybody gets that time back and a fresh probe. */
    void paused(long lostNanos) {
        if (turn.table.suspects() == 0) return;
        for (int i = 0; i < turn.table.size(); i++) {
            Entry entry = turn.table.row(i);
            Suspicion suspicion = entry.suspicion();
            if (suspicion == null) continue;
            suspicion.hold();
            Timer end = new Timer.SuspicionEnd(entry.member.name());
            long due = turn.timers.deadlineNanos(end);
            if (due != Long.MAX_VALUE) turn.timers.set(end, due + lostNanos);
        }
    }

    // ---- verdicts ----

    private void declareFailed(Entry entry, Suspicion suspicion, String note) {
        Member before = entry.member;
        List<String> confirmers = new ArrayList<>();
        if (!suspicion.accuser().equals(turn.selfName())) confirmers.add(suspicion.accuser());
        for (String confirmer : suspicion.confirmers())
            if (!confirmer.equals(turn.selfName()) && confirmers.size() < Verdict.MAX_CONFIRMERS)
                confirmers.add(confirmer);
        List<Verdict.Probe> probes = new ArrayList<>();
        for (Observation seen : suspicion.observations())
            probes.add(new Verdict.Probe(seen.path(), seen.outcome(), seen.tookNanos() / 1_000_000));
        long silentMillis = entry.heardNanos() < 0 ? 0 : (turn.nowNanos - entry.heardNanos()) / 1_000_000;
        Verdict verdict = new Verdict(turn.selfName(), confirmers, probes, turn.health.score(), silentMillis);
        fail(entry, before.incarnation(), evidence(entry, suspicion, null, 0, note));
        turn.spread(new Update.Failed(before.name(), before.generation(), before.incarnation(), verdict, 0));
    }

    void onFailed(Update.Failed claim, Route from) {
        Entry entry = turn.table.get(claim.name());
        if (entry == turn.self) {
            view.aboutSelf(claim.generation(), claim.incarnation(), Status.FAILED, null, from);
            return;
        }
        if (entry == null || entry.member.generation() != claim.generation()) return;
        if (!entry.member.isOlderThan(claim.generation(), claim.incarnation(), Status.FAILED)) return;
        if (!entry.member.isLive()) {
            if (entry.member.status() == Status.FAILED) {
                view.replace(entry, entry.member.as(Status.FAILED, claim.incarnation()));
                turn.spread(claim.further());
                view.scheduleRevive(entry);
            }
            return;
        }
        if (storm) {
            if (entry.suspicion() == null)
                begin(entry, claim.incarnation(), claim.verdict().judge(), List.of(), from.address(), claim.hops());
            return;
        }
        if (!isConvincing(entry, claim.verdict())) {
            suspect(
                    entry,
                    new Update.Suspect(
                            claim.name(),
                            claim.generation(),
                            claim.incarnation(),
                            claim.verdict().judge(),
                            claim.hops()),
                    from);
            return;
        }
        fail(entry, claim.incarnation(), told(claim, from));
        turn.spread(claim.further());
    }

    /**
     * Whether a verdict is believed at once: its judge is well in our eyes, and so is somebody who confirms it, or we have found the same, or
     * the host itself said that nobody listens. Any other is an accusation.
     */
    private boolean isConvincing(Entry entry, Verdict verdict) {
        Suspicion running = entry.suspicion();
        if (running != null && running.hasAccuser(turn.selfName())) return true;
        if (!isReliable(verdict.judge())) return false;
        if (turn.table.live() <= 3) return true; // nobody is left to confirm it
        for (Verdict.Probe probe : verdict.probes()) if (probe.outcome() == Outcome.REFUSED) return true;
        for (String confirmer : verdict.confirmers())
            if (confirmer.equals(turn.selfName()) || isReliable(confirmer)) return true;
        return false;
    }

    private void fail(Entry entry, long incarnation, Evidence evidence) {
        Member before = entry.member;
        view.replace(entry, before.as(Status.FAILED, incarnation));
        entry.learned = turn.learned(entry.learned.from(), evidence.hops());
        view.changed(
                Kind.FAILED,
                entry,
                before,
                new Evidence(
                        evidence.atNanos(),
                        Status.FAILED,
                        incarnation,
                        evidence.accuser(),
                        evidence.confirmers(),
                        evidence.observations(),
                        evidence.localHealth(),
                        evidence.toldBy(),
                        evidence.hops(),
                        evidence.note()));
        view.scheduleRevive(entry);
        view.limitFailed();
    }

    private Evidence told(Update.Failed claim, Route from) {
        Verdict verdict = claim.verdict();
        List<Observation> observations = new ArrayList<>();
        for (Verdict.Probe probe : verdict.probes())
            observations.add(new Observation(
                    verdict.judge(), probe.path(), "", probe.outcome(), -1, probe.tookMillis() * 1_000_000));
        return new Evidence(
                turn.nowNanos,
                Status.FAILED,
                claim.incarnation(),
                verdict.judge(),
                verdict.confirmers(),
                observations,
                verdict.localHealth(),
                from.address(),
                claim.hops(),
                verdict.judge() + " declared it failed after " + verdict.silentMillis() + " ms of silence");
    }

    private Evidence evidence(Entry entry, Suspicion suspicion, @Nullable Address toldBy, int hops, String note) {
        return new Evidence(
                turn.nowNanos,
                entry.member.status(),
                entry.member.incarnation(),
                suspicion.accuser(),
                suspicion.confirmers(),
                suspicion.observations(),
                turn.health.score(),
                toldBy,
                hops,
                note);
    }

    // ---- the storm brake ----

    private void countForStorm() {
        begun.addLast(turn.nowNanos);
        prune();
        if (storm || begun.size() < turn.settings.stormMinimum()) return;
        int view = turn.table.live();
        double share = begun.size() / (double) Math.max(1, view);
        if (share <= turn.settings.stormShare()) return;
        storm = true;
        stormBeganNanos = turn.nowNanos;
        turn.publish(new MembershipEvent.StormBegan(begun.size(), view, share));
        turn.timers.set(new Timer.StormCheck(), turn.nowNanos + turn.settings.stormNanos());
    }

    private void prune() {
        long from = turn.nowNanos - turn.settings.stormNanos();
        while (!begun.isEmpty() && begun.getFirst() <= from) begun.removeFirst();
    }

    void stormCheck() {
        prune();
        if (!begun.isEmpty()) {
            turn.timers.set(new Timer.StormCheck(), begun.getLast() + turn.settings.stormNanos());
            return;
        }
        storm = false;
        int held = 0;
        for (int i = 0; i < turn.table.size(); i++) {
            Entry entry = turn.table.row(i);
            Suspicion suspicion = entry.suspicion();
            if (suspicion == null || !suspicion.held()) continue;
            held++;
            // Spread over a period, since each gets a fresh probe.
            turn.timers.set(
                    new Timer.SuspicionEnd(entry.member.name()),
                    turn.nowNanos + turn.random.nextLong(turn.settings.probeNanos()));
        }
        turn.publish(new MembershipEvent.StormEnded(held, turn.nowNanos - stormBeganNanos));
    }
}
