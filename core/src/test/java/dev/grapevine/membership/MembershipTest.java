package dev.grapevine.membership;

import static dev.grapevine.membership.Members.address;
import static dev.grapevine.membership.Members.member;
import static dev.grapevine.membership.Members.random;
import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.core.Address;
import dev.grapevine.core.CloseReason;
import dev.grapevine.membership.Membership.Effect;
import dev.grapevine.membership.Membership.Input;
import dev.grapevine.membership.MembershipEvent.Kind;
import dev.grapevine.membership.MembershipEvent.MemberChanged;
import dev.grapevine.membership.Message.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One node, n0, and what it makes of what it is told: a given state, one input, the exact effects. */
class MembershipTest {
    private static final long MS = 1_000_000;
    private static final long SECOND = 1_000 * MS;
    private static final MembershipSettings LAN = MembershipSettings.of(MembershipSettings.Profile.LAN);

    private final Membership node = new Membership(member(0), LAN, random(1));
    private final List<Effect> effects = new ArrayList<>();
    private long now;

    private List<Effect> give(Input input) {
        effects.clear();
        node.handle(input, now, effects);
        return List.copyOf(effects);
    }

    private List<Effect> hear(int from, Message message) {
        return give(new Input.Received(Route.datagram(address(from)), message));
    }

    /** Lets time pass, tick by tick, and gives all that was asked for meanwhile. */
    private List<Effect> until(long nanos) {
        List<Effect> all = new ArrayList<>();
        while (node.nextDeadlineNanos() <= nanos) {
            now = Math.max(now, node.nextDeadlineNanos());
            all.addAll(give(new Input.Tick()));
        }
        now = nanos;
        return all;
    }

    private void know(int... ids) {
        for (int id : ids) hear(id, new Update.Alive(member(id), 0));
    }

    private static Effect send(int to, Message message) {
        return new Effect.Send(Route.datagram(address(to)), message);
    }

    private static <T> List<T> messages(List<Effect> effects, Class<T> type) {
        List<T> found = new ArrayList<>();
        for (Effect effect : effects)
            if (effect instanceof Effect.Send(Route to, Message message) && type.isInstance(message))
                found.add(type.cast(message));
        return found;
    }

    private static <T> List<T> events(List<Effect> effects, Class<T> type) {
        List<T> found = new ArrayList<>();
        for (Effect effect : effects)
            if (effect instanceof Effect.Publish(MembershipEvent event) && type.isInstance(event))
                found.add(type.cast(event));
        return found;
    }

    private static List<Kind> kinds(List<Effect> effects) {
        return events(effects, MemberChanged.class).stream()
                .map(MemberChanged::kind)
                .toList();
    }

    private Status status(int id) {
        for (Member member : node.members()) if (member.name().equals("n" + id)) return member.status();
        throw new AssertionError("n" + id + " is unknown");
    }

    private static Update.Suspect suspect(int id, long incarnation, String accuser) {
        return new Update.Suspect("n" + id, 1000, incarnation, accuser, 0);
    }

    private static Update.Failed failed(int id, long incarnation) {
        return new Update.Failed(
                "n" + id,
                1000,
                incarnation,
                new Message.Verdict(
                        "n9",
                        List.of("n8"),
                        List.of(new Message.Verdict.Probe(Path.STREAM, Outcome.REFUSED, 12)),
                        2,
                        700),
                4);
    }

    private static Effect ping(List<Effect> effects, int target) {
        for (Effect effect : effects)
            if (effect instanceof Effect.Send(Route to, Message.Ping ping)
                    && to.address().equals(address(target))) return effect;
        throw new AssertionError("no ping to n" + target + " among " + effects);
    }

    private static int sequence(Effect ping) {
        return ((Message.Ping) ((Effect.Send) ping).message()).sequence();
    }

    // ---- probing ----

    @Test
    void aPingIsAnsweredWithItsSequenceAndOurDigest() {
        know(1);
        int digest = node.digest();
        assertThat(hear(1, new Message.Ping(77, member(0).identityTag(), digest)))
                .containsExactly(send(1, new Message.Ack(77, digest)));
        assertThat(hear(1, new Message.Ping(78, 0, 0))).containsExactly(send(1, new Message.Ack(78, digest)));
    }

