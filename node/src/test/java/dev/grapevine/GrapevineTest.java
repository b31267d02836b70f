package dev.grapevine;

import static dev.grapevine.Clusters.SOON;
import static dev.grapevine.Clusters.knows;
import static dev.grapevine.Clusters.local;
import static dev.grapevine.Clusters.next;
import static dev.grapevine.Clusters.rumors;
import static dev.grapevine.Clusters.seed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.core.Address;
import dev.grapevine.membership.Evidence;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipEvent.Kind;
import dev.grapevine.membership.Status;
import dev.grapevine.membership.Tags;
import dev.grapevine.runtime.Counter;
import dev.grapevine.runtime.Loop;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class GrapevineTest {
    @Test
    void aRumorReachesTheOther() throws Exception {
        try (Grapevine a = Grapevine.start("a");
                Grapevine b = Grapevine.start("b", "127.0.0.1:" + a.port())) {
            BlockingQueue<String> heard = rumors(b);
            b.awaitMembers(2, SOON);
            a.gossip("Secret Code: 1234");
            assertThat(next(heard)).isEqualTo("Secret Code: 1234");
        }
    }

    @Test
    void manyNodesOnOneLoopAllKnowEachOtherAndHearALargeRumor() throws Exception {
        List<Grapevine> nodes = new ArrayList<>();
        try (Loop loop = Loop.start("shared")) {
            for (int i = 0; i < 20; i++) {
                Builder builder = local("n" + i).loop(loop);
                if (i > 0) builder.seeds(seed(nodes.get(0)));
                nodes.add(builder.start());
            }
            for (Grapevine node : nodes) node.awaitMembers(20, SOON);
            List<BlockingQueue<String>> heard =
                    nodes.stream().map(Clusters::rumors).toList();
            String large = "x".repeat(100_000);
            nodes.get(7).gossip(large);
            for (BlockingQueue<String> each : heard) assertThat(next(each)).isEqualTo(large);
            assertThat(nodes.get(3).members())
                    .extracting(Member::name)
                    .hasSize(20)
                    .isSorted();
        }
        for (Grapevine node : nodes) assertThat(node.isClosed()).isTrue();
    }

    @Test
    void whoLeavesIsSeenToLeave() {
        try (Grapevine a = local("a").start()) {
            Grapevine b = local("b").seeds(seed(a)).start();
            a.awaitMembers(2, SOON);
            b.awaitMembers(2, SOON); // whoever knows nobody has nobody to say good-bye to
            b.close();
            a.await(knows("b", Status.LEFT), SOON);
            assertThat(a.liveMembers()).isEqualTo(1);
            assertThat(a.why("b")).last().extracting(Evidence::status).isEqualTo(Status.LEFT);
        }
    }

    @Test
    void whoIsKilledIsFoundWithEvidence() {
        try (Grapevine a = local("a").start();
                Grapevine b = local("b").seeds(seed(a)).start()) {
            Grapevine c = local("c").seeds(seed(a)).start();
            for (Grapevine each : List.of(a, b, c)) each.awaitMembers(3, SOON);
            c.kill();
            for (Grapevine each : List.of(a, b)) {
                each.await(knows("c", Status.FAILED), SOON);
                List<Evidence> chain = each.why("c");
                assertThat(chain).last().extracting(Evidence::status).isEqualTo(Status.FAILED);
                assertThat(chain)
                        .anySatisfy(link -> assertThat(link.observations()).isNotEmpty());
            }
            assertThat(a.why("nobody")).isEmpty();
        }
    }

    @Test
    void theSameNameOnTheSamePortIsBack() throws Exception {
        try (Grapevine a = local("a").start()) {
            BlockingQueue<Kind> kinds = new LinkedBlockingQueue<>();
            a.onMember(change -> kinds.add(change.kind()));
            Grapevine b = local("b").seeds(seed(a)).start();
            a.awaitMembers(2, SOON);
            long generation = member(a, "b").generation();
            b.kill();
            a.await(knows("b", Status.FAILED), SOON);
            try (Grapevine again =
                    local("b").bind(b.address().toString()).seeds(seed(a)).start()) {
                a.await(knows("b", Status.ALIVE), SOON);
                again.awaitMembers(2, SOON);
                assertThat(member(a, "b").generation()).isGreaterThan(generation);
            }
            List<Kind> seen = new ArrayList<>();
            for (Kind kind; (kind = kinds.poll(10, TimeUnit.SECONDS)) != Kind.RETURNED; ) seen.add(kind);
            assertThat(seen).startsWith(Kind.JOINED).contains(Kind.FAILED);
        }
    }

    @Test
    void aRestartAtAnotherPortIsTheSameMemberElsewhere() {
        try (Grapevine a = local("a").start()) {
            Grapevine b = local("b").seeds(seed(a)).start();
            a.awaitMembers(2, SOON);
            b.kill();
            try (Grapevine moved = local("b").seeds(seed(a)).start()) {
                a.await(
                        members -> members.stream()
                                .anyMatch(each -> each.name().equals("b")
                                        && each.status() == Status.ALIVE
                                        && each.address().equals(moved.address())),
                        SOON);
                assertThat(a.members()).hasSize(2);
            }
        }
    }

    @Test
    void aNewAdvertisedAddressAndNewTagsAreSeen() throws Exception {
        try (Grapevine a = local("a").start();
                Grapevine b = local("b").seeds(seed(a)).start()) {
            a.awaitMembers(2, SOON);
            b.awaitMembers(2, SOON);
            b.setTags(Map.of("role", "db")).get();
            a.await(members -> member(members, "b").tags().asMap().equals(Map.of("role", "db")), SOON);
            Address elsewhere = Address.parse("127.0.0.2:" + b.port(), 0);
            assertThat(elsewhere).isNotNull();
            b.setAdvertised(elsewhere).get();
            a.await(members -> member(members, "b").address().equals(elsewhere), SOON);
        }
    }

    @Test
    void tagsThatAreTooLargeAreRefusedAtTheCall() {
        Map<String, String> large = Map.of("key", "v".repeat(Tags.MAX_BYTES));
        assertThatThrownBy(() -> local("a").tags(large))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("limit is " + Tags.MAX_BYTES);
        try (Grapevine a = local("a").tags(Map.of("small", "tag")).start()) {
            assertThatThrownBy(() -> a.setTags(large)).isInstanceOf(IllegalArgumentException.class);
            assertThat(member(a, "a").tags().asMap()).containsEntry("small", "tag");
        }
    }

    @Test
    void aRumorThatIsTooLargeIsRefused() {
        try (Grapevine a = local("a").start()) {
            assertThatThrownBy(() -> a.gossip(new byte[(1 << 20) + 1]).get()).hasMessageContaining("1048576");
        }
    }

    @Test
    void clustersOnOneNetworkDoNotMerge() throws Exception {
        try (Grapevine a = local("a").cluster("one").start();
                Grapevine b = local("b").cluster("one").seeds(seed(a)).start();
                Grapevine x = local("x").cluster("two").seeds(seed(a)).start()) {
            a.awaitMembers(2, SOON);
            b.awaitMembers(2, SOON);
            Clusters.eventually("a drops what x sends", () -> !a.badPackets().isEmpty());
            // They have met three times over: were they to merge, they would have.
            Clusters.eventually("x keeps asking", () -> x.counters().get(Counter.DATAGRAMS_OUT) >= 3);
            assertThat(a.members()).extracting(Member::name).containsExactly("a", "b");
            assertThat(x.members()).extracting(Member::name).containsExactly("x");
        }
    }

    @Test
    void theAddressesOfMembersOutliveARestart(@TempDir Path directory) throws Exception {
        Path own = directory.resolve("b");
        try (Grapevine a = local("a").start()) {
            long first;
            try (Grapevine b = local("b").seeds(seed(a)).directory(own).start()) {
                b.awaitMembers(2, SOON);
                first = member(b, "b").generation();
                assertThatThrownBy(() -> local("c").directory(own).start())
                        .isInstanceOf(UncheckedIOException.class)
                        .hasMessageContaining("in use by another node");
            }
            // What the machine says is remembered comes at most once a minute, so it is put there by hand.
            try (StateFile state = StateFile.open(own, dev.grapevine.store.Sync.NEVER)) {
                assertThat(state.nextGeneration(0)).isEqualTo(first + 1);
                state.remember(List.of(a.address()));
            }
            try (Grapevine again = local("b").directory(own).start()) {
                again.awaitMembers(2, SOON);
                assertThat(member(again, "b").generation()).isGreaterThan(first + 1);
            }
        }
    }

    @Test
    void aNodeOffLoopbackNeedsAKeyOrTheWords() {
        assertThatThrownBy(() ->
                        local("a").bind("0.0.0.0:0").advertise("192.0.2.1").start())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("needs a key");
        assertThatThrownBy(() -> local("a").bind("somewhere")).hasMessageContaining("somewhere is no address");
    }

    @Test
    void aPortThatIsTakenIsNamed() {
        try (Grapevine a = local("a").start()) {
            String taken = a.address().toString();
            assertThatThrownBy(() -> local("b").bind(taken).start())
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining(taken);
        }
    }

    @Test
    void aListenerMayWaitForItsNode() throws Exception {
        try (Grapevine a = local("a").start()) {
            CountDownLatch saw = new CountDownLatch(1);
            a.onRumor(rumor -> {
                a.setTags(Map.of("heard", "yes")).join();
                if (member(a, "a").tags().asMap().containsKey("heard")) saw.countDown();
            });
            a.gossip("x");
            assertThat(saw.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void waitingInVainSaysWhatThereIs() {
        try (Grapevine a = local("a").start()) {
            assertThatThrownBy(() -> a.awaitMembers(2, Duration.ofMillis(20)))
                    .isInstanceOf(AwaitException.class)
                    .hasMessageContaining("for 2 members and knows 1");
        }
    }

    @Test
    void aClosedNodeAnswersFromWhatItKnew() {
        Grapevine a = local("a").start();
        a.close();
        a.close();
        assertThat(a.isClosed()).isTrue();
        assertThat(a.members()).extracting(Member::name).containsExactly("a");
        assertThat(a.why("a")).isNotEmpty();
        assertThatThrownBy(() -> a.gossip("x").get()).hasCauseInstanceOf(RejectedExecutionException.class);
    }

    private static Member member(Grapevine node, String name) {
        return member(node.members(), name);
    }

    private static Member member(List<Member> members, String name) {
        return members.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
