package dev.grapevine.serf;

import static dev.grapevine.serf.TestCluster.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.serf.TestCluster.Member;
import dev.grapevine.serf.memberlist.Keyring;
import dev.grapevine.serf.memberlist.Lzw;
import dev.grapevine.serf.memberlist.Message;
import dev.grapevine.serf.memberlist.NodeAddress;
import dev.grapevine.serf.memberlist.PacketCodec;
import dev.grapevine.serf.memberlist.Sealer;
import dev.grapevine.serf.memberlist.StreamCodec;
import dev.grapevine.serf.memberlist.StreamDecoder;
import dev.grapevine.serf.memberlist.Versions;
import dev.grapevine.serf.memberlist.Wire;
import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.Dialect;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.msgpack.MsgPackReader;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/** What strangers send: cut, changed, random and malicious bytes change nothing and cost little. */
class HostileTest {
    private static final Address STRANGER = Address.ipv4(0x7F00_0009, 999);

    private static RandomGenerator luck(long seed) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    private static Sealer noKeys() {
        return new Sealer(new Keyring(List.of()), luck(1));
    }

    private static List<byte[]> vectors(String prefix) throws IOException {
        List<byte[]> all = new ArrayList<>();
        List<String> names = prefix.equals("udp-")
                ? VectorsTest.packets().toList()
                : VectorsTest.streams().toList();
        for (String name : names) all.add(VectorsTest.hex(name + ".hex"));
        return all;
    }

    /** The bytes cut somewhere, then a few of them changed. */
    private static byte[] spoilt(byte[] bytes, RandomGenerator random) {
        byte[] spoilt = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
        for (int i = random.nextInt(4); i > 0 && spoilt.length > 0; i--)
            spoilt[random.nextInt(spoilt.length)] = (byte) random.nextInt(256);
        return spoilt;
    }

    @Test
    void spoiltPacketsAreReadOrRefusedAndNothingElse() throws IOException {
        RandomGenerator random = luck(1);
        PacketCodec codec = new PacketCodec(Wire.plain(), noKeys());
        List<byte[]> vectors = vectors("udp-");
        int refused = 0;
        for (int i = 0; i < 40_000; i++) {
            byte[] bytes = spoilt(vectors.get(random.nextInt(vectors.size())), random);
            if (bytes.length > 5 && bytes[0] == Message.HAS_CRC) bytes = Arrays.copyOfRange(bytes, 5, bytes.length);
            List<Message> messages = new ArrayList<>();
            try {
                codec.open(ByteBuffer.wrap(bytes), messages);
            } catch (MalformedMessageException e) {
                refused++;
            }
            for (Message message : messages) {
                if (!(message instanceof Message.User(Bytes payload)) || payload.size() == 0) continue;
                try {
                    SerfMessage.decode(payload);
                } catch (MalformedMessageException e) {
                    refused++;
                }
            }
        }
        assertThat(refused).isBetween(1000, 80_000);
    }

    @Test
    void aMachineLivesThroughSpoiltPacketsAndStreams() throws IOException {
        RandomGenerator random = luck(2);
        SerfMachine machine = new SerfMachine(
                TestCluster.settings("n1", TestCluster.address(1)).build(), luck(3));
        Effects effects = new Effects();
        List<byte[]> packets = vectors("udp-");
        List<byte[]> streams = vectors("tcp-");
        long now = 0;
        for (int i = 0; i < 20_000; i++) {
            now += random.nextLong(10_000_000);
            byte[] packet = spoilt(packets.get(random.nextInt(packets.size())), random);
            machine.handle(new Input.Datagram(STRANGER, ByteBuffer.wrap(packet)), now, effects);
            if (i % 10 == 0) {
                long stream = -1L - i;
                machine.handle(new Input.StreamAccepted(stream, STRANGER), now, effects);
                byte[] bytes = spoilt(streams.get(random.nextInt(streams.size())), random);
                machine.handle(new Input.StreamBytes(stream, ByteBuffer.wrap(bytes)), now, effects);
                machine.handle(new Input.StreamClosed(stream, dev.grapevine.core.CloseReason.RESET), now, effects);
            }
            effects.clear();
        }
        machine.handle(new Input.Commanded(1, new SerfCommand.Members()), now, effects);
        assertThat(effects.list().toString()).contains("name=n1");
    }

