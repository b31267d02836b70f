package dev.grapevine.membership;

import static dev.grapevine.membership.Members.member;
import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.membership.Message.Update;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UpdateQueueTest {
    private final UpdateQueue queue = new UpdateQueue();

    private static Update news(int id, long incarnation) {
        return new Update.Alive(member(id, 1000, incarnation, Status.ALIVE), 0);
    }

    private List<String> drain(int room, int transmissions) {
        List<String> taken = new ArrayList<>();
        int count = queue.drain(
                update -> {
                    if (taken.size() == room) return false;
                    taken.add(update.name());
                    return true;
                },
                transmissions);
        assertThat(count).isEqualTo(taken.size());
        return taken;
    }

    @Test
    void theLeastSentGoFirstAndAmongEqualsTheLongestWaiting() {
        for (int i = 1; i <= 3; i++) queue.add(news(i, 0));
        assertThat(drain(2, 9)).containsExactly("n1", "n2");
        assertThat(drain(2, 9)).containsExactly("n3", "n1");
        queue.add(news(4, 0));
        assertThat(drain(9, 9)).containsExactly("n4", "n2", "n3", "n1");
    }

    @Test
    void anUpdateIsPackedOnceAPacketAndDroppedAfterItsTransmissions() {
        queue.add(news(1, 0));
        assertThat(drain(9, 3)).containsExactly("n1");
        assertThat(drain(9, 3)).containsExactly("n1");
        assertThat(queue.size()).isOne();
        assertThat(drain(9, 3)).containsExactly("n1");
        assertThat(queue.size()).isZero();
        assertThat(drain(9, 3)).isEmpty();
    }

    @Test
    void theNewestAboutAMemberReplacesTheOlderAndIsUnsent() {
        queue.add(news(1, 0));
        queue.add(news(2, 0));
        drain(2, 9);
        queue.add(news(1, 7));
        assertThat(queue.size()).isEqualTo(2);
        List<Update> taken = new ArrayList<>();
        queue.drain(taken::add, 9);
        assertThat(taken).containsExactly(news(1, 7), news(2, 0));
    }

    @Test
    void whatIsRemovedIsNotSent() {
        queue.add(news(1, 0));
        queue.remove("n1");
        queue.remove("n2");
        assertThat(drain(9, 9)).isEmpty();
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void aSmallerUpdateFitsBehindOneThatDoesNot() {
        for (int i = 1; i <= 3; i++) queue.add(news(i, 0));
        List<String> taken = new ArrayList<>();
        queue.drain(update -> !update.name().equals("n2") && taken.add(update.name()), 9);
        assertThat(taken).containsExactly("n1", "n3");
    }

    @Test
    void aFullPacketIsGivenUpAfterAFewTries() {
        for (int i = 0; i < 1_000; i++) queue.add(news(i, 0));
        int[] tries = {0};
        queue.drain(update -> tries[0]++ < 0, 9);
        assertThat(tries[0]).isEqualTo(8);
        assertThat(queue.size()).isEqualTo(1_000);
    }
}
