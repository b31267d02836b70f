package dev.grapevine.broadcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.broadcast.EpidemicMessage.Line;
import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class EpidemicCodecTest {
    private static final long SEED = Long.getLong("grapevine.seed", 4711);

    private static RandomGenerator random() {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
    }

    private static ByteBuffer encoded(EpidemicMessage message) {
        ByteBuffer bytes = ByteBuffer.allocate(EpidemicCodec.size(message));
        EpidemicCodec.encode(message, bytes);
        assertThat(bytes.hasRemaining()).isFalse();
        return bytes.flip();
    }

    @Test
    void theBytesAreThoseOfTheTable() {
        Line line = new Line(0x0102030405060708L, new Version.Number(300), false);
        assertThat(hex(new EpidemicMessage.Offer(false, 0, List.of(line))))
                .isEqualTo("01" + "00" + "01" + "0102030405060708" + "01" + "ac02");
        assertThat(hex(new EpidemicMessage.Digest(
                        true, false, true, 0xCAFE, Long.MIN_VALUE, Long.MAX_VALUE, List.of())))
                .isEqualTo("02" + "0b" + "0000cafe" + "00");
        assertThat(hex(new EpidemicMessage.Delta(
                        List.of(new Rumor(RumorKey.shared("k"), Version.Vector.first("r"), new byte[] {7}, 2)))))
                .isEqualTo("04" + "01" + "00" + "016b" + "01" + "0172" + "01" + "02" + "0107");
    }

    private static String hex(EpidemicMessage message) {
        return HexFormat.of().formatHex(encoded(message).array());
    }

    @Test
    void everyMessageComesBackAsItWent() {
        RandomGenerator random = random();
        for (int i = 0; i < 20_000; i++) {
            EpidemicMessage message = message(random);
            ByteBuffer bytes = encoded(message);
            assertThat(EpidemicCodec.decode(bytes)).isEqualTo(message);
            assertThat(bytes.hasRemaining()).isFalse();
        }
    }

    @Test
    void aTruncatedMessageIsMalformedAtEveryLength() {
        RandomGenerator random = random();
        for (int i = 0; i < 2_000; i++) {
            ByteBuffer whole = encoded(message(random));
            for (int length = 0; length < whole.limit(); length++) {
                ByteBuffer part = whole.duplicate().limit(length);
                assertThatThrownBy(() -> EpidemicCodec.decode(part)).isInstanceOf(MalformedPacketException.class);
            }
        }
    }

    @Test
    void randomAndDamagedBytesAreAMessageOrMalformedAndNothingElse() {
        RandomGenerator random = random();
        byte[] noise = new byte[64];
        ByteBuffer template = encoded(message(random));
        int understood = 0;
        for (int i = 0; i < 3_000_000; i++) {
            if (i % 1000 == 0) template = encoded(message(random));
            ByteBuffer bytes;
            if ((i & 1) == 0) {
                random.nextBytes(noise);
                noise[0] = (byte) (1 + random.nextInt(5));
                bytes = ByteBuffer.wrap(noise, 0, random.nextInt(noise.length + 1));
            } else {
                byte[] damaged = template.array().clone();
                for (int flips = 1 + random.nextInt(3); flips > 0; flips--)
                    damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
                bytes = ByteBuffer.wrap(damaged);
            }
            try {
                EpidemicMessage message = EpidemicCodec.decode(bytes);
                if (i % 64 == 1)
                    assertThat(EpidemicCodec.decode(encoded(message))).isEqualTo(message);
                understood++;
            } catch (MalformedPacketException expected) {
                assertThat(expected.offset()).isBetween(0, bytes.limit());
            }
        }
        assertThat(understood).isBetween(10_000, 2_900_000); // both ways were taken
    }

    @Test
    void aCountOrLengthThatThePacketCannotHoldTakesNoMemory() {
        for (String hostile : List.of(
                "0100ffffffff07", // two billion lines
                "03ffffffff07",
                "04ffffffff07",
                "0401016101ff7f", // a name of 16 KB
                "0401016101620100ffffff07", // a payload of 16 MB
                "0401000161" + "ff7f")) // a vector of 16 thousand replicas
        assertThatThrownBy(() ->
                            EpidemicCodec.decode(ByteBuffer.wrap(HexFormat.of().parseHex(hostile))))
                    .as(hostile)
                    .isInstanceOf(MalformedPacketException.class);
    }

    @Test
    void linesOfOneKeyAreNeverSeparated() {
        List<Line> lines = new ArrayList<>();
        for (int key = 0; key < 50; key++)
            for (int sibling = 0; sibling < 3; sibling++)
                lines.add(new Line(key, Version.Vector.first("replica" + sibling), false));
        List<List<Line>> parts = EpidemicCodec.split(lines, 256);
        assertThat(parts).hasSizeGreaterThan(3);
        long next = 0;
        for (List<Line> part : parts) {
            assertThat(part.size() % 3).isZero();
            assertThat(part.getFirst().keyHash()).isEqualTo(next);
            next = part.getLast().keyHash() + 1;
            assertThat(EpidemicCodec.size(new EpidemicMessage.Request(part))).isLessThanOrEqualTo(256);
        }
    }

    private static EpidemicMessage message(RandomGenerator random) {
        return switch (random.nextInt(4)) {
            case 0 -> {
                boolean settled = random.nextBoolean();
                yield new EpidemicMessage.Offer(settled, settled ? random.nextInt() : 0, lines(random));
            }
            case 1 -> {
                boolean settled = random.nextBoolean();
                long a = random.nextLong();
                long b = random.nextLong();
                yield new EpidemicMessage.Digest(
                        random.nextBoolean(),
                        random.nextBoolean(),
                        settled,
                        settled ? random.nextInt() : 0,
                        Math.min(a, b),
                        Math.max(a, b),
                        lines(random));
            }
            case 2 -> new EpidemicMessage.Request(lines(random));
            default -> {
                List<Rumor> rumors = new ArrayList<>();
                for (int i = random.nextInt(3); i >= 0; i--) rumors.add(rumor(random));
                yield new EpidemicMessage.Delta(rumors);
            }
        };
    }

    private static List<Line> lines(RandomGenerator random) {
        List<Line> lines = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--)
            lines.add(new Line(
                    random.nextLong(), random.nextBoolean() ? number(random) : vector(random), random.nextBoolean()));
        return lines;
    }

    private static Rumor rumor(RandomGenerator random) {
        byte[] payload = new byte[random.nextInt(40)];
        random.nextBytes(payload);
        boolean shared = random.nextBoolean();
        RumorKey key = new RumorKey(shared ? "" : "owner" + random.nextInt(9), text(random));
        return new Rumor(key, shared ? vector(random) : number(random), payload, random.nextInt(Rumor.MAX_HOPS + 1));
    }

    private static String text(RandomGenerator random) {
        return "näme✓".substring(0, random.nextInt(6));
    }

    private static Version.Number number(RandomGenerator random) {
        return new Version.Number(1 + (random.nextLong() >>> 2 + random.nextInt(61)));
    }

    private static Version.Vector vector(RandomGenerator random) {
        TreeMap<String, Long> counters = new TreeMap<>();
        for (int i = random.nextInt(4); i >= 0; i--)
            counters.put("r" + random.nextInt(100), number(random).value());
        return new Version.Vector(counters);
    }
}