    @Test
    void aPingForWhoLivedHereBeforeIsAnsweredWithWhoDoesNow() {
        know(1);
        assertThat(hear(1, new Message.Ping(77, 12345, 0))).containsExactly(send(1, new Message.Known(member(0))));
    }

    @Test
    void aRelayPassesOnTheAnswerUnderTheAskersSequence() {
        know(1, 2);
        List<Effect> asked = hear(1, new Message.PingRequest(9, 5, address(2)));
        assertThat(asked).hasSize(1);
        Effect ping = ping(asked, 2);
        assertThat(hear(2, new Message.Ack(sequence(ping), 33))).containsExactly(send(1, new Message.Ack(9, 0)));
        assertThat(hear(2, new Message.Ack(sequence(ping), 33))).isEmpty();
    }

    @Test
    void aRelayWithoutAnAnswerSaysThatItIsWell() {
        know(1, 2);
        hear(1, new Message.PingRequest(9, 5, address(2)));
        List<Effect> later = until(now + 500 * MS * 4 / 5);
        assertThat(later).contains(send(1, new Message.Nack(9)));
    }

    @Test
    void anAnswerFromSomebodyElseIsNone() {
        know(1, 2);
        hear(1, new Message.PingRequest(9, 5, address(2)));
        for (int sequence = 0; sequence < 1 << 14; sequence++)
            assertThat(hear(3, new Message.Ack(sequence, 0))).isEmpty();
    }

    /** Probes n1, which never answers, to the end; gives everything asked for from the first ping on. */
    private List<Effect> probeInVain() {
        List<Effect> all = new ArrayList<>();
        while (messages(all, Message.Accuse.class).isEmpty()) {
            assertThat(now).isLessThan(20 * SECOND);
            List<Effect> step = until(now + 10 * MS);
            all.addAll(step);
            for (Effect effect : step) {
                if (effect instanceof Effect.Send(Route to, Message.Ping(int sequence, int tag, int digest))
                        && !to.address().equals(address(1)))
                    give(new Input.Received(to, new Message.Ack(sequence, node.digest())));
                if (effect instanceof Effect.Send(Route to, Message.PingRequest(int sequence, int tag, Address target)))
                    give(new Input.Received(to, new Message.Nack(sequence)));
                if (effect instanceof Effect.SendByStream(Address to, int sequence, Message message, long timeout)) {
                    all.addAll(give(new Input.StreamFailed(to, sequence, CloseReason.REFUSED)));
                }
            }
        }
        return all;
    }

    @Test
    void aProbeGoesByDatagramThenByRelaysAndStreamAtOnceAndThenAccuses() {
        know(1, 2, 3, 4, 5, 6);
        List<Effect> all = probeInVain();
        assertThat(messages(all, Message.PingRequest.class))
                .hasSize(3)
                .allMatch(request -> request.address().equals(address(1))
                        && request.target() == member(1).identityTag());
        assertThat(all.stream().filter(Effect.SendByStream.class::isInstance)).hasSize(1);
        assertThat(messages(all, Message.Accuse.class)).hasSize(4).containsOnly(new Message.Accuse("n1", 1000, 0));
        MemberChanged change = events(all, MemberChanged.class).getFirst();
        assertThat(change.kind()).isEqualTo(Kind.SUSPECTED);
        assertThat(change.evidence().accuser()).isEqualTo("n0");
        assertThat(change.evidence().observations())
                .extracting(Observation::path, Observation::outcome)
                .contains(
                        org.assertj.core.groups.Tuple.tuple(Path.DATAGRAM, Outcome.TIMEOUT),
                        org.assertj.core.groups.Tuple.tuple(Path.STREAM, Outcome.REFUSED),
                        org.assertj.core.groups.Tuple.tuple(Path.RELAY, Outcome.NACK));
        assertThat(node.localHealth()).as("the host refused, so we are well").isZero();
        assertThat(status(1)).isEqualTo(Status.SUSPECT);
    }

    @Test
    void theAccusedHearsFirstWhenItIsProbedNext() {
        know(1);
        hear(2, suspect(1, 0, "n2"));
        List<Effect> all = until(2 * SECOND);
        int at = all.indexOf(ping(all, 1));
        assertThat(all.get(at + 1)).isEqualTo(send(1, suspect(1, 0, "n0")));
    }

