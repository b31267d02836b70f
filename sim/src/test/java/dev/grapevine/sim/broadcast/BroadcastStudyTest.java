package dev.grapevine.sim.broadcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ways side by side, a tenth as large as in the papers. */
class BroadcastStudyTest {
    private static final BroadcastStudy STUDY = new BroadcastStudy(1_000, 6, 3);

    @Test
    void eachWayCostsWhatItsPaperSays() {
        List<BroadcastStudy.Way> ways = STUDY.ways(way -> {});
        BroadcastStudy.Way push = ways.get(0);
        assertThat(push.coverage()).isCloseTo(0.980, within(0.01)); // 1 - s, s = e^(-4 (1 - s))
        assertThat(ways.get(1).coverage()).isGreaterThan(0.999);
        BroadcastStudy.Way flood = ways.get(2);
        assertThat(flood.coverage()).isEqualTo(1);
        assertThat(flood.redundancy()).isCloseTo(3, within(0.05));
        for (BroadcastStudy.Way tree : ways.subList(3, 7)) {
            assertThat(tree.coverage()).as(tree.name()).isEqualTo(1);
            assertThat(tree.redundancy()).as(tree.name()).isBetween(0.0, 0.01);
        }
        assertThat(ways.get(3).control()).isCloseTo(3, within(0.2));
        assertThat(ways.get(5).lastHop()).isLessThanOrEqualTo(flood.lastHop() + 1);
        assertThat(ways.get(6).lastHop()).isLessThanOrEqualTo(flood.lastHop() + 1);
    }

    @ParameterizedTest(name = "{0} % stop at once")
    @ValueSource(ints = {50, 95})
    void survivorsOfACrashHearWhatIsSent(int percent) {
        BroadcastStudy.Crash crash = STUDY.crash(percent);
        if (percent <= 50) assertThat(crash.before()).isCloseTo(crash.expected(), within(0.05));
        assertThat(crash.cycles()).isGreaterThan(percent <= 90 ? 0.99 : 0.9);
        assertThat(crash.topics()).isEqualTo(1);
    }

    @Test
    void aPartitionIsRepairedInSeconds() {
        assertThat(STUDY.partition(100)).isLessThan(10);
    }

    @Test
    void aStormOfMessagesArrivesInOrderAndOnce() {
        BroadcastStudy.Storm storm = STUDY.storm(20, 5, 10_000, 0.3);
        assertThat(storm.broken()).isZero();
        assertThat(storm.deliveries()).isEqualTo(storm.expected());
        assertThat(storm.received()).isLessThan(1.01);
    }
}
