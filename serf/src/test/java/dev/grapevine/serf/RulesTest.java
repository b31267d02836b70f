package dev.grapevine.serf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.grapevine.coordinates.Coordinate;
import dev.grapevine.core.Address;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.serf.memberlist.Keyring;
import dev.grapevine.serf.memberlist.Message;
import dev.grapevine.serf.memberlist.NodeAddress;
import dev.grapevine.serf.memberlist.PacketCodec;
import dev.grapevine.serf.memberlist.Sealer;
import dev.grapevine.serf.memberlist.Versions;
import dev.grapevine.serf.memberlist.Wire;
import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.Dialect;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One machine, one message at a time: section 11 of memberlist's rules and section 6 of Serf's. */
class RulesTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Address PEER = Address.ipv4(0x7F14_0002, 7946);
    private static final Bytes VSN = Versions.serf(5).bytes();

    private final RandomGenerator luck =
            RandomGeneratorFactory.of("L64X128MixRandom").create(5);
    private final PacketCodec codec = new PacketCodec(Wire.plain(), new Sealer(new Keyring(List.of()), luck));
    private final Effects effects = new Effects();
    private final List<SerfEvent> events = new ArrayList<>();
    private SerfMachine machine = machine(TestCluster.settings("n1", TestCluster.address(1)));
    private long now;
    private long commands;

    private SerfMachine machine(SerfSettings.Builder settings) {
        return new SerfMachine(settings.build(), luck);
    }

    @BeforeEach
    void start() {
        give(new Input.Tick());
        events.clear();
    }

    /** One input; returns what was sent. */
    private List<Message> give(Input input) {
        effects.clear();
        machine.handle(input, now, effects);
        List<Message> sent = new ArrayList<>();
        for (Effect effect : effects.list()) {
            if (effect instanceof Effect.SendDatagram(Address to, var packet)) codec.open(packet.duplicate(), sent);
            if (effect instanceof Effect.Publish(SerfEvent event)) events.add(event);
        }
        return sent;
    }

    private List<Message> receive(Message message) {
        MsgPackWriter to = new MsgPackWriter(Dialect.GOSSIP);
        Message.write(message, to);
        return give(new Input.Datagram(PEER, to.view()));
    }

    private static Message.Alive alive(String name, int host, long incarnation) {
        Bytes meta = Meta.encode(Map.of(), 5);
        return new Message.Alive(
                incarnation, name, NodeAddress.of(TestCluster.address(host)).ip(), 7946, meta, VSN);
    }

    private MemberStatus status(String name) {
        long id = ++commands;
        give(new Input.Commanded(id, new SerfCommand.Members()));
        for (Effect effect : effects.list())
            if (effect instanceof Effect.Answer(long of, List<?> members) && of == id)
                for (Object member : members)
                    if (((SerfMember) member).name().equals(name)) return ((SerfMember) member).status();
        return MemberStatus.NONE;
    }

    private List<Message> ask(SerfCommand command) {
        return give(new Input.Commanded(++commands, command));
    }

    /** Lets time pass, deadline by deadline, and returns all that was sent. */
    private List<Message> pass(long nanos) {
        List<Message> sent = new ArrayList<>();
        for (long until = now + nanos; machine.nextDeadlineNanos() <= until; ) {
            now = Math.max(now, machine.nextDeadlineNanos());
            sent.addAll(give(new Input.Tick()));
        }
        return sent;
    }

    @Test
    void aPingIsAnsweredWithItsNumberAndOurCoordinate() {
        List<Message> sent = receive(new Message.Ping(77, "n1", null, 0, ""));
        Message.Ack ack = (Message.Ack) sent.get(0);
        assertThat(ack.seqNo()).isEqualTo(77);
        Coordinate told = Objects.requireNonNull(PingPayload.decode(ack.payload()));
        assertThat(told.height()).isCloseTo(Coordinate.origin().height(), within(1e-11));
        assertThat(told.error()).isEqualTo(Coordinate.origin().error());
    }

    @Test
    void newsOfManyMembersDoesNotKeepAnEventWaiting() {
        for (int i = 2; i <= 600; i++) receive(alive("n" + i, i, 1));
        ask(new SerfCommand.SendUserEvent("urgent", Bytes.of(new byte[400]), false));
        assertThat(pass(400 * TestCluster.MILLI))
                .filteredOn(Message.User.class::isInstance)
                .isNotEmpty();
    }

    private void passWhileProbesAreAnswered(long nanos) {
        for (long until = now + nanos; machine.nextDeadlineNanos() <= until; ) {
            now = Math.max(now, machine.nextDeadlineNanos());
            for (Message sent : give(new Input.Tick()))
                if (sent instanceof Message.Ping ping) receive(new Message.Ack(ping.seqNo(), null));
        }
    }

    @Test
    void fullExchangesTakeTwiceAsLongWhenNothingIsNewAndNewsBringsThemForward() {
        receive(alive("n2", 2, 1));
        List<Long> at = exchanges(8 * 60 * SECOND);
        assertThat(at.get(0)).isLessThan(30 * SECOND);
        for (int i = 2; i < at.size(); i++)
            assertThat(at.get(i) - at.get(i - 1)).isEqualTo(60 * SECOND);
        assertThat(at).hasSizeBetween(8, 9);
        long before = now;
        ask(new SerfCommand.SendUserEvent("news", null, false));
        assertThat(exchanges(30 * SECOND).getFirst() - before).isLessThan(30 * SECOND);
        before = now;
        assertThat(exchanges(31 * SECOND).getFirst() - before).isLessThan(31 * SECOND);
    }

    /** When full exchanges were begun; all probes are answered meanwhile. */
    private List<Long> exchanges(long nanos) {
        List<Long> all = new ArrayList<>();
        for (long until = now + nanos; machine.nextDeadlineNanos() <= until; ) {
            now = Math.max(now, machine.nextDeadlineNanos());
            List<Message> sent = give(new Input.Tick());
            if (!dialled().isEmpty()) all.add(now);
            for (Message message : sent)
                if (message instanceof Message.Ping ping) receive(new Message.Ack(ping.seqNo(), null));
        }
        return all;
    }

    private List<Address> dialled() {
        List<Address> dialled = new ArrayList<>();
        for (Effect effect : effects.list())
            if (effect instanceof Effect.OpenStream(long stream, Address to, long timeoutNanos)) dialled.add(to);
        return dialled;
    }

    /** Lets time pass, deadline by deadline, and returns who was dialled. */
    private List<Address> dialledIn(long nanos) {
        List<Address> all = new ArrayList<>();
        for (long until = now + nanos; machine.nextDeadlineNanos() <= until; ) {
            now = Math.max(now, machine.nextDeadlineNanos());
            give(new Input.Tick());
            all.addAll(dialled());
        }
        return all;
    }

    @Test
    void aStrangerWhoTalksToUsIsAskedForAFullExchangeUnlessGossipNamesItMeanwhile() {
        receive(new Message.Ping(1, "n1", null, 0, ""));
        receive(new Message.Ping(2, "n1", null, 0, ""));
        assertThat(dialledIn(SECOND / 2)).containsExactly(PEER);
        receive(new Message.Ping(3, "n1", null, 0, ""));
        assertThat(dialledIn(10 * SECOND)).isEmpty();
        now += 40 * SECOND;
        receive(new Message.Ping(4, "n1", null, 0, ""));
        assertThat(dialledIn(SECOND / 2)).containsExactly(PEER);
        now += 400 * SECOND;
        receive(new Message.Ping(5, "n1", null, 0, ""));
        receive(alive("n2", 2, 1));
        assertThat(dialledIn(SECOND / 2)).isEmpty();
    }

    @Test
    void aPruneAtTheTimeOfTheForcedLeaveIsObeyed() {
        receive(alive("n2", 2, 1));
        receive(new Message.Dead(1, "n2", "n3"));
        receive(new Message.User(new SerfMessage.Leave(7, "n2", false).encoded()));
        assertThat(status("n2")).isEqualTo(MemberStatus.LEFT);
        receive(new Message.User(new SerfMessage.Leave(7, "n2", false).encoded()));
        assertThat(status("n2")).isEqualTo(MemberStatus.LEFT);
        receive(new Message.User(new SerfMessage.Leave(7, "n2", true).encoded()));
        assertThat(status("n2")).isEqualTo(MemberStatus.NONE);
    }

    @Test
    void newsGoesOutWithinATwentiethOfTheIntervalAndAStormOfItSharesRounds() {
        for (int i = 2; i <= 12; i++) receive(alive("n" + i, i, 1));
        passWhileProbesAreAnswered(30 * TestCluster.SECOND);
        ask(new SerfCommand.SendUserEvent("one", null, false));
        assertThat(pass(10 * TestCluster.MILLI))
                .filteredOn(Message.User.class::isInstance)
                .hasSize(3);
        // Three peers a round, and rounds a fifth of 200 ms apart at most: 1 s of incessant news is 25 rounds at the
        // most.
        passWhileProbesAreAnswered(30 * TestCluster.SECOND);
        int packets = 0;
        for (int i = 0; i < 1_000; i++) {
            ask(new SerfCommand.SendUserEvent("storm" + i, null, false));
            for (long until = now + TestCluster.MILLI; machine.nextDeadlineNanos() <= until; ) {
                now = Math.max(now, machine.nextDeadlineNanos());
                effects.clear();
                machine.handle(new Input.Tick(), now, effects);
                for (Effect effect : effects.list()) if (effect instanceof Effect.SendDatagram) packets++;
            }
            now += TestCluster.MILLI;
        }
        assertThat(packets).isBetween(3 * 5, 3 * 26 + 20);
    }

    @Test
    void anAskerThatKnowsOurCoordinateIsToldItWithEveryEighthAck() {
        int told = 0;
        for (int i = 0; i < 80; i++)
            if (((Message.Ack) receive(new Message.Ping(i, "n1", null, 0, "")).get(0)).payload() != null) told++;
        assertThat(told).isEqualTo(10);
    }

    @ParameterizedTest(name = "moved {0} ms, error from {1} to {2}: {3}")
    @CsvSource({
        "0, 1, 1, false",
        "0.9, 0.2, 0.2, false",
        "1.1, 0.2, 0.2, true",
        "1.1, 1, 1, false", // within its own error of 4.1 ms
        "0, 1, 0.51, false",
        "0, 1, 0.49, true"
    })
    void aCoordinateThatMovedOrIsTrustedMoreIsNews(double millis, double error, double then, boolean news) {
        CoordinateNews told = new CoordinateNews();
        double[] vec = new double[Coordinate.DIMENSIONS];
        vec[3] = 0.002;
        assertThat(told.isDue(PEER, new Coordinate(vec, error, 0, 0.001))).isTrue();
        vec[3] += millis / 1000;
        assertThat(told.isDue(PEER, new Coordinate(vec, then, 0, 0.001))).isEqualTo(news);
        assertThat(told.isDue(PEER, new Coordinate(vec, then, 0, 0.001))).isFalse();
    }

    @Test
    void aPingForAnotherNameIsNotAnswered() {
        assertThat(receive(new Message.Ping(77, "other", null, 0, ""))).isEmpty();
    }

    @Test
    void anIndirectPingThatStaysUnansweredIsNackedAfterTheProbeTimeout() {
        Bytes ip = NodeAddress.of(TestCluster.address(9)).ip();
        List<Message> sent = receive(new Message.IndirectPing(5, ip, 7946, "n9", true, null, 0, ""));
        assertThat(((Message.Ping) sent.get(0)).node()).isEqualTo("n9");
        assertThat(pass(600_000_000L)).contains(new Message.Nack(5));
    }

    @Test
    void anIndirectPingThatIsAnsweredIsPassedOn() {
        Bytes ip = NodeAddress.of(TestCluster.address(9)).ip();
        Message.Ping ping = (Message.Ping) receive(new Message.IndirectPing(5, ip, 7946, "n9", true, null, 0, ""))
                .get(0);
        assertThat(receive(new Message.Ack(ping.seqNo(), null))).contains(new Message.Ack(5, null));
        assertThat(pass(600_000_000L)).doesNotContain(new Message.Nack(5));
    }

    @Test
    void aSuspicionOfOurselvesIsRefutedWithAHigherIncarnation() {
        receive(alive("n2", 2, 1));
        receive(new Message.Suspect(7, "n1", "n2"));
        assertThat(pass(SECOND)).anySatisfy(message -> {
            assertThat(message).isInstanceOf(Message.Alive.class);
            assertThat(((Message.Alive) message).node()).isEqualTo("n1");
            assertThat(((Message.Alive) message).incarnation()).isEqualTo(8);
        });
    }

    @ParameterizedTest(name = "alive {0} after incarnation 5: {1}")
    @CsvSource({"4, false", "5, false", "6, true"})
    void onlyAHigherIncarnationClearsASuspicion(long incarnation, boolean clears) {
        receive(alive("n2", 2, 5));
        receive(new Message.Suspect(5, "n2", "n3"));
        receive(alive("n2", 2, incarnation));
        assertThat(events.stream().anyMatch(SerfEvent.Refuted.class::isInstance))
                .isEqualTo(clears);
    }

    @Test
    void theDeadAreNotRevivedByOldNews() {
        receive(alive("n2", 2, 5));
        receive(new Message.Dead(5, "n2", "n3"));
        assertThat(status("n2")).isEqualTo(MemberStatus.FAILED);
        receive(new Message.Dead(9, "n2", "n3")); // says no more than we know, but more newly
        receive(alive("n2", 2, 7));
        assertThat(status("n2")).isEqualTo(MemberStatus.FAILED);
        receive(alive("n2", 2, 10));
        assertThat(status("n2")).isEqualTo(MemberStatus.ALIVE);
    }

    @Test
    void whoLeavesInBothLayersLeftAndWhoLeavesInOneFailed() {
        receive(alive("n2", 2, 1));
        receive(alive("n3", 3, 1));
        receive(new Message.User(new SerfMessage.Leave(4, "n2", false).encoded()));
        assertThat(status("n2")).isEqualTo(MemberStatus.LEAVING);
        receive(new Message.Dead(1, "n2", "n2"));
        receive(new Message.Dead(1, "n3", "n3"));
        assertThat(status("n2")).isEqualTo(MemberStatus.LEFT);
        assertThat(status("n3")).isEqualTo(MemberStatus.FAILED);
    }

    @Test
    void anIntentThatComesBeforeItsMemberIsKept() {
        receive(new Message.User(new SerfMessage.Leave(4, "n2", false).encoded()));
        receive(alive("n2", 2, 1));
        assertThat(status("n2")).isEqualTo(MemberStatus.LEAVING);
    }

    @Test
    void aLeaveIntentAboutUsIsAnsweredWithAJoinIntent() {
        receive(alive("n2", 2, 1));
        receive(new Message.User(new SerfMessage.Leave(40, "n1", true).encoded()));
        Message.User join = new Message.User(new SerfMessage.Join(41, "n1").encoded());
        assertThat(pass(SECOND)).contains(join);
        assertThat(status("n1")).isEqualTo(MemberStatus.ALIVE);
    }

    @Test
    void aLeaveIntentAsOldAsOurLastJoinIntentIsAnsweredToo() {
        receive(alive("n2", 2, 1));
        receive(new Message.User(new SerfMessage.Leave(40, "n1", false).encoded()));
        pass(SECOND);
        // Whoever heard this one before our join intent of the same time would see us leaving for ever.
        receive(new Message.User(new SerfMessage.Leave(41, "n1", false).encoded()));
        assertThat(pass(SECOND)).contains(new Message.User(new SerfMessage.Join(42, "n1").encoded()));
        receive(new Message.User(new SerfMessage.Leave(41, "n1", false).encoded()));
        assertThat(pass(SECOND)).doesNotContain(new Message.User(new SerfMessage.Join(43, "n1").encoded()));
    }

    @Test
    void aMemberThatIsSaidToLeaveAndStaysIsAliveAgain() {
        receive(alive("n2", 2, 1));
        receive(new Message.User(new SerfMessage.Leave(40, "n2", false).encoded()));
        assertThat(status("n2")).isEqualTo(MemberStatus.LEAVING);
        // It answers all probes: its incarnation is told anew so often that no suspicion lasts.
        for (int i = 2; i < 80; i++) {
            receive(alive("n2", 2, i));
            pass(SECOND);
        }
        assertThat(status("n2")).isEqualTo(MemberStatus.ALIVE);
    }

    @Test
    void aNameAtAnotherAddressIsAConflictWhileItsHolderLives() {
        receive(alive("n2", 2, 1));
        receive(alive("n2", 3, 9));
        assertThat(events).anySatisfy(event -> assertThat(event).isInstanceOf(SerfEvent.NameConflict.class));
        receive(new Message.Dead(1, "n2", "n3"));
        now += SECOND;
        receive(alive("n2", 3, 9));
        assertThat(status("n2")).isEqualTo(MemberStatus.ALIVE);
    }

    @Test
    void theMappedFormOfAnAddressIsNoConflict() {
        receive(alive("n2", 2, 1));
        Bytes mapped = Bytes.hex("00000000000000000000ffff7f140002");
        receive(new Message.Alive(2, "n2", mapped, 7946, null, VSN));
        assertThat(events.stream().filter(SerfEvent.NameConflict.class::isInstance))
                .isEmpty();
        assertThat(pass(SECOND)).anySatisfy(message -> {
            assertThat(message).isInstanceOf(Message.Alive.class);
            assertThat(((Message.Alive) message).addr()).isEqualTo(mapped);
        });
    }

    @ParameterizedTest(name = "payload of {0} bytes: {1}")
    @CsvSource({"479, true", "480, false"})
    void userEventsHaveTheReferencesLimit(int bytes, boolean passes) {
        ask(new SerfCommand.SendUserEvent("abc", Bytes.of(new byte[bytes]), true));
        boolean answered = effects.list().stream().anyMatch(Effect.Answer.class::isInstance);
        assertThat(answered).isEqualTo(passes);
        if (!passes)
            assertThat(effects.list().toString())
                    .contains("encoded user event exceeds configured limit of 512 bytes after encoding");
    }

    @Test
    void tagsThatAreTooLongAreRefused() {
        ask(new SerfCommand.SetTags(Map.of("k", "v".repeat(600))));
        assertThat(effects.list())
                .contains(new Effect.Refuse(commands, "Encoded length of tags exceeds limit of 512 bytes"));
    }

    @Test
    void coalescedEventsComeTogetherAndOnlyTheNewestOfAName() {
        machine = machine(TestCluster.settings("n1", TestCluster.address(1))
                .coalesce(3 * SECOND, SECOND)
                .coalesceUserEvents(3 * SECOND, SECOND));
        give(new Input.Tick());
        events.clear();
        receive(alive("n2", 2, 1));
        receive(alive("n3", 3, 1));
        receive(new Message.User(new SerfMessage.UserEvent(3, "deploy", Bytes.utf8("old"), true).encoded()));
        receive(new Message.User(new SerfMessage.UserEvent(4, "deploy", Bytes.utf8("new"), true).encoded()));
        assertThat(events).noneMatch(SerfEvent.MembersChanged.class::isInstance);
        for (int i = 0; i < 20; i++) {
            pass(100_000_000L);
            now += 100_000_000L;
            give(new Input.Tick());
        }
        List<SerfEvent.MembersChanged> changes = events.stream()
                .filter(SerfEvent.MembersChanged.class::isInstance)
                .map(SerfEvent.MembersChanged.class::cast)
                .toList();
        assertThat(changes.get(0).members()).hasSize(3); // ourselves too
        assertThat(events)
                .contains(new SerfEvent.UserEventReceived(4, "deploy", Bytes.utf8("new"), true))
                .noneMatch(event -> event instanceof SerfEvent.UserEventReceived old && old.lTime() == 3);
    }

    @Test
    void aNodeOfProtocolThreeCannotAsk() {
        machine = machine(TestCluster.settings("n1", TestCluster.address(1)).protocol(3));
        ask(SerfCommand.Query.toAll("load", null));
        assertThat(effects.list()).contains(new Effect.Refuse(commands, "Feature not supported"));
    }

    @Test
    void aNodeOfProtocolTwoAnnouncesItsRoleAlone() {
        assertThat(Meta.encode(Map.of("role", "web", "x", "y"), 2)).isEqualTo(Bytes.utf8("web"));
        assertThat(Meta.decode(Bytes.utf8("web"))).containsExactly(Map.entry("role", "web"));
        assertThat(Meta.decode(null)).containsExactly(Map.entry("role", ""));
    }

    @Test
    void aRestartedNodeDoesNotHearOldEventsAgain() {
        Snapshot snapshot = new Snapshot();
        snapshot.apply(new SnapshotRecord.Alive("n2", PEER), false);
        snapshot.apply(new SnapshotRecord.EventClock(9), false);
        machine = machine(TestCluster.settings("n1", TestCluster.address(1)).snapshot(snapshot));
        give(new Input.Tick());
        assertThat(effects.list()).anySatisfy(effect -> {
            assertThat(effect).isInstanceOf(Effect.OpenStream.class);
            assertThat(((Effect.OpenStream) effect).to()).isEqualTo(PEER);
        });
        receive(new Message.User(new SerfMessage.UserEvent(9, "old", null, false).encoded()));
        receive(new Message.User(new SerfMessage.UserEvent(10, "new", null, false).encoded()));
        assertThat(events.stream().filter(SerfEvent.UserEventReceived.class::isInstance))
                .containsExactly(new SerfEvent.UserEventReceived(10, "new", null, false));
        assertThat(events).contains(new SerfEvent.SnapshotLine(new SnapshotRecord.EventClock(10)));
    }

    @Test
    void twentyFiveKeysAreListedAsFarAsTheyFit() {
        List<Bytes> keys = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            byte[] key = new byte[32];
            key[0] = (byte) i;
            keys.add(Bytes.of(key));
        }
        machine = machine(TestCluster.settings("n1", TestCluster.address(1)).keys(keys));
        Sealer sealer = new Sealer(new Keyring(keys), luck);
        PacketCodec sealed = new PacketCodec(Wire.plain(), sealer);
        give(new Input.Tick());
        ask0(sealed, new SerfCommand.ListKeys());
    }

    private void ask0(PacketCodec sealed, SerfCommand command) {
        effects.clear();
        machine.handle(new Input.Commanded(++commands, command), now, effects);
        List<Message> sent = new ArrayList<>();
        for (Effect effect : effects.list())
            if (effect instanceof Effect.SendDatagram(Address to, var packet)) sealed.open(packet.duplicate(), sent);
        Message.User user = (Message.User) sent.get(0);
        SerfMessage.QueryResponse response = (SerfMessage.QueryResponse) SerfMessage.decode(user.payload());
        SerfMessage.KeyResponse keys =
                (SerfMessage.KeyResponse) SerfMessage.decode(Objects.requireNonNull(response.payload()));
        assertThat(keys.result()).isTrue();
        assertThat(user.payload().size()).isLessThanOrEqualTo(1024);
        int shown = Objects.requireNonNull(keys.keys()).size();
        assertThat(keys.message()).isEqualTo("truncated key list response, showing first " + shown + " of 25 keys");
        assertThat(shown).isEqualTo(17); // as many as serf 0.10.2 shows of keys this long
    }

    @ParameterizedTest(name = "n = {0}, {1} confirmations: {2} ms")
    @CsvSource({"10, 0, 24000", "10, 2, 4000", "20, 0, 31224", "20, 1, 14807", "20, 2, 5204", "100, 0, 48000"})
    void suspicionsLastAsTheSpecificationSays(int n, int confirmations, long millis) {
        assertThat(dev.grapevine.serf.memberlist.Suspicions.timeoutMillis(n, confirmations))
                .isEqualTo(millis);
    }
}
