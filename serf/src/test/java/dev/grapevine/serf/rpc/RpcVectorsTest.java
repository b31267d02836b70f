package dev.grapevine.serf.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.Dialect;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.msgpack.MsgPackReader;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sessions of the real client with a real agent (serf 0.9.4), captured on loopback: every unit decodes to what its JSON
 * says, and, since the reference emits sorted keys too, encodes again to the same bytes.
 */
class RpcVectorsTest {
    private static final Path VECTORS = Path.of("src/test/resources/vectors/serf");

    static List<String> sessions() throws IOException {
        try (Stream<Path> files = Files.list(VECTORS)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("rpc-") && name.endsWith(".hex"))
                    .map(name -> name.substring(0, name.length() - 4))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("sessions")
    void aCapturedSessionDecodesAndEncodesAgain(String session) throws IOException {
        JsonNode described = JsonMapper.shared().readTree(Files.readString(VECTORS.resolve(session + ".json")));
        List<JsonNode> messages = new ArrayList<>();
        described.get("messages").forEach(messages::add);
        // The JSON keeps all requests first, then all responses; so does the hex within each direction.
        Map<Long, RpcCommand> commands = new LinkedHashMap<>();
        int unit = 0;
        for (String line : byDirection(Files.readAllLines(VECTORS.resolve(session + ".hex")))) {
            JsonNode message = messages.get(unit++);
            Bytes bytes = Bytes.hex(line.substring(2).strip());
            MsgPackReader in = new MsgPackReader(bytes);
            MsgPackWriter out = new MsgPackWriter(Dialect.MODERN);
            if (line.startsWith(">")) {
                assertThat(message.get("dir").asString()).isEqualTo("request");
                RpcHeader.Request header = RpcReader.requestHeader(in);
                assertThat(header.command())
                        .isEqualTo(message.get("header").get("Command").asString());
                assertThat(header.seq())
                        .isEqualTo(message.get("header").get("Seq").asLong());
                RpcCommand command = RpcCommand.named(header.command());
                assertThat(command).isNotNull();
                commands.put(header.seq(), command);
                RpcRequest request = RpcReader.request(command, in);
                RpcWriter.request(request, header.seq(), out);
                assertThat(command.asksWithBody()).isEqualTo(message.has("body"));
            } else {
                RpcHeader.Response header = RpcReader.responseHeader(in);
                assertThat(header.error())
                        .isEqualTo(message.get("header").get("Error").asString());
                RpcCommand command = commands.get(header.seq());
                RpcBody body = null;
                if (message.has("body")) body = bodyOf(command, in);
                RpcWriter.response(header.error(), header.seq(), body, out);
            }
            assertThat(in.remaining()).isZero();
            assertThat(out.toBytes()).isEqualTo(bytes);
        }
        assertThat(unit).isEqualTo(messages.size());
    }

    private static RpcBody bodyOf(RpcCommand command, MsgPackReader in) {
        return switch (command) {
            case STREAM -> RpcReader.event(in);
            case MONITOR -> RpcReader.log(in);
            case QUERY -> RpcReader.queryRecord(in);
            default -> RpcReader.answer(command, in);
        };
    }

    private static List<String> byDirection(List<String> lines) {
        List<String> ordered = new ArrayList<>(
                lines.stream().filter(line -> line.startsWith(">")).toList());
        lines.stream().filter(line -> line.startsWith("<")).forEach(ordered::add);
        return ordered;
    }

    @ParameterizedTest
    @MethodSource("sessions")
    void everyShorterPieceOfARequestAsksForMore(String session) throws IOException {
        for (String line : Files.readAllLines(VECTORS.resolve(session + ".hex"))) {
            if (!line.startsWith(">")) continue;
            byte[] bytes = Bytes.hex(line.substring(2).strip()).array();
            for (int length = 0; length < bytes.length; length++) {
                MsgPackReader in = new MsgPackReader(Bytes.of(bytes, 0, length));
                int have = length;
                assertThatThrownBy(() -> {
                            RpcCommand command =
                                    RpcCommand.named(RpcReader.requestHeader(in).command());
                            RpcReader.request(command, in);
                        })
                        .isInstanceOfSatisfying(MalformedMessageException.class, thrown -> {
                            assertThat(thrown.isTruncated()).isTrue();
                            assertThat(thrown.neededBytes()).isBetween(have + 1, bytes.length);
                        });
            }
        }
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void hostileBytesAreRefusedAndNeverCrash(long seed) throws IOException {
        var random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        List<byte[]> units = new ArrayList<>();
        for (String session : sessions())
            for (String line : Files.readAllLines(VECTORS.resolve(session + ".hex")))
                units.add(Bytes.hex(line.substring(2).strip()).array());
        int refused = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = units.get(random.nextInt(units.size())).clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--)
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            if (random.nextInt(8) == 0) bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            try {
                MsgPackReader in = new MsgPackReader(Bytes.of(bytes));
                RpcCommand command =
                        RpcCommand.named(RpcReader.requestHeader(in).command());
                if (command != null) RpcReader.request(command, in);
            } catch (MalformedMessageException e) {
                refused++;
            } catch (RuntimeException e) {
                throw new AssertionError(Bytes.of(bytes).toHex(), e);
            }
        }
        assertThat(refused).isGreaterThan(1_000);
    }

    static {
        if (!Files.isDirectory(VECTORS)) throw new UncheckedIOException(new IOException("run in the module's folder"));
    }
}
