package dev.grapevine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.topic.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Topics, queries and round trips between nodes on real sockets. */
class BroadcastLibraryTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @Test
    void whatIsPublishedReachesEverybodyInOrderLateComersIncluded() throws Exception {
        try (Grapevine a = Grapevine.start("a");
                Grapevine b = Grapevine.start("b", "127.0.0.1:" + a.port())) {
            a.awaitMembers(2, LONG);
            b.awaitMembers(2, LONG);
            LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
            b.topic("deploy").subscribe(message -> heard.add(message.sequence() + " " + message.text()));
            Topic topic = a.topic("deploy").withPromise(Promise.ORDERED);
            Topic.Publication first = topic.publish("one").get(60, TimeUnit.SECONDS);
            topic.publish("two").get(60, TimeUnit.SECONDS);
            assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo("1 one");
            assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo("2 two");
            LinkedBlockingQueue<String> late = new LinkedBlockingQueue<>();
            try (Grapevine c = Grapevine.named("c")
                    .seeds("127.0.0.1:" + a.port())
                    .listener(event -> {
                        if (event instanceof dev.grapevine.node.TopicEvent.Delivered told)
                            late.add(Long.toString(told.sequence()));
                    })
                    .start()) {
                assertThat(late.poll(60, TimeUnit.SECONDS)).isEqualTo("1");
                assertThat(late.poll(60, TimeUnit.SECONDS)).isEqualTo("2");
                assertThat(c.liveMembers()).isGreaterThanOrEqualTo(2);
            }
            assertThat(first.delivery().get(60, TimeUnit.SECONDS).have()).isGreaterThanOrEqualTo(1);
        }
    }

    @Test
    void aMessageAboveTheLimitIsRefusedWithTheLimit() {
        try (Grapevine a = Grapevine.start("a")) {
            Topic rumors = a.topic("t").withPromise(Promise.RUMOR);
            assertThatThrownBy(() -> rumors.publish(new byte[65_537]).get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("the limit of a rumor topic is 65536 bytes");
            assertThatThrownBy(() -> a.topic("")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aQueryIsAnsweredByThoseWhoseTagsMatch() throws Exception {
        try (Grapevine a = Grapevine.start("a");
                Grapevine b = Grapevine.named("b")
                        .seeds("127.0.0.1:" + a.port())
                        .tags(Map.of("role", "web"))
                        .start()) {
            a.awaitMembers(2, LONG);
            b.awaitMembers(2, LONG);
            for (Grapevine node : List.of(a, b)) node.onQuery(question -> question.answer("by " + node.name()));
            Query.Result result =
                    a.query("who").tag("role", "web").timeout(LONG).ask().get(90, TimeUnit.SECONDS);
            assertThat(result.answers())
                    .singleElement()
                    .satisfies(answer -> assertThat(answer.text()).isEqualTo("by b"));
            assertThat(result.asked()).isEqualTo(1);
            Query.Result all = a.query("who").timeout(LONG).ask().get(90, TimeUnit.SECONDS);
            assertThat(all.answers()).hasSize(2);
            assertThat(a.rtt("a", "b").get(60, TimeUnit.SECONDS)).isLessThan(Duration.ofSeconds(10));
            assertThatThrownBy(() -> a.rtt("a", "nobody").get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("no live member is called nobody");
        }
    }

    @Test
    void aLargePayloadIsFetchedInChunks() throws Exception {
        try (Grapevine a = Grapevine.start("a");
                Grapevine b = Grapevine.start("b", "127.0.0.1:" + a.port())) {
            a.awaitMembers(2, LONG);
            b.awaitMembers(2, LONG);
            LinkedBlockingQueue<byte[]> arrived = new LinkedBlockingQueue<>();
            b.onBlob(blob -> arrived.add(blob.bytes()));
            byte[] bytes = new byte[3_000_000];
            new java.util.Random(1).nextBytes(bytes);
            a.publishBlob(bytes).get(60, TimeUnit.SECONDS);
            assertThat(arrived.poll(60, TimeUnit.SECONDS)).isEqualTo(bytes);
        }
    }
}
