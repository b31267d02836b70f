package dev.grapevine.broadcast;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.broadcast.HyParView.Effect;
import dev.grapevine.broadcast.HyParView.Input;
import dev.grapevine.broadcast.HyParView.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HyParViewTest {
    private static final HyParView.Settings SMALL = new HyParView.Settings(2, 3, 4, 2, 1, 2, 1000, 100);

    private final List<Effect> effects = new ArrayList<>();
    private final HyParView node = new HyParView(
            "a", SMALL, RandomGeneratorFactory.of("L64X128MixRandom").create(1));

    private List<Effect> handle(Input input, long nowNanos) {
        effects.clear();
        node.handle(input, nowNanos, effects);
        return List.copyOf(effects);
    }

    private List<Effect> hear(String from, Message message) {
        return handle(new Input.Received(from, message), 1);
    }

    private static Effect send(String to, Message message) {
        return new Effect.Send(to, message);
    }

    @Test
    void aJoinerIsTakenAndAnnouncedToTheOthers() {
        assertThat(hear("b", new Message.Join()))
                .containsExactly(new Effect.NeighborUp("b"), send("b", new Message.NeighborReply(true)));
        assertThat(hear("c", new Message.Join()))
                .containsExactly(
                        new Effect.NeighborUp("c"),
                        send("c", new Message.NeighborReply(true)),
                        send("b", new Message.ForwardJoin("c", 4)));
    }

    @Test
    void aFullViewMakesRoomForAJoinerAndKeepsTheOtherInReserve() {
        hear("b", new Message.Join());
        hear("c", new Message.Join());
        hear("d", new Message.Join());
        assertThat(node.active()).hasSize(2).contains("d");
        assertThat(node.passive()).hasSize(1);
        assertThat(effects).contains(send(node.passive().getFirst(), new Message.Disconnect()));
    }

    @Test
    void aWalkGoesOnLeavesATraceAndEnds() {
        hear("b", new Message.Join());
        hear("c", new Message.Join());
        assertThat(hear("b", new Message.ForwardJoin("x", 3)))
                .containsExactly(send("c", new Message.ForwardJoin("x", 2)));
        assertThat(node.passive()).isEmpty();
        assertThat(hear("b", new Message.ForwardJoin("x", 2)))
                .containsExactly(send("c", new Message.ForwardJoin("x", 1)));
        assertThat(node.passive()).containsExactly("x");
        assertThat(hear("b", new Message.ForwardJoin("x", 900)))
                .containsExactly(send("c", new Message.ForwardJoin("x", 3))); // not longer than our own walks
        assertThat(hear("b", new Message.ForwardJoin("y", 0))).containsExactly(send("y", new Message.Neighbor(true)));
        assertThat(hear("b", new Message.ForwardJoin("a", 0))).isEmpty();
    }

    @Test
    void aRequestIsAcceptedIfThereIsRoomOrItIsUrgent() {
        hear("b", new Message.Join());
        assertThat(hear("c", new Message.Neighbor(false)))
                .containsExactly(new Effect.NeighborUp("c"), send("c", new Message.NeighborReply(true)));
        assertThat(hear("d", new Message.Neighbor(false))).containsExactly(send("d", new Message.NeighborReply(false)));
        assertThat(hear("d", new Message.Neighbor(true))).contains(send("d", new Message.NeighborReply(true)));
        assertThat(node.active()).hasSize(2).contains("d");
    }

    @Test
    void aLostNeighbourIsReplacedFromTheReserveUntilSomebodyAccepts() {
        handle(new Input.JoinBy("b"), 0);
        hear("b", new Message.NeighborReply(true));
        hear("b", new Message.ShuffleReply(List.of("c", "d")));
        assertThat(node.passive()).containsExactly("c", "d");
        assertThat(handle(new Input.Unreachable("b"), 10))
                .contains(
                        new Effect.NeighborDown("b"),
                        send("c", new Message.Neighbor(true)),
                        send("d", new Message.Neighbor(true)));
        assertThat(hear("c", new Message.NeighborReply(true))).containsExactly(new Effect.NeighborUp("c"));
        assertThat(handle(new Input.Tick(), 110)).isEmpty(); // d did not answer: forgotten
        assertThat(node.passive()).isEmpty();
        assertThat(handle(new Input.Unreachable("c"), 111))
                .containsExactly(new Effect.NeighborDown("c"), new Effect.Isolated());
    }

    @Test
    void aLinkThatOnlyTheOtherSideKnowsIsCut() {
        assertThat(hear("x", new Message.NeighborReply(true))).containsExactly(send("x", new Message.Disconnect()));
    }

    @Test
    void aShuffleWalksAndIsSwappedAtItsEnd() {
        hear("b", new Message.Join());
        hear("c", new Message.Join());
        handle(new Input.Candidates(List.of("p", "q", "r")), 1);
        Message shuffle = new Message.Shuffle("o", List.of("o", "s", "t"), 3);
        assertThat(hear("b", shuffle)).containsExactly(send("c", new Message.Shuffle("o", List.of("o", "s", "t"), 2)));
        List<Effect> end = hear("b", new Message.Shuffle("o", List.of("o", "s", "t"), 1));
        assertThat(end).hasSize(1);
        assertThat(((Effect.Send) end.getFirst()).message()).isInstanceOf(Message.ShuffleReply.class);
        assertThat(node.passive()).containsExactlyInAnyOrder("o", "s", "t"); // in place of what was sent
    }

    @Test
    void anUnboundedShuffleFillsNothingBeyondTheLimits() {
        List<String> flood = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) flood.add("f" + i);
        hear("b", new Message.Join());
        hear("b", new Message.ShuffleReply(flood));
        assertThat(node.passive()).hasSize(3);
    }

    @ParameterizedTest(name = "{0} nodes, {1} % crash at once: {2} of the survivors in one component after 2 cycles")
    @CsvSource({"2000, 50, 0.999", "2000, 80, 0.999", "10000, 90, 0.99", "4000, 95, 0.90"})
    void survivorsOfAMassCrashFindEachOther(int size, int percent, double share) {
        Overlay overlay = new Overlay(size, 42);
        for (int i = 0; i < 30; i++) overlay.cycle();
        assertThat(overlay.largestComponent()).isEqualTo(size);
        assertThat(overlay.oneSidedLinks()).isZero();
        int survivors = size - size * percent / 100;
        overlay.crash(survivors, size);
        overlay.cycle();
        overlay.cycle();
        assertThat(overlay.largestComponent() / (double) survivors).isGreaterThanOrEqualTo(share);
        assertThat(overlay.oneSidedLinks()).isZero();
    }
}
