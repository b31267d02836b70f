package dev.grapevine.membership;

import dev.grapevine.core.Address;
import dev.grapevine.core.CloseReason;
import dev.grapevine.membership.Message.Update;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Asks: a datagram first; without an answer in time, k relays and a stream at once (SWIM §3, Lifeguard). Also asks for others as a relay,
 * and on an accusation asks for itself at once.
 */
final class Prober {
    /** Why a probe is made, hence what its failure means. */
    private enum Purpose {
        /** The round robin: failure accuses. */
        ROUTINE,
        /** Somebody accused it: failure confirms. */
        CONFIRM,
        /** Its suspicion was held back: failure ends it. */
        VERIFY,
        /** Somebody's table says that it failed: failure accuses, and an answer refutes. */
        DOUBT,
        /** It had failed: only an answer means something. */
        REVIVE,
        /** It has failed here and lives in another's table: asked along with many others. */
        RETURN
    }

    private static final class Probe {
        final int sequence;
        final Entry entry;
        final Member target;
        final Purpose purpose;
        final long startedNanos;
        final @Nullable Route asker;
        final List<Observation> observations = new ArrayList<>(); // takes memory with the first: most probes see none
        /** Who was asked to ask, and what it is called. */
        Map<Address, String> relays = Map.of();
        /** When the relays were asked, before that when the probe left. */
        long askedNanos;

        boolean directOver;
        boolean streamOver;
        boolean streamAsked;
        boolean refused;
        // Who nacked: a network may deliver an answer twice, and that is no second relay.
        Set<Address> nacked = Set.of(); // asked and counted, never iterated

        Probe(int sequence, Entry entry, Purpose purpose, long startedNanos, @Nullable Route asker) {
            this.sequence = sequence;
            this.entry = entry;
            this.target = entry.member;
            this.purpose = purpose;
            this.startedNanos = startedNanos;
            this.asker = asker;
            this.askedNanos = startedNanos;
        }
    }

    /** A probe on somebody else's behalf. */
    private record Relay(Route asker, int theirSequence, Address target) {}

    private static final int MAX_RELAYS = 256;
    private static final int MAX_PROBES = 1_024; // at a time, of those that a difference of tables asks for
    private static final int SEQUENCES = 1 << 14; // two bytes as a varint
    private static final int DRAWN_PER_HELPER = 3;
    private static final int DETOURS_TELL =
            5; // lost datagrams are no broken path: at 10 % loss this happens by chance once in 4000 probes

    private final Turn turn;
    private final View view;
    private final Suspicions suspicions;
    private final RoundTrip roundTrip = new RoundTrip();
    private final Map<Integer, Probe> probes = new LinkedHashMap<>();
    private final Map<Integer, Relay> relays = new LinkedHashMap<>();
    private int sequence;

    Prober(Turn turn, View view, Suspicions suspicions) {
        this.turn = turn;
        this.view = view;
        this.suspicions = suspicions;
        this.sequence = turn.random.nextInt(SEQUENCES);
    }

    // ---- asking ----

    void probeNext() {
        Entry entry = view.nextToProbe();
        if (entry != null) start(entry, Purpose.ROUTINE, null);
    }

    /** Asks a suspect for the sake of {@code asker}, or of this node if null; once at a time. */
    void confirm(Entry entry, @Nullable Route asker) {
        for (Probe running : probes.values()) if (running.entry == entry && running.purpose != Purpose.ROUTINE) return;
        start(entry, Purpose.CONFIRM, asker);
    }

    /** Asks a member that somebody holds for failed at {@code incarnation}, and tells it so; once at a time. */
    void doubt(Entry entry, long incarnation) {
        for (Probe running : probes.values()) if (running.entry == entry && running.purpose != Purpose.ROUTINE) return;
        start(entry, Purpose.DOUBT, null);
        Member target = entry.member;
        // Its own row as the other table has it.
        turn.send(target.address(), new Message.Known(target.as(Status.FAILED, incarnation)));
    }

    void verify(Entry entry) {
        start(entry, Purpose.VERIFY, null);
    }

    /** Asks one that has failed, unless it is being asked already. */
    void askWhetherBack(Entry entry) {
        for (Probe running : probes.values()) if (running.entry == entry) return;
        if (probes.size() < MAX_PROBES) start(entry, Purpose.RETURN, null);
    }

    void revive(Entry entry) {
        start(entry, Purpose.REVIVE, null);
    }

