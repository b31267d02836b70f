package dev.grapevine.agent.serf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.core.Address;
import dev.grapevine.serf.SerfEvent;
import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.node.SerfNode;
import dev.grapevine.serf.rpc.RpcBody;
import dev.grapevine.serf.rpc.RpcRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Clock;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Consumer;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The RPC server in this process, asked in order, out of order, and by people who mean it no good. */
class RpcServerTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String SECRET = "secret";

    private SerfAgent agent;
    private RpcServer open;
    private RpcServer locked;
    private ScheduledThreadPoolExecutor timer;

    @BeforeEach
    void start() throws IOException {
        AgentLog log = new AgentLog(Clock.systemUTC(), Ui.plain(new PrintWriter(Writer.nullWriter())), LogLevel.INFO);
        var handlers = new CopyOnWriteArrayList<Consumer<SerfEvent>>();
        SerfNode node = SerfNode.builder()
                .name("solo")
                .bind(Address.loopback(0))
                .tags(Map.of("role", "web"))
                .listener(event -> SerfAgent.onEvent(event, log, handlers))
                .start();
        agent = new SerfAgent(node, log, Map.of("role", "web"), null, handlers);
        timer = new ScheduledThreadPoolExecutor(1);
        InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
        open = RpcServer.start(any, agent, "", List::of, timer);
        locked = RpcServer.start(any, agent, SECRET, List::of, timer);
    }

    @AfterEach
    void stop() {
        open.close();
        locked.close();
        agent.close();
        timer.shutdownNow();
    }

    private static String at(RpcServer server) {
        return "127.0.0.1:" + server.port();
    }

    private static RpcClient connect(RpcServer server) throws RpcClient.RpcFailure {
        return RpcClient.connect(at(server), "");
    }

    private void assertServes() throws RpcClient.RpcFailure {
        try (RpcClient client = connect(open)) {
            RpcBody members = client.ask(new RpcRequest.Members());
            assertThat(((RpcBody.Members) Objects.requireNonNull(members)).members())
                    .hasSize(1);
        }
    }

    /** What the server sends for these bytes until it closes or has sent {@code most} bytes. */
    private static String exchange(RpcServer server, String hex, int most) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(HEX.parseHex(hex));
            InputStream in = socket.getInputStream();
            return HEX.formatHex(in.readNBytes(most));
        }
    }

    @Test
    void anythingBeforeTheHandshakeEndsTheConnection() throws Exception {
        // header{Command: members, Seq: 0}; answered with {Error: Handshake required, Seq: 0}, then closed.
        String said = exchange(open, "82a7436f6d6d616e64a76d656d62657273a353657100", 1_000);
        assertThat(said).isEqualTo("82a54572726f72b248616e647368616b65207265717569726564a353657100");
    }

    @Test
    void handshakesAreCheckedAndNotRepeated() throws Exception {
        try (RpcClient client = connect(open)) {
            assertThat(client.exchange(new RpcRequest.Handshake(1)).error()).isEqualTo("Handshake already performed");
            assertThat(client.exchange(new RpcRequest.Handshake(2)).error()).isEqualTo("Unsupported IPC version");
            assertThat(client.exchange(new RpcRequest.Auth("x")).error()).isEqualTo("Invalid authentication token");
            assertThat(client.exchange(new RpcRequest.Auth("")).error()).isEmpty();
        }
    }

    @Test
    void withoutTheSecretNothingIsToldAndWithItTheConnectionGoesOn() throws Exception {
        assertThatThrownBy(() -> RpcClient.connect(at(locked), "wrong")).hasMessage("Invalid authentication token");
        try (RpcClient client = connect(locked)) {
            RpcClient.Reply refused = client.exchange(new RpcRequest.MembersFiltered(Map.of("a", "b"), "", ""));
            assertThat(refused.error()).isEqualTo("Authentication required");
            assertThat(refused.body()).isNull();
            assertThat(client.exchange(new RpcRequest.Auth(SECRET)).error()).isEmpty();
            assertThat(client.exchange(new RpcRequest.Members()).body()).isInstanceOf(RpcBody.Members.class);
        }
    }

    @Test
    void streamsShowEventsAndQueriesThatCanBeAnswered() throws Exception {
        try (RpcClient stream = connect(open);
                RpcClient asker = connect(open)) {
            assertThatThrownBy(() -> stream.open(new RpcRequest.Stream("nonsense")))
                    .hasMessage("Invalid event filter");
            long seq = stream.open(new RpcRequest.Stream("user:deploy,query"));
            asker.ask(new RpcRequest.Event("other", null, false));
            asker.ask(new RpcRequest.Event("deploy", Bytes.utf8("v1"), false));
            RpcBody user = SerfProcess.awaitRecord(stream, body -> true);
            assertThat(user).isEqualTo(new RpcBody.UserEvent(2, "deploy", Bytes.utf8("v1"), false));
            long query = asker.open(new RpcRequest.Query(null, null, true, 0, 1_500_000_000L, "load", Bytes.utf8("?")));
            var asked = (RpcBody.QueryEvent) SerfProcess.awaitRecord(stream, body -> true);
            assertThat(asked.name()).isEqualTo("load");
            stream.ask(new RpcRequest.Respond(asked.id(), Bytes.utf8("0.5")));
            assertThatThrownBy(() -> stream.ask(new RpcRequest.Respond(asked.id() + 1, null)))
                    .hasMessage("No pending queries matching ID");
            assertThatThrownBy(() -> stream.ask(new RpcRequest.Respond(asked.id(), null)))
                    .hasMessageContaining("response already sent");
            List<RpcBody> records = new CopyOnWriteArrayList<>();
            SerfProcess.awaitRecord(asker, body -> {
                records.add(body);
                return body instanceof RpcBody.QueryRecord record
                        && record.type().equals("done");
            });
            assertThat(records)
                    .containsExactlyInAnyOrder(
                            new RpcBody.QueryRecord("ack", "solo", null),
                            new RpcBody.QueryRecord("response", "solo", Bytes.utf8("0.5")),
                            new RpcBody.QueryRecord("done", "", null));
            assertThat(query).isPositive();
            stream.ask(new RpcRequest.Stop(seq));
            asker.ask(new RpcRequest.Event("deploy", null, false));
            // The answer to the next request comes next: no record is between.
            stream.send(new RpcRequest.Stats());
            assertThat(stream.next().body()).isInstanceOf(RpcBody.Stats.class);
        }
    }

    @Test
    void aMonitorGetsTheOldLinesOfItsLevelAndThenTheNewOnes() throws Exception {
        try (RpcClient client = connect(open)) {
            agent.log().debug("agent: too little");
            agent.log().warn("agent: one");
            client.open(new RpcRequest.Monitor("warn"));
            RpcBody one = SerfProcess.awaitRecord(client, body -> true);
            assertThat(((RpcBody.Log) one).log())
                    .matches("\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d \\[WARN] agent: one");
            assertThatThrownBy(() -> client.open(new RpcRequest.Monitor("warn")))
                    .hasMessage("Monitor already exists");
            agent.log().error("agent: two");
            RpcBody two = SerfProcess.awaitRecord(client, body -> true);
            assertThat(((RpcBody.Log) two).log()).endsWith("[ERR] agent: two");
        }
    }

    @Test
    void aClientThatDoesNotReadLosesRecordsAndHindersNobody() throws Exception {
        try (RpcClient deaf = connect(open);
                RpcClient client = connect(open)) {
            deaf.open(new RpcRequest.Stream("user"));
            // More than socket buffers and the stream's own buffer together can hold.
            Bytes payload = Bytes.of(new byte[450]);
            String dropped = "[WARN] agent.ipc: Dropping event to ipc.client";
            boolean[] seen = new boolean[1];
            agent.log().addMonitor((level, line) -> seen[0] |= line.contains(dropped));
            for (int i = 0; i < 60_000 && !seen[0]; i++) client.ask(new RpcRequest.Event("abc", payload, false));
            assertThat(seen[0]).isTrue();
            assertServes();
        }
    }

    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3})
    void hostileBytesEndTheirOwnConnectionOnly(long seed) throws Exception {
        var random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        String shake = "82a7436f6d6d616e64a968616e647368616b65a35365710181a756657273696f6e01";
        for (int round = 0; round < 200; round++) {
            byte[] noise = new byte[1 + random.nextInt(400)];
            random.nextBytes(noise);
            try (Socket socket = new Socket("127.0.0.1", open.port())) {
                if (random.nextBoolean()) socket.getOutputStream().write(HEX.parseHex(shake));
                socket.getOutputStream().write(noise);
            } catch (IOException closedByServer) {
                // what it should do
            }
        }
        assertServes();
    }

    @Test
    void announcedSizesAreNotBelieved() throws Exception {
        String shake = "82a7436f6d6d616e64a968616e647368616b65a35365710181a756657273696f6e01";
        String event = "82a7436f6d6d616e64a56576656e74a353657102";
        // A payload of 4 GiB, a map of 2^32-1 pairs, a list inside a list inside …
        for (String bomb : List.of("81a75061796c6f6164c6ffffffff", "dfffffffff", "81a1" + "78" + "91".repeat(5_000))) {
            String said = exchange(open, shake + event + bomb, 10_000);
            assertThat(said).isEqualTo("82a54572726f72a0a353657101");
        }
        assertServes();
    }
}
