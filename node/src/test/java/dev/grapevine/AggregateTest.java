package dev.grapevine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.grapevine.runtime.RefusedException;
import dev.grapevine.state.aggregate.AggregateResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AggregateTest {
    @Test
    void everyNodeGetsToKnowTheMeanOfAllOnRealSockets() throws Exception {
        List<Grapevine> nodes = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++)
                nodes.add(
                        i == 0
                                ? Grapevine.start("a0")
                                : Grapevine.start(
                                        "a" + i, "127.0.0.1:" + nodes.get(0).port()));
            for (Grapevine node : nodes) node.awaitMembers(4, Duration.ofSeconds(20));
            assertThatThrownBy(() -> nodes.get(0).aggregate("load").read().get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(RefusedException.class);
            List<CompletableFuture<AggregateResult>> results = new ArrayList<>();
            for (Grapevine node : nodes) {
                CompletableFuture<AggregateResult> result = new CompletableFuture<>();
                node.aggregate("load").onResult(result::complete);
                results.add(result);
            }
            for (int i = 0; i < 3; i++)
                nodes.get(i).aggregate("load").contribute(10 + i).get(10, TimeUnit.SECONDS);
            for (CompletableFuture<AggregateResult> each : results) {
                AggregateResult result = each.get(60, TimeUnit.SECONDS);
                assertThat(result.mean()).isCloseTo(11, within(0.01));
                assertThat(result.count()).isCloseTo(3, within(0.01));
                assertThat(result.nodes()).isCloseTo(4, within(0.01));
                assertThat(result.max()).isEqualTo(12);
                assertThat(result.spread().quantile(0.5)).isCloseTo(11, within(0.3));
            }
        } finally {
            for (Grapevine node : nodes) node.close();
        }
    }
}