    private void start(Entry entry, Purpose purpose, @Nullable Route asker) {
        Probe probe = new Probe(nextSequence(), entry, purpose, turn.nowNanos, asker);
        probes.put(probe.sequence, probe);
        Member target = entry.member;
        turn.send(target.address(), ping(probe));
        // The accused hears first (Lifeguard's buddy system), also one thought dead, so that it can refute in its
        // answer.
        if (target.status() == Status.FAILED) turn.send(target.address(), new Message.Known(target));
        else if (target.status() == Status.SUSPECT)
            turn.send(
                    target.address(),
                    new Update.Suspect(target.name(), target.generation(), target.incarnation(), turn.selfName(), 0));
        long timeout = timeout(entry);
        turn.timers.set(new Timer.DirectTimeout(probe.sequence), turn.nowNanos + timeout);
        if (purpose == Purpose.CONFIRM) askByStream(probe, 2 * timeout);
    }

    private Message.Ping ping(Probe probe) {
        // Whom a difference of tables makes us ask is asked with hundreds of others: if each compared its table with
        // ours, a healed
        // partition would have everybody send everything to everybody.
        boolean crowd = probe.purpose == Purpose.RETURN || probe.purpose == Purpose.DOUBT;
        return new Message.Ping(probe.sequence, probe.target.identityTag(), crowd ? 0 : turn.digest());
    }

    private long timeout(Entry entry) {
        return turn.health.stretch(roundTrip.timeoutNanos(
                entry.rttMicros() * 1000L, turn.settings.minProbeTimeoutNanos(), turn.settings.maxProbeTimeoutNanos()));
    }

    private int nextSequence() {
        do sequence = (sequence + 1) % SEQUENCES;
        while (probes.containsKey(sequence) || relays.containsKey(sequence));
        return sequence;
    }

    void directTimeout(int sequence) {
        Probe probe = probes.get(sequence);
        if (probe == null) return;
        probe.directOver = true;
        observe(probe, Path.DATAGRAM, "", Outcome.TIMEOUT);
        long timeout = timeout(probe.entry);
        if (probe.purpose == Purpose.REVIVE || probe.purpose == Purpose.RETURN) {
            end(sequence);
            return;
        }
        if (probe.purpose != Purpose.CONFIRM) {
            probe.askedNanos = turn.nowNanos;
            int wanted = turn.settings.indirectProbes();
            Entry[] drawn = new Entry[DRAWN_PER_HELPER * wanted];
            int found = turn.table.sample(drawn, drawn.length, turn.self, probe.entry, turn.random);
            int count = Math.min(wanted, found);
            nearFirst(drawn, found, count, probe.target);
            probe.relays = new LinkedHashMap<>();
            probe.nacked = new HashSet<>();
            for (int i = 0; i < count; i++) {
                Address relay = drawn[i].member.address();
                probe.relays.put(relay, drawn[i].member.name());
                turn.send(
                        relay,
                        new Message.PingRequest(probe.sequence, probe.target.identityTag(), probe.target.address()));
            }
            askByStream(probe, 2 * timeout);
        }
        turn.timers.set(new Timer.ProbeEnd(sequence), turn.nowNanos + 2 * timeout);
        endIfHopeless(probe);
    }

    /**
     * Brings the helpers with the shortest ways to the front. The first stays as it was drawn: near ones may share our trouble, or the
     * target's.
     */
    private void nearFirst(Entry[] drawn, int found, int wanted, Member target) {
        for (int place = 1; place < wanted; place++) {
            int best = place;
            long bestNanos = Long.MAX_VALUE; // as long as an unknown way
            for (int i = place; i < found; i++) {
                long nanos = turn.detour.nanos(drawn[i].member, target);
                if (nanos < 0 || nanos >= bestNanos) continue;
                best = i;
                bestNanos = nanos;
            }
            Entry near = drawn[best];
            drawn[best] = drawn[place];
            drawn[place] = near;
        }
    }

    private void askByStream(Probe probe, long timeoutNanos) {
        probe.streamAsked = true;
        turn.effects.add(
                new Membership.Effect.SendByStream(probe.target.address(), probe.sequence, ping(probe), timeoutNanos));
    }

    void streamFailed(int sequence, CloseReason reason) {
        Probe probe = probes.get(sequence);
        if (probe == null || probe.streamOver) return;
        probe.streamOver = true;
        probe.refused |= reason == CloseReason.REFUSED;
        observe(probe, Path.STREAM, "", outcome(reason));
        endIfHopeless(probe);
    }

