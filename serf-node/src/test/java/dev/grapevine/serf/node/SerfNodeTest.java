package dev.grapevine.serf.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.core.Address;
import dev.grapevine.membership.Evidence;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.membership.Observation;
import dev.grapevine.membership.Path;
import dev.grapevine.membership.Status;
import dev.grapevine.serf.MemberStatus;
import dev.grapevine.serf.SerfCommand;
import dev.grapevine.serf.SerfEvent;
import dev.grapevine.serf.SerfMember;
import dev.grapevine.serf.memberlist.Timings;
import dev.grapevine.serf.msgpack.Bytes;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Java programs as members of one cluster, on real sockets. */
@Timeout(60)
class SerfNodeTest {
    private static SerfNodeBuilder node(String name) {
        return SerfNode.builder()
                .name(name)
                .bind(Address.loopback(0))
                .settings(settings -> settings.timings(Timings.LOCAL));
    }

    private static SerfNode joined(String name, SerfNode seed) throws IOException {
        return node(name).seeds(List.of(seed.address().toString())).start();
    }

    private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(30, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return next;
    }

    @Test
    void eventsQueriesAndGoodbyesGoFromOneProgramToTheOther() throws Exception {
        BlockingQueue<SerfEvent.MembersChanged> changes = new LinkedBlockingQueue<>();
        BlockingQueue<SerfEvent.UserEventReceived> events = new LinkedBlockingQueue<>();
        try (SerfNode seed = node("seed").tags(Map.of("role", "db")).start();
                SerfNode joiner = joined("joiner", seed)) {
            seed.onMembersChanged(changes::add);
            joiner.onUserEvent("deploy", events::add);
            joiner.onQuery("load", query -> Bytes.utf8("0.5 for " + query.sourceNode()));
            assertThat(joiner.members()).extracting(SerfMember::name).containsExactlyInAnyOrder("seed", "joiner");
            seed.sendUserEvent("deploy", Bytes.utf8("v2")).join();
            assertThat(next(events).payload()).isEqualTo(Bytes.utf8("v2"));
            SerfQuery.Answers answers = seed.ask("load", null).join();
            assertThat(answers.responses()).containsExactly(Map.entry("joiner", Bytes.utf8("0.5 for seed")));
            assertThat(answers.acks()).isEmpty();
            joiner.updateTags(Map.of("dc", "1"), List.of()).join();
            joiner.leave().join();
            SerfEvent.MembersChanged change = next(changes);
            while (change.change() != SerfEvent.Change.LEAVE) change = next(changes);
            assertThat(change.members().getFirst().member().name()).isEqualTo("joiner");
            assertThat(change.members().getFirst().member().status()).isEqualTo(MemberStatus.LEFT);
        }
    }

    @Test
    void whoDiedAndWhyIsToldInTheWordsOfOurOwnNodes() throws Exception {
        BlockingQueue<MembershipEvent.MemberChanged> changes = new LinkedBlockingQueue<>();
        try (SerfNode watcher = node("watcher").start()) {
            watcher.onMembership(event -> {
                if (event instanceof MembershipEvent.MemberChanged changed) changes.add(changed);
            });
            try (SerfNode victim = joined("victim", watcher)) {
                MembershipEvent.MemberChanged change = next(changes);
                while (!change.member().name().equals("victim")) change = next(changes);
                assertThat(change.kind()).isEqualTo(MembershipEvent.Kind.JOINED);
                assertThat(change.before()).isNull();
                assertThat(change.evidence().accuser()).isEqualTo("victim");
                assertThat(change.member().address()).isEqualTo(victim.address().address());
            } // closed without a word
            MembershipEvent.MemberChanged suspected = next(changes);
            assertThat(suspected.kind()).isEqualTo(MembershipEvent.Kind.SUSPECTED);
            MembershipEvent.MemberChanged failed = next(changes);
            assertThat(failed.kind()).isEqualTo(MembershipEvent.Kind.FAILED);
            assertThat(failed.member().status()).isEqualTo(Status.FAILED);
            assertThat(failed.evidence().accuser()).isEqualTo("watcher");
            assertThat(failed.evidence().observations())
                    .extracting(Observation::path)
                    .containsExactly(Path.DATAGRAM, Path.STREAM);
            assertThat(watcher.why("victim"))
                    .extracting(Evidence::status)
                    .containsExactly(Status.ALIVE, Status.SUSPECT, Status.FAILED);
            assertThat(watcher.why("nobody")).isEmpty();
        }
    }

    @Test
    void ownAcksAreNotLostHoweverFastTheyAre() throws Exception {
        try (SerfNode alone = node("alone").start()) {
            for (int i = 0; i < 20; i++) {
                var query = new SerfCommand.Query("q", null, List.of(), Map.of(), true, 0, 100_000_000L);
                SerfQuery running = alone.query(query, SerfQuery.silent()).join();
                assertThat(running.answers().join().acks()).containsExactly("alone");
            }
        }
    }

    @Test
    void aSeedThatDoesNotAnswerIsAnIoExceptionAndThePortIsFreeAgain() throws Exception {
        Address port;
        try (SerfNode first = node("first").start()) {
            port = first.address().address();
        }
        Address free = port;
        assertThatThrownBy(() ->
                        node("late").bind(free).seeds(List.of("127.0.0.1:1")).start())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Failed to join 127.0.0.1");
        try (SerfNode again = node("again").bind(free).start()) {
            assertThat(again.address().address()).isEqualTo(free);
        }
    }

    @Test
    void aClosedNodeRefusesEverything() throws Exception {
        SerfNode node = node("node").start();
        node.close();
        node.close();
        assertThatThrownBy(() -> node.sendUserEvent("x", null).join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(RejectedExecutionException.class);
        assertThat(node.stopped().join()).isEqualTo("closed");
    }
}
