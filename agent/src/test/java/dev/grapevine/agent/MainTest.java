package dev.grapevine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void theVersionNamesTheBuildAndTheJava() {
        assertThat(run("--version")).isEqualTo(ExitCode.DONE);
        assertThat(out.toString())
                .startsWith("grapevine " + Version.text() + " on Java " + Runtime.version())
                .doesNotContain("${");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void theHelpShowsExamplesAndExitCodes() {
        assertThat(run("--help")).isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("Usage: grapevine", "Examples:", "Exit codes:", "wrong usage");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void aWrongOptionCostsOneLineAndExitCode2() {
        assertThat(run("--no-such-option")).isEqualTo(ExitCode.WRONG_USAGE);
        assertOneLineOnErrOnly();
    }

    @Test
    void namingNoCommandIsWrongUsage() {
        assertThat(run()).isEqualTo(ExitCode.WRONG_USAGE);
        assertOneLineOnErrOnly();
    }

    private int run(String... args) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    private void assertOneLineOnErrOnly() {
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString().lines()).hasSize(1).allMatch(line -> line.startsWith("grapevine: "));
    }
}
