package dev.grapevine.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.blob.Blobs.Effect;
import dev.grapevine.blob.Blobs.Input;
import dev.grapevine.core.Address;
import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlobsTest {
    private static final long MS = 1_000_000;

    private record Event(long at, long order, int from, int to, BlobMessage message) {}

    /** What a hostile node does in place of what it should: null to do that. */
    private interface Twist {
        BlobMessage of(int from, BlobMessage message);
    }

    private static final class Swarm {
        final List<Blobs> nodes = new ArrayList<>();
        final List<Map<BlobId, byte[]>> arrived = new ArrayList<>();
        final PriorityQueue<Event> agenda = new PriorityQueue<>(
                (a, b) -> a.at() != b.at() ? Long.compare(a.at(), b.at()) : Long.compare(a.order(), b.order()));
        final RandomGenerator luck =
                RandomGeneratorFactory.of("L64X128MixRandom").create(7);
        Twist twist = (from, message) -> message;
        long now;
        long order;
        long payloads;
        long messages;
        final Map<BlobId, Long> published = new LinkedHashMap<>(); // when
        final List<Long> waits = new ArrayList<>(); // from there to each arrival

        Swarm(int size, int degree, BlobSettings settings) {
            for (int i = 0; i < size; i++) {
                RandomGenerator own =
                        RandomGeneratorFactory.of("L64X128MixRandom").create(luck.nextLong());
                nodes.add(new Blobs(address(i), settings, own));
                arrived.add(new LinkedHashMap<>());
            }
            List<TreeSet<Integer>> links = new ArrayList<>();
            for (int i = 0; i < size; i++) links.add(new TreeSet<>());
            for (int i = 0; i < size; i++)
                for (int tries = 0; tries < 100 && links.get(i).size() < Math.min(degree, size - 1); tries++) {
                    int j = tries == 0 ? (i + 1) % size : luck.nextInt(size);
                    if (j == i || links.get(j).size() > degree) continue;
                    links.get(i).add(j);
                    links.get(j).add(i);
                }
            for (int i = 0; i < size; i++) {
                List<Integer> mixed = new ArrayList<>(links.get(i));
                java.util.Collections.shuffle(mixed, java.util.Random.from(luck));
                for (int j : mixed) give(i, new Input.LinkUp(address(j)));
            }
        }

        static Address address(int i) {
            return Address.ipv4(0x0A000000 + i, 1);
        }

        void give(int node, Input input) {
            List<Effect> effects = new ArrayList<>();
            nodes.get(node).handle(input, now, effects);
            for (Effect effect : effects) {
                if (effect instanceof Effect.Send(Address to, BlobMessage message)) {
                    BlobMessage sent = twist.of(node, message);
                    if (sent == null) continue;
                    messages++;
                    if (sent instanceof BlobMessage.Whole
                            || sent instanceof BlobMessage.Small
                            || sent instanceof BlobMessage.Chunk) payloads++;
                    ByteBuffer bytes = ByteBuffer.allocate(sent.sizeBytes());
                    sent.encode(bytes);
                    assertThat(bytes.hasRemaining()).isFalse();
                    BlobMessage read = BlobMessage.decode(bytes.flip());
                    agenda.add(new Event(now + MS, order++, node, (int) to.low() - 0x0A000000, read));
                } else if (effect instanceof Effect.Published(long command, BlobId id)) {
                    published.putIfAbsent(id, now);
                } else if (effect instanceof Effect.Arrived(BlobId id, byte[] bytes, Address from)) {
                    waits.add(now - published.getOrDefault(id, now));
                    assertThat(arrived.get(node).put(id, bytes))
                            .as("arrives once")
                            .isNull();
                }
            }
        }

        void run(long nanos) {
            long end = now + nanos;
            while (true) {
                long next = agenda.isEmpty() ? Long.MAX_VALUE : agenda.peek().at();
                int due = -1;
                for (int i = 0; i < nodes.size(); i++)
                    if (nodes.get(i).nextDeadlineNanos() < next) {
                        next = nodes.get(i).nextDeadlineNanos();
                        due = i;
                    }
                if (next > end) break;
                now = Math.max(now, next);
                if (due >= 0) give(due, new Input.Tick());
                else {
                    Event event = agenda.poll();
                    give(event.to(), new Input.Received(address(event.from()), event.message()));
                }
            }
            now = end;
        }

        int have(BlobId id) {
            int have = 0;
            for (Blobs node : nodes) if (node.get(id) != null) have++;
            return have;
        }
    }

    private static byte[] blob(int size, long seed) {
        byte[] bytes = new byte[size];
        RandomGeneratorFactory.of("L64X128MixRandom").create(seed).nextBytes(bytes);
        return bytes;
    }

    private static BlobId id(byte[] bytes) {
        List<Effect> effects = new ArrayList<>();
        Swarm one = new Swarm(1, 0, BlobSettings.LAN);
        one.nodes.getFirst().handle(new Input.Publish(1, bytes), 0, effects);
        return ((Effect.Published) effects.getFirst()).id();
    }

    @ParameterizedTest(name = "{0} bytes")
    @ValueSource(ints = {0, 1, 65_536, 65_537, 3_000_000})
    void everybodyFetchesABlobOnceAndWhole(int size) {
        Swarm swarm = new Swarm(20, 6, BlobSettings.LAN);
        byte[] bytes = blob(size, 1);
        swarm.give(3, new Input.Publish(1, bytes));
        swarm.run(20_000 * MS);
        BlobId id = id(bytes);
        assertThat(swarm.have(id)).isEqualTo(20);
        assertThat(swarm.payloads).isEqualTo(19L * BlobMessage.chunks(size));
        for (int i = 0; i < 20; i++) assertThat(swarm.nodes.get(i).get(id)).isEqualTo(bytes);
    }

    @Test
    void whoAnnouncesAndNeverDeliversCostsATimeoutAndNothingIsLost() {
        Swarm swarm = new Swarm(12, 5, BlobSettings.LAN);
        swarm.twist = (from, message) -> from < 3
                        && !(message instanceof BlobMessage.Announce)
                        && !(message instanceof BlobMessage.Get)
                        && !(message instanceof BlobMessage.GetChunks)
                ? null
                : message;
        for (int i = 0; i < 10; i++) {
            swarm.give(5, new Input.Publish(i, blob(100_000, i)));
            swarm.run(1_000 * MS);
        }
        swarm.run(60_000 * MS);
        for (int i = 0; i < 10; i++)
            assertThat(swarm.have(id(blob(100_000, i)))).isEqualTo(12);
        assertThat(swarm.payloads).isLessThanOrEqualTo(11L * 2 * 10 + 10);
    }

    @Test
    void aLiarCostsOneChunkATimeAndIsShutOutAfterThree() {
        Swarm swarm = new Swarm(10, 4, BlobSettings.LAN);
        swarm.twist =
                (from, message) -> from == 4 && message instanceof BlobMessage.Chunk(BlobId id, int index, byte[] b)
                        ? new BlobMessage.Chunk(id, index, new byte[b.length])
                        : message;
        for (int i = 0; i < 10; i++) swarm.give(0, new Input.Publish(i, blob(500_000, i)));
        swarm.run(60_000 * MS);
        for (int i = 0; i < 10; i++)
            assertThat(swarm.have(id(blob(500_000, i)))).isEqualTo(10);
        long wasted = 0;
        for (Blobs node : swarm.nodes) wasted += node.counters().refetched();
        assertThat(wasted).isLessThan(4 * 3 * 8 + 10);
    }

    @Test
    void whatCameBeforeASourceDiedIsNotFetchedAgain() {
        Swarm swarm = new Swarm(3, 2, BlobSettings.LAN); // a triangle
        byte[] bytes = blob(40 * BlobMessage.CHUNK_BYTES, 9);
        int[] given = new int[3];
        swarm.twist = (from, message) -> {
            if (message instanceof BlobMessage.Chunk && ++given[from] > 20 && from == 0) return null;
            return message;
        };
        swarm.give(1, new Input.Publish(1, bytes));
        swarm.give(0, new Input.Publish(1, bytes));
        swarm.run(60_000 * MS);
        assertThat(swarm.have(id(bytes))).isEqualTo(3);
        assertThat(given[0] + given[1]).isLessThanOrEqualTo(40 + 8); // those that node 0 swallowed
    }

    @Test
    void theNearestHolderIsAskedAlsoWhenItComesLater() {
        byte[] bytes = blob(40 * BlobMessage.CHUNK_BYTES, 3);
        List<Effect> said = new ArrayList<>();
        Blobs holder = new Blobs(
                Swarm.address(9),
                BlobSettings.LAN,
                RandomGeneratorFactory.of("L64X128MixRandom").create(1));
        holder.handle(new Input.LinkUp(Swarm.address(0)), 0, said);
        holder.handle(new Input.Publish(1, bytes), 0, said);
        BlobId id = id(bytes);
        Blobs node = new Blobs(
                Swarm.address(0),
                BlobSettings.LAN,
                RandomGeneratorFactory.of("L64X128MixRandom").create(2));
        for (int peer = 1; peer <= 3; peer++) node.handle(new Input.LinkUp(Swarm.address(peer)), 0, said);
        node.handle(new Input.Distance(Swarm.address(1), 80 * MS), 0, said);
        node.handle(new Input.Distance(Swarm.address(2), MS), 0, said);
        BlobMessage offer = new BlobMessage.Announce(List.of(new BlobMessage.Offer(id, bytes.length)));
        List<Integer> whom = new ArrayList<>();
        said.clear();
        node.handle(new Input.Received(Swarm.address(1), offer), 1, said); // far, but alone
        for (int step = 0; step < 60 && node.get(id) == null; step++) {
            for (Effect effect : List.copyOf(said)) {
                if (!(effect instanceof Effect.Send(Address to, BlobMessage message))
                        || !(message instanceof BlobMessage.Get || message instanceof BlobMessage.GetChunks)) continue;
                whom.add((int) to.low() - 0x0A000000);
                List<Effect> answers = new ArrayList<>();
                holder.handle(new Input.Received(Swarm.address(0), message), step, answers);
                said.clear();
                for (Effect answer : answers)
                    node.handle(new Input.Received(to, ((Effect.Send) answer).message()), step, said);
            }
            if (step == 0)
                for (int peer = 3; peer >= 2; peer--)
                    node.handle(new Input.Received(Swarm.address(peer), offer), step, said);
        }
        assertThat(node.get(id)).isEqualTo(bytes);
        assertThat(whom).startsWith(1, 1).endsWith(2, 2, 2, 2);
        assertThat(whom).doesNotContain(3); // nobody knows how far
    }

    @Test
    void announcementsWithoutEndCostABoundedAmount() {
        Swarm swarm = new Swarm(2, 1, BlobSettings.LAN);
        for (int i = 0; i < 100; i++) {
            List<BlobMessage.Offer> offers = new ArrayList<>();
            for (int j = 0; j < 1_000; j++)
                offers.add(new BlobMessage.Offer(new BlobId(i, j, 0, 0), BlobMessage.MAX_BYTES));
            swarm.give(0, new Input.Received(Swarm.address(1), new BlobMessage.Announce(offers)));
        }
        assertThat(swarm.nodes.getFirst().wanted()).isLessThanOrEqualTo(1_000);
        assertThat(swarm.messages).isLessThan(10);
    }

    /** What 300 blobs of 250 bytes cost 60 nodes with 8 links each. */
    private record Relay(
            long announcingBytes, long allBytes, long twice, long messages, long medianNanos, long lastNanos) {
        static Relay of(BlobSettings settings) {
            Swarm swarm = new Swarm(60, 8, settings);
            for (int i = 0; i < 300; i++) {
                swarm.give(swarm.luck.nextInt(60), new Input.Publish(i, blob(250, 1_000 + i)));
                swarm.run(50 * MS);
            }
            swarm.run(30_000 * MS);
            long announcing = 0;
            long others = 0;
            long twice = 0;
            for (int i = 0; i < 300; i++)
                assertThat(swarm.have(id(blob(250, 1_000 + i)))).isEqualTo(60);
            for (Blobs node : swarm.nodes) {
                Blobs.Counters counters = node.counters();
                announcing += counters.announceBytesSent() + counters.reconcileBytesSent();
                others += counters.requestBytesSent() + counters.payloadBytesSent();
                twice += counters.refetched();
            }
            swarm.waits.sort(null);
            int count = swarm.waits.size();
            return new Relay(
                    announcing,
                    announcing + others,
                    twice,
                    swarm.messages,
                    swarm.waits.get(count / 2),
                    swarm.waits.get(count - 1));
        }
    }

    @Test
    void reconciliationSavesFourFifthsOfTheAnnouncementsAtEightLinksAndFetchesNothingTwice() {
        Relay flooded = Relay.of(BlobSettings.LAN.withFlood(64));
        Relay compared = Relay.of(BlobSettings.LAN.withFlood(0));
        assertThat(flooded.twice()).isZero();
        assertThat(compared.twice()).isZero();
        assertThat(compared.announcingBytes()).isLessThan(flooded.announcingBytes() / 5);
        assertThat(compared.allBytes()).isLessThan(flooded.allBytes() * 6 / 10);
        assertThat(compared.messages()).isLessThan(flooded.messages());
        assertThat(compared.medianNanos()).isLessThan(3_000 * MS);
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3})
    void comparisonsThatLoseATenthOfTheirMessagesLeaveNobodyOut(long seed) {
        Swarm swarm = new Swarm(40, 6, BlobSettings.LAN);
        RandomGenerator loss =
                RandomGeneratorFactory.of("L64X128MixRandom").create(Long.getLong("grapevine.seed", seed));
        swarm.twist = (from, message) -> loss.nextInt(10) == 0 ? null : message;
        for (int i = 0; i < 60; i++) {
            swarm.give(swarm.luck.nextInt(40), new Input.Publish(i, blob(250, 5_000 + i)));
            swarm.run(100 * MS);
        }
        swarm.run(60_000 * MS);
        for (int i = 0; i < 60; i++)
            assertThat(swarm.have(id(blob(250, 5_000 + i)))).isEqualTo(40);
        assertThat(swarm.payloads).isLessThan(60 * 39 * 12 / 10); // a tenth was lost
    }

    @Test
    void aLiarAboutShortIdsCostsATimeoutAndNothingIsLost() {
        Swarm swarm = new Swarm(12, 5, BlobSettings.LAN);
        swarm.twist = (from, message) -> {
            if (from == 4
                    && message instanceof BlobMessage.Reconciled(boolean success, List<Integer> w, List<Integer> h))
                return new BlobMessage.Reconciled(success, w, List.of(1, 2, 3)); // has what nobody knows
            if (from == 5 && message instanceof BlobMessage.Small) return new BlobMessage.Small(new byte[9]);
            if (from == 6 && message instanceof BlobMessage.Sketch(int salt, int capacity, byte[] bytes))
                return new BlobMessage.Sketch(salt, capacity, new byte[bytes.length]); // says it has nothing
            return message;
        };
        for (int i = 0; i < 20; i++) {
            swarm.give(i % 3, new Input.Publish(i, blob(250, 7_000 + i)));
            swarm.run(100 * MS);
        }
        swarm.run(60_000 * MS);
        for (int i = 0; i < 20; i++)
            assertThat(swarm.have(id(blob(250, 7_000 + i)))).isEqualTo(12);
    }

    @Test
    void namingWithoutEndCostsABoundedAmountAndHoldsUpNobodyElse() {
        Swarm swarm = new Swarm(3, 2, BlobSettings.LAN); // a triangle
        Address liar = Swarm.address(2);
        swarm.twist = (from, message) -> from == 2 ? null : message;
        int names = 0;
        for (int round = 0; round < 100; round++) {
            swarm.give(0, new Input.Received(liar, new BlobMessage.Reconcile(1, 0, 0)));
            List<Integer> have = new ArrayList<>();
            for (int i = 0; i < BlobMessage.MAX_SHORT; i++) have.add(++names);
            swarm.give(0, new Input.Received(liar, new BlobMessage.Reconciled(true, List.of(), have)));
        }
        assertThat(swarm.nodes.getFirst().wanted()).isLessThanOrEqualTo(1_000);
        for (int i = 0; i < 100; i++) swarm.give(1, new Input.Publish(i, blob(250, 9_000 + i)));
        swarm.run(5_000 * MS);
        for (int i = 0; i < 100; i++)
            assertThat(swarm.nodes.getFirst().get(id(blob(250, 9_000 + i)))).isNotNull();
        swarm.run(300_000 * MS);
        assertThat(swarm.nodes.getFirst().wanted()).isZero(); // nobody else named them: given up
        assertThat(swarm.messages).isLessThan(10_000);
    }

    @Test
    void aBlobAboveTheLimitIsRefusedWithTheLimit() {
        List<Effect> effects = new ArrayList<>();
        new Swarm(1, 0, BlobSettings.LAN)
                .nodes
                .getFirst()
                .handle(new Input.Publish(1, new byte[BlobMessage.MAX_BYTES + 1]), 0, effects);
        assertThat(effects).singleElement().asString().contains("the limit is 67108864 bytes");
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2})
    void hostileBytesAreMalformedOrAMessageThatCanBeWritten(long seed) {
        RandomGenerator luck =
                RandomGeneratorFactory.of("L64X128MixRandom").create(Long.getLong("grapevine.seed", seed));
        BlobId id = new BlobId(1, 2, 3, 4);
        List<BlobMessage> samples = List.of(
                new BlobMessage.Announce(List.of(new BlobMessage.Offer(id, 5))),
                new BlobMessage.Get(id),
                new BlobMessage.Whole(id, new byte[3]),
                new BlobMessage.Manifest(id, 70_000, new byte[64]),
                new BlobMessage.GetChunks(id, 3, 8),
                new BlobMessage.Chunk(id, 3, new byte[2]),
                new BlobMessage.None(id),
                new BlobMessage.Reconcile(5, 7, 9),
                new BlobMessage.Sketch(-5, 2, new byte[8]),
                new BlobMessage.Reconciled(true, List.of(1, -2), List.of(3)),
                new BlobMessage.Ask(List.of(4, 5)),
                new BlobMessage.Small(new byte[3]),
                new BlobMessage.More(),
                new BlobMessage.Again(),
                new BlobMessage.Extension(1, new byte[4]));
        int good = 0;
        for (int i = 0; i < 50_000; i++) {
            BlobMessage sample = samples.get(i % samples.size());
            ByteBuffer bytes = ByteBuffer.allocate(sample.sizeBytes());
            sample.encode(bytes);
            int cut = bytes.capacity() - 1;
            assertThatThrownBy(() ->
                            BlobMessage.decode(bytes.duplicate().position(0).limit(cut)))
                    .isInstanceOf(MalformedPacketException.class);
            for (int flips = luck.nextInt(3); flips > 0; flips--)
                bytes.put(luck.nextInt(bytes.capacity()), (byte) luck.nextInt());
            try {
                BlobMessage read = BlobMessage.decode(bytes.flip());
                read.encode(ByteBuffer.allocate(read.sizeBytes()));
                good++;
            } catch (MalformedPacketException malformed) {
                assertThat(malformed.getStackTrace()).isEmpty();
            }
        }
        assertThat(good).isGreaterThan(10_000);
    }
}
