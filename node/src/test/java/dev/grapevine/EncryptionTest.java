package dev.grapevine;

import static dev.grapevine.Clusters.SOON;
import static dev.grapevine.Clusters.eventually;
import static dev.grapevine.Clusters.local;
import static dev.grapevine.Clusters.next;
import static dev.grapevine.Clusters.rumors;
import static dev.grapevine.Clusters.seed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.membership.Member;
import dev.grapevine.membership.Status;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EncryptionTest {
    private static byte[] key(int fill) {
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) fill);
        return key;
    }

    @Test
    void sealedNodesUnderstandEachOther() throws Exception {
        try (Grapevine a = local("a").key(key(1)).start();
                Grapevine b = local("b").key(key(1)).seeds(seed(a)).start()) {
            BlockingQueue<String> heard = rumors(a);
            b.awaitMembers(2, SOON);
            b.gossip("y".repeat(5_000));
            assertThat(next(heard)).hasSize(5_000);
            assertThat(a.badPackets()).isEmpty();
        }
    }

    @Test
    void anotherKeyOrNoneStaysOutside() throws Exception {
        try (Grapevine a = local("a").key(key(1)).start();
                Grapevine wrong = local("wrong").key(key(2)).seeds(seed(a)).start();
                Grapevine clear = local("clear").seeds(seed(a)).start()) {
            eventually(
                    "a drops what both send",
                    () -> a.badPackets().values().stream()
                                    .mapToLong(Long::longValue)
                                    .sum()
                            >= 4);
            for (Grapevine each : List.of(a, wrong, clear)) {
                assertThat(each.members()).extracting(Member::name).containsExactly(each.name());
            }
        }
    }

    @Test
    void aRotationLosesNobodyAndNoPacket() throws Exception {
        try (Grapevine a = local("a").key(key(1)).start();
                Grapevine b = local("b").key(key(1)).seeds(seed(a)).start();
                Grapevine c = local("c").key(key(1)).seeds(seed(a)).start()) {
            List<Grapevine> all = List.of(a, b, c);
            for (Grapevine each : all) each.awaitMembers(3, SOON);
            for (Grapevine each : all) each.addKey(key(2)).get();
            for (Grapevine each : all) {
                each.useKey(key(2)).get();
                BlockingQueue<String> heard = rumors(all.get((all.indexOf(each) + 1) % 3));
                each.gossip("from " + each.name());
                // Older rumors may still be on their way.
                String wanted = "from " + each.name();
                while (!next(heard).equals(wanted)) continue;
            }
            for (Grapevine each : all) each.removeKey(key(1)).get();
            BlockingQueue<String> heard = rumors(c);
            a.gossip("all new");
            while (!next(heard).equals("all new")) continue;
            for (Grapevine each : all) {
                assertThat(each.badPackets()).isEmpty();
                assertThat(each.members()).extracting(Member::status).containsOnly(Status.ALIVE);
            }
        }
    }

    @Test
    void aKeyInUseCannotBeRemovedNorAnUnknownOneUsed() {
        try (Grapevine a = local("a").key(key(1)).start();
                Grapevine clear = local("clear").start()) {
            assertThatThrownBy(() -> a.removeKey(key(1)).get()).hasMessageContaining("use another one first");
            assertThatThrownBy(() -> a.useKey(key(2)).get()).hasMessageContaining("add it first");
            assertThatThrownBy(() -> clear.addKey(key(2)).get()).hasMessageContaining("no keys");
            assertThatThrownBy(() -> local("short").key(new byte[16])).hasMessageContaining("32 bytes");
        }
    }
}