    @Test
    void anAccusationIsProbedAtOnceByDatagramAndStream() {
        know(1, 2);
        List<Effect> asked = hear(2, new Message.Accuse("n1", 1000, 0));
        assertThat(messages(asked, Message.Ping.class)).hasSize(1);
        assertThat(asked.stream().filter(Effect.SendByStream.class::isInstance)).hasSize(1);
        assertThat(messages(hear(2, new Message.Accuse("n1", 1000, 0)), Message.Ping.class))
                .as("once at a time")
                .isEmpty();
    }

    @Test
    void anAccusationThatIsOutOfDateIsAnsweredWithWhatIsKnown() {
        know(2);
        hear(1, new Update.Alive(member(1, 1000, 3, Status.ALIVE), 0));
        assertThat(hear(2, new Message.Accuse("n1", 1000, 2)))
                .containsExactly(send(2, new Message.Known(member(1, 1000, 3, Status.ALIVE))));
        assertThat(hear(2, new Message.Accuse("n1", 999, 9))).isEmpty();
        assertThat(hear(2, new Message.Accuse("n7", 1000, 0))).isEmpty();
    }

    // ---- suspicion ----

    @Test
    void confirmationsShrinkTheSuspicionToItsLeastTime() {
        know(1, 2, 3, 4, 5, 6);
        hear(2, suspect(1, 0, "n2"));
        for (int accuser = 3; accuser <= 5; accuser++) hear(accuser, suspect(1, 0, "n" + accuser));
        assertThat(kinds(until(400 * MS - 1))).doesNotContain(Kind.FAILED);
        List<Effect> all = until(400 * MS);
        MemberChanged change = events(all, MemberChanged.class).getFirst();
        assertThat(change.kind()).isEqualTo(Kind.FAILED);
        assertThat(change.evidence().accuser()).isEqualTo("n2");
        assertThat(change.evidence().confirmers()).containsExactly("n3", "n4", "n5");
    }

    @Test
    void aLoneAccuserWaitsSixTimesAsLongAndThenTheAccusedIsAskedOnceMore() {
        know(1, 2, 3, 4, 5, 6);
        hear(2, suspect(1, 0, "n2"));
        hear(2, suspect(1, 0, "n2"));
        List<Effect> all = new ArrayList<>();
        while (now < 2_400 * MS - 1) {
            // Everybody answers but n1; the node's own probe of it is answered too, or it would confirm.
            List<Effect> step = until(Math.min(2_400 * MS - 1, now + MS));
            all.addAll(step);
            for (Effect effect : step)
                if (effect instanceof Effect.Send(Route to, Message.Ping(int sequence, int tag, int digest)))
                    give(new Input.Received(to, new Message.Ack(sequence, node.digest())));
        }
        assertThat(kinds(all)).doesNotContain(Kind.FAILED);
        List<Effect> asked = until(2_400 * MS);
        assertThat(kinds(asked)).isEmpty();
        ping(asked, 1);
        List<Effect> verdict = new ArrayList<>();
        while (now < 5 * SECOND) {
            verdict.addAll(until(now + 100 * MS));
            hear(3, new Message.Ping(1, 0, 0)); // we are not cut off
        }
        assertThat(kinds(verdict)).contains(Kind.FAILED);
    }

    @Test
    void anAliveOfTheSameIncarnationDoesNotClearASuspicionAndANewerOneDoes() {
        know(1, 2);
        assertThat(kinds(hear(2, suspect(1, 0, "n2")))).containsExactly(Kind.SUSPECTED);
        assertThat(hear(1, new Update.Alive(member(1), 0))).isEmpty();
        assertThat(kinds(hear(1, new Update.Alive(member(1, 1000, 1, Status.ALIVE), 0))))
                .containsExactly(Kind.REFUTED);
        assertThat(hear(2, suspect(1, 0, "n3"))).as("old news").isEmpty();
        assertThat(node.why("n1")).extracting(Evidence::status).startsWith(Status.ALIVE, Status.SUSPECT, Status.ALIVE);
    }

