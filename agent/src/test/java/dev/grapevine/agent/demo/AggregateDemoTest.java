package dev.grapevine.agent.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class AggregateDemoTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return new CommandLine(new AggregateDemoCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    @Test
    void everyNodeIsRightAndTheJsonSaysSo() {
        assertThat(run("--nodes", "4", "--loss", "0.1", "--seed", "7", "--json"))
                .isZero();
        assertThat(out.toString()).startsWith("{").contains("\"good\" : true").contains("\"node\" : \"node-3\"");
        assertThat(err.toString()).contains("4 nodes know each other");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"--nodes=0", "--nodes=501", "--loss=1", "--loss=x"})
    void wrongUsageIsOneClearLine(String argument) {
        assertThat(run(argument)).isEqualTo(2);
        assertThat(err.toString()).contains(argument.substring(0, argument.indexOf('=')));
    }
}
