package dev.grapevine.serf.memberlist;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.serf.msgpack.Bytes;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/** Whom gossip tells, and how often a message is told. */
class GossipTest {
    private static Node node(int index) {
        return new Node(
                "n" + index,
                NodeAddress.of(dev.grapevine.core.Address.ipv4(0x7F00_0000 + index, 7946)),
                null,
                Versions.serf(5));
    }

    @Test
    void everybodyIsToldOnceBeforeAnybodyIsToldTwiceAlsoNewcomers() {
        List<Node> all = new ArrayList<>();
        GossipTurns turns = new GossipTurns(
                all, RandomGeneratorFactory.of("L64X128MixRandom").create(1));
        for (int i = 0; i < 10; i++) {
            Node node = node(i);
            all.add(node);
            turns.add(node);
        }
        for (int round = 0; round < 20; round++) {
            Set<Node> told = new LinkedHashSet<>();
            for (int i = 0; i < 5; i++) told.addAll(turns.next(2, node -> true));
            assertThat(told).hasSize(10);
        }
        Set<Node> told = new LinkedHashSet<>(turns.next(4, node -> true));
        Node late = node(10);
        all.add(late);
        turns.add(late);
        told.addAll(turns.next(7, node -> true));
        assertThat(told).hasSize(11);
        Node gone = all.remove(3);
        turns.remove(gone);
        for (int i = 0; i < 10; i++)
            assertThat(turns.next(3, node -> true)).hasSize(3).doesNotContain(gone);
        assertThat(turns.next(3, node -> node == late)).containsExactly(late);
        assertThat(turns.next(3, node -> false)).isEmpty();
    }

    @Test
    void aMessageCountsAsSentByTheReferencesRuleAndGoesOnToAsManyAsThereAre() {
        BroadcastQueue queue = new BroadcastQueue(4);
        List<String> finished = new ArrayList<>();
        queue.add(Bytes.of(new byte[] {Message.ALIVE, 1}), "n1", () -> finished.add("sent"));
        List<Bytes> taken = new ArrayList<>();
        for (int i = 1; i <= 6; i++) {
            queue.take(7, 2, 100, taken);
            assertThat(taken).hasSize(i);
            assertThat(finished).hasSize(i < 4 ? 0 : 1);
        }
        queue.take(7, 2, 100, taken);
        assertThat(taken).hasSize(6);
        assertThat(queue.size()).isZero();
    }

    @Test
    void nobodyIsToldThatItIsAliveAndWhatIsRepeatedDoesNotCount() {
        BroadcastQueue queue = new BroadcastQueue(1);
        queue.add(Bytes.of(new byte[] {Message.ALIVE, 1}), "n1", null);
        queue.add(Bytes.of(new byte[] {Message.SUSPECT, 1}), "n1", null);
        List<Bytes> taken = new ArrayList<>();
        queue.repeat(2, 100, taken);
        queue.take(2, "n1", 2, 100, taken);
        assertThat(taken).hasSize(2); // the accusation: it has replaced what was known, and the accused must hear it
        assertThat(queue.size()).isZero();
        queue.add(Bytes.of(new byte[] {Message.ALIVE, 1}), "n1", null);
        queue.take(2, "n1", 2, 100, taken);
        assertThat(taken).hasSize(2);
        queue.take(2, "n2", 2, 100, taken);
        assertThat(taken).hasSize(3);
    }
}
