package dev.grapevine.membership;

import static dev.grapevine.membership.Members.address;
import static dev.grapevine.membership.Members.member;
import static dev.grapevine.membership.Members.random;
import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.core.Address;
import dev.grapevine.core.CloseReason;
import dev.grapevine.membership.Membership.Effect;
import dev.grapevine.membership.Membership.Input;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How newcomers are let in: alone at once, together by a tree. */
class AdmissionTest {
    private static final long MS = 1_000_000;
    private static final MembershipSettings LAN = MembershipSettings.of(MembershipSettings.Profile.LAN);

    private final Membership seed = new Membership(member(0), LAN, random(1));
    private long now = MS;

    private List<Effect> give(Membership node, Input input) {
        List<Effect> effects = new ArrayList<>();
        node.handle(input, now, effects);
        return effects;
    }

    private List<Effect> join(int id) {
        return give(seed, new Input.Received(Route.datagram(address(id)), new Message.Join(member(id))));
    }

    private List<Effect> tick() {
        return give(seed, new Input.Tick());
    }

    /** Messages of a type, by datagram or by stream, and to whom. */
    private static <T extends Message> Map<Address, T> sent(List<Effect> effects, Class<T> type) {
        Map<Address, T> found = new LinkedHashMap<>();
        for (Effect effect : effects) {
            if (effect instanceof Effect.Send(Route to, Message message) && type.isInstance(message))
                found.put(to.address(), type.cast(message));
            if (effect instanceof Effect.SendByStream(Address to, int sequence, Message message, long timeout)
                    && type.isInstance(message)) found.put(to, type.cast(message));
        }
        return found;
    }

    @Test
    void whoComesAloneIsWelcomedAtOnce() {
        assertThat(sent(join(1), Message.Welcome.class)).containsOnlyKeys(address(1));
        now += LAN.gossipNanos();
        assertThat(sent(join(2), Message.Welcome.class)).containsOnlyKeys(address(2));
    }

    @Test
    void whoComesRightBehindWaitsForOthersAndTheyComeInTogether() {
        join(1);
        for (int id = 2; id <= 6; id++) assertThat(join(id)).as("n%d waits", id).isEmpty();
        assertThat(seed.liveMembers()).isEqualTo(2);
        now += LAN.gossipNanos() / 4;
        List<Effect> together = tick();
        assertThat(seed.liveMembers()).isEqualTo(7);
        Map<Address, Message.Admit> admits = sent(together, Message.Admit.class);
        assertThat(admits).as("two branches").hasSize(2);
        for (Message.Admit admit : admits.values()) assertThat(admit.news()).hasSize(5);
        assertThat(sent(together, Message.Welcome.class)).isEmpty();
    }

    @Test
    void aJoinThatIsRepeatedWhileTheTableIsOnItsWayIsNotAnsweredAndLaterItIs() {
        join(1);
        for (int id = 2; id <= 6; id++) join(id);
        now += LAN.gossipNanos() / 4;
        tick();
        now += LAN.seedNanos() / 4;
        assertThat(sent(join(3), Message.Welcome.class)).isEmpty();
        now += LAN.seedNanos();
        assertThat(sent(join(3), Message.Welcome.class)).containsOnlyKeys(address(3));
    }

    @Test
    void aRushOfNewcomersOneByOneWaitsForOthersToo() {
        int welcomed = 0;
        for (int id = 1; id <= 60; id++) {
            if (!sent(join(id), Message.Welcome.class).isEmpty()) welcomed++;
            now += LAN.gossipNanos() / 100;
        }
        assertThat(welcomed).as("one node welcomes so many in a gossip period").isEqualTo(32);
        now += LAN.gossipNanos() / 4;
        assertThat(sent(tick(), Message.Admit.class)).isNotEmpty();
        assertThat(seed.liveMembers()).isEqualTo(61);
    }

    @Test
    void twoWhoWaitedAreWelcomedOneByOne() {
        join(1);
        join(2);
        join(3);
        now += LAN.gossipNanos() / 4;
        assertThat(sent(tick(), Message.Welcome.class)).containsOnlyKeys(address(2), address(3));
    }

