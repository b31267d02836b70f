package dev.grapevine.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import java.time.Duration;
import java.util.BitSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SimulationTest {
    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

    static LongStream seeds() {
        Long given = Long.getLong("grapevine.seed");
        return given == null ? LongStream.rangeClosed(1, 20) : LongStream.of(given);
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @MethodSource("seeds")
    void nearlyEveryoneHearsARumor(long seed) {
        Simulation sim = Toy.cluster(64, seed);
        sim.network()
                .link(Link.LAN
                        .loss(0.1)
                        .duplicate(0.05)
                        .reorder(0.1, 50_000_000)
                        .jitter(5_000_000));
        EventLog log = EventLog.of(sim);
        Reply reply = sim.command(sim.hosts().getFirst(), new Toy.Publish(7));
        sim.runFor(TEN_SECONDS);
        assertThat(reply.result()).isEqualTo(7L);
        // The residue of feedback and counter 3 is below 2 % (theory §1.7); fan-out 2 and loss move it little.
        assertThat(log.count("Heard")).isBetween(58L, 64L);
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @MethodSource("seeds")
    void theSameSeedIsTheSameRun(long seed) {
        assertThat(stormy(seed).traceHash()).isEqualTo(stormy(seed).traceHash());
        assertThat(stormy(seed).traceHash()).isNotEqualTo(stormy(seed + 1).traceHash());
    }

    /** A run with most of the faults there are. */
    static Simulation stormy(long seed) {
        Simulation sim = Toy.cluster(40, seed);
        sim.network()
                .link(Link.LAN
                        .latency(new Latency.LogNormal(2_000_000, 0.5))
                        .loss(new Loss.Bursty(0.05, 0.3, 0.01, 0.5))
                        .duplicate(0.02)
                        .corrupt(0.02));
        Cut halves = Cut.parts(40, 2);
        sim.after(Duration.ofMillis(150), () -> sim.network().cut(halves));
        sim.after(Duration.ofMillis(900), () -> sim.network().heal(halves));
        sim.drift(sim.hosts().get(3), 200_000);
        sim.slow(sim.hosts().get(4), Duration.ofMillis(20));
        sim.after(Duration.ofMillis(200), () -> sim.pause(sim.hosts().get(5)));
        sim.after(Duration.ofMillis(800), () -> sim.resume(sim.hosts().get(5)));
        sim.after(Duration.ofMillis(300), () -> sim.crash(sim.hosts().get(6)));
        sim.after(Duration.ofMillis(700), () -> sim.restart(sim.hosts().get(6)));
        for (int i = 0; i < 10; i++) {
            int host = sim.random().nextInt(40);
            long rumor = i;
            sim.after(Duration.ofMillis(100L * i), () -> sim.command(sim.hosts().get(host), new Toy.Publish(rumor)));
        }
        sim.runFor(Duration.ofSeconds(3));
        return sim;
    }

    @Test
    void addingAHostLeavesTheLuckOfTheOthersUnchanged() {
        Simulation few = Toy.cluster(3, 5);
        Simulation more = Toy.cluster(3, 5);
        more.add(start -> new Toy(java.util.List.of(), start.random()));
        for (int i = 0; i < 3; i++)
            assertThat(more.hosts().get(i).linkRandom.nextLong())
                    .isEqualTo(few.hosts().get(i).linkRandom.nextLong());
    }

    @Test
    void aPartitionKeepsARumorOnItsSideUntilItHeals() {
        Simulation sim = Toy.cluster(20, 1);
        EventLog log = EventLog.of(sim);
        Cut halves = Cut.parts(20, 2);
        sim.network().cut(halves);
        sim.command(sim.hosts().getFirst(), new Toy.Publish(1));
        sim.runFor(TEN_SECONDS);
        assertThat(log.lines).allMatch(line -> Integer.parseInt(line.split(" ")[0]) < 10);
        assertThat(log.drops[Drop.CUT.ordinal()]).isPositive();
        sim.network().heal(halves);
        sim.command(sim.hosts().getFirst(), new Toy.Publish(2));
        sim.runFor(TEN_SECONDS);
        assertThat(log.count("id=2")).isGreaterThan(15);
    }

    @Test
    void aOneWayCutIsOpenTheOtherWay() {
        Simulation sim = Toy.cluster(2, 1);
        EventLog log = EventLog.of(sim);
        BitSet first = new BitSet();
        first.set(0);
        BitSet second = new BitSet();
        second.set(1);
        sim.network().cut(new Cut.OneWay(first, second));
        sim.command(sim.hosts().get(0), new Toy.Publish(1));
        sim.command(sim.hosts().get(1), new Toy.Publish(2));
        sim.runFor(Duration.ofSeconds(2));
        assertThat(log.lines).anyMatch(line -> line.startsWith("0 Heard[id=2"));
        assertThat(log.lines).noneMatch(line -> line.startsWith("1 Heard[id=1"));
    }

    @Test
    void aPausedMachineIsToldHowLongItSleptBeforeWhatWaitedForIt() {
        Simulation sim = Toy.cluster(2, 1);
        EventLog log = EventLog.of(sim);
        sim.command(sim.hosts().get(0), new Toy.Publish(1));
        sim.command(sim.hosts().get(1), new Toy.Publish(5));
        sim.runFor(Duration.ofMillis(50));
        sim.pause(sim.hosts().get(1));
        sim.runFor(Duration.ofSeconds(2));
        assertThat(log.lines).noneMatch(line -> line.startsWith("1 Heard[id=1"));
        sim.resume(sim.hosts().get(1));
        sim.runFor(Duration.ofMillis(1));
        assertThat(log.lines.stream().filter(line -> line.startsWith("1 ")))
                .anyMatch(line -> line.startsWith("1 Slept[nanos=19"));
        int slept = log.lines.indexOf(
                log.lines.stream().filter(l -> l.contains("Slept")).findFirst().orElseThrow());
        int heard = log.lines.indexOf(log.lines.stream()
                .filter(l -> l.startsWith("1 Heard[id=1"))
                .findFirst()
                .orElseThrow());
        assertThat(slept).isLessThan(heard);
    }

    @Test
    void aBlockedHostGetsEverythingLater() {
        Simulation sim = Toy.cluster(2, 1);
        EventLog log = EventLog.of(sim);
        sim.block(sim.hosts().get(1));
        sim.command(sim.hosts().get(0), new Toy.Publish(1));
        sim.command(sim.hosts().get(1), new Toy.Publish(2));
        sim.runFor(Duration.ofSeconds(1));
        assertThat(log.lines).hasSize(2);
        sim.unblock(sim.hosts().get(1));
        sim.runFor(Duration.ofMillis(5));
        assertThat(log.lines).hasSize(4);
    }

    @Test
    void aMovedHostIsNotReachedAtItsOldAddress() {
        Simulation sim = Toy.cluster(2, 1);
        EventLog log = EventLog.of(sim);
        sim.move(sim.hosts().get(1), sim.hosts().get(1).address().withPort(1));
        sim.command(sim.hosts().get(0), new Toy.Publish(1));
        sim.runFor(Duration.ofSeconds(1));
        assertThat(log.count("Heard")).isEqualTo(1);
        assertThat(log.drops[Drop.NO_SUCH_HOST.ordinal()]).isPositive();
    }

    @Test
    void aDriftingClockTicksAtItsOwnPace() {
        Simulation sim = Simulation.of(1);
        long[] ticks = new long[1];
        Host host = sim.add(start -> new Machine() {
            private long next;

            @Override
            public void handle(Input input, long nowNanos, Effects effects) {
                if (!(input instanceof Input.Tick)) return;
                assertThat(nowNanos).isBetween(next, next + 2);
                ticks[0]++;
                next += 1_000_000;
            }

            @Override
            public long nextDeadlineNanos() {
                return next;
            }
        });
        sim.drift(host, 100_000_000); // 10 % fast
        sim.runFor(Duration.ofSeconds(10));
        assertThat(ticks[0]).isBetween(10_999L, 11_001L);
    }

    @Test
    void aMachineThatKeepsItsBufferReadsSpoiltBytes() {
        Packet.Pool pool = new Packet.Pool();
        var address = Toy.cluster(1, 1).hosts().getFirst().address();
        Packet packet = pool.copyOf(java.nio.ByteBuffer.wrap(new byte[] {1, 2}), address, 0, address);
        pool.release(packet);
        assertThat(packet.bytes.get(0)).isEqualTo((byte) 0xDD);
    }

    @Test
    void aMachineThatSpinsIsAFailure() {
        Simulation sim = Simulation.of(1);
        sim.add(start -> new Machine() {
            @Override
            public void handle(Input input, long nowNanos, Effects effects) {}

            @Override
            public long nextDeadlineNanos() {
                return 0;
            }
        });
        assertThatThrownBy(() -> sim.runFor(TEN_SECONDS)).hasMessageContaining("ticked");
    }

    @Test
    void aMachineThatThrowsFailsTheRunWithSeedAndHost() {
        Simulation sim = Simulation.of(42);
        sim.add(start -> new Machine() {
            @Override
            public void handle(Input input, long nowNanos, Effects effects) {
                if (input instanceof Input.Tick) throw new IllegalStateException("boom");
            }

            @Override
            public long nextDeadlineNanos() {
                return 0;
            }
        });
        assertThatThrownBy(() -> sim.runFor(TEN_SECONDS))
                .isInstanceOf(MachineFailure.class)
                .hasMessageContaining("seed 42")
                .hasMessageContaining("boom");
    }

    @Test
    void bytesAreCountedWithTheirHeaders() {
        Simulation sim = Toy.cluster(2, 1);
        sim.command(sim.hosts().get(0), new Toy.Publish(1));
        sim.runFor(Duration.ofSeconds(1));
        Traffic traffic = sim.hosts().get(0).traffic();
        assertThat(traffic.datagramsSent()).isPositive();
        assertThat(traffic.bytesSent()).isEqualTo(traffic.datagramsSent() * (28 + 13));
    }
}