    @Test
    void randomBytesNeverReadAsAValueForEver() {
        RandomGenerator random = luck(4);
        int refused = 0;
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = new byte[random.nextInt(64)];
            random.nextBytes(bytes);
            MsgPackReader in = new MsgPackReader(ByteBuffer.wrap(bytes));
            try {
                while (in.remaining() > 0) in.skip();
            } catch (MalformedMessageException e) {
                refused++;
                assertThat(e.offset()).isBetween(0, bytes.length);
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void nestingWithoutEndIsRefused() {
        byte[] deep = new byte[100_000];
        Arrays.fill(deep, (byte) 0x91);
        assertThatThrownBy(() -> new MsgPackReader(ByteBuffer.wrap(deep)).skip())
                .isInstanceOf(MalformedMessageException.class)
                .hasMessageContaining("deeper");
    }

    @Test
    void aBombIsDefusedBeforeItTakesMemory() {
        byte[] zeros = new byte[4 * 1024 * 1024];
        byte[] packed = new Lzw().compress(zeros, 0, zeros.length);
        assertThat(packed.length).isLessThan(zeros.length / 100);
        MsgPackWriter bomb = new MsgPackWriter(Dialect.GOSSIP);
        bomb.octet(Message.COMPRESS).map(2).text("Algo").unsigned(0).text("Buf").bytes(Bytes.of(packed));
        PacketCodec codec = new PacketCodec(Wire.plain(), noKeys());
        assertThatThrownBy(() -> codec.open(bomb.view(), new ArrayList<>()))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessageContaining("above");
    }

    @Test
    void streamsThatPromiseTooMuchAreClosedAtOnce() {
        StreamCodec codec = new StreamCodec(Wire.plain(), noKeys());
        MsgPackWriter nodes = new MsgPackWriter(Dialect.GOSSIP);
        nodes.octet(Message.PUSH_PULL)
                .map(3)
                .text("Nodes")
                .signed(2_000_000)
                .text("UserStateLen")
                .signed(0);
        nodes.text("Join").bool(true);
        assertThat(new StreamDecoder(codec, false).feed(nodes.view()))
                .isInstanceOf(StreamDecoder.Outcome.Useless.class);
        MsgPackWriter state = new MsgPackWriter(Dialect.GOSSIP);
        state.octet(Message.PUSH_PULL)
                .map(3)
                .text("Nodes")
                .signed(0)
                .text("UserStateLen")
                .signed(-1);
        state.text("Join").bool(true);
        assertThat(new StreamDecoder(codec, false).feed(state.view()))
                .isInstanceOf(StreamDecoder.Outcome.Useless.class);
    }

    private static ByteBuffer packet(Message message) {
        MsgPackWriter to = new MsgPackWriter(Dialect.GOSSIP);
        Message.write(message, to);
        return to.toBytes().buffer();
    }

    private static void send(TestCluster cluster, Member to, Message message) {
        cluster.give(to, new Input.Datagram(STRANGER, packet(message)));
    }

    @Test
    void lastIncarnationsShortVersionsAndEmptyFiltersAreDropped() {
        TestCluster cluster = new TestCluster(41);
        cluster.grow(4);
        cluster.run(10 * SECOND);
        Member target = cluster.members.get(0);
        Bytes ip = NodeAddress.of(TestCluster.address(2)).ip();
        Bytes vsn = Versions.serf(5).bytes();
        send(cluster, target, new Message.Alive(0xFFFF_FFFFL, "n2", ip, 7946, null, vsn));
        send(cluster, target, new Message.Suspect(0xFFFF_FFFFL, "n2", "x"));
        send(cluster, target, new Message.Dead(0xFFFF_FFFFL, "n2", "x"));
        send(cluster, target, new Message.Dead(0xFFFF_FFFFL, "n1", "x"));
        send(cluster, target, new Message.Alive(1, "short", ip, 7946, null, Bytes.hex("0105")));
        send(cluster, target, new Message.Alive(1, "nowhere", Bytes.hex("7f01"), 7946, null, vsn));
        SerfMessage.Query empty =
                new SerfMessage.Query(50, 7, ip, 7946, "x", List.of(Bytes.EMPTY), 0, 0, SECOND, "q", null);
        send(cluster, target, new Message.User(empty.encoded()));
        SerfMessage.Query slow = new SerfMessage.Query(
                50,
                8,
                ip,
                7946,
                "x",
                List.of(new QueryFilter.Tag("role", "(a*)*(a*)*b{1000}{1000}").encoded()),
                0,
                0,
                Long.MAX_VALUE,
                "q",
                null);
        send(cluster, target, new Message.User(slow.encoded()));
        send(cluster, target, new Message.User(new SerfMessage.Join(-1, "n2").encoded()));
        cluster.run(30 * SECOND);
        assertThat(cluster.allSeeAlive(cluster.members)).isTrue();
        for (Member member : cluster.members) {
            assertThat(member.seen(SerfEvent.QueryReceived.class)).isEmpty();
            assertThat(cluster.stats(member).memberTime()).isLessThan(1000);
        }
        assertThat(cluster.stats(target).counters().get("messages_refused")).isEqualTo(6);
    }

    @Test
    void whoWasForgottenComesBackInPersonOnly() {
        TestCluster cluster = new TestCluster(44);
        for (int i = 1; i <= 5; i++)
            cluster.add(TestCluster.settings("n" + i, TestCluster.address(i))
                    .reconnectTimeoutNanos(60 * SECOND)
                    .tombstoneTimeoutNanos(60 * SECOND)
                    .build());
        for (Member member : cluster.members) cluster.join(member, cluster.members.get(0));
        cluster.run(10 * SECOND);
        Member failing = cluster.members.get(3);
        Member leaving = cluster.members.get(4);
        cluster.command(leaving, new SerfCommand.Leave());
        cluster.run(10 * SECOND);
        cluster.kill(leaving);
        cluster.kill(failing);
        cluster.run(180 * SECOND);
        for (Member viewer : cluster.up()) {
            assertThat(cluster.view(viewer)).extracting(SerfMember::name).containsExactlyInAnyOrder("n1", "n2", "n3");
            assertThat(viewer.seen(SerfEvent.MembersChanged.class))
                    .filteredOn(changed -> changed.change() == SerfEvent.Change.REAP)
                    .extracting(changed -> changed.members().get(0).member().name())
                    .containsExactlyInAnyOrder("n4", "n5");
        }
        // Somebody who slept through it still calls both alive, in their last life.
        Bytes vsn = Versions.serf(5).bytes();
        for (int i = 4; i <= 5; i++) {
            Bytes ip = NodeAddress.of(TestCluster.address(i)).ip();
            for (Member viewer : cluster.up())
                send(cluster, viewer, new Message.Alive(1, "n" + i, ip, 7946, null, vsn));
        }
        cluster.run(60 * SECOND);
        for (Member viewer : cluster.up()) assertThat(cluster.view(viewer)).hasSize(3);
        Member back = cluster.add(4);
        cluster.join(back, cluster.members.get(0));
        assertThat(cluster.runUntil(60 * SECOND, () -> cluster.allSeeAlive(cluster.up())))
                .isNotNegative();
    }

    @Test
    void aFloodOfIntentsAndEventsStaysBounded() {
        TestCluster cluster = new TestCluster(43);
        cluster.grow(3);
        cluster.run(5 * SECOND);
        Member target = cluster.members.get(0);
        for (int i = 1; i <= 30_000; i++) {
            send(cluster, target, new Message.User(new SerfMessage.Join(i, "ghost" + i).encoded()));
            send(cluster, target, new Message.User(new SerfMessage.UserEvent(5, "e" + i, null, false).encoded()));
        }
        SerfStats stats = cluster.stats(target);
        assertThat(stats.intentQueue()).isLessThanOrEqualTo(8192);
        assertThat(stats.eventQueue()).isLessThanOrEqualTo(256);
        assertThat(stats.members()).isEqualTo(3);
        cluster.run(60 * SECOND);
        assertThat(cluster.allSeeAlive(cluster.members)).isTrue();
    }
}
