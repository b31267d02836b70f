package dev.grapevine.agent.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class BroadcastCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return new CommandLine(new BroadcastCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    @Test
    void thePromiseHoldsAndThePageShowsTheTree(@TempDir Path folder) throws Exception {
        Path page = folder.resolve("tree.html");
        int code = run("--nodes=6", "--mode=ordered", "--messages=60", "--json", "--seed=3", "--report=" + page);
        assertThat(code).isZero();
        assertThat(out.toString()).contains("\"held\" : true", "\"coverage\" : 1.0", "\"twice\" : 0");
        assertThat(Files.readString(page)).contains("<svg", "hop 1", "6 nodes");
    }

    @Test
    void aWishAndABudgetAreHeldOrSaidToContradictEachOther() {
        int code = run(
                "--nodes=8",
                "--mode=rumor",
                "--messages=200",
                "--json",
                "--seed=3",
                "--coverage=0.99",
                "--budget=200000");
        assertThat(code).isZero();
        assertThat(out.toString()).contains("\"held\" : true", "\"contradicted\" : 0");
    }

    @ParameterizedTest
    @CsvSource({
        "--mode=loud, is not rumor",
        "--size=much, no size such as 128B",
        "--size=2MB, allows 1 to 1048576",
        "--nodes=1, give 2 to 1000",
        "--kill=30, give 0 to 18 of 20",
        "--senders=0, give 1 to 20",
        "--loss=2, a share from 0 to 0.9",
        "--messages=9000000, give 1 to 1000000",
        "--coverage=0.3, coverage must be 0 or in 0.5",
        "--budget=100, must be at least 1024"
    })
    void badOptionsAreNamedWithWhatWouldBeGood(String option, String sentence) {
        assertThat(run(option)).isEqualTo(2);
        assertThat(err.toString()).contains(sentence);
    }
}
