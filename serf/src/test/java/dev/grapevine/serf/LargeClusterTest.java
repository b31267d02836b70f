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
import dev.grapevine.sim.Observer;
import dev.grapevine.sim.Reply;
import dev.grapevine.sim.Simulation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One life of a large encrypted cluster: joining under loss, churn, key rotation under load, a partition and its heal, with
 * invariants that hold after every effect. 100 nodes; {@code -Dserf.nodes=1000} for more, {@code -Dgrapevine.seed=N} for one
 * seed.
 */
class LargeClusterTest {
    private static final int NODES = Integer.getInteger("serf.nodes", 100);
    private static final Bytes FIRST = Bytes.hex("000102030405060708090a0b0c0d0e0f");
    private static final Bytes SECOND = Bytes.hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");

    private Simulation sim = Simulation.of(0);
    private Watch watch = new Watch();

    static LongStream seeds() {
        Long given = Long.getLong("grapevine.seed");
        return LongStream.of(given == null ? 1 : given);
    }

    /** What all applications hear, checked as they hear it. */
    private static final class Watch implements Observer {
        /** Members that may rightly be called failed at present, by name. */
        final Set<String> mayFail = new TreeSet<>();
        /** Who heard each user event, once each. */
        final Map<String, Set<String>> heard = new TreeMap<>();
        /** Last known clock of each node: Lamport times never go back within a life. */
        final Map<String, Long> clocks = new HashMap<>();

        final List<String> breaches = new ArrayList<>();

        @Override
        public void performing(long atNanos, Host host, Effect effect) {
            if (!(effect instanceof Effect.Publish(Event event))) return;
            String self = "n" + host.index();
            if (event instanceof SerfEvent.MembersChanged(SerfEvent.Change change, var members)
                    && change == SerfEvent.Change.FAILED)
                for (SerfEvent.Changed each : members)
                    if (!mayFail.contains(each.member().name()) && !mayFail.contains(self))
                        breaches.add(atNanos / 1_000_000 + " ms: " + self + " calls "
                                + each.member().name() + " failed: " + each.evidence());
            if (event instanceof SerfEvent.UserEventReceived user) {
                if (!heard.computeIfAbsent(user.name(), name -> new TreeSet<>()).add(self))
                    breaches.add(self + " heard " + user.name() + " twice");
                Long before = clocks.put(self + " " + user.name(), user.lTime());
                if (before != null && before > user.lTime()) breaches.add(self + ": a clock went back");
            }
        }
    }

    private void grow(long seed) {
        sim = Simulation.of(seed);
        watch = new Watch();
        sim.observe(watch);
        sim.network()
                .link(Link.LAN.latency(new Latency.LogNormal(1_000_000, 0.5)).loss(0.01));
        for (int i = 0; i < NODES; i++)
            sim.add(start -> new SerfMachine(
                    SerfSettings.of("n" + start.host(), NodeAddress.of(start.address()))
                            .keys(List.of(FIRST))
                            .build(),
                    start.random()));
        List<Host> hosts = sim.hosts();
        for (Host host : hosts.subList(1, NODES))
            sim.after(Duration.ofMillis(10L * host.index()), () -> join(host, hosts.getFirst()));
    }

    private void join(Host host, Host to) {
        sim.command(host, new SerfCommand.Join(List.of(to.address().toString()), false));
    }

    /** The members that {@code host} sees in this status, sorted. */
    private Set<String> seen(Host host, MemberStatus status) {
        Reply reply = sim.command(host, new SerfCommand.Members());
        sim.runFor(Duration.ofNanos(1));
        Set<String> names = new TreeSet<>();
        for (Object each : (List<?>) reply.result())
            if (each instanceof SerfMember member && member.status() == status) names.add(member.name());
        return names;
    }

    private static Set<String> names(List<Host> hosts) {
        Set<String> names = new TreeSet<>();
        for (Host host : hosts) names.add("n" + host.index());
        return names;
    }

    /** Whether each of {@code viewers} sees exactly {@code alive} alive. */
    private boolean agreed(List<Host> viewers, Set<String> alive) {
        for (Host viewer : viewers) if (!seen(viewer, MemberStatus.ALIVE).equals(alive)) return false;
        return true;
    }

    private void awaitAgreed(String what, List<Host> viewers, List<Host> alive, Duration limit) {
        Set<String> expected = names(alive);
        long end = sim.nowNanos() + limit.toNanos();
        while (!agreed(viewers, expected)) {
            assertThat(sim.nowNanos())
                    .as("%s within %s; of those who disagree: %s", what, limit, missing(viewers, expected))
                    .isLessThan(end);
            sim.runFor(Duration.ofSeconds(1));
        }
        assertThat(watch.breaches).as(what).isEmpty();
    }

    private String missing(List<Host> viewers, Set<String> expected) {
        Map<String, String> wrong = new LinkedHashMap<>();
        for (Host viewer : viewers) {
            Set<String> alive = seen(viewer, MemberStatus.ALIVE);
            Set<String> lacks = new TreeSet<>(expected);
            lacks.removeAll(alive);
            alive.removeAll(expected);
            Map<String, MemberStatus> statuses = new TreeMap<>();
            for (MemberStatus status : MemberStatus.values())
                for (String name : seen(viewer, status)) if (lacks.contains(name)) statuses.put(name, status);
            if (!lacks.isEmpty() || !alive.isEmpty())
                wrong.put("n" + viewer.index(), "lacks " + lacks + " " + statuses + ", has " + alive);
            if (wrong.size() == 3) break;
        }
        return wrong.toString();
    }

    private void tell(Host from, String event) {
        sim.command(from, new SerfCommand.SendUserEvent(event, Bytes.utf8("payload"), false));
    }

