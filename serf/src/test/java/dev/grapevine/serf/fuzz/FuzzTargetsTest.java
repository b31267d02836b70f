package dev.grapevine.serf.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.serf.msgpack.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each target on captured bytes of real agents, and on thousands of spoilt ones. {@code scripts/fuzz} hands the same
 * targets to a fuzzer that is guided by coverage; with {@code -Dserf.corpus=FOLDER} this test writes the captured bytes
 * there, as the seeds to start from.
 */
class FuzzTargetsTest {
    private static final Path VECTORS = Path.of("src/test/resources/vectors/serf");
    private static final int SPOILT = 4_000;

    static LongStream seeds() {
        Long given = Long.getLong("grapevine.seed");
        return given == null ? LongStream.of(1, 2) : LongStream.of(given);
    }

    private static List<byte[]> captured(String prefix) throws IOException {
        List<byte[]> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(VECTORS)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (!name.startsWith(prefix) || !name.endsWith(".hex")) continue;
                if (prefix.equals("rpc-")) {
                    for (String line : Files.readAllLines(file))
                        if (line.startsWith(">"))
                            all.add(Bytes.hex(line.substring(2).strip()).array());
                } else
                    all.add(Bytes.hex(Files.readString(file).replaceAll("\\s", ""))
                            .array());
            }
        }
        return all;
    }

    /** Captured packets and streams as pieces of one input for {@link MachineFuzz}. */
    private static List<byte[]> conversations() throws IOException {
        List<byte[]> all = new ArrayList<>();
        for (byte[] packet : captured("udp-")) all.add(pieces(0, packet));
        for (byte[] stream : captured("tcp-")) all.add(pieces(1, stream));
        ByteArrayOutputStream together = new ByteArrayOutputStream();
        for (byte[] each : all) together.writeBytes(each);
        all.add(together.toByteArray());
        return all;
    }

    private static byte[] pieces(int what, byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(what);
        out.write(bytes.length >> 8);
        out.write(bytes.length);
        out.writeBytes(bytes);
        for (int ticks = 0; ticks < 3; ticks++) out.writeBytes(new byte[] {2, 0, 0});
        return out.toByteArray();
    }

    private static List<byte[]> messages() throws IOException {
        List<byte[]> all = new ArrayList<>();
        // The bytes after the type of a memberlist user message, wherever one stands in a captured packet.
        for (byte[] packet : captured("udp-"))
            for (int i = 0; i + 2 < packet.length; i++)
                if (packet[i] == 8 && packet[i + 1] < 10 && (packet[i + 2] & 0xF0) == 0x80)
                    all.add(Arrays.copyOfRange(packet, i + 1, packet.length));
        return all;
    }

    private static List<byte[]> filters() {
        return Stream.of("^web-[a-e]u$\0web-eu", "(a*)*b\0aaaaaaaaaaaa", "[[:alpha:]]+|\\d{2,5}\0ab12", "(?i)x.y\0X\ny")
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    private record Target(String name, Consumer<byte[]> run, List<byte[]> corpus) {}

    private static List<Target> targets() throws IOException {
        return List.of(
                new Target("MachineFuzz", MachineFuzz::fuzzerTestOneInput, conversations()),
                new Target("MessageFuzz", MessageFuzz::fuzzerTestOneInput, messages()),
                new Target("RpcFuzz", RpcFuzz::fuzzerTestOneInput, captured("rpc-")),
                new Target("FilterFuzz", FilterFuzz::fuzzerTestOneInput, filters()));
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @MethodSource("seeds")
    void everyTargetTakesCapturedAndSpoiltBytes(long seed) throws IOException {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        String folder = System.getProperty("serf.corpus");
        for (Target target : targets()) {
            assertThat(target.corpus()).as(target.name()).isNotEmpty();
            int number = 0;
            for (byte[] bytes : target.corpus()) {
                target.run().accept(bytes);
                if (folder == null) continue;
                Path seeds = Files.createDirectories(Path.of(folder, target.name()));
                Files.write(seeds.resolve("captured-" + number++), bytes);
            }
            for (int i = 0; i < SPOILT; i++) {
                byte[] bytes =
                        target.corpus().get(random.nextInt(target.corpus().size()));
                target.run().accept(spoilt(bytes, random));
            }
        }
    }

    private static byte[] spoilt(byte[] bytes, RandomGenerator random) {
        byte[] spoilt = random.nextInt(3) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)) : bytes.clone();
        for (int i = random.nextInt(4); i > 0 && spoilt.length > 0; i--)
            spoilt[random.nextInt(spoilt.length)] = (byte) random.nextInt(256);
        return spoilt;
    }
}
