package dev.grapevine.membership;

import static dev.grapevine.membership.Members.address;
import static dev.grapevine.membership.Members.member;
import static dev.grapevine.membership.Members.random;
import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.membership.Membership.Effect;
import dev.grapevine.membership.Membership.Input;
import dev.grapevine.membership.MembershipEvent.Kind;
import dev.grapevine.membership.MembershipEvent.MemberChanged;
import dev.grapevine.membership.Message.Update;
import dev.grapevine.membership.Message.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A node that is in trouble itself, and what the others make of what it says. */
class SickNodeTest {
    private static final long SECOND = 1_000_000_000L;
    private static final MembershipSettings LAN = MembershipSettings.of(MembershipSettings.Profile.LAN);

    private final Membership node = new Membership(member(0), LAN, random(1));
    private long now;

    private List<Effect> give(Input input) {
        List<Effect> effects = new ArrayList<>();
        node.handle(input, now, effects);
        return effects;
    }

    private List<Effect> hear(int from, Message message) {
        return give(new Input.Received(Route.datagram(address(from)), message));
    }

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

    private Status status(int id) {
        for (Member member : node.members()) if (member.name().equals("n" + id)) return member.status();
        throw new AssertionError("n" + id + " is unknown");
    }

    private static List<Kind> kinds(List<Effect> effects) {
        List<Kind> kinds = new ArrayList<>();
        for (Effect effect : effects)
            if (effect instanceof Effect.Publish(MemberChanged change)) kinds.add(change.kind());
        return kinds;
    }

    private static Update.Failed failed(int id, String judge, String... confirmers) {
        return new Update.Failed("n" + id, 1000, 0, new Verdict(judge, List.of(confirmers), List.of(), 0, 700), 0);
    }

    @Test
    void whoHearsNobodyAccusesNobodyUntilItsPatienceEnds() {
        know(1, 2, 3, 4);
        assertThat(kinds(until(14 * SECOND))).isEmpty();
        assertThat(kinds(until(60 * SECOND))).as("3 others: 15 s").contains(Kind.SUSPECTED);
    }

    @Test
    void ofTwoTheOneThatIsLeftAccusesTheOther() {
        know(1);
        assertThat(kinds(until(5 * SECOND))).contains(Kind.SUSPECTED);
    }

    @Test
    void aVerdictThatNobodyConfirmsIsAnAccusation() {
        know(1, 2, 3, 4);
        assertThat(kinds(hear(2, failed(1, "n2")))).containsExactly(Kind.SUSPECTED);
        assertThat(kinds(hear(3, failed(1, "n3", "n2")))).containsExactly(Kind.FAILED);
    }

    @Test
    void aVerdictIsBelievedAtOnceWhenTheHostRefused() {
        know(1, 2, 3, 4);
        Verdict refused =
                new Verdict("n2", List.of(), List.of(new Verdict.Probe(Path.STREAM, Outcome.REFUSED, 1)), 0, 9);
        assertThat(kinds(hear(2, new Update.Failed("n1", 1000, 0, refused, 0)))).containsExactly(Kind.FAILED);
    }

    @Test
    void theWordOfASuspectCountsForNothing() {
        know(1, 2, 3, 4);
        hear(3, new Update.Suspect("n2", 1000, 0, "n3", 0));
        assertThat(hear(2, new Update.Suspect("n1", 1000, 0, "n2", 0))).isEmpty();
        assertThat(kinds(hear(2, failed(1, "n2", "n2")))).isEmpty();
        assertThat(status(1)).isEqualTo(Status.ALIVE);
        // Nor a moment after it has refuted.
        hear(2, new Update.Alive(member(2, 1000, 1, Status.ALIVE), 0));
        assertThat(kinds(hear(2, new Update.Suspect("n1", 1000, 0, "n2", 0)))).isEmpty();
        until(11 * SECOND);
        assertThat(kinds(hear(2, new Update.Suspect("n1", 1000, 0, "n2", 0)))).contains(Kind.SUSPECTED);
    }

    @Test
    void whoIsFoundFailedAgainAndAgainAndIsInTroubleStaysOutForAWhile() {
        know(1, 2, 3, 4);
        for (int fall = 0; fall < 2; fall++) {
            until(5 * (fall + 1) * SECOND);
            hear(1, new Message.Known(node.self().as(Status.FAILED, node.self().incarnation())));
            assertThat(node.self().incarnation()).as("it refutes at once").isEqualTo(fall + 1);
        }
        until(15 * SECOND);
        List<Effect> third = hear(1, new Message.Known(node.self().as(Status.FAILED, 2)));
        assertThat(third).anyMatch(e -> e instanceof Effect.Publish(MembershipEvent.Restrained r) && r.falls() == 3);
        assertThat(node.self().incarnation()).isEqualTo(2);
        hear(1, new Update.Suspect("n0", 1000, 7, "n1", 0));
        assertThat(node.self().incarnation()).as("it still says nothing").isEqualTo(2);
        until(330 * SECOND);
        assertThat(node.self().incarnation())
                .as("it tries again, above all it has heard")
                .isEqualTo(8);
    }

    @Test
    void aNodeThatIsWellRefutesFiveTimesAndThenDoubtsItself() {
        know(1, 2, 3, 4);
        for (int fall = 0; fall < 5; fall++) {
            untilWell(6 * (fall + 1) * SECOND);
            hear(1, new Message.Known(node.self().as(Status.FAILED, node.self().incarnation())));
        }
        assertThat(node.self().incarnation()).isEqualTo(5);
        untilWell(36 * SECOND);
        hear(1, new Message.Known(node.self().as(Status.FAILED, 5)));
        assertThat(node.self().incarnation()).as("six times").isEqualTo(5);
    }

    @Test
    void whatSeveralSidesOfAPartitionFoundIsOneFall() {
        know(1, 2, 3, 4);
        until(10 * SECOND); // nobody answers: it is in trouble
        for (int side = 0; side < 10; side++)
            hear(1, new Message.Known(node.self().as(Status.FAILED, node.self().incarnation())));
        assertThat(node.self().incarnation()).as("it refutes each").isEqualTo(10);
    }

    /** Time passes, and all its probes are answered. */
    private void untilWell(long nanos) {
        while (node.nextDeadlineNanos() <= nanos) {
            now = Math.max(now, node.nextDeadlineNanos());
            for (Effect effect : give(new Input.Tick()))
                if (effect instanceof Effect.Send(Route to, Message.Ping ping))
                    give(new Input.Received(to, new Message.Ack(ping.sequence(), 0)));
        }
        now = nanos;
    }
}