    private static Outcome outcome(CloseReason reason) {
        return switch (reason) {
            case REFUSED -> Outcome.REFUSED;
            case UNREACHABLE -> Outcome.UNREACHABLE;
            case TIMED_OUT -> Outcome.TIMEOUT;
            case LOCAL, REMOTE, RESET, OVERLOADED -> Outcome.RESET;
        };
    }

    private void observe(Probe probe, Path path, String relay, Outcome outcome) {
        probe.observations.add(new Observation(
                turn.selfName(), path, relay, outcome, probe.startedNanos, turn.nowNanos - probe.startedNanos));
    }

    // Every path has spoken: no need to wait for the end.
    private void endIfHopeless(Probe probe) {
        if (probe.directOver && probe.streamOver && probe.nacked.size() == probe.relays.size()) end(probe.sequence);
    }

    void end(int sequence) {
        Probe probe = probes.remove(sequence);
        if (probe == null) return;
        forgetTimers(sequence);
        if (probe.streamAsked && !probe.streamOver) observe(probe, Path.STREAM, "", Outcome.TIMEOUT);
        turn.unanswered++;
        Entry entry = probe.entry;
        // A refusal is an answer of the host: our own health is not in doubt.
        boolean deaf = !probe.refused && turn.cutOff(probe.askedNanos);
        if (probe.purpose == Purpose.ROUTINE && !probe.refused) {
            int missed = probe.relays.isEmpty() ? 1 : probe.relays.size() - probe.nacked.size();
            turn.health.worse(missed);
            if (missed > 0) turn.troubled();
        }
        if (deaf) turn.troubled();
        // It may have refuted, moved or restarted meanwhile: then this probe says nothing about what it is now.
        if (entry.member.generation() != probe.target.generation()
                || entry.member.incarnation() != probe.target.incarnation()
                || !entry.member.isLive()) return;
        if (deaf) {
            // Not even a relay was heard: that says something about us and nothing about the accused.
            if (probe.purpose == Purpose.VERIFY) suspicions.postpone(entry);
            return;
        }
        switch (probe.purpose) {
            case ROUTINE, DOUBT -> suspicions.accuse(entry, probe.observations);
            case CONFIRM -> {
                suspicions.accuse(entry, probe.observations);
                if (probe.asker != null)
                    turn.send(
                            probe.asker,
                            new Update.Suspect(
                                    entry.member.name(),
                                    entry.member.generation(),
                                    entry.member.incarnation(),
                                    turn.selfName(),
                                    0));
            }
            case VERIFY -> suspicions.verified(entry, probe.observations);
            case REVIVE, RETURN -> {}
        }
    }

    private void forgetTimers(int sequence) {
        turn.timers.cancel(new Timer.DirectTimeout(sequence));
        turn.timers.cancel(new Timer.ProbeEnd(sequence));
    }

    /** This process lost time: probes under way start their waiting anew. */
    void paused(long lostNanos) {
        for (Probe probe : probes.values()) {
            Timer timer =
                    probe.directOver ? new Timer.ProbeEnd(probe.sequence) : new Timer.DirectTimeout(probe.sequence);
            turn.timers.set(timer, turn.nowNanos + timeout(probe.entry));
        }
    }

    // ---- answers ----

    void onAck(Message.Ack ack, Route from, Sync sync) {
        Relay relay = relays.get(ack.sequence());
        if (relay != null && relay.target().equals(from.address())) {
            relayEnd(ack.sequence());
            turn.send(relay.asker(), new Message.Ack(relay.theirSequence(), 0));
            return;
        }
        Probe probe = probes.get(ack.sequence());
        if (probe == null) return;
        Path path = path(probe, from);
        if (path == null) return;
        probes.remove(ack.sequence());
        forgetTimers(ack.sequence());
        Entry entry = probe.entry;
        entry.heard(turn.nowNanos);
        turn.unanswered = 0;
        if (probe.purpose == Purpose.ROUTINE) turn.health.better();
        // It lives, and its refutation is on the way or lost: the suspicion is looked at again, not left without an
        // end.
        if (probe.purpose == Purpose.VERIFY && entry.suspicion() != null) suspicions.postpone(entry);
        if (path == Path.DATAGRAM) {
            if (probe.purpose == Purpose.ROUTINE) turn.soundProbes++;
            roundTrip.measured(turn.nowNanos - probe.startedNanos);
            entry.heard(turn.nowNanos, turn.nowNanos - probe.startedNanos);
            turn.effects.add(new Membership.Effect.Measured(entry.member, turn.nowNanos - probe.startedNanos));
        }
        if (path == Path.RELAY) {
            turn.helped++;
            turn.helpedNanos += turn.nowNanos - probe.askedNanos;
        }
        watchPaths(probe, path);
        if (ack.digest() != 0) sync.noticed(from, ack.digest());
    }