    @Test
    void aSuspicionOfANewerIncarnationRenewsIt() {
        know(1, 2);
        hear(2, suspect(1, 0, "n2"));
        assertThat(kinds(hear(2, suspect(1, 5, "n3")))).containsExactly(Kind.SUSPECTED);
    }

    @Test
    void aGoodByeOfANewerGenerationThanIsKnownIsBelieved() {
        know(1, 2);
        assertThat(kinds(hear(2, new Update.Left("n1", 2000, 3, "n1", 0)))).containsExactly(Kind.LEFT);
        assertThat(status(1)).isEqualTo(Status.LEFT);
        assertThat(hear(2, new Update.Left("n1", 1500, 9, "n1", 0)))
                .as("old news")
                .isEmpty();
        assertThat(hear(1, new Update.Alive(member(1), 0)))
                .as("so is its older self")
                .isEmpty();
    }

    // ---- claims about ourselves ----

    @Test
    void aGoodByeOfANewerGenerationOfOurselvesIsOutbid() {
        know(1);
        hear(1, new Update.Left("n0", 2000, 3, "n0", 0));
        assertThat(node.self().generation()).isEqualTo(2001);
        assertThat(node.self().status()).isEqualTo(Status.ALIVE);
    }

    @Test
    void aSuspectRefutesWithANewerIncarnationAndTellsTheAccuserFirst() {
        know(1);
        assertThat(hear(1, suspect(0, 4, "n1")))
                .startsWith(send(1, new Update.Alive(member(0, 1000, 5, Status.ALIVE), 0)));
        assertThat(node.self().incarnation()).isEqualTo(5);
        assertThat(node.localHealth()).isOne();
        assertThat(messages(hear(1, suspect(0, 4, "n1")), Update.Alive.class))
                .as("answered already")
                .isEmpty();
    }

    @Test
    void aFailureAndALeaveOfOursAreRefutedToo() {
        know(1);
        hear(1, failed(0, 0));
        assertThat(node.self()).isEqualTo(member(0, 1000, 1, Status.ALIVE));
        hear(1, new Update.Left("n0", 1000, 7, "n1", 0));
        assertThat(node.self()).isEqualTo(member(0, 1000, 8, Status.ALIVE));
    }

    @Test
    void atTheEndOfTheIncarnationsTheNextGenerationRefutes() {
        know(1);
        hear(1, suspect(0, Member.MAX_INCARNATION, "n1"));
        assertThat(node.self()).isEqualTo(member(0, 1001, 0, Status.ALIVE));
    }

    @Test
    void atTheEndOfEverythingNothingIsThrown() {
        know(1);
        hear(1, new Update.Alive(member(0, Member.MAX_GENERATION - 1, 0, Status.ALIVE), 0));
        assertThat(node.self().generation()).isEqualTo(Member.MAX_GENERATION);
        hear(1, new Update.Suspect("n0", Member.MAX_GENERATION, Member.MAX_INCARNATION - 1, "n1", 0));
        assertThat(node.self().incarnation()).isEqualTo(Member.MAX_INCARNATION);
        hear(1, new Update.Suspect("n0", Member.MAX_GENERATION, Member.MAX_INCARNATION, "n1", 0));
        give(new Input.SetTags(Tags.of(Map.of("a", "b"))));
        give(new Input.SetAddress(address(40)));
        give(new Input.Paused(9 * SECOND));
        give(new Input.Leave());
        assertThat(node.self().status()).isEqualTo(Status.LEFT);
    }

