package dev.grapevine.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.query.Queries.Effect;
import dev.grapevine.query.Queries.Input;
import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.BiPredicate;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueriesTest {
    private static final long MS = 1_000_000;

    private record Event(long at, long order, String to, QueryMessage message) {}

    /** Members that answer every question with their name, on links with a filter. */
    private static final class Cluster {
        final Map<String, Queries> nodes = new LinkedHashMap<>();
        final PriorityQueue<Event> agenda = new PriorityQueue<>(
                (a, b) -> a.at() != b.at() ? Long.compare(a.at(), b.at()) : Long.compare(a.order(), b.order()));
        final List<Effect> told = new ArrayList<>();
        BiPredicate<String, String> passes = (from, to) -> true;
        boolean answering = true;
        long now;
        long order;
        int messages;

        Cluster(int size) {
            RandomGenerator luck = RandomGeneratorFactory.of("L64X128MixRandom").create(3);
            for (int i = 0; i < size; i++) {
                RandomGenerator own =
                        RandomGeneratorFactory.of("L64X128MixRandom").create(luck.nextLong());
                nodes.put("n" + i, new Queries("n" + i, 200 * MS, own));
                give("n" + i, new Input.Tagged(Map.of("role", i % 2 == 0 ? "web" : "db")));
            }
        }

        void give(String node, Input input) {
            Queries machine = nodes.get(node);
            if (machine == null) return;
            List<Effect> effects = new ArrayList<>();
            machine.handle(input, now, effects);
            for (Effect effect : effects) {
                if (effect instanceof Effect.Send(String to, QueryMessage message)) {
                    messages++;
                    assertThat(message.sizeBytes()).isLessThan(1_400);
                    if (passes.test(node, to)) agenda.add(new Event(now + MS, order++, to, again(message)));
                } else if (effect instanceof Effect.Questioned(String asker, long id, var name, var p, long d)) {
                    if (answering) give(node, new Input.Answer(asker, id, node.getBytes(StandardCharsets.UTF_8)));
                } else told.add(effect);
            }
        }

        void ask(List<String> targets, Map<String, String> tags) {
            List<String> relays = new ArrayList<>(nodes.keySet());
            relays.remove("n0");
            give("n0", new Input.Ask(1, "load", new byte[3], tags, targets, relays, true, 0));
        }

        void run(long nanos) {
            long end = now + nanos;
            while (true) {
                long next = agenda.isEmpty() ? Long.MAX_VALUE : agenda.peek().at();
                String due = null;
                for (Map.Entry<String, Queries> node : nodes.entrySet())
                    if (node.getValue().nextDeadlineNanos() < next) {
                        next = node.getValue().nextDeadlineNanos();
                        due = node.getKey();
                    }
                if (next > end) break;
                now = Math.max(now, next);
                if (due != null) give(due, new Input.Tick());
                else {
                    Event event = agenda.poll();
                    give(event.to(), new Input.Received(event.message()));
                }
            }
            now = end;
        }

        Effect.Done done() {
            return (Effect.Done) told.stream()
                    .filter(effect -> effect instanceof Effect.Done)
                    .findFirst()
                    .orElseThrow();
        }

        private static QueryMessage again(QueryMessage message) {
            ByteBuffer bytes = ByteBuffer.allocate(message.sizeBytes());
            message.encode(bytes);
            assertThat(bytes.hasRemaining()).isFalse();
            return QueryMessage.decode(bytes.flip());
        }
    }

    @Test
    void everybodyAnswersTheAskerIncludedAndTheQueryEndsWithTheLastAnswer() {
        Cluster cluster = new Cluster(300);
        cluster.ask(List.copyOf(cluster.nodes.keySet()), Map.of());
        cluster.run(200 * MS);
        assertThat(cluster.done())
                .usingRecursiveComparison()
                .ignoringFields("id")
                .isEqualTo(new Effect.Done(0, 300, 300, 300));
        assertThat(cluster.messages).isEqualTo(299 * 3); // a question, an acknowledgement, an answer
    }

    @Test
    void whoseTagsDoNotMatchKeepsSilentWhateverTheAskerBelieved() {
        Cluster cluster = new Cluster(10);
        cluster.ask(List.of("n2", "n3"), Map.of("role", "web"));
        cluster.run(20_000 * MS);
        assertThat(cluster.told)
                .filteredOn(effect -> effect instanceof Effect.Answered)
                .hasSize(1);
        assertThat(cluster.done().answered()).isEqualTo(1);
    }

    @Test
    void whereTheDirectWayIsBlockedThirdPartiesPassQuestionAndAnswer() {
        Cluster cluster = new Cluster(20);
        cluster.passes = (from, to) -> !(from.equals("n0") && to.equals("n7") || from.equals("n7") && to.equals("n0"));
        cluster.ask(List.copyOf(cluster.nodes.keySet()), Map.of());
        cluster.run(20_000 * MS);
        assertThat(cluster.done().answered()).isEqualTo(20);
    }

    @Test
    void lossIsMadeUpForByAskingAgain() {
        Cluster cluster = new Cluster(100);
        RandomGenerator luck = RandomGeneratorFactory.of("L64X128MixRandom").create(5);
        cluster.passes = (from, to) -> luck.nextDouble() >= 0.1;
        cluster.ask(List.copyOf(cluster.nodes.keySet()), Map.of());
        cluster.run(20_000 * MS);
        assertThat(cluster.done().acknowledged()).isEqualTo(100);
        assertThat(cluster.done().answered())
                .isGreaterThanOrEqualTo(90); // an answer alone may be lost once acknowledged
    }

    @Test
    void aQueryNeverCostsMoreThanTheStatedFactor() {
        Cluster cluster = new Cluster(30);
        cluster.passes = (from, to) -> !to.equals("n0"); // nothing comes back: the asker does all it ever does
        cluster.ask(List.copyOf(cluster.nodes.keySet()), Map.of());
        cluster.run(60_000 * MS);
        assertThat(cluster.messages).isLessThanOrEqualTo(30 * Queries.MOST_MESSAGES);
        assertThat(cluster.done().answered()).isEqualTo(1); // its own
    }

    @ParameterizedTest(name = "{0} members: {1} ms")
    @CsvSource({"1, 3200", "9, 3200", "10, 6400", "99, 6400", "100, 9600", "1000, 12800"})
    void theDeadlineFollowsTheSizeOfTheCluster(int members, long millis) {
        assertThat(Queries.defaultTimeoutNanos(members, 200 * MS)).isEqualTo(millis * MS);
    }

    @Test
    void limitsAreNamedAndALateOrSecondAnswerIsRefused() {
        Cluster cluster = new Cluster(2);
        cluster.give("n0", new Input.Ask(1, "x", new byte[1025], Map.of(), List.of(), List.of(), true, 0));
        assertThat(cluster.told.getLast().toString()).contains("the limit is 1024 bytes");
        cluster.answering = false;
        cluster.ask(List.of("n1"), Map.of());
        long id = ((Effect.Asked) cluster.told.getLast()).id();
        cluster.run(10 * MS);
        cluster.give("n1", new Input.Answer("n0", id, new byte[] {1}));
        assertThatThrownBy(() -> cluster.give("n1", new Input.Answer("n0", id, new byte[] {1})))
                .hasMessageContaining("was answered");
        assertThatThrownBy(() -> cluster.give("n1", new Input.Answer("n0", 77, new byte[] {1})))
                .hasMessageContaining("too late");
        for (int i = 0; i < 70; i++)
            cluster.give("n0", new Input.Ask(1, "x", new byte[1], Map.of(), List.of("n9"), List.of(), true, 0));
        assertThat(cluster.told.getLast().toString()).contains("64 queries of this node are running");
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2})
    void hostileBytesAreMalformedOrAMessageThatCanBeWritten(long seed) {
        RandomGenerator luck =
                RandomGeneratorFactory.of("L64X128MixRandom").create(Long.getLong("grapevine.seed", seed));
        var question = new QueryMessage.Question(9, "a", "load", true, 3000, Map.of("k", "v", "j", "w"), new byte[5]);
        List<QueryMessage> samples = List.of(
                question,
                new QueryMessage.PassOn("t", "v", question),
                new QueryMessage.Reply(1, "a", "b", true, new byte[9]));
        int good = 0;
        for (int i = 0; i < 50_000; i++) {
            QueryMessage sample = samples.get(i % samples.size());
            ByteBuffer bytes = ByteBuffer.allocate(sample.sizeBytes());
            sample.encode(bytes);
            for (int flips = luck.nextInt(4); flips > 0; flips--)
                bytes.put(luck.nextInt(bytes.capacity()), (byte) luck.nextInt());
            bytes.flip().limit(luck.nextInt(8) == 0 ? luck.nextInt(bytes.capacity()) : bytes.capacity());
            try {
                QueryMessage read = QueryMessage.decode(bytes);
                read.encode(ByteBuffer.allocate(read.sizeBytes()));
                good++;
            } catch (MalformedPacketException malformed) {
                assertThat(malformed.getStackTrace()).isEmpty();
            }
        }
        assertThat(good).isGreaterThan(10_000);
    }
}
