package dev.grapevine.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.core.Address;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StreamsTest {
    private final Simulation sim = Toy.cluster(3, 1);
    private final EventLog log = EventLog.of(sim);
    private final Host client = sim.hosts().get(0);
    private final Host server = sim.hosts().get(1);

    private void open(int bytes, boolean thenClose) {
        sim.runFor(Duration.ofMillis(1));
        sim.command(client, new Toy.Open(server.address(), bytes, thenClose));
    }

    @Test
    void bytesArriveWholeAndBothSidesClose() {
        open(1_000_000, true);
        sim.runFor(Duration.ofSeconds(1));
        assertThat(log.lines)
                .containsSubsequence("0 Stream[what=connected]", "1 Stream[what=ended after 1000000]")
                .contains(
                        "1 Stream[what=accepted 10.0.0.1]",
                        "0 Stream[what=closed REMOTE]",
                        "1 Stream[what=closed REMOTE]");
    }

    @Test
    void lossDelaysAStreamAndLosesNothing() {
        sim.network().link(Link.LAN.loss(0.2));
        open(1_000_000, true);
        sim.runFor(Duration.ofSeconds(50));
        assertThat(log.lines).contains("1 Stream[what=ended after 1000000]");
    }

    @Test
    void whatWasWrittenIsDrained() {
        open(10, false);
        sim.runFor(Duration.ofSeconds(1));
        assertThat(log.lines).contains("0 Stream[what=drained]");
    }

    @Test
    void aCrashedHostRefusesAndASilentOneTimesOut() {
        sim.runFor(Duration.ofMillis(1));
        sim.crash(server);
        open(10, true);
        sim.runFor(Duration.ofSeconds(1));
        assertThat(log.lines).containsExactly("0 Stream[what=closed REFUSED]");
        sim.powerOff(server);
        open(10, true);
        sim.runFor(Duration.ofSeconds(4));
        assertThat(log.lines).hasSize(1);
        sim.runFor(Duration.ofSeconds(2));
        assertThat(log.lines).contains("0 Stream[what=closed TIMED_OUT]");
    }

    @Test
    void nobodyAtAnAddressTimesOut() {
        sim.runFor(Duration.ofMillis(1));
        sim.command(client, new Toy.Open(Address.ipv4(0x0B00_0001, 1), 1, true));
        sim.runFor(Duration.ofSeconds(6));
        assertThat(log.lines).containsExactly("0 Stream[what=closed TIMED_OUT]");
    }

    @Test
    void aCrashResetsOpenStreams() {
        open(10, false);
        sim.runFor(Duration.ofSeconds(1));
        sim.crash(server);
        sim.runFor(Duration.ofSeconds(1));
        assertThat(log.lines).contains("0 Stream[what=closed RESET]");
    }

    @Test
    void aCutStallsAStreamAndTheHealLetsItGoOn() {
        open(10, true);
        Cut cut = Cut.parts(3, 3);
        sim.network().cut(cut);
        sim.runFor(Duration.ofSeconds(2));
        assertThat(log.count("accepted")).isZero();
        sim.network().heal(cut);
        sim.runFor(Duration.ofSeconds(3));
        assertThat(log.lines).contains("1 Stream[what=ended after 10]");
    }

    @Test
    void blockedDatagramsLeaveStreamsOpen() {
        sim.network().cut(Cut.parts(3, 3), Cut.Stops.DATAGRAMS);
        open(10, true);
        sim.command(client, new Toy.Publish(1));
        sim.runFor(Duration.ofSeconds(1));
        assertThat(log.lines).contains("1 Stream[what=ended after 10]");
        assertThat(log.count("Heard")).isEqualTo(1);
    }

    @Test
    void aStreamOnWhichNothingMovesIsClosed() {
        open(10, false);
        sim.runFor(Duration.ofSeconds(59));
        assertThat(log.count("closed")).isZero();
        sim.runFor(Duration.ofSeconds(3));
        assertThat(log.count("closed")).isEqualTo(2);
    }

    @Test
    void bandwidthDelaysBytes() {
        sim.bandwidth(client, 100_000);
        open(1_000_000, true);
        sim.runFor(Duration.ofSeconds(9));
        assertThat(log.count("ended")).isZero();
        sim.runFor(Duration.ofSeconds(3));
        assertThat(log.lines).contains("1 Stream[what=ended after 1000000]");
    }
}