    private static @Nullable Path path(Probe probe, Route from) {
        if (from.isStream()) return probe.streamAsked ? Path.STREAM : null;
        if (from.address().equals(probe.target.address())) return Path.DATAGRAM;
        return probe.relays.containsKey(from.address()) ? Path.RELAY : null;
    }

    // It answers, but not to our datagrams, again and again: alive, and the network between us is worth a look.
    private void watchPaths(Probe probe, Path answered) {
        Entry entry = probe.entry;
        if (answered == Path.DATAGRAM) {
            if (entry.detours() >= DETOURS_TELL) tellPath(probe, answered, true);
            entry.detours(0);
        } else if (probe.directOver && entry.detours() < DETOURS_TELL) {
            entry.detours(entry.detours() + 1);
            if (entry.detours() == DETOURS_TELL) tellPath(probe, answered, false);
        }
    }

    private void tellPath(Probe probe, Path answered, boolean restored) {
        observe(probe, answered, "", Outcome.ACK);
        String note = restored ? "datagrams get through again" : "datagrams are not answered, other paths are";
        Evidence evidence = new Evidence(
                turn.nowNanos,
                probe.entry.member.status(),
                probe.entry.member.incarnation(),
                turn.selfName(),
                List.of(),
                probe.observations,
                turn.health.score(),
                null,
                0,
                note);
        probe.entry.remember(evidence);
        turn.publish(new MembershipEvent.PathBroken(probe.entry.member, Path.DATAGRAM, restored, evidence));
    }

    void onNack(Message.Nack nack, Route from) {
        Probe probe = probes.get(nack.sequence());
        String relay = probe == null ? null : probe.relays.get(from.address());
        if (probe == null || relay == null) return;
        if (!probe.nacked.add(from.address())) return;
        observe(probe, Path.RELAY, relay, Outcome.NACK);
        // The relay is well and answers late on purpose, so the rest of its time still belongs to the accused.
        if (probe.nacked.size() == probe.relays.size()) endIfHopeless(probe);
    }

    // ---- being asked ----

    void onPing(Message.Ping ping, Route from, boolean leaving, Sync sync) {
        if (leaving) return;
        Member self = turn.self.member;
        if (ping.target() != 0 && ping.target() != self.identityTag()) {
            // Meant for somebody who lived here before us: say who does now.
            turn.send(from, new Message.Known(self));
            return;
        }
        turn.send(from, new Message.Ack(ping.sequence(), turn.digest()));
        if (ping.digest() != 0) sync.noticed(from, ping.digest());
    }

    void onPingRequest(Message.PingRequest request, Route from) {
        if (relays.size() >= MAX_RELAYS || request.address().equals(turn.self.member.address())) return;
        int ours = nextSequence();
        relays.put(ours, new Relay(from, request.sequence(), request.address()));
        turn.send(request.address(), new Message.Ping(ours, request.target(), 0));
        long timeout =
                roundTrip.timeoutNanos(0, turn.settings.minProbeTimeoutNanos(), turn.settings.maxProbeTimeoutNanos());
        turn.timers.set(new Timer.RelayNack(ours), turn.nowNanos + timeout * 4 / 5);
        turn.timers.set(new Timer.RelayEnd(ours), turn.nowNanos + 4 * timeout);
    }

    void relayNack(int sequence) {
        Relay relay = relays.get(sequence);
        if (relay != null) turn.send(relay.asker(), new Message.Nack(relay.theirSequence()));
    }

    void relayEnd(int sequence) {
        relays.remove(sequence);
        turn.timers.cancel(new Timer.RelayNack(sequence));
        turn.timers.cancel(new Timer.RelayEnd(sequence));
    }

    void onAccuse(Message.Accuse accuse, Route from) {
        Entry entry = turn.table.get(accuse.name());
        if (entry == turn.self) {
            view.aboutSelf(accuse.generation(), accuse.incarnation(), Status.SUSPECT, null, from);
            return;
        }
        if (entry == null || entry.member.generation() != accuse.generation()) return;
        if (entry.member.incarnation() > accuse.incarnation() || !entry.member.isLive()) {
            // We know better: it has refuted, or it is settled already.
            turn.send(from, new Message.Known(entry.member));
            return;
        }
        confirm(entry, from);
    }
}
