package dev.grapevine;

import static dev.grapevine.Clusters.SOON;
import static dev.grapevine.Clusters.eventually;
import static dev.grapevine.Clusters.local;
import static dev.grapevine.Clusters.next;
import static dev.grapevine.Clusters.rumors;
import static dev.grapevine.Clusters.seed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.store.Sync;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurabilityTest {
    @Test
    void aNodeThatWasRestartedComesBackInANewerGenerationWithWhatItOwns(@TempDir Path directory) throws Exception {
        long generation;
        try (Grapevine first = local("a").directory(directory).sync(Sync.ALWAYS).start()) {
            BlockingQueue<String> heard = rumors(first);
            first.gossip("role", "old".getBytes(StandardCharsets.UTF_8)).get(10, TimeUnit.SECONDS);
            first.gossip("role", "primary".getBytes(StandardCharsets.UTF_8)).get(10, TimeUnit.SECONDS);
            first.gossip("only news").get(10, TimeUnit.SECONDS);
            for (int i = 0; i < 3; i++) next(heard);
            generation = first.members().get(0).generation();
        }
        try (Grapevine b = local("b").start()) {
            BlockingQueue<String> heard = rumors(b);
            try (Grapevine again =
                    local("a").directory(directory).seeds(seed(b)).start()) {
                again.awaitMembers(2, SOON);
                assertThat(next(heard)).isEqualTo("primary");
                assertThat(again.members().get(0).generation()).isGreaterThan(generation);
            }
            assertThat(heard).isEmpty();
        }
    }

    @Test
    void itsFactsAreBackAndThoseItRemovedAreNot(@TempDir Path directory) throws Exception {
        try (Grapevine first = local("a").directory(directory).start()) {
            first.facts().put("role", "primary").get(10, TimeUnit.SECONDS);
            first.facts().put("zone", "old").get(10, TimeUnit.SECONDS);
            first.facts().put("zone", "east").get(10, TimeUnit.SECONDS);
            first.facts().put("gone", "1").get(10, TimeUnit.SECONDS);
            first.facts().remove("gone").get(10, TimeUnit.SECONDS);
        }
        try (Grapevine b = local("b").start();
                Grapevine again = local("a").directory(directory).seeds(seed(b)).start()) {
            again.awaitMembers(2, SOON);
            eventually("b knows the facts", () -> b.facts().of("a").size() == 2);
            assertThat(b.facts().text("a", "role")).contains("primary");
            assertThat(b.facts().text("a", "zone")).contains("east");
        }
    }

    @Test
    void sharedEntriesOutliveAClusterOfWhichEveryNodeWasStopped(@TempDir Path directory) throws Exception {
        try (Grapevine a = local("a").directory(directory.resolve("a")).start();
                Grapevine b = local("b")
                        .directory(directory.resolve("b"))
                        .seeds(seed(a))
                        .start()) {
            b.awaitMembers(2, SOON);
            a.latest("config").put("mode", "blue").get(10, TimeUnit.SECONDS);
            b.counter("visits").add(7).get(10, TimeUnit.SECONDS);
            a.set("drained").add("rack-7").get(10, TimeUnit.SECONDS);
            b.latest("config").put("gone", "1").get(10, TimeUnit.SECONDS);
            b.latest("config")
                    .remove("gone")
                    .get(10, TimeUnit.SECONDS)
                    .awaitSeenByEveryone()
                    .get(10, TimeUnit.SECONDS);
            eventually(
                    "both have all",
                    () -> a.counter("visits").value() == 7 && b.set("drained").contains("rack-7"));
            eventually("and the first", () -> b.latest("config").text("mode").isPresent());
        }
        try (Grapevine b = local("b").directory(directory.resolve("b")).start()) {
            eventually("b alone knows it all", () -> b.counter("visits").value() == 7);
            eventually("what a wrote too", () -> b.latest("config").text("mode").equals(Optional.of("blue")));
            assertThat(b.set("drained").contains("rack-7")).isTrue();
            assertThat(b.latest("config").text("gone")).isEmpty();
            try (Grapevine c = local("c").seeds(seed(b)).start()) {
                eventually(
                        "and gives it to a new node", () -> c.counter("visits").value() == 7);
                eventually("all of it", () -> c.latest("config").text("mode").isPresent());
            }
        }
    }
}
