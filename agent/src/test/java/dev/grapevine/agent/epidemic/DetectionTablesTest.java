package dev.grapevine.agent.epidemic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.agent.ExitCode;
import dev.grapevine.agent.Main;
import dev.grapevine.sim.scenario.LifeguardSweep;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DetectionTablesTest {
    @ParameterizedTest(name = "{1} false positives per run by healthy members in {0} runs: passed {2}")
    @CsvSource({
        "12, 0, true",
        "12, 0.08, true",
        "12, 0.2, false",
        "12, 2000, false",
        "4320, 0.0058, true",
        "4320, 0.02, false"
    })
    void onlyAsFewFalsePositivesAsLifeguardPass(int runs, double byHealthy, boolean passed) {
        var row = new LifeguardSweep.Row("ours", runs, byHealthy, byHealthy, 2, 3, 4, 100);
        assertThat(DetectionTables.passed(row)).isEqualTo(passed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--only nothing", "--cells 0", "--cells 433", "--repeats 0", "--threads 0"})
    void badInputCostsOneLineAndExitCode2(String options) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] words = ("sim verify " + options).split(" ");
        assertThat(Main.run(new PrintWriter(out), new PrintWriter(err), words)).isEqualTo(ExitCode.WRONG_USAGE);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).isNotEmpty().doesNotContain("Exception");
    }

    @Test
    void swimsFiguresArePrintedBesideOurs() {
        StringWriter out = new StringWriter();
        String[] words = "sim verify --quick --only swim".split(" ");
        assertThat(Main.run(new PrintWriter(out), new PrintWriter(new StringWriter()), words))
                .isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("1.5301", "1.4896", "3 of 3 figures within 4 standard errors");
    }
}
