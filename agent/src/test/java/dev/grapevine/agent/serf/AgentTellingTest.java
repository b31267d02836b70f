package dev.grapevine.agent.serf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.serf.SerfEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an agent tells statsd, statsite and the system's log, over real sockets and pipes. */
@Timeout(60)
class AgentTellingTest {
    private final AgentLog log =
            new AgentLog(Clock.systemUTC(), Ui.agent(new PrintWriter(Writer.nullWriter())), LogLevel.INFO);

    @Test
    void statsdGetsLinesInDatagrams() throws Exception {
        try (DatagramSocket statsd = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                StatsSink sink = StatsSink.statsd((InetSocketAddress) statsd.getLocalSocketAddress(), log);
                AgentMetrics metrics = new AgentMetrics(List.of(sink))) {
            metrics.onEvent(new SerfEvent.UserEventReceived(1, "a:b c", null, false));
            metrics.count("agent.ipc.accept");
            StringBuilder said = new StringBuilder();
            while (said.toString().lines().count() < 3) {
                DatagramPacket packet = new DatagramPacket(new byte[2_000], 2_000);
                statsd.receive(packet);
                said.append(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8));
            }
            assertThat(said.toString().lines())
                    .containsExactly(
                            "serf-agent.serf.events:1.000000|c",
                            "serf-agent.serf.events.a_b_c:1.000000|c",
                            "serf-agent.agent.ipc.accept:1.000000|c");
        }
    }

    @Test
    void manyFiguresAreSplitOverDatagramsOfAnEthernetFrame() throws Exception {
        try (DatagramSocket statsd = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                StatsSink sink = StatsSink.statsd((InetSocketAddress) statsd.getLocalSocketAddress(), log)) {
            for (int i = 0; i < 200; i++) sink.add("figure" + i, i, StatsSink.Type.GAUGE);
            int lines = 0;
            while (lines < 200) {
                DatagramPacket packet = new DatagramPacket(new byte[4_000], 4_000);
                statsd.receive(packet);
                assertThat(packet.getLength()).isLessThanOrEqualTo(1_400);
                lines += (int) new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8)
                        .lines()
                        .count();
            }
            assertThat(lines).isEqualTo(200);
        }
    }

    @Test
    void statsiteIsConnectedAgainAfterItWasGone() throws Exception {
        try (ServerSocket statsite = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                StatsSink sink = StatsSink.statsite((InetSocketAddress) statsite.getLocalSocketAddress(), log)) {
            sink.add("first", 1.5, StatsSink.Type.SAMPLE);
            try (Socket connection = statsite.accept()) {
                assertThat(line(connection)).isEqualTo("first:1.500000|ms");
            }
            statsite.setSoTimeout(100);
            // What is written into a connection that is gone is lost; the one after it is not.
            SerfProcess.await("a second connection", Duration.ofSeconds(30), () -> {
                sink.add("second", 2, StatsSink.Type.COUNTER);
                try (Socket connection = statsite.accept()) {
                    return line(connection).equals("second:2.000000|c");
                } catch (IOException notYet) {
                    return false;
                }
            });
        }
    }

    private static String line(Socket connection) throws IOException {
        return new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))
                .readLine();
    }

    @Test
    void theSystemsLogGetsFacilityAndSeverityWithEachLine(@TempDir Path folder) throws Exception {
        Path out = folder.resolve("out");
        try (Syslog syslog = Syslog.open(Syslog.code("local3"), List.of("/bin/sh", "-c", "cat > " + out))) {
            syslog.log(LogLevel.INFO, "agent: Serf agent starting");
            syslog.log(LogLevel.ERR, "agent: two\nlines");
            SerfProcess.await(
                    "the lines", Duration.ofSeconds(30), () -> read(out).endsWith("lines\n"));
        }
        assertThat(read(out)).isEqualTo("<157>agent: Serf agent starting\n<155>agent: two lines\n");
    }

    private static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException none) {
            return "";
        }
    }

    @Test
    void facilitiesAreKnownByTheirNames() {
        assertThat(List.of(Syslog.code("KERN"), Syslog.code("daemon"), Syslog.code("LOCAL0"), Syslog.code("LOCAL7")))
                .containsExactly(0, 3, 16, 23);
        assertThatThrownBy(() -> Syslog.open("LOCAL8")).hasMessage("invalid syslog facility: LOCAL8");
    }
}
