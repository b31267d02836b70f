package dev.grapevine.broadcast;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.broadcast.Epidemic.Effect;
import dev.grapevine.broadcast.Epidemic.Input;
import dev.grapevine.broadcast.EpidemicMessage.Line;
import dev.grapevine.broadcast.EpidemicSettings.Activity;
import dev.grapevine.broadcast.EpidemicSettings.Exchange;
import dev.grapevine.broadcast.EpidemicSettings.Retention;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class EpidemicTest {
    private static final long PERIOD = 1_000;
    private static final EpidemicSettings PUSH_PULL =
            EpidemicSettings.of(PERIOD).withTimes(10, 500).withSizes(1200, 8, 1000);
    private static final RumorKey B_NEWS = new RumorKey("b", "news");

    private final List<Effect> effects = new ArrayList<>();

    private static Epidemic node(EpidemicSettings settings, String... peers) {
        Epidemic node = new Epidemic(
                "a", 1, settings, RandomGeneratorFactory.of("L64X128MixRandom").create(7));
        node.handle(new Input.Peers(List.of(peers)), 0, new ArrayList<>());
        return node;
    }

    private List<Effect> handle(Epidemic node, Input input, long nowNanos) {
        effects.clear();
        node.handle(input, nowNanos, effects);
        return List.copyOf(effects);
    }

    private List<Effect> hear(Epidemic node, String from, EpidemicMessage message, long nowNanos) {
        return handle(node, new Input.Received(from, message), nowNanos);
    }

    private static Rumor rumor(long number, int payloadBytes, int hops) {
        return new Rumor(B_NEWS, new Version.Number(number), new byte[payloadBytes], hops);
    }

    private static Line line(long number) {
        return new Line(B_NEWS.hash(), new Version.Number(number), false);
    }

    private static EpidemicMessage delta(Rumor... rumors) {
        return new EpidemicMessage.Delta(List.of(rumors));
    }

    private static EpidemicMessage.Digest digest(boolean both, boolean complete, Line... lines) {
        return new EpidemicMessage.Digest(both, complete, false, 0, Long.MIN_VALUE, Long.MAX_VALUE, List.of(lines));
    }

    private static EpidemicMessage.Offer offer(Line... lines) {
        return new EpidemicMessage.Offer(false, 0, List.of(lines));
    }

    private static EpidemicMessage.Request request(Line... lines) {
        return new EpidemicMessage.Request(List.of(lines));
    }

    private static Effect send(String to, EpidemicMessage message) {
        return new Effect.Send(to, message, false);
    }

    @Test
    void aNewValueIsDeliveredOnceWithItsSenderItsHopsAndTheTime() {
        Epidemic node = node(PUSH_PULL, "b", "c");
        Rumor heard = rumor(1, 3, 5);
        assertThat(hear(node, "b", delta(heard), 42))
                .containsExactly(new Effect.Deliver(rumor(1, 3, 6), List.of(rumor(1, 3, 6)), "b", 42));
        assertThat(hear(node, "c", delta(heard), 43)).isEmpty();
        assertThat(node.counters()).isEqualTo(new Epidemic.Counters(1, 2, 0, 0, 0));
    }

    @Test
    void theLargerNumberWinsWhateverTheOrder() {
        Epidemic node = node(PUSH_PULL, "b");
        hear(node, "b", delta(rumor(5, 3, 0)), 1);
        assertThat(hear(node, "b", delta(rumor(4, 2, 0)), 2)).isEmpty();
        assertThat(hear(node, "b", delta(rumor(6, 1, 0)), 3)).hasSize(1);
        assertThat(node.values(B_NEWS)).containsExactly(rumor(6, 1, 1));
    }

    @Test
    void whatIsOfferedAndLackingIsAskedForOnceAndElsewhereWhenItDoesNotCome() {
        Epidemic node = node(PUSH_PULL, "b", "c", "d");
        assertThat(hear(node, "b", offer(line(1)), 10)).containsExactly(send("b", request(line(1))));
        assertThat(hear(node, "c", offer(line(1)), 11)).isEmpty();
        assertThat(node.nextDeadlineNanos()).isEqualTo(510);
        assertThat(handle(node, new Input.Tick(), 510)).containsExactly(send("c", request(line(1))));
        // The last resort is whoever was asked first: perhaps a packet was lost.
        assertThat(handle(node, new Input.Tick(), 1010)).containsExactly(send("b", request(line(1))));
        assertThat(handle(node, new Input.Tick(), 1510)).isEmpty();
        assertThat(node.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
        assertThat(hear(node, "d", offer(line(1)), 1600)).containsExactly(send("d", request(line(1))));
    }

    @Test
    void aNewerVersionIsAskedForAlthoughTheOlderIsOnItsWay() {
        Epidemic node = node(PUSH_PULL, "b", "c");
        hear(node, "b", offer(line(1)), 10);
        assertThat(hear(node, "c", offer(line(2)), 11)).containsExactly(send("c", request(line(2))));
        hear(node, "c", delta(rumor(2, 3, 0)), 12);
        assertThat(handle(node, new Input.Tick(), 511)).isEmpty(); // nobody waits for the older one any more
    }

    @Test
    void whatIsHeldOrNewerIsNotAskedFor() {
        Epidemic node = node(PUSH_PULL, "b");
        hear(node, "b", delta(rumor(5, 3, 0)), 1);
        assertThat(hear(node, "b", offer(line(5), line(4)), 2)).isEmpty();
    }

    @Test
    void aRequestIsAnsweredWithTheValueOrWhatReplacedIt() {
        Epidemic node = node(PUSH_PULL, "b", "c");
        hear(node, "b", delta(rumor(5, 3, 0)), 1);
        assertThat(hear(node, "c", request(line(4), line(5)), 2)).containsExactly(send("c", delta(rumor(5, 3, 1))));
        assertThat(hear(node, "c", request(line(6)), 3)).isEmpty();
    }

    @Test
    void aSmallValueAnswersADigestAtOnceAndALargeOneIsOffered() {
        Epidemic small = node(PUSH_PULL, "b", "c");
        hear(small, "b", delta(rumor(5, 8, 0)), 1);
        assertThat(hear(small, "c", digest(false, false), 2)).containsExactly(send("c", delta(rumor(5, 8, 1))));
        Epidemic large = node(PUSH_PULL, "b", "c");
        hear(large, "b", delta(rumor(5, 9, 0)), 1);
        assertThat(hear(large, "c", digest(false, false), 2)).containsExactly(send("c", offer(line(5))));
        assertThat(hear(large, "c", digest(false, false, line(5)), 2)).isEmpty();
        assertThat(hear(large, "c", digest(false, false, line(4)), 2)).containsExactly(send("c", offer(line(5))));
    }

    @Test
    void onlyPushPullAsksBack() {
        Epidemic node = node(PUSH_PULL, "b", "c");
        assertThat(hear(node, "b", digest(false, false, line(1)), 1)).isEmpty();
        assertThat(hear(node, "b", digest(true, false, line(1)), 1)).containsExactly(send("b", request(line(1))));
    }

    @Test
    void aYoungDigestIsAnsweredWithWhatIsYoungAndACompleteOneWithEverything() {
        Epidemic node = node(PUSH_PULL, "b", "c");
        hear(node, "b", delta(rumor(5, 8, 0)), 1);
        long old = 10 * PERIOD + 2;
        assertThat(hear(node, "c", digest(false, false), old)).isEmpty();
        assertThat(hear(node, "c", digest(false, true), old)).containsExactly(send("c", delta(rumor(5, 8, 1))));
        long hash = B_NEWS.hash();
        EpidemicMessage elsewhere =
                new EpidemicMessage.Digest(true, true, false, 0, hash + 1, Long.MAX_VALUE, List.of());
        assertThat(hear(node, "c", elsewhere, old)).isEmpty();
    }

    @Test
    void aQuietNodeExchangesWhileItHoldsSomethingYoungAndIsSilentThen() {
        Epidemic node = node(PUSH_PULL, "b");
        assertThat(node.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
        handle(node, new Input.Put("news", new byte[3]), 5_000);
        int exchanges = 0;
        while (node.nextDeadlineNanos() != Long.MAX_VALUE) {
            long now = node.nextDeadlineNanos();
            assertThat(now).isLessThanOrEqualTo(5_000 + 11 * PERIOD);
            exchanges += handle(node, new Input.Tick(), now).size();
        }
        assertThat(exchanges).isEqualTo(10);
    }

    @Test
    void pushOffersPullAsksAndPushPullDoesBoth() {
        for (Exchange exchange : Exchange.values()) {
            Epidemic node = node(PUSH_PULL.withExchange(exchange, Activity.CONTINUOUS), "b");
            handle(node, new Input.Put("news", new byte[3]), 0);
            Line mine = new Line(new RumorKey("a", "news").hash(), new Version.Number(1), false);
            EpidemicMessage expected = switch (exchange) {
                case PUSH -> offer(mine);
                case PULL -> digest(false, false, mine);
                case PUSH_PULL -> digest(true, false, mine);
            };
            assertThat(handle(node, new Input.Tick(), node.nextDeadlineNanos())).containsExactly(send("b", expected));
            assertThat(node.nextDeadlineNanos()).isGreaterThan(0).isLessThan(2 * PERIOD);
        }
    }

    @Test
    void concurrentValuesOfASharedEntryAreKeptAndAWriteReplacesWhatItsWriterSaw() {
        Epidemic a = node(PUSH_PULL, "b", "c");
        RumorKey key = RumorKey.shared("door");
        Rumor fromB = new Rumor(key, Version.Vector.first("b#1"), new byte[] {'b'}, 0);
        Rumor fromC = new Rumor(key, Version.Vector.first("c#1"), new byte[] {'c'}, 0);
        hear(a, "b", delta(fromB), 1);
        List<Effect> told = hear(a, "c", delta(fromC), 2);
        assertThat(told)
                .containsExactly(
                        new Effect.Deliver(fromC.oneHopOn(), List.of(fromB.oneHopOn(), fromC.oneHopOn()), "c", 2));
        handle(a, new Input.PutShared("door", new byte[] {'a'}), 3);
        assertThat(a.values(key)).hasSize(1);
        Rumor written = a.values(key).getFirst();
        assertThat(written.version().covers(fromB.version())).isTrue();
        assertThat(written.version().covers(fromC.version())).isTrue();
        assertThat(hear(a, "b", delta(fromB), 4)).isEmpty();
    }

    @Test
    void limitsAreRefusedWithTheLimitInTheMessage() {
        Epidemic node = node(PUSH_PULL.withLimits(2, 1000, Retention.REFUSE_NEW, 1500), "b");
        assertThat(handle(node, new Input.Put("x", new byte[1001]), 0))
                .containsExactly(
                        new Effect.Refused("x", "a payload of 1001 bytes is refused: the limit is 1000 bytes"));
        assertThat(refusal(node, new Input.Put("n".repeat(256), new byte[1]), 0))
                .contains("255 bytes");
        assertThat(handle(node, new Input.Put("y", new byte[700]), 0).getFirst())
                .isInstanceOf(Effect.Stored.class);
        assertThat(refusal(node, new Input.Put("y", new byte[801]), 0)).contains("1500 bytes per period");
        assertThat(refusal(node, new Input.Put("z", new byte[200]), 0)).contains("2 entries and 1000 bytes");
        assertThat(refusal(node, new Input.Put("y", new byte[801]), PERIOD)).contains("2 entries and 1000 bytes");
        assertThat(handle(node, new Input.Put("y", new byte[600]), PERIOD).getFirst())
                .isInstanceOf(Effect.Stored.class);
    }

    private String refusal(Epidemic node, Input input, long nowNanos) {
        return ((Effect.Refused) handle(node, input, nowNanos).getFirst()).reason();
    }

    @Test
    void whatWasDroppedDoesNotComeBackAndIsNotMissed() {
        EpidemicSettings settings = PUSH_PULL.withLimits(1, 10_000, Retention.DROP_OLDEST, 10_000);
        Epidemic node = node(settings, "b", "c");
        hear(node, "b", delta(rumor(1, 8, 0)), 0);
        assertThat(refusal(node, new Input.Put("mine", new byte[1]), 20 * PERIOD - 1))
                .contains("1 entries");
        handle(node, new Input.Put("mine", new byte[1]), 20 * PERIOD);
        assertThat(node.values(B_NEWS)).isEmpty();
        assertThat(hear(node, "c", delta(rumor(1, 8, 0)), 20 * PERIOD)).isEmpty();
        assertThat(hear(node, "c", offer(line(1)), 20 * PERIOD)).isEmpty();

        // A latecomer learns that it was there, and both hold the same from then on.
        Epidemic late = node(settings, "b", "c");
        Line dropped = new Line(B_NEWS.hash(), new Version.Number(1), true);
        assertThat(hear(late, "b", digest(true, true, dropped), 20 * PERIOD)).isEmpty();
        hear(late, "b", delta(node.all().getFirst()), 20 * PERIOD);
        assertThat(late.digest()).isEqualTo(node.digest());
    }

    @Test
    void differentDigestsStartAComparisonOfEverythingUnlessSomethingIsYoung() {
        Epidemic node = node(PUSH_PULL, "b", "c");
        hear(node, "b", delta(rumor(1, 8, 0)), 0);
        long old = 10 * PERIOD + 1;
        assertThat(handle(node, new Input.PeerDigest("c", node.digest()), old)).isEmpty();
        assertThat(handle(node, new Input.PeerDigest("c", 1), old))
                .containsExactly(send("c", digest(true, true, line(1))));
        assertThat(handle(node, new Input.PeerDigest("c", 1), old + PERIOD - 1)).isEmpty();
        assertThat(handle(node, new Input.PeerDigest("stranger", 1), old + PERIOD))
                .isEmpty();
    }

    @Test
    void comparisonsThatBringNothingBecomeRare() {
        Epidemic node = node(PUSH_PULL, "b", "c");
        hear(node, "b", delta(rumor(1, 8, 0)), 0);
        long start = 20 * PERIOD;
        int compared = 0;
        for (int period = 0; period < 1024; period++)
            compared += handle(node, new Input.PeerDigest("c", 1), start + period * PERIOD)
                    .size();
        assertThat(compared).isBetween(16, 24);
        hear(node, "b", delta(rumor(2, 8, 0)), start + 1024 * PERIOD); // news: there is something to learn again
        long old = start + 1035 * PERIOD;
        assertThat(handle(node, new Input.PeerDigest("c", 1), old)).hasSize(1);
    }

    @Test
    void aLargeComparisonGoesInPiecesWithinTheBudgetOfBytes() {
        EpidemicSettings settings =
                PUSH_PULL.withSizes(256, 8, 100).withLimits(1000, 1 << 20, Retention.REFUSE_NEW, 600);
        Epidemic node = node(settings, "b");
        for (int i = 0; i < 100; i++)
            hear(node, "b", delta(new Rumor(new RumorKey("b", "k" + i), new Version.Number(1), new byte[8], 0)), 0);
        long now = 20 * PERIOD;
        List<Effect> all = new ArrayList<>(handle(node, new Input.ReconcileWith("b"), now));
        assertThat(all).hasSize(3); // 600 bytes are spent by the third
        while (node.nextDeadlineNanos() != Long.MAX_VALUE) {
            now = node.nextDeadlineNanos();
            List<Effect> more = handle(node, new Input.Tick(), now);
            assertThat(more.size()).isLessThanOrEqualTo(3);
            all.addAll(more);
        }
        long low = Long.MIN_VALUE;
        int lines = 0;
        for (Effect effect : all) {
            Effect.Send send = (Effect.Send) effect;
            EpidemicMessage.Digest digest = (EpidemicMessage.Digest) send.message();
            assertThat(EpidemicCodec.size(digest)).isLessThanOrEqualTo(256);
            assertThat(send.large()).isFalse();
            assertThat(digest.low()).isEqualTo(low);
            low = digest.high() + 1;
            lines += digest.lines().size();
        }
        assertThat(low).isEqualTo(Long.MIN_VALUE); // one more than the largest: the pieces cover every hash
        assertThat(lines).isEqualTo(100);
    }

    @Test
    void aValueAboveADatagramIsFlaggedForAStream() {
        Epidemic node = node(PUSH_PULL.withSizes(256, 8, 1000), "b", "c");
        hear(node, "b", delta(rumor(1, 300, 0)), 0);
        assertThat(hear(node, "c", request(line(1)), 1))
                .containsExactly(new Effect.Send("c", delta(rumor(1, 300, 1)), true));
    }

    @Test
    void anotherKeyWithTheSameHashOrTooManySiblingsChangeNothing() {
        Epidemic node = node(PUSH_PULL, "b");
        RumorKey key = RumorKey.shared("k");
        for (int i = 0; i < 40; i++)
            hear(node, "b", delta(new Rumor(key, Version.Vector.first("r" + i), new byte[1], 0)), i);
        assertThat(node.values(key)).hasSize(EpidemicStore.MAX_SIBLINGS);
        assertThat(node.counters().refused()).isEqualTo(40 - EpidemicStore.MAX_SIBLINGS);
    }

    @Test
    void aNumberFromAnEarlierLifeOfThisNodeIsSurpassed() {
        Epidemic node = node(PUSH_PULL, "b");
        Rumor past = new Rumor(new RumorKey("a", "x"), new Version.Number(900), new byte[1], 2);
        hear(node, "b", delta(past), 0);
        assertThat(handle(node, new Input.Put("x", new byte[2]), 1))
                .containsExactly(new Effect.Stored(new RumorKey("a", "x"), new Version.Number(901)));
        Rumor last = new Rumor(new RumorKey("a", "x"), new Version.Number(Version.MAX), new byte[1], 2);
        hear(node, "b", delta(last), 2);
        assertThat(refusal(node, new Input.Put("x", new byte[2]), 3)).contains("2^62");
    }
}