    @Test
    void severalWhoCameAloneOneBehindTheOtherAreMadeKnownByTheTreeWithoutTables() {
        for (int id = 11; id <= 19; id++)
            give(seed, new Input.Received(Route.datagram(address(id)), new Message.Update.Alive(member(id), 0)));
        for (int id = 1; id <= 6; id++) {
            assertThat(sent(join(id), Message.Welcome.class)).containsOnlyKeys(address(id));
            now += LAN.gossipNanos() / 100;
        }
        now += LAN.gossipNanos() / 8;
        Map<Address, Message.Admit> told = sent(tick(), Message.Admit.class);
        assertThat(told).as("the six and two branches").hasSize(8);
        for (int id = 1; id <= 6; id++) {
            Message.Admit leaf = told.get(address(id));
            assertThat(leaf.from()).as("n%d passes nothing on", id).isEqualTo(leaf.to());
        }
        for (Message.Admit admit : told.values()) {
            assertThat(admit.welcomed()).isTrue();
            assertThat(admit.news()).extracting(Member::name).containsExactly("n1", "n2", "n3", "n4", "n5", "n6");
            assertThat(admit.others()).isEmpty();
        }
    }

    @Test
    void oneOrTwoWhoCameAloneAreLeftToGossipUnlessTheyEndARow() {
        join(1);
        now += LAN.gossipNanos() / 100;
        join(2);
        now += LAN.gossipNanos() / 8;
        assertThat(sent(tick(), Message.Admit.class)).isEmpty();
        for (int id = 3; id <= 5; id++) {
            join(id);
            now += LAN.gossipNanos() / 100;
        }
        now += LAN.gossipNanos() / 8;
        assertThat(sent(tick(), Message.Admit.class)).isNotEmpty();
        join(6);
        now += LAN.gossipNanos() / 8;
        assertThat(sent(tick(), Message.Admit.class).values().iterator().next().news())
                .extracting(Member::name)
                .containsExactly("n6");
    }

    @Test
    void oneThatStillWaitsForTheTableLeavesItsRangeToWhoLetItIn() {
        Membership newcomer = new Membership(member(10), LAN, random(2));
        give(newcomer, new Input.Received(Route.datagram(address(2)), new Message.Known(member(2))));
        give(newcomer, new Input.Received(Route.datagram(address(1)), new Message.Welcome(member(1), 900)));
        Message.Admit told = new Message.Admit(0, 0, -1, true, List.of(member(30), member(31)), List.of());
        Input received = new Input.Received(Route.datagram(address(2)), told);
        assertThat(sent(give(newcomer, received), Message.Admit.class)).containsExactly(Map.entry(address(1), told));
        Message.Admit table = new Message.Admit(0, 5, 5, false, List.of(), List.of(member(3), member(4)));
        give(newcomer, new Input.Received(new Route(address(3), -2), table));
        Message.Admit later = new Message.Admit(0, 0, -1, true, List.of(member(32)), List.of());
        assertThat(sent(give(newcomer, new Input.Received(Route.datagram(address(2)), later)), Message.Admit.class))
                .hasSize(2);
    }

    @Test
    void newsThatGossipBroughtAheadOfTheTreeIsPassedOnOnceWhileItIsFresh() {
        for (int id = 1; id <= 9; id++)
            give(seed, new Input.Received(Route.datagram(address(id)), new Message.Update.Alive(member(id), 0)));
        Message.Admit known = new Message.Admit(0, 0, -1, true, List.of(member(3), member(4)), List.of());
        Input received = new Input.Received(Route.datagram(address(1)), known);
        assertThat(sent(give(seed, received), Message.Admit.class)).hasSize(2);
        assertThat(sent(give(seed, received), Message.Admit.class))
                .as("sent again")
                .isEmpty();
        now += 11 * LAN.gossipNanos();
        assertThat(sent(give(seed, received), Message.Admit.class))
                .as("kept and sent again")
                .isEmpty();
        Message.Admit other = new Message.Admit(0, 0, -1, true, List.of(member(5), member(6)), List.of());
        assertThat(sent(give(seed, new Input.Received(Route.datagram(address(1)), other)), Message.Admit.class))
                .as("long known")
                .isEmpty();
    }

    @Test
    void aJoinByStreamIsAnsweredWithTheWholeTable() {
        for (int id = 1; id <= 200; id++)
            give(seed, new Input.Received(Route.datagram(address(id)), new Message.Update.Alive(member(id), 0)));
        Route stream = new Route(address(999), -7);
        List<Effect> answer = give(seed, new Input.Received(stream, new Message.Join(member(300))));
        Message.Admit admit = sent(answer, Message.Admit.class).get(address(999));
        assertThat(admit.others()).hasSize(201);
    }

    @Test
    void aSmallTableInAWelcomeOfALargeClusterMakesTheNewcomerAskOneOfThoseNamed() {
        give(seed, new Input.Received(Route.datagram(address(1)), new Message.Known(member(1))));
        List<Effect> asked =
                give(seed, new Input.Received(Route.datagram(address(1)), new Message.Welcome(member(1), 900)));
        assertThat(sent(asked, Message.Join.class)).containsOnlyKeys(address(1));
        List<Effect> content =
                give(seed, new Input.Received(Route.datagram(address(1)), new Message.Welcome(member(1), 3)));
        assertThat(sent(content, Message.Join.class)).isEmpty();
    }