    @Test
    void aNewerGenerationElsewhereTakesTheNameAndTheLoserFallsSilent() {
        know(1);
        Member winner = member(0, 2000, 0, Status.ALIVE).at(address(30), 0);
        List<Effect> all = hear(30, new Update.Alive(winner, 0));
        assertThat(all)
                .containsExactly(
                        new Effect.Publish(new MembershipEvent.Duplicate(winner, member(0), true, address(30))),
                        send(30, new Message.Duplicate(member(0))));
        assertThat(node.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
        assertThat(hear(1, new Message.Ping(1, 0, 0))).isEmpty();
    }

    @Test
    void theWinnerReportsTheLosersClaimAndTeachesAnOlderGeneration() {
        Member loser = member(0, 500, 3, Status.ALIVE).at(address(30), 3);
        assertThat(hear(30, new Message.Duplicate(loser)))
                .containsExactly(
                        new Effect.Publish(new MembershipEvent.Duplicate(member(0), loser, false, address(30))));
        assertThat(hear(30, new Update.Alive(loser, 0))).containsExactly(send(30, new Message.Known(member(0))));
        assertThat(node.self()).isEqualTo(member(0));
    }

    @Test
    void ofTwinsOfOneGenerationTheHigherAddressTakesTheNextOneAndTheLowerLoses() {
        List<Effect> all = hear(30, new Update.Alive(member(0).at(Address.ipv4(1, 1), 0), 0));
        assertThat(node.self().generation()).isEqualTo(1001);
        assertThat(events(all, MembershipEvent.Duplicate.class))
                .hasSize(1)
                .noneMatch(MembershipEvent.Duplicate::selfLost);
        Membership lower = new Membership(member(0), LAN, random(2));
        List<Effect> said = new ArrayList<>();
        lower.handle(
                new Input.Received(
                        Route.datagram(address(30)), new Update.Alive(member(0).at(address(30), 0), 0)),
                0,
                said);
        assertThat(events(said, MembershipEvent.Duplicate.class))
                .hasSize(1)
                .allMatch(MembershipEvent.Duplicate::selfLost);
    }

    @Test
    void ourOwnPastWithANewerGenerationAtOurAddressIsOutbid() {
        List<Effect> all = hear(1, new Update.Alive(member(0, 5000, 9, Status.ALIVE), 0));
        assertThat(node.self()).isEqualTo(member(0, 5001, 0, Status.ALIVE));
        assertThat(events(all, MembershipEvent.Duplicate.class)).isEmpty();
    }

    @Test
    void badNewsOfANewerGenerationProvesNoOtherProcess() {
        assertThat(hear(1, new Update.Suspect("n0", 5000, 0, "n1", 0))).isEmpty();
        assertThat(node.self()).isEqualTo(member(0));
    }

    // ---- what becomes of others ----

    @Test
    void aFailureToldIsBelievedWithTheJudgesEvidence() {
        know(1, 2);
        List<Effect> all = hear(2, failed(1, 0));
        MemberChanged change = events(all, MemberChanged.class).getFirst();
        assertThat(change.kind()).isEqualTo(Kind.FAILED);
        assertThat(change.before()).isEqualTo(member(1));
        Evidence evidence = change.evidence();
        assertThat(evidence.accuser()).isEqualTo("n9");
        assertThat(evidence.confirmers()).containsExactly("n8");
        assertThat(evidence.toldBy()).isEqualTo(address(2));
        assertThat(evidence.hops()).isEqualTo(4);
        assertThat(evidence.observations())
                .containsExactly(new Observation("n9", Path.STREAM, "", Outcome.REFUSED, -1, 12 * MS));
        assertThat(hear(2, failed(1, 0))).as("known already").isEmpty();
        assertThat(node.liveMembers()).isEqualTo(2);
    }

    @Test
    void aFailedMemberIsAskedForEverAtAFallingRateAndReturnsWithANewerIncarnation() {
        know(1);
        hear(2, failed(1, 0));
        List<Effect> first = until(now + 600 * SECOND);
        int early = messages(first, Message.Ping.class).size();
        until(now + 20_000 * SECOND);
        int late = messages(until(now + 600 * SECOND), Message.Ping.class).size();
        assertThat(late).isBetween(10, 40); // alone it asks once in 30 s
        assertThat(early).isGreaterThan(2 * late);
        assertThat(kinds(hear(1, new Update.Alive(member(1), 0))))
                .as("the same incarnation is old news")
                .isEmpty();
        assertThat(kinds(hear(1, new Update.Alive(member(1, 1000, 1, Status.ALIVE), 0))))
                .containsExactly(Kind.RETURNED);
    }

    @Test
    void aRestartWithANewerGenerationIsAnUpdateOrAReturn() {
        know(1, 2);
        assertThat(kinds(hear(1, new Update.Alive(member(1, 2000, 0, Status.ALIVE), 0))))
                .containsExactly(Kind.UPDATED);
        assertThat(hear(2, failed(1, 99))).as("of the generation before").isEmpty();
        hear(2, failed(2, 0));
        assertThat(kinds(hear(2, new Update.Alive(member(2, 2000, 0, Status.ALIVE), 0))))
                .containsExactly(Kind.RETURNED);
    }

    @Test
    void aChangeOfAddressOrTagsIsAnUpdate() {
        know(1);
        Member moved = member(1).at(address(31), 1);
        assertThat(kinds(hear(31, new Update.Alive(moved, 0)))).containsExactly(Kind.UPDATED);
        Member tagged = moved.with(Tags.of(Map.of("role", "db")), 2);
        assertThat(kinds(hear(31, new Update.Alive(tagged, 0)))).containsExactly(Kind.UPDATED);
        assertThat(node.members()).contains(tagged);
    }

    @Test
    void ourOwnTagsAndAddressTakeANewIncarnation() {
        Tags tags = Tags.of(Map.of("role", "db"));
        give(new Input.SetTags(tags));
        assertThat(node.self()).isEqualTo(member(0).with(tags, 1));
        give(new Input.SetAddress(address(40)));
        assertThat(node.self()).isEqualTo(member(0).with(tags, 1).at(address(40), 2));
    }

    @Test
    void aMemberThatLeftIsRememberedAgainstStaleNewsAndThenForgotten() {
        know(1, 2);
        assertThat(kinds(hear(1, new Update.Left("n1", 1000, 1, "n1", 0)))).containsExactly(Kind.LEFT);
        assertThat(hear(2, new Update.Alive(member(1, 1000, 1, Status.ALIVE), 3)))
                .as("stale")
                .isEmpty();
        long left = now;
        assertThat(kinds(until(left + LAN.rememberLeftNanos() - 1))).doesNotContain(Kind.FORGOTTEN);
        assertThat(kinds(until(left + LAN.rememberLeftNanos()))).contains(Kind.FORGOTTEN);
        assertThat(node.why("n1")).isEmpty();
    }

    @Test
    void anOperatorForgetsAFailedMemberAndNoOther() {
        know(1, 2);
        hear(2, failed(1, 0));
        assertThat(give(new Input.Forget("n2"))).isEmpty();
        assertThat(kinds(give(new Input.Forget("n1")))).containsExactly(Kind.LEFT);
        assertThat(status(1)).isEqualTo(Status.LEFT);
    }

    @Test
    void atTheLimitOfFailedMembersTheLongestFailedIsForgottenAndNoneIsTakenInByTable() {
        MembershipSettings two = new MembershipSettings(
                SECOND, 200 * MS, 500 * MS, 3, 200 * MS, 3, 4, 400 * MS, 6, 3, 8, SECOND, 11_200, 1, 99, SECOND, SECOND,
                SECOND, 2);
        Membership small = new Membership(member(0), two, random(1));
        List<Effect> all = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            small.handle(new Input.Received(Route.datagram(address(9)), new Update.Alive(member(i), 0)), i * MS, all);
            small.handle(new Input.Received(Route.datagram(address(9)), failed(i, 0)), i * MS, all);
        }
        assertThat(events(all, MemberChanged.class).getLast().member().name()).isEqualTo("n1");
        assertThat(kinds(all)).endsWith(Kind.FORGOTTEN);
        Message old = new Message.Known(member(7, 1000, 0, Status.FAILED));
        small.handle(new Input.Received(Route.datagram(address(9)), old), 4 * MS, all);
        assertThat(small.members()).hasSize(3);
    }

