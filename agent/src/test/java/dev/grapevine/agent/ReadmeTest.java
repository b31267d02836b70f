package dev.grapevine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.Grapevine;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows is what compiles and runs. */
class ReadmeTest {
    @Test
    void theFirstSnippetCompilesAndRuns(@TempDir Path folder) throws Exception {
        Matcher snippet = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("..", "README.md")));
        assertThat(snippet.find()).as("a Java snippet in the README").isTrue();
        assertThat(snippet.group(1).lines()).as("four lines at most").hasSizeLessThanOrEqualTo(4);
        Path source = folder.resolve("Hello.java");
        Files.writeString(
                source,
                "import dev.grapevine.Grapevine;\nimport java.time.Duration;\npublic class Hello {\n"
                        + "public static void main(String... args) {\n" + snippet.group(1) + "}\n}\n");

        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        String classes = classPathOf(Grapevine.class) + ":" + classPathOf(dev.grapevine.core.Machine.class) + ":"
                + classPathOf(org.jspecify.annotations.NullMarked.class);
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
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, Grapevine.class.getClassLoader())) {
            loader.loadClass("Hello").getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        }
    }

    private static String classPathOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
                .toString();
    }
}
