package dev.grapevine.broadcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.broadcast.MongerSettings.Direction;
import dev.grapevine.broadcast.MongerSettings.Interest;
import dev.grapevine.broadcast.MongerSettings.Loss;
import dev.grapevine.broadcast.RumorMonger.Effect;
import dev.grapevine.broadcast.RumorMonger.Hot;
import dev.grapevine.broadcast.RumorMonger.Input;
import dev.grapevine.broadcast.RumorMonger.Message;
import dev.grapevine.broadcast.RumorMonger.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class RumorMongerTest {
    private static final byte[] TEXT = {1, 2, 3};
    private static final MongerSettings PUSH =
            MongerSettings.of(1000, Direction.PUSH, Interest.FEEDBACK, Loss.COUNTER, 2);

    private final List<Effect> effects = new ArrayList<>();

    private static RumorMonger node(MongerSettings settings) {
        RumorMonger node = new RumorMonger(
                "a", settings, RandomGeneratorFactory.of("L64X128MixRandom").create(3));
        node.handle(new Input.Peers(List.of("a", "b")), 0, new ArrayList<>());
        return node;
    }

    private List<Effect> handle(RumorMonger node, Input input, long nowNanos) {
        effects.clear();
        node.handle(input, nowNanos, effects);
        return List.copyOf(effects);
    }

    private List<Effect> hear(RumorMonger node, Message message) {
        return handle(node, new Input.Received("b", message), 10);
    }

    private static Message call(boolean pull, Hot... hot) {
        return new Message.Call(List.of(hot), pull);
    }

    private static Effect answer(List<Verdict> verdicts, Hot... hot) {
        return new Effect.Send("b", new Message.Answer(verdicts, List.of(hot)));
    }

    @Test
    void newsIsDeliveredAndSaidToBeNewsForTheRestOfTheCycle() {
        RumorMonger node = node(PUSH);
        List<Verdict> news = List.of(new Verdict(9, true, 0));
        assertThat(hear(node, call(false, new Hot(9, TEXT, 1))))
                .containsExactly(new Effect.Deliver(9, TEXT, "b", 10), answer(news));
        assertThat(hear(node, call(false, new Hot(9, TEXT, 1)))).containsExactly(answer(news));
        handle(node, new Input.Tick(), node.nextDeadlineNanos());
        assertThat(hear(node, call(false, new Hot(9, TEXT, 1))))
                .containsExactly(answer(List.of(new Verdict(9, false, 0))));
    }

    @Test
    void kWastedPushesInARowEndTheInterestAndNewsStartsTheCountAnew() {
        RumorMonger node = node(PUSH);
        handle(node, new Input.Publish(9, TEXT), 0);
        List<Boolean> news = List.of(false, true, false, false);
        for (boolean one : news) {
            assertThat(handle(node, new Input.Tick(), node.nextDeadlineNanos())).hasSize(1);
            hear(node, new Message.Answer(List.of(new Verdict(9, one, 0)), List.of()));
            assertThat(node.hotCount()).isOne();
        }
        assertThat(handle(node, new Input.Tick(), node.nextDeadlineNanos())).isEmpty();
        assertThat(node.hotCount()).isZero();
        assertThat(node.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
        assertThat(node.knows(9)).isTrue();
        assertThat(hear(node, call(false, new Hot(9, TEXT, 1))))
                .containsExactly(answer(List.of(new Verdict(9, false, RumorMonger.COLD))));
    }

    @Test
    void aBlindCounterNeedsNoAnswer() {
        RumorMonger node = node(MongerSettings.of(1000, Direction.PUSH, Interest.BLIND, Loss.COUNTER, 2));
        handle(node, new Input.Publish(9, TEXT), 0);
        int pushes = 0;
        while (node.nextDeadlineNanos() != Long.MAX_VALUE)
            pushes += handle(node, new Input.Tick(), node.nextDeadlineNanos()).size();
        assertThat(pushes).isEqualTo(2);
        assertThat(hear(node, call(false, new Hot(9, TEXT, 0)))).isEmpty();
    }

    @Test
    void aPullIsAnsweredWithWhatIsHotAndTheVerdictComesBack() {
        RumorMonger node = node(MongerSettings.of(1000, Direction.PULL, Interest.FEEDBACK, Loss.COUNTER, 1));
        handle(node, new Input.Publish(9, TEXT), 0);
        assertThat(hear(node, call(true))).isEmpty(); // learned in this cycle: told in the next
        assertThat(handle(node, new Input.Tick(), node.nextDeadlineNanos()))
                .containsExactly(new Effect.Send("b", call(true)));
        assertThat(hear(node, call(true))).containsExactly(answer(List.of(), new Hot(9, TEXT, 0)));
        hear(node, new Message.Verdicts(List.of(new Verdict(9, false, 0))));
        handle(node, new Input.Tick(), node.nextDeadlineNanos());
        assertThat(node.hotCount()).isZero();
        assertThat(hear(node, call(true))).isEmpty();
        assertThat(node.nextDeadlineNanos()).isLessThan(Long.MAX_VALUE); // it asks for ever
        assertThat(hear(node, new Message.Answer(List.of(), List.of(new Hot(8, TEXT, 0)))))
                .containsExactly(
                        new Effect.Deliver(8, TEXT, "b", 10),
                        new Effect.Send("b", new Message.Verdicts(List.of(new Verdict(8, true, 0)))));
    }

    @Test
    void minimizationCountsOnTheSideWithTheSmallerCounter() {
        RumorMonger node = node(MongerSettings.of(1000, Direction.PUSH_PULL, Interest.FEEDBACK, Loss.COUNTER, 1)
                .withRefinements(false, true));
        handle(node, new Input.Publish(9, TEXT), 0);
        handle(node, new Input.Publish(10, TEXT), 0);
        handle(node, new Input.Tick(), node.nextDeadlineNanos());
        // Both tell both: nothing is sent back. The peer's counter of 9 is larger, that of 10 is smaller (a lie, for
        // k=1).
        hear(node, call(true, new Hot(9, TEXT, 1), new Hot(10, TEXT, -1)));
        handle(node, new Input.Tick(), node.nextDeadlineNanos());
        assertThat(node.hotCount()).isOne();
    }

    @Test
    void limitsAreRefusedAndOldColdRumorsMakeRoom() {
        RumorMonger node = node(MongerSettings.of(1000, Direction.PUSH, Interest.BLIND, Loss.COUNTER, 1)
                .withLimits(2, 3));
        assertThat(handle(node, new Input.Publish(1, new byte[4]), 0).toString())
                .contains("3 bytes");
        assertThat(handle(node, new Input.Publish(1, TEXT), 0)).isEmpty();
        assertThat(handle(node, new Input.Publish(2, TEXT), 0)).isEmpty();
        assertThat(handle(node, new Input.Publish(3, TEXT), 0).toString()).contains("2 rumors");
        assertThat(hear(node, call(false, new Hot(4, TEXT, 0)))).isEmpty();
        while (node.nextDeadlineNanos() != Long.MAX_VALUE) handle(node, new Input.Tick(), node.nextDeadlineNanos());
        assertThat(handle(node, new Input.Publish(3, TEXT), 9000)).isEmpty();
        assertThat(node.knows(1)).isFalse();
        assertThat(node.knows(2)).isTrue();
    }

    @Test
    void refinementsThatMeanNothingAreRefused() {
        assertThatThrownBy(() -> MongerSettings.of(1, Direction.PUSH, Interest.BLIND, Loss.COUNTER, 1)
                        .withRefinements(true, false))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PUSH.withRefinements(false, true)).isInstanceOf(IllegalArgumentException.class);
    }
}