    @Test
    void whatIsNoNewsIsNotPassedOn() {
        for (int id = 1; id <= 9; id++)
            give(seed, new Input.Received(Route.datagram(address(id)), new Message.Update.Alive(member(id), 0)));
        Message.Admit known = new Message.Admit(0, 0, -1, false, List.of(member(3), member(4)), List.of());
        assertThat(sent(give(seed, new Input.Received(Route.datagram(address(1)), known)), Message.Admit.class))
                .isEmpty();
        Message.Admit news = new Message.Admit(0, 0, -1, false, List.of(member(10)), List.of());
        assertThat(sent(give(seed, new Input.Received(Route.datagram(address(1)), news)), Message.Admit.class))
                .hasSize(2);
    }

    @Test
    void aFailedMemberInAListIsNotMadeAlive() {
        Member failed = member(5, 1000, 0, Status.FAILED);
        give(
                seed,
                new Input.Received(
                        Route.datagram(address(1)),
                        new Message.Admit(0, 0, -1, false, List.of(failed), List.of(failed))));
        assertThat(seed.liveMembers()).isEqualTo(1);
    }

    @Test
    void aListByStreamIsAcknowledgedOnIt() {
        Route stream = new Route(address(9), -3);
        List<Effect> answer = give(
                seed,
                new Input.Received(stream, new Message.Admit(20_000, 5, 5, false, List.of(member(1)), List.of())));
        assertThat(answer).contains(new Effect.Send(stream, new Message.Ack(20_000, 0)));
    }

    /** The tree among real machines: everybody gets every news once, whoever cannot be reached costs only itself. */
    @ParameterizedTest(name = "{0} newcomers")
    @ValueSource(ints = {3, 5, 31, 32, 64, 300})
    void everyNewcomerGetsTheWholeTableOnceAndTheSeedSendsNoMoreThanTheOthers(int newcomers) {
        Map<Address, Membership> nodes = new LinkedHashMap<>();
        join(1);
        for (int id = 2; id < newcomers + 2; id++) {
            nodes.put(address(id), new Membership(member(id), LAN, random(id)));
            join(id);
        }
        now += LAN.gossipNanos() / 4;
        ArrayDeque<Object[]> way = new ArrayDeque<>();
        int[] received = new int[newcomers + 2];
        Address deaf = address(newcomers / 2 + 1);
        List<Effect> first = tick();
        carry(first, way, address(0));
        assertThat(way.size()).isLessThanOrEqualTo(2);
        while (!way.isEmpty()) {
            Object[] one = way.poll();
            Address from = (Address) one[0];
            Effect.SendByStream stream = one[2] instanceof Effect.SendByStream s ? s : null;
            Address to = (Address) one[1];
            Membership node = nodes.get(to);
            if (to.equals(deaf)) {
                // Only a stream tells that it failed; what goes by datagram to the deaf one is lost with its branch.
                if (stream != null) {
                    Membership sender = from.equals(address(0)) ? seed : nodes.get(from);
                    carry(
                            give(sender, new Input.StreamFailed(to, stream.sequence(), CloseReason.TIMED_OUT)),
                            way,
                            from);
                }
                continue;
            }
            if (node == null) continue; // n1, which came before and is not played here
            Message message = stream != null ? stream.message() : ((Effect.Send) one[2]).message();
            received[Integer.parseInt(node.self().name().substring(1))]++;
            Route route = stream != null ? new Route(from, -1) : Route.datagram(from);
            carry(give(node, new Input.Received(route, message)), way, to);
        }
        int whole = 0;
        for (Membership node : nodes.values()) if (node.liveMembers() == newcomers + 2) whole++;
        for (int times : received) assertThat(times).isLessThanOrEqualTo(1);
        // By stream nobody but the deaf one misses it; by datagram its branch does.
        if (newcomers >= 64) assertThat(whole).isGreaterThanOrEqualTo(newcomers - 1 - newcomers / 8);
    }

    private static void carry(List<Effect> effects, ArrayDeque<Object[]> way, Address from) {
        for (Effect effect : effects) {
            if (effect instanceof Effect.SendByStream s && s.message() instanceof Message.Admit)
                way.add(new Object[] {from, s.to(), s});
            if (effect instanceof Effect.Send send && send.message() instanceof Message.Admit)
                way.add(new Object[] {from, send.to().address(), send});
        }
    }
}