    // ---- storms, pauses, isolation ----

    @Test
    void inAStormNobodyIsRemovedAndAfterItEverySuspectGetsAFreshProbe() {
        for (int i = 1; i <= 20; i++) know(i);
        List<Effect> all = new ArrayList<>();
        for (int i = 1; i <= 9; i++) {
            all.addAll(hear(20, suspect(i, 0, "n20")));
            for (int accuser = 17; accuser <= 19; accuser++) all.addAll(hear(accuser, suspect(i, 0, "n" + accuser)));
        }
        assertThat(events(all, MembershipEvent.StormBegan.class)).hasSize(1);
        assertThat(hear(20, failed(1, 0))).as("not even on somebody's word").isEmpty();
        List<Effect> during = new ArrayList<>();
        while (now < 4 * SECOND) answerAllBut(1, 9, during);
        assertThat(kinds(during)).doesNotContain(Kind.FAILED);
        hear(1, new Update.Alive(member(1, 1000, 1, Status.ALIVE), 0));
        // The node answers for everybody but n2..n9, so that its own probes begin no new suspicion.
        List<Effect> after = new ArrayList<>();
        while (now < 15 * SECOND
                && events(after, MembershipEvent.StormEnded.class).isEmpty()) answerAllBut(2, 9, after);
        assertThat(events(after, MembershipEvent.StormEnded.class)).hasSize(1);
        assertThat(kinds(after)).doesNotContain(Kind.FAILED);
        long ended = now;
        List<Effect> verified = new ArrayList<>();
        while (now < ended + 8 * SECOND) answerAllBut(2, 9, verified);
        for (int i = 2; i <= 9; i++) assertThat(status(i)).as("n" + i).isEqualTo(Status.FAILED);
        for (int i = 10; i <= 20; i++) assertThat(status(i)).as("n" + i).isEqualTo(Status.ALIVE);
    }

