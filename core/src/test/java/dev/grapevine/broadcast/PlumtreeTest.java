package dev.grapevine.broadcast;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.broadcast.Plumtree.Announcement;
import dev.grapevine.broadcast.Plumtree.Effect;
import dev.grapevine.broadcast.Plumtree.Id;
import dev.grapevine.broadcast.Plumtree.Input;
import dev.grapevine.broadcast.Plumtree.Message;
import dev.grapevine.broadcast.PlumtreeSettings.Trees;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PlumtreeTest {
    private static final byte[] TEXT = {1, 2, 3};
    private static final Id ID = new Id("o", 1);

    private final List<Effect> effects = new ArrayList<>();
    private final Plumtree node = new Plumtree("a", 1, PlumtreeSettings.of(Trees.PER_SENDER, 1000, 300, 100));

    @BeforeEach
    void threeNeighbours() {
        for (String peer : List.of("b", "c", "d")) handle(new Input.NeighborUp(peer), 0);
    }

    private List<Effect> handle(Input input, long nowNanos) {
        effects.clear();
        node.handle(input, nowNanos, effects);
        return List.copyOf(effects);
    }

    private List<Effect> hear(String from, Message message, long nowNanos) {
        return handle(new Input.Received(from, message), nowNanos);
    }

    private static Message gossip(int hops) {
        return new Message.Gossip(ID, TEXT, hops);
    }

    private static Message iHave(int hops) {
        return new Message.IHave(List.of(new Announcement(ID, hops)));
    }

    private static Effect send(String to, Message message) {
        return new Effect.Send(to, message);
    }

    @Test
    void aNewPayloadIsDeliveredAndPushedOnAndADuplicatePrunesItsLink() {
        assertThat(hear("b", gossip(2), 5))
                .containsExactly(new Effect.Deliver(ID, TEXT, "b", 3, 5), send("c", gossip(3)), send("d", gossip(3)));
        assertThat(hear("c", gossip(2), 6)).containsExactly(send("c", new Message.Prune("o")));
        assertThat(node.eager("o")).containsExactly("b", "d");
        assertThat(node.eager("p")).containsExactly("b", "c", "d"); // another sender's tree is another one
    }

    @Test
    void aLazyLinkCarriesAnnouncementsInBatches() {
        hear("c", new Message.Prune("a"), 0);
        assertThat(handle(new Input.Broadcast(TEXT), 10))
                .containsExactly(
                        new Effect.Sent(new Id("a", 1)),
                        send("b", new Message.Gossip(new Id("a", 1), TEXT, 0)),
                        send("d", new Message.Gossip(new Id("a", 1), TEXT, 0)));
        handle(new Input.Broadcast(TEXT), 50);
        assertThat(node.nextDeadlineNanos()).isEqualTo(110);
        assertThat(handle(new Input.Tick(), 110))
                .containsExactly(send(
                        "c",
                        new Message.IHave(
                                List.of(new Announcement(new Id("a", 1), 0), new Announcement(new Id("a", 2), 0)))));
    }

    @Test
    void anAnnouncedPayloadThatDoesNotComeIsGraftedFromOneAnnouncerAfterAnother() {
        hear("b", iHave(1), 0);
        hear("c", iHave(1), 1);
        assertThat(handle(new Input.Tick(), 1299)).isEmpty(); // 1000, and 300 for the announcer's one hop
        assertThat(handle(new Input.Tick(), 1300)).containsExactly(send("b", new Message.Graft("o", ID)));
        assertThat(handle(new Input.Tick(), 1600)).containsExactly(send("c", new Message.Graft("o", ID)));
        assertThat(hear("c", gossip(1), 1700)).contains(new Effect.Deliver(ID, TEXT, "c", 2, 1700));
        assertThat(handle(new Input.Tick(), 5000)).isEmpty();
        assertThat(node.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aLonelyMissIsTakenForALostPacketAndDoesNotChangeTheTree() {
        hear("b", new Message.Gossip(new Id("o", 7), TEXT, 0), 0);
        hear("c", new Message.Prune("o"), 0);
        for (int miss = 8; miss <= 10; miss++) {
            Id id = new Id("o", miss);
            hear("c", new Message.IHave(List.of(new Announcement(id, 0))), miss * 10_000);
            Message asked = miss < 10 ? new Message.Want(id) : new Message.Graft("o", id);
            assertThat(handle(new Input.Tick(), miss * 10_000 + 1000)).contains(send("c", asked));
            hear("c", new Message.Gossip(id, TEXT, 0), miss * 10_000 + 1200);
            assertThat(node.eager("o").contains("c")).isEqualTo(miss == 10);
        }
    }

    @Test
    void aGraftIsServedAndMakesTheLinkEager() {
        hear("b", gossip(0), 0);
        hear("c", new Message.Prune("o"), 0);
        assertThat(hear("c", new Message.Graft("o", ID), 1)).containsExactly(send("c", gossip(1)));
        assertThat(node.eager("o")).containsExactly("b", "c", "d");
        assertThat(hear("c", new Message.Graft("o", new Id("o", 99)), 1)).isEmpty();
    }

    @Test
    void aMuchShorterLinkReplacesTheOneOfTheTree() {
        hear("c", new Message.Prune("o"), 0);
        hear("b", gossip(5), 0);
        assertThat(hear("c", iHave(3), 1)).isEmpty(); // 6 hops against 4: not worth it
        assertThat(hear("c", iHave(2), 1))
                .containsExactly(send("c", new Message.Graft("o", null)), send("b", new Message.Prune("o")));
        assertThat(node.eager("o")).containsExactly("c", "d");
    }

    @Test
    void strangersLargePayloadsAndEndlessAnnouncementsChangeNothing() {
        assertThat(hear("stranger", gossip(0), 0)).isEmpty();
        assertThat(hear("b", new Message.Gossip(ID, new byte[(64 << 10) + 1], 0), 0))
                .isEmpty();
        assertThat(handle(new Input.Broadcast(new byte[(64 << 10) + 1]), 0).toString())
                .contains("65536 bytes");
        for (int i = 0; i < 20_000; i++) hear("b", new Message.IHave(List.of(new Announcement(new Id("x", i), 0))), 0);
        assertThat(handle(new Input.Tick(), 1000)).hasSize(10_000);
    }

    @Test
    void anAnnouncerThatIsGoneIsNotAsked() {
        hear("b", iHave(1), 0);
        handle(new Input.NeighborDown("b"), 1);
        assertThat(handle(new Input.Tick(), 1300)).isEmpty();
        assertThat(node.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    }
}