    private void awaitHeard(String event, List<Host> by, Duration limit) {
        Set<String> expected = names(by);
        boolean all =
                sim.runUntil(() -> watch.heard.getOrDefault(event, Set.of()).containsAll(expected), limit);
        Set<String> deaf = new TreeSet<>(expected);
        deaf.removeAll(watch.heard.getOrDefault(event, Set.of()));
        assertThat(all)
                .as("%s is heard by all within %s; not by %s", event, limit, deaf)
                .isTrue();
        assertThat(watch.breaches).as(event).isEmpty();
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @MethodSource("seeds")
    void aLargeClusterLivesThroughLossChurnRotationAndPartition(long seed) {
        grow(seed);
        List<Host> all = List.copyOf(sim.hosts());
        awaitAgreed("everybody joined", all, all, Duration.ofSeconds(300));
        tell(all.get(NODES / 3), "under-loss");
        awaitHeard("under-loss", all, Duration.ofSeconds(10));

        churn(all);
        rotate(all);
        partition(all);

        Reply stats = sim.command(all.getFirst(), new SerfCommand.Stats());
        sim.runFor(Duration.ofSeconds(60));
        assertThat(((SerfStats) stats.result()).members()).isEqualTo(NODES);
        Reply quiet = sim.command(all.getFirst(), new SerfCommand.Stats());
        sim.runFor(Duration.ofMillis(1));
        SerfStats calm = (SerfStats) quiet.result();
        assertThat(calm.intentQueue() + calm.eventQueue() + calm.queryQueue()).isZero();
        assertThat(calm.counters().get("member_queue")).isZero();
        assertThat(watch.breaches).isEmpty();
    }

    /** A twentieth crashes, a twentieth leaves; then all of them come back under their names. */
    private void churn(List<Host> all) {
        int some = NODES / 20;
        List<Host> crashing = all.subList(1, 1 + some);
        List<Host> leaving = all.subList(1 + some, 1 + 2 * some);
        List<Host> staying = new ArrayList<>(all);
        staying.removeAll(crashing);
        staying.removeAll(leaving);
        watch.mayFail.addAll(names(crashing));
        crashing.forEach(sim::crash);
        for (Host host : leaving) sim.command(host, new SerfCommand.Leave());
        sim.runFor(Duration.ofSeconds(15));
        // Whoever left is switched off: its departure was announced, so nobody may call it failed.
        leaving.forEach(sim::crash);
        awaitAgreed("the crashed are seen", staying, staying, Duration.ofSeconds(120));
        for (Host viewer : List.of(staying.getFirst(), staying.getLast())) {
            assertThat(seen(viewer, MemberStatus.FAILED)).isEqualTo(names(crashing));
            assertThat(seen(viewer, MemberStatus.LEFT)).isEqualTo(names(leaving));
        }
        List<Host> returning = new ArrayList<>(crashing);
        returning.addAll(leaving);
        for (Host host : returning) {
            // A new life has forgotten what it heard in the last one, and is told again.
            watch.heard.values().forEach(by -> by.remove("n" + host.index()));
            sim.restart(host);
            join(host, all.getFirst());
        }
        // Gossip misses a few, with a probability; the next full exchange, within minutes at this size, tells them.
        awaitAgreed("everybody is back", all, all, Duration.ofSeconds(300));
        watch.mayFail.clear();
    }

    /** The key is changed while events go on; nobody is lost, every event arrives. */
    private void rotate(List<Host> all) {
        sim.network().link(Link.LAN.latency(new Latency.LogNormal(1_000_000, 0.5)));
        Host operator = all.get(NODES / 2);
        List<SerfCommand> steps = List.of(
                new SerfCommand.InstallKey(SECOND), new SerfCommand.UseKey(SECOND), new SerfCommand.RemoveKey(FIRST));
        for (int step = 0; step < steps.size(); step++) {
            Reply reply = sim.command(operator, steps.get(step));
            for (int i = 0; i < 5; i++) {
                tell(all.get((step * 17 + i * 5) % NODES), "during-" + step + "-" + i);
                sim.runFor(Duration.ofMillis(200));
            }
            assertThat(sim.runUntil(reply::isDone, Duration.ofSeconds(30))).isTrue();
            SerfCommand.KeyResult result = (SerfCommand.KeyResult) reply.result();
            assertThat(result.numErr()).as("%s", result.messages()).isZero();
            // Answers are single datagrams to one node: a thousand at once may lose some, the keys arrive all the same.
            assertThat(result.numResp()).isGreaterThan(NODES * 9 / 10);
        }
        for (int step = 0; step < steps.size(); step++)
            for (int i = 0; i < 5; i++) awaitHeard("during-" + step + "-" + i, all, Duration.ofSeconds(10));
        assertThat(agreed(all, names(all))).isTrue();
    }

    /** Half is cut off for a minute and more; both halves go on, and become one again by themselves. */
    private void partition(List<Host> all) {
        Cut halves = Cut.parts(NODES, 2);
        watch.mayFail.addAll(names(all));
        sim.network().cut(halves);
        tell(all.get(0), "from-one-side");
        sim.runFor(Duration.ofSeconds(60));
        tell(all.get(NODES - 1), "from-another-side");
        sim.runFor(Duration.ofSeconds(20));
        assertThat(seen(all.getFirst(), MemberStatus.ALIVE).size()).isLessThan(NODES);
        sim.network().heal(halves);
        awaitAgreed("one cluster again", all, all, Duration.ofSeconds(300));
        awaitHeard("from-one-side", all, Duration.ofSeconds(240));
        awaitHeard("from-another-side", all, Duration.ofSeconds(240));
        watch.mayFail.clear();
    }
}
