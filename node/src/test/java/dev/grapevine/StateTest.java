package dev.grapevine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.membership.MembershipSettings.Profile;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replicated state as the library offers it, on real sockets. */
@Timeout(60)
class StateTest {
    private Grapevine a = Grapevine.named("a").profile(Profile.LOCAL).start();
    private Grapevine b = Grapevine.named("b")
            .profile(Profile.LOCAL)
            .seeds("127.0.0.1:" + a.port())
            .start();

    @BeforeEach
    void meet() {
        a.awaitMembers(2, Duration.ofSeconds(20));
        b.awaitMembers(2, Duration.ofSeconds(20));
    }

    @AfterEach
    void stop() {
        a.kill();
        b.kill();
    }

    private static Seen everyone(CompletableFuture<Update> update) throws Exception {
        return update.get(20, TimeUnit.SECONDS).awaitSeenByEveryone().get(20, TimeUnit.SECONDS);
    }

    @Test
    void aFactSeenByEveryoneIsReadEverywhereAndTold() throws Exception {
        CompletableFuture<String> told = new CompletableFuture<>();
        b.facts().listen("ro", change -> told.complete(change.owner() + " " + change.key() + "=" + change.text()));
        Seen seen = everyone(a.facts().put("role", "primary"));
        assertThat(seen.members()).containsExactly("a", "b");
        assertThat(seen.count()).isEqualTo(2);
        assertThat(b.facts().text("a", "role")).contains("primary");
        assertThat(told.get(20, TimeUnit.SECONDS)).isEqualTo("a role=primary");
        everyone(a.facts().remove("role"));
        assertThat(b.facts().of("a")).isEmpty();
    }

    @Test
    void factsDieWithTheirNode() throws Exception {
        everyone(b.facts().put("load", "3"));
        assertThat(a.facts().text("b", "load")).contains("3");
        CompletableFuture<String> gone = new CompletableFuture<>();
        a.facts().listen("", change -> {
            if (change.value() == null) gone.complete(change.owner());
        });
        b.close();
        assertThat(gone.get(20, TimeUnit.SECONDS)).isEqualTo("b");
        assertThat(a.facts().of("b")).isEmpty();
    }

    @Test
    void collectionsAreTheSameOnBothNodes() throws Exception {
        everyone(a.counter("visits").add(5));
        everyone(b.counter("visits").add(-2));
        everyone(a.set("drained").add("rack-1"));
        everyone(b.set("drained").add("rack-2"));
        everyone(b.set("drained").remove("rack-1"));
        everyone(a.latest("config").put("mode", "blue"));
        everyone(b.latest("config").put("mode", "green"));
        for (Grapevine node : List.of(a, b)) {
            assertThat(node.counter("visits").value()).isEqualTo(3);
            assertThat(node.set("drained").elements()).containsExactly("rack-2");
            assertThat(node.latest("config").text("mode")).contains("green");
        }
        assertThat(a.state().digest()).isEqualTo(b.state().digest());
    }

    @Test
    void aWriteReplacesWhatItsAuthorSaw() throws Exception {
        SharedMap here = a.shared("carts");
        everyone(here.put("alice", "apple"));
        SharedMap.Read before = here.get("alice");
        everyone(here.put("alice", "banana"));
        everyone(b.shared("carts")
                .put("alice", "cherry".getBytes(java.nio.charset.StandardCharsets.UTF_8), before.context()));
        assertThat(here.get("alice").texts()).containsExactlyInAnyOrder("banana", "cherry");
        everyone(here.put(
                "alice",
                "both".getBytes(java.nio.charset.StandardCharsets.UTF_8),
                here.get("alice").context()));
        assertThat(b.shared("carts").get("alice").texts()).containsExactly("both");
    }

    @Test
    void aLargeValueArrivesAndATooLargeOneIsRefused() throws Exception {
        byte[] large = new byte[1 << 20];
        new java.util.Random(1).nextBytes(large);
        everyone(a.facts().put("model", large));
        assertThat(b.facts().get("a", "model").orElseThrow()).isEqualTo(large);
        assertThatThrownBy(
                        () -> a.facts().put("model", new byte[(16 << 20) + 1]).join())
                .hasMessageContaining("the limit is 16777216");
        assertThatThrownBy(() -> a.facts().put("x".repeat(256), "y").join()).hasMessageContaining("the limit is 255");
    }
}
