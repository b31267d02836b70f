package dev.grapevine.agent.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.grapevine.agent.Main;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    @TempDir
    Path folder;

    private Path report(String... words) {
        Path page = folder.resolve("page.html");
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--report", page.toString()));
        StringWriter err = new StringWriter();
        Main.run(new PrintWriter(new StringWriter()), new PrintWriter(err), all.toArray(String[]::new));
        assertThat(err.toString()).isEmpty();
        return page;
    }

    private Path epidemic() {
        return report("sim", "epidemic", "--nodes", "2000", "--runs", "40");
    }

    private Path scenario() throws IOException {
        Path source = Files.writeString(folder.resolve("small.conf"), """
                name = "a <b>small</b> one"
                nodes = 20
                duration = 20s
                faults = [{ kind = power-off, at = 8s, hosts = 2 }]
                """);
        return report("sim", "run", source.toString());
    }

    @Test
    void aPageFetchesNothingAndHoldsItsFiguresInText() throws IOException {
        for (Path page : List.of(epidemic(), scenario())) {
            String html = Files.readString(page);
            assertThat(html).doesNotContain("<link", "src=", "@import", "url(", "import(", "fetch(");
            assertThat(html).contains("<table>", "Infection curve", "hash");
        }
        assertThat(Files.readString(scenario()))
                .contains("a &lt;b&gt;small&lt;/b&gt; one")
                .doesNotContain("<b>small");
    }

    /** What a browser makes of the page: every drawing a canvas, and no error on the way. */
    @Test
    void aRealBrowserDrawsEverything() throws Exception {
        String browser = browser();
        if (!"true".equals(System.getenv("CI")))
            assumeThat(browser)
                    .as("no chromium on the PATH: ./verify installs it")
                    .isNotEmpty();
        assertThat(drawn(browser, epidemic())).isEqualTo(3);
        assertThat(drawn(browser, scenario())).isEqualTo(6);
    }

    /** How many drawings stand in the page after its script has run. */
    private int drawn(String browser, Path page) throws Exception {
        Path dom = folder.resolve("dom.html");
        Path said = folder.resolve("said.txt");
        Process chromium = new ProcessBuilder(
                        browser,
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--user-data-dir=" + folder.resolve("browser"),
                        "--enable-logging=stderr",
                        "--virtual-time-budget=5000",
                        "--dump-dom",
                        page.toUri().toString())
                .redirectOutput(dom.toFile())
                .redirectError(said.toFile())
                .start();
        if (!chromium.waitFor(90, TimeUnit.SECONDS)) {
            chromium.destroyForcibly();
            throw new AssertionError("the browser did not end: " + Files.readString(said));
        }
        String text = Files.readString(dom, StandardCharsets.UTF_8);
        assertThat(Files.readString(said)).doesNotContain("Uncaught");
        Matcher drawings = Pattern.compile("data-drawn=\"(\\d+)\"").matcher(text);
        assertThat(drawings.find())
                .as("the page's script did not reach its end")
                .isTrue();
        assertThat(text).contains("know</output>").contains("u-legend");
        return Integer.parseInt(drawings.group(1));
    }

    private static String browser() {
        for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
            for (String name : List.of("chromium", "chromium-browser", "google-chrome")) {
                File program = new File(folder, name);
                if (program.canExecute()) return program.getPath();
            }
        }
        return "";
    }
}
