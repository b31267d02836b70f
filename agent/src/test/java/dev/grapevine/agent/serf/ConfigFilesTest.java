package dev.grapevine.agent.serf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFilesTest {
    @TempDir
    private Path folder;

    private String file(String name, String text) throws Exception {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    @Test
    void filesInAFolderAreReadByNameAndFlagsWin() throws Exception {
        file("b.json", "{\"node_name\": \"from-b\", \"tags\": {\"dc\": \"2\"}, \"start_join\": [\"b\"]}");
        file(
                "a.json",
                "{\"node_name\": \"from-a\", \"tags\": {\"dc\": \"1\", \"os\": \"x\"}, \"start_join\": [\"a\"]}");
        file("ignored.txt", "{");
        AgentConfig config = AgentFlags.read(
                List.of("-config-dir", folder.toString(), "-join=c", "-tag=os=y", "-retry-interval=2s", "-protocol=4"));
        assertThat(config.text("node_name")).isEqualTo("from-b");
        assertThat(config.tags()).isEqualTo(Map.of("dc", "2", "os", "y"));
        assertThat(config.texts("start_join")).containsExactly("a", "b", "c");
        assertThat(config.number("retry_interval")).isEqualTo(2_000_000_000L);
        assertThat(config.number("protocol")).isEqualTo(4);
        assertThat(config.text("bind")).isEqualTo("0.0.0.0");
    }

    @Test
    void compressionIsOnUnlessAFileOrAFlagSaysOtherwise() throws Exception {
        assertThat(AgentFlags.read(List.of()).compression()).isTrue();
        assertThat(AgentFlags.read(List.of("-disable-compression")).compression())
                .isFalse();
        String off = file("off.json", "{\"enable_compression\": false}");
        assertThat(AgentFlags.read(List.of("-config-file", off)).compression()).isFalse();
    }

    @Test
    void unknownKeysAndWrongTypesAreNamed() throws Exception {
        String bogus = file("bogus.json", "{\"bogus\": 1, \"also\": 2}");
        assertThatThrownBy(() -> AgentFlags.read(List.of("-config-file", bogus)))
                .hasMessage(
                        "Error decoding '" + bogus + "': 1 error(s) decoding:\n\n* '' has invalid keys: also, bogus");
        String wrong = file("wrong.json", "{\"protocol\": \"five\"}");
        assertThatThrownBy(() -> AgentFlags.read(List.of("-config-file", wrong)))
                .hasMessageContaining("'protocol' expected an integer");
        String missing = folder.resolve("missing.json").toString();
        assertThatThrownBy(() -> AgentFlags.read(List.of("-config-file", missing)))
                .hasMessage("Error reading '" + missing + "': open " + missing + ": no such file or directory");
    }

    @Test
    void whatIsNotSupportedIsRefusedByName() {
        assertThatThrownBy(() -> AgentFlags.read(List.of("-discover=x", "-mdns-disable-ipv4")))
                .hasMessageContaining("Not supported: -mdns-disable-ipv4");
    }

    @Test
    void handlersHaveFilters() {
        List<EventScript> scripts = EventScript.parse("member-join,user:deploy=echo a=b");
        assertThat(scripts)
                .containsExactly(
                        new EventScript(new EventFilter("member-join", ""), "echo a=b"),
                        new EventScript(new EventFilter("user", "deploy"), "echo a=b"));
        assertThat(EventScript.parse("run.sh")).containsExactly(new EventScript(new EventFilter("*", ""), "run.sh"));
        assertThat(new EventFilter("foo", "").isValid()).isFalse();
        assertThat(EventScript.parse("query:load=x").getFirst().described())
                .isEqualTo("Event 'query:load' invoking 'x'");
    }
}
