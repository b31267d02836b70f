package dev.grapevine.agent.serf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Line by line: what the real client prints of the real agent, what it prints of ours, and what our client prints of the
 * real agent, for every command and its error cases. Left out are addresses, clocks, queues and the runtime's version,
 * which differ from run to run, and the usage text, which is our own.
 */
@Tag("serf")
class ClientTextTest {
    private static final String LONG = "x".repeat(600);
    private static final String KEY = "AAECAwQFBgcICQoLDA0ODw==";
    private static final Pattern VOLATILE = Pattern.compile(
            "(?m)^.*(version = |\"version\": \"|_procs|goroutines|(event|query|member)_time|_queue|Query time).*$");

    private static SerfLab lab;
    private static SerfProcess real;
    private static SerfProcess ours;

    @BeforeAll
    static void startOneOfEach() throws IOException {
        assumeThat(SerfProcess.isInstalled())
                .as("the program serf is not installed (Debian package serf)")
                .isTrue();
        lab = new SerfLab();
        String handler = "-event-handler=query:load=cat; echo done";
        real = lab.start(SerfProcess.Kind.REAL, "alpha", "-tag=role=web", handler);
        ours = lab.start(SerfProcess.Kind.OURS, "alpha", "-tag=role=web", handler);
    }

    @AfterAll
    static void stop() {
        if (lab != null) lab.close();
    }

    static Stream<String> commands() {
        return Stream.of(
                "members",
                "members -detailed",
                "members -format=json",
                "members -format=xml",
                "members -name=al.*",
                "members -name nosuch",
                "members -bogus",
                "members -tag foo",
                "members -role=w",
                "members -tag role=w.*",
                "members -status=alive",
                "members -rpc-addr=127.0.0.1:1",
                "event",
                "event a b c",
                "event foo bar",
                "event -coalesce=false foo",
                "event -coalesce=maybe foo",
                "event -rpc-addr=127.0.0.1 foo",
                "event " + LONG,
                "query -timeout=700ms load hi",
                "query -timeout=700ms -no-ack load hi",
                "query -timeout=700ms -format=json load hi",
                "query -timeout=700ms -format=json -no-ack nohandler",
                "query -timeout=700ms -node=nobody load",
                "query -timeout=700ms -node=alpha -tag role=^w load",
                "query -timeout=bad foo",
                "query -relay-factor=300 foo",
                "query -format=xml foo",
                "query _serf_x",
                "query",
                "query -tag x foo",
                "query " + LONG + LONG,
                "tags",
                "tags -set a",
                "tags -set a=b -delete nosuch",
                "tags -set big=" + LONG,
                "join",
                "join 127.1.1.1",
                "join 127.1.1.1 127.1.1.2:99",
                "join -replay 127.1.1.1:1",
                "force-leave",
                "force-leave a b",
                "force-leave nosuch",
                "force-leave -prune nosuch",
                "info",
                "info -format json",
                "info -format=yaml",
                "keys -list",
                "keys -install=abc",
                "keys -install=a!==",
                "keys -install=" + KEY,
                "keys -use=" + KEY,
                "keys -remove=" + KEY,
                "keys",
                "keys -list -install=x",
                "rtt",
                "rtt x",
                "rtt alpha x",
                "rtt a b c",
                "reachability",
                "monitor -log-level=foo",
                "nosuch",
                "");
    }

    @ParameterizedTest(name = "serf {0}")
    @MethodSource("commands")
    void bothAgentsAndBothClientsSayTheSame(String line) throws Exception {
        List<String> args = new ArrayList<>(Arrays.asList(line.split(" ")));
        args.removeIf(String::isEmpty);
        String[] command = args.toArray(String[]::new);
        SerfProcess.Ran expected = settled(real.run(SerfProcess.Kind.REAL, command));
        assertThat(settled(ours.run(SerfProcess.Kind.REAL, command)))
                .as("the real client with our agent")
                .isEqualTo(expected);
        SerfProcess.Ran client = settled(real.run(SerfProcess.Kind.OURS, command));
        assertThat(withoutUsage(client.out()))
                .as("our client with the real agent")
                .isEqualTo(withoutUsage(expected.out()));
        assertThat(client.status()).isEqualTo(expected.status());
        if (!expected.err().startsWith("Usage")) assertThat(client.err()).isEqualTo(expected.err());
    }

    private static SerfProcess.Ran settled(SerfProcess.Ran ran) {
        String out = ran.out().replaceAll("127\\.\\d+\\.\\d+\\.[12]:7946", "ADDRESS");
        return new SerfProcess.Ran(ran.status(), VOLATILE.matcher(out).replaceAll(""), ran.err());
    }

    private static String withoutUsage(String out) {
        int usage = out.indexOf("Usage:");
        return usage < 0 ? out : out.substring(0, usage);
    }
}