    private void answerAllBut(int first, int last, List<Effect> all) {
        List<Effect> step = until(now + MS);
        all.addAll(step);
        for (Effect effect : step) {
            if (!(effect instanceof Effect.Send(Route to, Message message))) continue;
            int id = (int) (to.address().low() & 0xFF);
            if (id >= first && id <= last) continue;
            if (message instanceof Message.Ping ping)
                all.addAll(give(new Input.Received(to, new Message.Ack(ping.sequence(), node.digest()))));
            if (message instanceof Message.PingRequest request)
                all.addAll(give(new Input.Received(to, new Message.Nack(request.sequence()))));
        }
    }

    @Test
    void aPauseIsDoubtAboutOurselvesFirstAndGivesEverySuspectItsTimeBack() {
        know(1, 2, 3, 4, 5);
        hear(2, suspect(1, 0, "n2"));
        now += 30 * SECOND;
        List<Effect> all = give(new Input.Paused(30 * SECOND));
        assertThat(events(all, MembershipEvent.Paused.class))
                .containsExactly(new MembershipEvent.Paused(30 * SECOND, 8));
        assertThat(kinds(all)).doesNotContain(Kind.FAILED);
        assertThat(node.self().incarnation())
                .as("others are told before they decide")
                .isOne();
    }

    @Test
    void silenceIsIsolationAndTheFirstWordEndsIt() {
        know(1, 2);
        List<Effect> all = until(10 * SECOND);
        assertThat(events(all, MembershipEvent.Isolated.class)).hasSize(1);
        List<Effect> heard = hear(1, new Message.Nack(1));
        assertThat(events(heard, MembershipEvent.Rejoined.class)).hasSize(1);
        assertThat(events(until(now + SECOND), MembershipEvent.Isolated.class)).isEmpty();
    }

    @Test
    void aNodeThatExpectsNobodyIsNotIsolated() {
        assertThat(events(until(60 * SECOND), MembershipEvent.Isolated.class)).isEmpty();
    }

    // ---- seeds ----

    @Test
    void aNamedSeedIsResolvedAgainForEverWithBackOffAndAskedByStreamToo() {
        give(new Input.Join(List.of("seed.example:7000"), 1));
        List<Effect> hour = until(3600 * SECOND);
        long resolves = hour.stream().filter(Effect.Resolve.class::isInstance).count();
        assertThat(resolves).isBetween(300L, 1000L); // alone: every 8 s, give or take a half
        assertThat(give(new Input.Resolved("seed.example", 7000, List.of(address(5)))))
                .contains(send(5, new Message.Join(member(0))));
        List<Effect> next = until(now + 20 * SECOND);
        assertThat(next.stream().filter(Effect.SendByStream.class::isInstance)).isNotEmpty();
        know(5);
        List<Effect> within = new ArrayList<>();
        for (long end = now + 60 * SECOND; now < end; ) answerAllBut(99, 99, within);
        assertThat(messages(within, Message.Join.class)).as("it is in").isEmpty();
    }

