package dev.grapevine.membership;

import static dev.grapevine.membership.Members.address;
import static dev.grapevine.membership.Members.member;
import static dev.grapevine.membership.Members.random;
import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.core.Address;
import dev.grapevine.membership.Membership.Effect;
import dev.grapevine.membership.Membership.Input;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How the other side of a healed partition is told of. Members 1 to 10 are on this side, 11 and on had failed. */
class ReturnsTest {
    private static final long MS = 1_000_000;
    private static final MembershipSettings LAN = MembershipSettings.of(MembershipSettings.Profile.LAN);

    private final Membership node = new Membership(member(0), LAN, random(1));
    private long now = MS;

    private List<Effect> hear(int from, Message message) {
        return give(new Input.Received(Route.datagram(address(from)), message));
    }

    private List<Effect> give(Input input) {
        List<Effect> effects = new ArrayList<>();
        node.handle(input, now, effects);
        return effects;
    }

    private void know(int failed) {
        for (int id = 1; id <= 10; id++) hear(id, new Message.Update.Alive(member(id), 0));
        for (int id = 11; id < 11 + failed; id++) hear(1, new Message.Known(member(id, 1000, 0, Status.FAILED)));
        assertThat(node.liveMembers()).isEqualTo(11);
        node.queue().drain(update -> true, 1);
        assertThat(node.queue().size()).isZero();
    }

    private static Member back(int id) {
        return member(id, 1000, 1, Status.ALIVE);
    }

    private static <T extends Message> Map<Address, T> sent(List<Effect> effects, Class<T> type) {
        Map<Address, T> found = new LinkedHashMap<>();
        for (Effect effect : effects)
            if (effect instanceof Effect.Send(Route to, Message message) && type.isInstance(message))
                found.put(to.address(), type.cast(message));
        return found;
    }

    /** Somebody's table has them alive: they are asked, and answer. */
    private List<Effect> allAnswer(int failed) {
        List<Effect> asked = new ArrayList<>();
        for (int id = 11; id < 11 + failed; id++) asked.addAll(hear(1, new Message.Known(member(id))));
        Map<Address, Message.Ping> pings = sent(asked, Message.Ping.class);
        now += MS;
        for (int id = 11; id < 11 + failed; id++) {
            Message.Ping ping = pings.get(address(id));
            assertThat(ping.digest())
                    .as("hundreds are asked: none is to compare its table")
                    .isZero();
            hear(id, new Message.Ack(ping.sequence(), 77));
            hear(id, new Message.Update.Alive(back(id), 0));
        }
        assertThat(node.liveMembers()).isEqualTo(11 + failed);
        now += LAN.gossipNanos() / 4;
        return give(new Input.Tick());
    }

    @Test
    void manyWhoAnswerAtOnceAreToldOfTogetherToBothSides() {
        know(12);
        Map<Address, Message.Returned> told = sent(allAnswer(12), Message.Returned.class);
        assertThat(told).as("two branches to each side").hasSize(4);
        assertThat(told.keySet().stream().filter(to -> to.compareTo(address(11)) >= 0))
                .hasSize(2);
        for (Message.Returned returned : told.values())
            assertThat(returned.members()).hasSize(12);
        assertThat(node.queue().size()).as("gossip need not tell it as well").isZero();
    }

    @Test
    void fewAreLeftToGossip() {
        know(7);
        assertThat(sent(allAnswer(7), Message.Returned.class)).isEmpty();
        assertThat(node.queue().size()).isEqualTo(7);
    }

    @Test
    void whoIsToldTellsItsOwnSideOnlyAndOnlyWhatIsNews() {
        know(12);
        List<Member> members =
                IntStream.range(11, 23).mapToObj(ReturnsTest::back).toList();
        Message.Returned returned = new Message.Returned(0, 0, -1, members);
        assertThat(sent(hear(1, returned), Message.Returned.class).keySet())
                .hasSize(2)
                .allMatch(to -> to.compareTo(address(11)) < 0);
        assertThat(node.liveMembers()).isEqualTo(23);
        assertThat(sent(hear(2, returned), Message.Returned.class)).isEmpty();
    }

    @Test
    void whoHadFailedTellsOthersWhoHad() {
        know(0);
        List<Member> members = IntStream.range(0, 9)
                .mapToObj(id -> id == 0 ? member(0) : back(id))
                .toList();
        assertThat(sent(hear(1, new Message.Returned(0, 0, -1, members)), Message.Returned.class)
                        .keySet())
                .hasSize(2)
                .allMatch(to -> to.compareTo(address(9)) < 0);
    }

    @Test
    void aFailedMemberInTheListIsNotMadeAlive() {
        know(3);
        hear(1, new Message.Returned(0, 0, -1, List.of(member(11, 1000, 5, Status.FAILED))));
        assertThat(node.liveMembers()).isEqualTo(11);
    }
}
