package dev.grapevine.serf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.core.Effect;
import dev.grapevine.core.Event;
import dev.grapevine.serf.memberlist.NodeAddress;
import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.sim.Cut;
import dev.grapevine.sim.Host;
import dev.grapevine.sim.Latency;
import dev.grapevine.sim.Link;
import dev.grapevine.sim.Loss;
import dev.grapevine.sim.Observer;
import dev.grapevine.sim.Reply;
import dev.grapevine.sim.Simulation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same machine in the simulator, with faults that the small driver does not know. */
class SimulatorTest {
    static LongStream seeds() {
        Long given = Long.getLong("grapevine.seed");
        return given == null ? LongStream.of(1, 2) : LongStream.of(given);
    }

    /** Encrypted, since a flipped bit in plain text may well be another message. */
    private static Simulation cluster(int count, long seed) {
        Simulation sim = Simulation.of(seed);
        Bytes key = Bytes.hex("000102030405060708090a0b0c0d0e0f");
        for (int i = 0; i < count; i++)
            sim.add(start -> new SerfMachine(
                    SerfSettings.of("n" + start.host(), NodeAddress.of(start.address()))
                            .keys(List.of(key))
                            .build(),
                    start.random()));
        Host first = sim.hosts().getFirst();
        for (Host host : sim.hosts()) {
            if (host == first) continue;
            Duration later = Duration.ofMillis(10L * host.index());
            sim.after(later, () -> join(sim, host, first));
        }
        return sim;
    }

    private static void join(Simulation sim, Host host, Host to) {
        sim.command(host, new SerfCommand.Join(List.of(to.address().toString()), false));
    }

    private static long seenAlive(Simulation sim, Host host) {
        Reply reply = sim.command(host, new SerfCommand.Members());
        sim.runFor(Duration.ofMillis(1));
        return ((List<?>) reply.result())
                .stream()
                        .filter(member -> ((SerfMember) member).status() == MemberStatus.ALIVE)
                        .count();
    }

    private static boolean allSee(Simulation sim, int count) {
        for (Host host : sim.hosts()) if (seenAlive(sim, host) != count) return false;
        return true;
    }

    /** How long until all see {@code count} alive, in steps of half a second; -1 if it takes longer than {@code limit}. */
    private static long secondsUntilAllSee(Simulation sim, int count, Duration limit) {
        long start = sim.nowNanos();
        while (sim.nowNanos() - start < limit.toNanos()) {
            if (allSee(sim, count)) return (sim.nowNanos() - start) / 1_000_000_000L;
            sim.runFor(Duration.ofMillis(500));
        }
        return -1;
    }

    private static Simulation stormy(long seed) {
        Simulation sim = cluster(20, seed);
        sim.network()
                .link(Link.LAN
                        .latency(new Latency.LogNormal(2_000_000, 0.5))
                        .loss(new Loss.Bursty(0.02, 0.3, 0.01, 0.5))
                        .duplicate(0.02)
                        .reorder(0.05, 20_000_000)
                        .corrupt(0.02));
        Cut halves = Cut.parts(20, 2);
        sim.after(Duration.ofSeconds(20), () -> sim.network().cut(halves));
        sim.after(Duration.ofSeconds(80), () -> sim.network().heal(halves));
        List<Host> hosts = sim.hosts();
        sim.drift(hosts.get(3), 200_000);
        sim.after(Duration.ofSeconds(30), () -> sim.pause(hosts.get(5)));
        sim.after(Duration.ofSeconds(50), () -> sim.resume(hosts.get(5)));
        sim.after(Duration.ofSeconds(35), () -> sim.crash(hosts.get(6)));
        sim.after(Duration.ofSeconds(70), () -> {
            sim.restart(hosts.get(6));
            join(sim, hosts.get(6), hosts.get(7));
        });
        sim.runFor(Duration.ofSeconds(90));
        return sim;
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @MethodSource("seeds")
    void afterAStormEverybodyIsBackAmongTheLiving(long seed) {
        Simulation sim = stormy(seed);
        assertThat(secondsUntilAllSee(sim, 20, Duration.ofSeconds(240))).isNotNegative();
    }

    @Test
    void theSameSeedIsTheSameRun() {
        assertThat(stormy(3).traceHash()).isEqualTo(stormy(3).traceHash());
        assertThat(stormy(3).traceHash()).isNotEqualTo(stormy(4).traceHash());
    }

    @Test
    void aHundredNodesJoinHearAnEventAndSeeADeath() {
        Simulation sim = cluster(100, 9);
        sim.network().link(Link.LAN.loss(0.01));
        List<String> failed = new ArrayList<>();
        List<Integer> heard = new ArrayList<>();
        sim.observe(new Observer() {
            @Override
            public void performing(long atNanos, Host host, Effect effect) {
                if (!(effect instanceof Effect.Publish(Event event))) return;
                if (event instanceof SerfEvent.UserEventReceived) heard.add(host.index());
                if (event instanceof SerfEvent.MembersChanged(SerfEvent.Change change, var members)
                        && change == SerfEvent.Change.FAILED)
                    failed.add(members.get(0).member().name());
            }
        });
        assertThat(secondsUntilAllSee(sim, 100, Duration.ofSeconds(60))).isNotNegative();
        assertThat(failed).isEmpty();
        sim.command(sim.hosts().get(17), new SerfCommand.SendUserEvent("deploy", null, false));
        sim.runFor(Duration.ofSeconds(5));
        assertThat(heard).hasSize(100).doesNotHaveDuplicates();
        sim.crash(sim.hosts().get(42));
        sim.runFor(Duration.ofSeconds(90));
        assertThat(failed).hasSize(99).containsOnly("n42");
    }
}
