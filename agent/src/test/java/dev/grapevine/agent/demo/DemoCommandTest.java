package dev.grapevine.agent.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.agent.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(120)
class DemoCommandTest {
    private record Ran(int exit, String out, String err) {}

    private static Ran demo(String... options) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] args = new String[options.length + 1];
        args[0] = "demo";
        System.arraycopy(options, 0, args, 1, options.length);
        int exit = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
        return new Ran(exit, out.toString(), err.toString());
    }

    @ParameterizedTest(name = "{0}, {1} nodes, {2} lost")
    @CsvSource({"push, 6, 0.0", "pull, 6, 0.0", "push-pull, 6, 0.0", "push-pull, 6, 0.2", "push-pull, 1, 0.0"})
    void everyNodeIsInformedAlongATree(String exchange, int nodes, String loss) {
        Ran ran = demo("--json", "--nodes", "" + nodes, "--exchange", exchange, "--loss", loss, "--interval", "20ms");
        assertThat(ran.exit()).describedAs(ran.err()).isZero();
        JsonNode document = JsonMapper.shared().readTree(ran.out());
        assertThat(document.propertyNames())
                .containsExactly(
                        "nodes",
                        "informed",
                        "exchange",
                        "fanout",
                        "intervalMillis",
                        "loss",
                        "killed",
                        "detected",
                        "joinMillis",
                        "spreadMillis",
                        "periods",
                        "expectedPeriods",
                        "datagrams",
                        "bytes",
                        "payloadsPerDelivery",
                        "deliveries",
                        "failures");
        assertThat(document.get("informed").asInt()).isEqualTo(nodes);
        assertThat(document.get("exchange").asString()).isEqualTo(exchange);
        Set<Integer> informed = new HashSet<>();
        Set<Integer> tellers = new HashSet<>();
        int origins = 0;
        for (JsonNode delivery : document.get("deliveries")) {
            informed.add(delivery.get("node").asInt());
            if (delivery.get("from").isNull()) {
                origins++;
                assertThat(delivery.get("node").asInt()).isZero();
                assertThat(delivery.get("hop").asInt()).isZero();
            } else {
                tellers.add(delivery.get("from").asInt());
                assertThat(delivery.get("hop").asInt()).isPositive();
            }
        }
        assertThat(origins).isEqualTo(1);
        assertThat(informed).hasSize(nodes).containsAll(tellers);
    }

    @Test
    void whoIsKilledIsFoundDeadWithEvidence() {
        Ran ran = demo("--json", "--nodes", "6", "--kill", "2", "--interval", "50ms");
        JsonNode document = JsonMapper.shared().readTree(ran.out());
        assertThat(ran.exit()).describedAs(ran.out()).isZero();
        assertThat(document.get("informed").asInt()).isEqualTo(4);
        assertThat(document.get("detected").asInt()).isEqualTo(2);
        assertThat(document.get("failures")).hasSize(2);
        for (JsonNode failure : document.get("failures")) {
            assertThat(failure.get("detectedMillis").asDouble()).isPositive();
            assertThat(failure.get("evidence").asString()).contains("accused by node-");
        }
    }

    @Test
    void peopleReadWhoToldWhom() {
        Ran ran = demo("--nodes", "4", "--message", "hello", "--interval", "20ms");
        assertThat(ran.exit()).isZero();
        assertThat(ran.out())
                .contains(
                        "Node 0 starts the gossip...",
                        "Node 3 received gossip: hello",
                        "All nodes received the gossip!")
                .contains("theory expects", "Who told whom", "─ node 3")
                .doesNotContain("\u001b[");
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "--nodes, 0",
        "--nodes, many",
        "--fanout, 33",
        "--exchange, gossip",
        "--interval, 5",
        "--interval, 0ms",
        "--loss, 1",
        "--loss, NaN",
        "--kill, 10",
        "--record, /dev/null/rec",
        "--nonsense, 1"
    })
    void aBadOptionIsOneLineAndExitTwo(String option, String value) {
        Ran ran = demo(option, value);
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err().strip()).doesNotContain("\n").contains(value.equals("1") ? "" : value);
    }
}
