package dev.grapevine.serf;

import static dev.grapevine.serf.TestCluster.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.core.Address;
import dev.grapevine.core.Input;
import dev.grapevine.serf.TestCluster.Member;
import dev.grapevine.serf.memberlist.NodeAddress;
import dev.grapevine.serf.msgpack.Bytes;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Clusters of real machines on a virtual network. A failing seed runs alone with {@code -Dgrapevine.seed=N}. */
class ClusterTest {
    static LongStream seeds() {
        String given = System.getProperty("grapevine.seed");
        return given == null ? LongStream.of(1, 2, 3) : LongStream.of(Long.parseLong(given));
    }

    private static void assertNobodyFailed(TestCluster cluster) {
        for (Member member : cluster.members)
            for (SerfEvent.MembersChanged changed : member.seen(SerfEvent.MembersChanged.class))
                assertThat(changed.change()).as("%s: %s", member, changed).isNotEqualTo(SerfEvent.Change.FAILED);
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @MethodSource("seeds")
    void thirtyNodesFindEachOtherUnderLossAndNobodyIsDeclaredDead(long seed) {
        TestCluster cluster = new TestCluster(seed);
        cluster.loss = 0.05;
        cluster.grow(30);
        assertThat(cluster.runUntil(30 * SECOND, () -> cluster.allSeeAlive(cluster.members)))
                .isBetween(0L, 20 * SECOND);
        cluster.run(60 * SECOND);
        assertNobodyFailed(cluster);
        assertThat(cluster.allSeeAlive(cluster.members)).isTrue();
    }

    @Test
    void aHundredNodesHearAnEventOnceAndFast() {
        TestCluster cluster = new TestCluster(7);
        cluster.grow(100);
        assertThat(cluster.runUntil(40 * SECOND, () -> cluster.allSeeAlive(cluster.members)))
                .isNotNegative();
        cluster.command(cluster.members.get(42), new SerfCommand.SendUserEvent("deploy", Bytes.utf8("v1"), true));
        long took = cluster.runUntil(
                10 * SECOND,
                () -> cluster.members.stream()
                        .noneMatch(
                                m -> m.seen(SerfEvent.UserEventReceived.class).isEmpty()));
        assertThat(took).isBetween(0L, 5 * SECOND);
        cluster.run(35 * SECOND); // through full exchanges, which repeat events
        int byExchange = 0;
        for (Member member : cluster.members) {
            List<SerfEvent.UserEventReceived> heard = member.seen(SerfEvent.UserEventReceived.class);
            assertThat(heard).hasSize(1);
            SerfEvent.UserEventReceived one = heard.getFirst();
            // A full exchange does not carry whether the event may be coalesced; one may overtake gossip by chance.
            if (!one.coalesce()) byExchange++;
            assertThat(one).isEqualTo(new SerfEvent.UserEventReceived(1, "deploy", Bytes.utf8("v1"), one.coalesce()));
        }
        assertThat(byExchange).isLessThan(5);
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @MethodSource("seeds")
    void aKilledNodeIsSeenFailedWithEvidenceAndComesBackUnderItsName(long seed) {
        TestCluster cluster = new TestCluster(seed);
        cluster.grow(10);
        cluster.run(10 * SECOND);
        Member dead = cluster.members.get(4);
        cluster.kill(dead);
        long took = cluster.runUntil(
                60 * SECOND, () -> cluster.up().stream().allMatch(m -> cluster.status(m, "n5") == MemberStatus.FAILED));
        assertThat(took).isBetween(SECOND, 30 * SECOND);
        for (Member member : cluster.up()) {
            SerfEvent.Changed failed = member.seen(SerfEvent.MembersChanged.class).stream()
                    .filter(changed -> changed.change() == SerfEvent.Change.FAILED)
                    .findFirst()
                    .orElseThrow()
                    .members()
                    .get(0);
            assertThat(failed.member().name()).isEqualTo("n5");
            assertThat(((Evidence.Silent) failed.evidence()).declaredBy()).isNotEqualTo("n5");
        }
        Member back = cluster.add(5);
        cluster.join(back, cluster.members.get(0));
        assertThat(cluster.runUntil(30 * SECOND, () -> cluster.allSeeAlive(cluster.up())))
                .isNotNegative();
    }

    @Test
    void aNodeThatLeavesIsSeenLeftByAllAndNeverFailed() {
        TestCluster cluster = new TestCluster(11);
        cluster.grow(10);
        cluster.run(10 * SECOND);
        Member leaver = cluster.members.get(3);
        long id = cluster.command(leaver, new SerfCommand.Leave());
        assertThat(cluster.runUntil(12 * SECOND, () -> leaver.answers.containsKey(id)))
                .isBetween(SECOND, 11 * SECOND);
        cluster.kill(leaver);
        assertThat(cluster.runUntil(
                        5 * SECOND,
                        () -> cluster.up().stream().allMatch(m -> cluster.status(m, "n4") == MemberStatus.LEFT)))
                .isNotNegative();
        cluster.run(60 * SECOND);
        assertNobodyFailed(cluster);
        // Back after a graceful leave: the others must hear two answers, one in each layer.
        Member back = cluster.add(4);
        cluster.join(back, cluster.members.get(0));
        assertThat(cluster.runUntil(30 * SECOND, () -> cluster.allSeeAlive(cluster.up())))
                .isNotNegative();
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @MethodSource("seeds")
    void aPartitionHealsByItself(long seed) {
        TestCluster cluster = new TestCluster(seed);
        cluster.grow(12);
        cluster.run(10 * SECOND);
        cluster.partition(member -> cluster.members.indexOf(member) < 5);
        cluster.run(120 * SECOND);
        assertThat(cluster.status(cluster.members.get(0), "n12")).isEqualTo(MemberStatus.FAILED);
        assertThat(cluster.status(cluster.members.get(11), "n1")).isEqualTo(MemberStatus.FAILED);
        cluster.heal();
        assertThat(cluster.runUntil(180 * SECOND, () -> cluster.allSeeAlive(cluster.members)))
                .isNotNegative();
    }

    @Test
    void anIsolatedNodeSaysSoAndComesBack() {
        TestCluster cluster = new TestCluster(5);
        cluster.grow(5);
        cluster.run(10 * SECOND);
        Member alone = cluster.members.get(0);
        cluster.partition(member -> member == alone);
        cluster.run(300 * SECOND);
        assertThat(alone.seen(SerfEvent.Isolated.class)).isNotEmpty();
        cluster.heal();
        assertThat(cluster.runUntil(60 * SECOND, () -> cluster.allSeeAlive(cluster.members)))
                .isNotNegative();
        assertThat(alone.seen(SerfEvent.Reconnected.class)).hasSize(1);
    }

    @Test
    void queriesReachWhomTheyAreMeantForAndAreAnsweredOnce() {
        TestCluster cluster = new TestCluster(3);
        for (int i = 1; i <= 8; i++) {
            Map<String, String> tags = Map.of("role", i % 2 == 0 ? "web" : "db");
            cluster.add(TestCluster.settings("n" + i, TestCluster.address(i))
                    .tags(tags)
                    .build());
        }
        for (Member member : cluster.members) cluster.join(member, cluster.members.get(0));
        cluster.run(10 * SECOND);
        Member asker = cluster.members.get(0);
        long id = cluster.command(
                asker, new SerfCommand.Query("load", null, List.of(), Map.of("role", "^w.b$"), true, 2, 3 * SECOND));
        QueryKey key = ((SerfCommand.QueryStarted) java.util.Objects.requireNonNull(asker.answers.get(id))).key();
        cluster.run(SECOND);
        for (Member member : cluster.members) {
            boolean meant = cluster.members.indexOf(member) % 2 == 1;
            assertThat(member.seen(SerfEvent.QueryReceived.class)).hasSize(meant ? 1 : 0);
            if (!meant) continue;
            cluster.command(member, new SerfCommand.Respond(key, Bytes.utf8(member.name)));
            long again = cluster.command(member, new SerfCommand.Respond(key, Bytes.utf8("twice")));
            assertThat(member.refusals.get(again)).isEqualTo("failed to respond to key query: response already sent");
        }
        cluster.run(4 * SECOND);
        assertThat(asker.seen(SerfEvent.QueryAcked.class))
                .extracting(SerfEvent.QueryAcked::from)
                .containsExactlyInAnyOrder("n2", "n4", "n6", "n8");
        assertThat(asker.seen(SerfEvent.QueryAnswered.class))
                .extracting(SerfEvent.QueryAnswered::from)
                .containsExactlyInAnyOrder("n2", "n4", "n6", "n8");
        assertThat(asker.events.get(asker.events.size() - 1)).isEqualTo(new SerfEvent.QueryDone(key));
    }

    @Test
    void keysRotateUnderLoadAndNothingIsLost() {
        Bytes first = Bytes.hex("000102030405060708090a0b0c0d0e0f");
        Bytes second = Bytes.hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        TestCluster cluster = new TestCluster(13);
        for (int i = 1; i <= 10; i++)
            cluster.add(TestCluster.settings("n" + i, TestCluster.address(i))
                    .keys(List.of(first))
                    .build());
        for (Member member : cluster.members) cluster.join(member, cluster.members.get(0));
        cluster.run(10 * SECOND);
        Member operator = cluster.members.get(7);
        List<SerfCommand> steps = List.of(
                new SerfCommand.InstallKey(second), new SerfCommand.UseKey(second), new SerfCommand.RemoveKey(first));
        for (int step = 0; step < steps.size(); step++) {
            cluster.command(
                    cluster.members.get(step), new SerfCommand.SendUserEvent("during", Bytes.utf8("" + step), false));
            long id = cluster.command(operator, steps.get(step));
            cluster.run(7 * SECOND);
            SerfCommand.KeyResult result = (SerfCommand.KeyResult) operator.answers.get(id);
            assertThat(result).isNotNull();
            assertThat(result.error()).isNull();
            assertThat(result.numResp()).isEqualTo(10);
        }
        long id = cluster.command(operator, new SerfCommand.ListKeys());
        cluster.run(7 * SECOND);
        assertThat(((SerfCommand.KeyResult) java.util.Objects.requireNonNull(operator.answers.get(id))).keys())
                .containsExactly(Map.entry("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 10));
        for (Member member : cluster.members)
            assertThat(member.seen(SerfEvent.UserEventReceived.class)).hasSize(3);
        assertNobodyFailed(cluster);
    }

    @Test
    void anEventTooLargeForAPacketReachesEverybody() {
        TestCluster cluster = new TestCluster(17);
        for (int i = 1; i <= 12; i++)
            cluster.add(TestCluster.settings("n" + i, TestCluster.address(i))
                    .userEventSizeLimit(9216)
                    .build());
        for (Member member : cluster.members) cluster.join(member, cluster.members.get(0));
        cluster.run(10 * SECOND);
        Bytes large = Bytes.of(new byte[8000]);
        cluster.command(cluster.members.get(2), new SerfCommand.SendUserEvent("large", large, false));
        cluster.run(2 * SECOND);
        for (Member member : cluster.members)
            assertThat(member.seen(SerfEvent.UserEventReceived.class)).hasSize(1);
    }

    @Test
    void pruningALiveNodeLeavesItAMember() {
        TestCluster cluster = new TestCluster(19);
        cluster.grow(6);
        cluster.run(10 * SECOND);
        cluster.command(cluster.members.get(0), new SerfCommand.ForceLeave("n4", true));
        cluster.run(20 * SECOND);
        assertThat(cluster.allSeeAlive(cluster.members)).isTrue();
    }

    @Test
    void theOnlyOtherNodeObjectsToBeingForcedOut() {
        TestCluster cluster = new TestCluster(20);
        cluster.grow(2);
        cluster.run(SECOND);
        cluster.command(cluster.members.get(0), new SerfCommand.ForceLeave("n2", true));
        cluster.run(10 * SECOND);
        assertThat(cluster.allSeeAlive(cluster.members)).isTrue();
    }

    @Test
    void aFailedNodeIsForcedOutAndPruned() {
        TestCluster cluster = new TestCluster(23);
        cluster.grow(6);
        cluster.run(10 * SECOND);
        cluster.kill(cluster.members.get(3));
        cluster.run(40 * SECOND);
        assertThat(cluster.status(cluster.members.get(0), "n4")).isEqualTo(MemberStatus.FAILED);
        long id = cluster.command(cluster.members.get(0), new SerfCommand.ForceLeave("n4", true));
        cluster.run(10 * SECOND);
        assertThat(cluster.members.get(0).answers.get(id)).isEqualTo(SerfCommand.Done.DONE);
        for (Member member : cluster.up())
            assertThat(cluster.status(member, "n4")).isEqualTo(MemberStatus.NONE);
        cluster.run(60 * SECOND); // and no full exchange brings it back
        for (Member member : cluster.up())
            assertThat(cluster.status(member, "n4")).isEqualTo(MemberStatus.NONE);
    }

    @ParameterizedTest(name = "{0} nodes, -Dgrapevine.seed from {1}")
    @CsvSource({"7, 1, 150", "20, 1001, 60"})
    void nobodyIsPassedByWhenManyJoin(int nodes, long firstSeed, int seeds) {
        for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
            TestCluster cluster = new TestCluster(seed);
            for (int i = 1; i <= nodes; i++) cluster.add(i);
            for (Member member : cluster.members.subList(1, nodes)) {
                cluster.run(cluster.random.nextLong(50 * TestCluster.MILLI));
                cluster.join(member, cluster.members.get(0));
            }
            // Gossip alone: the first full exchanges come later.
            cluster.run(SECOND);
            for (Member viewer : cluster.members)
                assertThat(cluster.view(viewer)).as("seed %d, %s", seed, viewer).hasSize(nodes);
        }
    }

    @Test
    void aSecondHolderOfANameStepsBackUntilItIsFree() {
        TestCluster cluster = new TestCluster(29);
        cluster.grow(6);
        cluster.run(10 * SECOND);
        Address elsewhere = TestCluster.address(77);
        Member second = cluster.add(TestCluster.settings("n3", elsewhere).build());
        cluster.join(second, cluster.members.get(0));
        cluster.run(20 * SECOND);
        assertThat(second.seen(SerfEvent.WaitingForName.class)).isNotEmpty();
        Member first = cluster.members.get(2);
        assertThat(first.seen(SerfEvent.Stopped.class)).isEmpty();
        assertThat(cluster.status(cluster.members.get(0), "n3")).isEqualTo(MemberStatus.ALIVE);
        cluster.kill(first);
        assertThat(cluster.runUntil(
                        240 * SECOND,
                        () -> cluster.up().stream()
                                .allMatch(
                                        viewer -> NodeAddress.of(elsewhere).equals(addressOf(cluster, viewer, "n3")))))
                .isNotNegative();
        assertThat(second.seen(SerfEvent.NameRegained.class)).isNotEmpty();
        assertThat(cluster.runUntil(60 * SECOND, () -> cluster.allSeeAlive(cluster.up())))
                .isNotNegative();
    }

    private static @Nullable NodeAddress addressOf(TestCluster cluster, Member viewer, String name) {
        for (SerfMember member : cluster.view(viewer)) if (member.name().equals(name)) return member.address();
        return null;
    }

    @Test
    void aPausedNodeAccusesNobody() {
        TestCluster cluster = new TestCluster(31);
        cluster.grow(5);
        cluster.run(10 * SECOND);
        Member sleeper = cluster.members.get(1);
        cluster.partition(member -> member == sleeper);
        cluster.run(3 * SECOND); // as if stopped: neither heard nor hearing
        cluster.heal();
        cluster.give(sleeper, new Input.Paused(3 * SECOND));
        cluster.run(60 * SECOND);
        assertNobodyFailed(cluster);
    }

    @Test
    void oneSeedIsOneRun() {
        for (int i = 0; i < 2; i++) assertThat(trace(99)).isEqualTo(trace(99));
    }

    private static String trace(long seed) {
        TestCluster cluster = new TestCluster(seed);
        cluster.loss = 0.1;
        cluster.grow(8);
        cluster.run(20 * SECOND);
        StringBuilder trace = new StringBuilder();
        for (Member member : cluster.members)
            trace.append(member.datagrams)
                    .append(' ')
                    .append(member.bytes)
                    .append(' ')
                    .append(member.events);
        return trace.toString();
    }
}
