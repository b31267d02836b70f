package dev.grapevine.topic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.core.Address;
import dev.grapevine.topic.TopicMessage.Acked;
import dev.grapevine.topic.TopicMessage.Announce;
import dev.grapevine.topic.TopicMessage.Digest;
import dev.grapevine.topic.TopicMessage.Held;
import dev.grapevine.topic.TopicMessage.Payload;
import dev.grapevine.topic.TopicMessage.Prune;
import dev.grapevine.topic.TopicMessage.Range;
import dev.grapevine.topic.TopicMessage.Urgency;
import dev.grapevine.topic.TopicMessage.Want;
import dev.grapevine.topic.Topics.Effect;
import dev.grapevine.topic.Topics.Input;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TopicsTest {
    private static final long MS = 1_000_000;
    private static final Address B = Address.loopback(2);
    private static final Address C = Address.loopback(3);
    private static final Address D = Address.loopback(4);
    private static final byte[] TEXT = {1, 2, 3};
    private static final Source OTHER = new Source("t", "o", 9, Promise.REPAIRED, 60_000, false);
    private static final long KEY = OTHER.key();

    private final List<Effect> effects = new ArrayList<>();
    private final Topics node = new Topics("a", 1, TopicSettings.of(2 * MS, 1_200)); // ack 10, retry 50, lazy 100 ms

    @BeforeEach
    void threeNeighbours() {
        for (Address peer : List.of(B, C, D)) handle(new Input.NeighborUp(peer), 0);
        handle(new Input.View(4), 0);
    }

    private List<Effect> handle(Input input, long nowNanos) {
        effects.clear();
        node.handle(input, nowNanos, effects);
        return List.copyOf(effects);
    }

    private List<Effect> hear(Address from, TopicMessage message, long nowNanos) {
        return handle(new Input.Received(from, message), nowNanos);
    }

    private static Effect send(Address to, TopicMessage message) {
        return new Effect.Send(to, message);
    }

    private static TopicMessage payload(long sequence, int hops) {
        return new Payload(OTHER, sequence, hops, false, TEXT);
    }

    private static TopicMessage announce(Urgency urgency, long sequence, int hops) {
        return new Announce(urgency, List.of(new Held(KEY, sequence, hops)));
    }

    private List<Effect> publish(byte[] bytes, long nowNanos) {
        return handle(new Input.Publish(7, "t", Promise.REPAIRED, 60_000, true, bytes), nowNanos);
    }

    @Test
    void theFirstMessageIsOfferedAndPushedToNobody() {
        Source own = new Source("t", "a", 1, Promise.REPAIRED, 60_000, true);
        TopicMessage offer = new Announce(Urgency.OFFER, List.of(new Held(own.key(), 1, 0)));
        assertThat(publish(TEXT, 5))
                .filteredOn(effect -> !(effect instanceof Effect.Deliver))
                .containsExactly(new Effect.Accepted(7, own, 1), send(B, offer), send(C, offer), send(D, offer));
        assertThat(hear(B, new Want(own.key(), 1, 1, true), 6))
                .containsExactly(send(B, new Payload(own, 1, 0, true, TEXT)));
        assertThat(node.children(own)).containsExactly(B);
    }

    @Test
    void anOfferIsAskedForOnceAndTheOthersArePrunedOnceWeHaveIt() {
        assertThat(hear(B, announce(Urgency.OFFER, 1, 0), 1)).containsExactly(send(B, new Want(KEY, 1, 1, true)));
        assertThat(hear(C, announce(Urgency.OFFER, 1, 0), 2)).isEmpty();
        assertThat(hear(B, new Payload(OTHER, 1, 0, true, TEXT), 3))
                .containsExactly(
                        new Effect.Deliver(OTHER, 1, TEXT, B, 1, 3),
                        send(D, announce(Urgency.OFFER, 1, 1))); // C has it: it said so
        assertThat(node.parent(OTHER)).isEqualTo(B);
        assertThat(hear(D, announce(Urgency.OFFER, 1, 3), 4)).containsExactly(send(D, new Prune(KEY)));
    }

    @Test
    void aPushIsPassedOnConfirmedInBatchesAndADuplicatePrunesItsLink() {
        hear(B, payload(1, 0), 1);
        hear(C, new Want(KEY, 1, 1, true), 2);
        hear(D, new Prune(KEY), 2);
        assertThat(hear(B, payload(2, 0), 3))
                .containsExactly(
                        new Effect.Deliver(OTHER, 2, TEXT, B, 1, 3), send(C, new Payload(OTHER, 2, 1, false, TEXT)));
        assertThat(hear(D, payload(2, 4), 4)).containsExactly(send(D, new Prune(KEY)));
        assertThat(handle(new Input.Tick(), 11 * MS))
                .containsExactlyInAnyOrder(
                        send(B, new TopicMessage.Ack(List.of(new Acked(KEY, 2, List.of())))),
                        send(D, new TopicMessage.Ack(List.of(new Acked(KEY, 2, List.of())))));
    }

    @Test
    void whatIsNotConfirmedIsAnnouncedAgainAndAskedForOnlyIfItWasLost() {
        hear(B, payload(1, 0), 1);
        hear(C, new Want(KEY, 1, 1, true), 2);
        hear(D, new Prune(KEY), 2);
        hear(B, payload(2, 0), 3);
        handle(new Input.Tick(), 11 * MS);
        assertThat(handle(new Input.Tick(), 3 + 50 * MS)).contains(send(C, announce(Urgency.CONFIRM, 2, 1)));
        assertThat(hear(C, new Want(KEY, 2, 2, false), 60 * MS))
                .containsExactly(send(C, new Payload(OTHER, 2, 1, true, TEXT)));
        hear(C, new TopicMessage.Ack(List.of(new Acked(KEY, 2, List.of()))), 61 * MS);
        assertThat(handle(new Input.Tick(), 400 * MS))
                .noneMatch(effect -> effect.toString().contains("CONFIRM"));
    }

    @Test
    void whatWasPushedAndAnnouncedAgainIsConfirmedAtOnce() {
        hear(B, payload(1, 0), 1);
        assertThat(hear(B, announce(Urgency.CONFIRM, 1, 0), 2))
                .containsExactly(send(B, new TopicMessage.Ack(List.of(new Acked(KEY, 1, List.of())))));
        assertThat(hear(B, announce(Urgency.CONFIRM, 2, 0), 3)).containsExactly(send(B, new Want(KEY, 2, 2, false)));
    }

    @Test
    void aGapIsAskedOfTheParentAfterAMomentForReordering() {
        hear(B, payload(1, 0), 0);
        hear(B, payload(4, 0), 1);
        assertThat(handle(new Input.Tick(), 1 + 5 * MS))
                .contains(send(B, new Want(KEY, 2, 2, false)), send(B, new Want(KEY, 3, 3, false)));
        assertThat(hear(B, new Payload(OTHER, 2, 0, true, TEXT), 7 * MS))
                .contains(new Effect.Deliver(OTHER, 2, TEXT, B, 1, 7 * MS));
    }

    @Test
    void orderedMessagesWaitForTheirPredecessors() {
        Source ordered = new Source("t", "o", 9, Promise.ORDERED, 60_000, false);
        hear(B, new Payload(ordered, 1, 0, false, TEXT), 0);
        assertThat(hear(B, new Payload(ordered, 3, 0, false, TEXT), 1))
                .noneMatch(effect -> effect instanceof Effect.Deliver);
        assertThat(hear(B, new Payload(ordered, 2, 0, true, TEXT), 2))
                .startsWith(
                        new Effect.Deliver(ordered, 2, TEXT, B, 1, 2), new Effect.Deliver(ordered, 3, TEXT, B, 1, 2));
        assertThat(hear(C, new Payload(ordered, 2, 0, false, TEXT), 3))
                .noneMatch(effect -> effect instanceof Effect.Deliver);
    }

    @Test
    void aNewcomerAsksForTheHistoryBeforeItTellsAnythingInOrder() {
        Source ordered = new Source("t", "o", 9, Promise.ORDERED, 60_000, false);
        long key = ordered.key();
        assertThat(hear(B, new Payload(ordered, 50, 0, false, TEXT), 0))
                .contains(send(B, new Digest(true, false, List.of(new Range(key, 50, 49, false)))))
                .noneMatch(effect -> effect instanceof Effect.Deliver);
        assertThat(hear(B, new Digest(false, false, List.of(new Range(key, 48, 49, true))), 1))
                .containsExactly(send(B, new Want(key, 48, 49, false)));
        hear(B, new Payload(ordered, 49, 0, true, TEXT), 2);
        assertThat(hear(B, new Payload(ordered, 48, 0, true, TEXT), 3))
                .filteredOn(effect -> effect instanceof Effect.Deliver)
                .extracting(effect -> ((Effect.Deliver) effect).sequence())
                .containsExactly(48L, 49L, 50L);
    }

    @Test
    void whatIsOutOfEverybodysWindowIsToldAsLost() {
        hear(B, payload(1, 0), 0);
        Digest late = new Digest(false, false, List.of(new Range(KEY, 10, 12, true)));
        assertThat(hear(B, late, 1)).noneMatch(effect -> effect instanceof Effect.Lost);
        hear(C, late, 2);
        assertThat(hear(D, late, 3)).contains(new Effect.Lost(OTHER, 2, 9));
    }

    @Test
    void aChildThatConfirmsNothingGetsAnnouncementsAndHoldsUpNobody() {
        Topics small = new Topics("a", 1, TopicSettings.of(2 * MS, 1_200).withWindow(4, 1 << 20, 10));
        List<Effect> said = new ArrayList<>();
        for (Address peer : List.of(B, C)) small.handle(new Input.NeighborUp(peer), 0, said);
        small.handle(new Input.Received(B, payload(1, 0)), 0, said);
        small.handle(new Input.Received(C, new Want(KEY, 1, 1, true)), 0, said);
        said.clear();
        for (int i = 2; i <= 20; i++) small.handle(new Input.Received(B, payload(i, 0)), i, said);
        assertThat(said.stream().filter(effect -> effect instanceof Effect.Send(Address to, Payload p)))
                .hasSize(4);
        assertThat(said.stream().filter(effect -> effect instanceof Effect.Deliver))
                .hasSize(19);
    }

    @Test
    void thePublisherWaitsForTheWindowAndIsRefusedWhenTooMuchWaits() {
        Topics small = new Topics("a", 1, TopicSettings.of(2 * MS, 1_200).withWindow(4, 1 << 20, 10));
        List<Effect> said = new ArrayList<>();
        small.handle(new Input.NeighborUp(B), 0, said);
        Source own = new Source("t", "a", 1, Promise.REPAIRED, 60_000, true);
        for (int i = 0; i < 30; i++)
            small.handle(new Input.Publish(i, "t", Promise.REPAIRED, 60_000, true, TEXT), 0, said);
        assertThat(said.stream().filter(effect -> effect instanceof Effect.Accepted))
                .hasSize(1);
        assertThat(said.stream().filter(effect -> effect instanceof Effect.Refused))
                .hasSize(19);
        assertThat(said.getLast().toString()).contains("publish again when earlier ones are accepted");
        said.clear();
        small.handle(new Input.Received(B, new Want(own.key(), 1, 1, true)), 1, said);
        assertThat(said.stream().filter(effect -> effect instanceof Effect.Accepted))
                .hasSize(2);
        said.clear();
        small.handle(new Input.Received(B, new TopicMessage.Ack(List.of(new Acked(own.key(), 3, List.of())))), 2, said);
        assertThat(said.stream().filter(effect -> effect instanceof Effect.Accepted))
                .hasSize(2);
    }

    @Test
    void aMessageAboveThePromisesLimitIsRefusedWithTheLimit() {
        List<Effect> said =
                handle(new Input.Publish(1, "t", Promise.RUMOR, 0, false, new byte[Promise.RUMOR.maxBytes() + 1]), 0);
        assertThat(said).singleElement().asString().contains("the limit of a rumor topic is 65536 bytes");
    }

    @Test
    void reportsCountTheMembersThatHaveIt() {
        publish(TEXT, 0);
        Source own = new Source("t", "a", 1, Promise.REPAIRED, 60_000, true);
        hear(B, new TopicMessage.Report(own.key(), 1, 0), 10 * MS);
        hear(B, new TopicMessage.Report(own.key(), 1, 0), 11 * MS);
        hear(C, new TopicMessage.Report(own.key(), 999, 2), 14 * MS); // it cannot have what was not published
        assertThat(node.delivery(own, 1)).isEqualTo(new Topics.Delivery(1, 3, 4, 12 * MS));
        assertThat(hear(D, new TopicMessage.Report(own.key(), 1, 0), 20 * MS))
                .containsExactly(new Effect.Everywhere(own, 1, 4, 20 * MS));
    }

    @Test
    void endlessAnnouncementsAndForeignSourcesCostABoundedAmount() {
        for (int i = 1; i <= 100_000; i++) hear(B, announce(Urgency.LAZY, i, 0), 0);
        assertThat(handle(new Input.Tick(), 10_000 * MS)).hasSizeLessThanOrEqualTo(20_000);
        Topics full = new Topics("a", 1, TopicSettings.of(2 * MS, 1_200).withKept(2 << 20));
        List<Effect> said = new ArrayList<>();
        full.handle(new Input.NeighborUp(B), 0, said);
        for (int i = 0; i < 12_000; i++) {
            Source many = new Source("t" + i, "o", 1, Promise.REPAIRED, 60_000, false);
            full.handle(new Input.Received(B, new Payload(many, 1, 0, false, new byte[1000])), i, said);
            said.clear();
        }
        assertThat(full.sources()).hasSize(10_000);
        assertThat(full.keptBytes()).isLessThanOrEqualTo(2 << 20);
    }

    @Test
    void theParentsDeathHangsTheNodeOnANeighbourThatIsNotBelowIt() {
        hear(C, new Prune(KEY), 0);
        hear(D, new Prune(KEY), 0);
        hear(B, payload(1, 3), 0);
        hear(C, announce(Urgency.LAZY, 1, 5), 1); // further from the publisher than we are: may be below us
        hear(D, announce(Urgency.LAZY, 1, 3), 2);
        assertThat(handle(new Input.NeighborDown(B), 3))
                .contains(send(D, new Want(KEY, 2, 65, true)))
                .noneMatch(effect -> effect.toString().contains("to=" + C));
    }

    private static final Source RUMORS = new Source("t", "o", 9, Promise.RUMOR, 0, false);

    private static TopicMessage rumor(long sequence) {
        return new Payload(RUMORS, sequence, 0, false, TEXT);
    }

    @Test
    void theFormerParentIsPrunedAsSoonAsAnotherOnePushes() {
        hear(B, payload(1, 0), 0);
        assertThat(hear(C, payload(2, 0), 1)).contains(send(B, new Prune(KEY)));
        assertThat(node.parent(OTHER)).isEqualTo(C);
    }

    @Test
    void theFirstRumorThatComesNeedNotBeTheFirstThatWasTold() {
        assertThat(hear(B, rumor(600), 0)).contains(new Effect.Deliver(RUMORS, 600, TEXT, B, 1, 0));
        assertThat(hear(C, rumor(1), 1)).contains(new Effect.Deliver(RUMORS, 1, TEXT, C, 1, 1));
        assertThat(hear(D, rumor(1), 2)).noneMatch(effect -> effect instanceof Effect.Deliver);
        // Nobody asks for what came before: that is promised of other messages only.
        assertThat(handle(new Input.Tick(), 30 * MS))
                .noneMatch(effect -> effect.toString().contains("Want"));
    }

    @Test
    void whoGotARumorAnotherWayTellsItsParent() {
        hear(B, rumor(1), 0);
        hear(C, new Prune(RUMORS.key()), 0);
        hear(C, new Announce(Urgency.LAZY, List.of(new Held(RUMORS.key(), 2, 0))), 1);
        handle(new Input.Tick(), 500 * MS);
        assertThat(hear(C, new Payload(RUMORS, 2, 0, true, TEXT), 501 * MS))
                .contains(send(B, new Announce(Urgency.LAZY, List.of(new Held(RUMORS.key(), 2, 1)))));
    }

    @Test
    void rumorsAreConfirmedNowAndThenSoThatTheirPublisherWaits() {
        Topics small = new Topics("a", 1, TopicSettings.of(2 * MS, 1_200).withWindow(64, 1 << 20, 1_000));
        Source own = new Source("t", "a", 1, Promise.RUMOR, 0, false);
        List<Effect> said = new ArrayList<>();
        small.handle(new Input.NeighborUp(B), 0, said);
        small.handle(new Input.Publish(0, "t", Promise.RUMOR, 0, false, TEXT), 0, said);
        small.handle(new Input.Received(B, new Want(own.key(), 1, 1, true)), 0, said);
        said.clear();
        for (int i = 0; i < 200; i++) small.handle(new Input.Publish(i, "t", Promise.RUMOR, 0, false, TEXT), 1, said);
        assertThat(said.stream().filter(effect -> effect instanceof Effect.Accepted))
                .hasSize(32);
        said.clear();
        small.handle(new Input.Received(B, new TopicMessage.Ack(List.of(new Acked(own.key(), 9, List.of())))), 2, said);
        assertThat(said.stream().filter(effect -> effect instanceof Effect.Accepted))
                .hasSize(8);
        said.clear();
        // What nobody confirms is taken for arrived, or lost, in the end: a rumor waits for nobody for ever.
        small.handle(new Input.Tick(), 401 * MS, said);
        assertThat(said.stream().filter(effect -> effect instanceof Effect.Accepted))
                .hasSize(32);
        assertThat(said).noneMatch(effect -> effect.toString().contains("CONFIRM"));
    }

    @Test
    void whoHearsRumorsConfirmsHowFarTheyCame() {
        for (int i = 1; i <= 32; i++) if (i != 7) hear(B, rumor(i), i);
        assertThat(handle(new Input.Tick(), 20 * MS))
                .noneMatch(effect -> effect.toString().contains("Ack["));
        hear(B, rumor(33), 20 * MS);
        assertThat(handle(new Input.Tick(), 31 * MS))
                .contains(send(B, new TopicMessage.Ack(List.of(new Acked(RUMORS.key(), 33, List.of())))));
    }

    @Test
    void whatIsAskedForTwiceWhileTheAnswerIsOnItsWayIsGivenOnce() {
        hear(B, payload(1, 0), 0);
        assertThat(hear(C, new Want(KEY, 1, 1, false), 1)).hasSize(1);
        assertThat(hear(C, new Want(KEY, 1, 1, false), 20 * MS))
                .noneMatch(effect -> effect.toString().contains("Payload"));
        assertThat(hear(C, new Want(KEY, 1, 1, false), 30 * MS)).hasSize(1);
    }

    @Test
    void aLargeMessageIsGivenOnceHoweverOftenItIsAskedForUnlessItsStreamBreaks() {
        byte[] large = new byte[100_000];
        hear(B, new Payload(OTHER, 1, 0, false, large), 0);
        assertThat(hear(C, new Want(KEY, 1, 1, false), 1)).hasSize(1);
        assertThat(hear(C, new Want(KEY, 1, 1, false), 2_000 * MS))
                .noneMatch(effect -> effect.toString().contains("Payload"));
        handle(new Input.Broken(C), 2_001 * MS);
        assertThat(hear(C, new Want(KEY, 1, 1, false), 2_002 * MS))
                .anyMatch(effect -> effect.toString().contains("Payload"));
    }

    @Test
    void whoKnowsThatPayloadsComeLongAfterTheirAnnouncementsWaitsForThem() {
        hear(B, payload(1, 0), 0);
        hear(C, announce(Urgency.LAZY, 2, 0), 0);
        hear(B, new Payload(OTHER, 2, 0, false, new byte[2_000]), 300 * MS); // by stream: so long it takes here
        hear(C, announce(Urgency.LAZY, 3, 0), 301 * MS);
        assertThat(handle(new Input.Tick(), 900 * MS))
                .noneMatch(effect -> effect.toString().contains("Want"));
        assertThat(handle(new Input.Tick(), 1_302 * MS)).contains(send(C, new Want(KEY, 3, 3, false)));
    }

    @Test
    void ofThoseWhoHaveWhatIsMissingTheNearestIsAskedFirst() {
        hear(B, payload(1, 0), 0);
        handle(new Input.Distance(C, 40 * MS), 0);
        handle(new Input.Distance(D, MS), 0);
        hear(C, announce(Urgency.LAZY, 2, 0), 0);
        hear(D, announce(Urgency.LAZY, 2, 0), 1);
        assertThat(handle(new Input.Tick(), 400 * MS)).contains(send(D, new Want(KEY, 2, 2, false)));
        assertThat(handle(new Input.Tick(), 450 * MS)).contains(send(C, new Want(KEY, 2, 2, false)));
    }

    @Test
    void whatAPrunedNeighbourHadSentBeforeItKnewDoesNotMakeItTheParentAgain() {
        hear(B, payload(1, 0), 0);
        assertThat(hear(C, payload(1, 0), 1)).contains(send(C, new Prune(KEY)));
        assertThat(hear(C, payload(2, 0), 2))
                .noneMatch(effect -> effect.toString().contains("Prune"));
        assertThat(node.parent(OTHER)).isEqualTo(B); // or nobody would push any more
        hear(C, payload(3, 0), 100 * MS); // the word was lost: it goes on
        assertThat(node.parent(OTHER)).isEqualTo(C);
    }

    @Test
    void aParentThatAnnouncesInsteadOfPushingIsAskedToPush() {
        hear(B, payload(1, 0), 0);
        hear(B, announce(Urgency.LAZY, 2, 0), 1);
        assertThat(handle(new Input.Tick(), 1 + 400 * MS)).contains(send(B, new Want(KEY, 2, 2, true)));
    }

    @Test
    void whoWasThereAndHearsOnlyTheNinthRumorAsksForThoseBefore() {
        assertThat(hear(B, rumor(9), 2_000 * MS)).contains(new Effect.Deliver(RUMORS, 9, TEXT, B, 1, 2_000 * MS));
        assertThat(handle(new Input.Tick(), 2_006 * MS))
                .contains(send(B, new Want(RUMORS.key(), 1, 1, false)), send(B, new Want(RUMORS.key(), 8, 8, false)));
    }
}
