package dev.grapevine.agent.serf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.core.Address;
import dev.grapevine.serf.node.SerfNode;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example of docs/serf-agent.md compiles as it stands, and does what it says. */
@Timeout(120)
class ExampleTest {
    private static final String JOINS = "SerfNode.join(\"10.0.0.5\")";

    private static String example() throws Exception {
        Matcher snippet = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("..", "docs", "serf-agent.md")));
        assertThat(snippet.find()).as("a Java snippet in docs/serf-agent.md").isTrue();
        String example = snippet.group(1);
        assertThat(example.lines().filter(line -> line.contains("node")))
                .as("four lines")
                .hasSize(4);
        assertThat(example).contains(JOINS);
        return example;
    }

    private static void compile(Path folder, String name, String body) throws Exception {
        Path source = folder.resolve(name + ".java");
        Files.writeString(
                source,
                "import dev.grapevine.serf.msgpack.Bytes;\nimport dev.grapevine.serf.node.SerfNode;\npublic class "
                        + name + " {\npublic static void main(String... args) throws Exception {\n" + body + "}\n}\n");
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(
                            said,
                            files,
                            null,
                            List.of("-proc:none", "-d", folder.toString(), "-classpath", classes),
                            null,
                            files.getJavaFileObjects(source))
                    .call();
            assertThat(compiled).as(said.toString()).isTrue();
        }
    }

    @Test
    void theExampleCompilesAsItStands(@TempDir Path folder) throws Exception {
        compile(folder, "Shown", example());
        assertThat(folder.resolve("Shown.class")).exists();
    }

    @Test
    void theExampleSendsAnEventToTheClusterThatItJoins(@TempDir Path folder) throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        try (SerfNode seed = SerfNode.builder()
                .name("seed")
                .bind(Address.loopback(0))
                .settings(settings -> settings.timings(dev.grapevine.serf.memberlist.Timings.LOCAL))
                .start()) {
            seed.onUserEvent("hello", event -> heard.add(String.valueOf(event.payload())));
            // On a port that is free, and under a name of its own.
            String joins = "SerfNode.builder().name(\"example\").bind(dev.grapevine.core.Address.loopback(0))"
                    + ".seeds(java.util.List.of(\"" + seed.address() + "\")).start()";
            String stays = "java.util.concurrent.TimeUnit.SECONDS.sleep(1);\n}\n";
            String body = example().replace(JOINS, joins);
            compile(folder, "Ran", body.substring(0, body.lastIndexOf('}')) + stays);
            try (URLClassLoader loader =
                    new URLClassLoader(new URL[] {folder.toUri().toURL()}, SerfNode.class.getClassLoader())) {
                loader.loadClass("Ran").getMethod("main", String[].class).invoke(null, (Object) new String[0]);
            }
            assertThat(heard.poll(30, TimeUnit.SECONDS)).isNotNull();
        }
    }
}