    @Test
    void aJoinIsWelcomedWithAFewMembersAndOneThoughtDeadIsToldSo() {
        know(1, 2);
        hear(2, failed(1, 0));
        List<Effect> all = hear(1, new Message.Join(member(1)));
        assertThat(all)
                .contains(
                        send(1, new Message.Welcome(member(0), 2)),
                        send(1, new Message.Known(member(2))),
                        send(1, new Message.Known(member(1, 1000, 0, Status.FAILED))));
    }

    // ---- tables ----

    @Test
    void tablesThatAgreeCostOneMessage() {
        know(1, 2);
        int bits = 4;
        MemberTable same = new MemberTable();
        for (int i = 0; i <= 2; i++) same.add(member(i), Members.NOW);
        assertThat(hear(1, new Message.SyncRequest(bits, Digests.buckets(same, bits))))
                .singleElement()
                .satisfies(e -> {
                    assertThat(((Effect.Send) e).message()).isInstanceOf(Message.SyncPull.class);
                    assertThat(((Message.SyncPull) ((Effect.Send) e).message()).nameTags())
                            .isEmpty();
                });
    }

    @Test
    void onlyWhatDiffersMoves() {
        for (int i = 1; i <= 100; i++) know(i);
        MemberTable theirs = new MemberTable();
        for (int i = 0; i <= 100; i++) if (i != 50) theirs.add(member(i), Members.NOW);
        int bits = Digests.bits(100);
        List<Effect> all = hear(1, new Message.SyncRequest(bits, Digests.buckets(theirs, bits)));
        List<Message.SyncSummary> summaries = messages(all, Message.SyncSummary.class);
        List<Message.Known> rows = messages(all, Message.Known.class);
        assertThat(summaries.size() + (rows.isEmpty() ? 0 : 1)).as("one bucket").isOne();
        if (!summaries.isEmpty())
            assertThat(summaries.getFirst().nameTags())
                    .contains(Digests.nameTag("n50"))
                    .hasSizeLessThan(20);
        int[] wanted = {Digests.nameTag("n50")};
        assertThat(hear(1, new Message.SyncPull(wanted))).containsExactly(send(1, new Message.Known(member(50))));
    }

    @Test
    void aMemberFailedInAnothersTableIsDoubtedNotBelieved() {
        know(1, 2);
        List<Effect> all = hear(2, new Message.Known(member(1, 1000, 0, Status.FAILED)));
        assertThat(kinds(all)).isEmpty();
        assertThat(messages(all, Message.Ping.class)).as("asked at once").hasSize(1);
        assertThat(all)
                .as("told at once, so that it can refute")
                .contains(send(1, new Message.Known(member(1, 1000, 0, Status.FAILED))));
        assertThat(status(1)).isEqualTo(Status.ALIVE);
    }

    @Test
    void anOlderRowIsAnsweredWithTheNewerOne() {
        hear(1, new Update.Alive(member(1, 1000, 4, Status.ALIVE), 0));
        assertThat(hear(2, new Message.Known(member(1, 1000, 3, Status.ALIVE))))
                .containsExactly(send(2, new Message.Known(member(1, 1000, 4, Status.ALIVE))));
        assertThat(hear(2, new Message.Known(member(1, 1000, 4, Status.ALIVE)))).isEmpty();
    }

    // ---- leaving ----

    @Test
    void leavingIsSaidForThreeRoundsAndThenThereIsSilence() {
        know(1, 2);
        List<Effect> first = give(new Input.Leave());
        assertThat(first.stream().filter(Effect.Gossip.class::isInstance)).hasSize(2);
        assertThat(hear(1, new Message.Ping(1, 0, 0)))
                .as("who leaves answers no probe")
                .isEmpty();
        List<Effect> all = until(now + 3 * LAN.gossipNanos());
        assertThat(all).endsWith(new Effect.LeaveDone());
        assertThat(node.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
        assertThat(hear(1, suspect(0, 0, "n1"))).isEmpty();
    }

    @Test
    void whoIsAloneLeavesAtOnce() {
        assertThat(give(new Input.Leave())).endsWith(new Effect.LeaveDone());
    }
}
