package dev.grapevine.serf.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.core.Address;
import dev.grapevine.serf.Snapshot;
import dev.grapevine.serf.SnapshotRecord;
import dev.grapevine.serf.msgpack.Bytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesTest {
    @TempDir
    private Path folder;

    private final List<String> complaints = new ArrayList<>();

    private SnapshotFile open(Path path, boolean rejoin) throws Exception {
        return SnapshotFile.open(path, rejoin, complaints::add);
    }

    /** Captured from serf 0.9.4: join, events, a query, kill -9, restart and graceful leave of node bravo. */
    private static final String REAL = """
        alive: bravo 127.20.0.2:7946
        alive: alpha 127.20.0.1:7946
        clock: 1
        event-clock: 1
        event-clock: 2
        query-clock: 1
        alive: bravo 127.20.0.2:7946
        alive: alpha 127.20.0.1:7946
        event-clock: 3
        leave
        clock: 2
        """;

    @Test
    void aRealSnapshotIsRead() throws Exception {
        Path path = Files.writeString(folder.resolve("snapshot"), REAL);
        try (SnapshotFile file = open(path, true)) {
            Snapshot snapshot = file.snapshot();
            assertThat(snapshot.alive().keySet()).containsExactlyInAnyOrder("bravo", "alpha");
            assertThat(snapshot.eventClock()).isEqualTo(3);
            assertThat(snapshot.clock()).isEqualTo(2);
        }
        try (SnapshotFile file = open(path, false)) {
            assertThat(file.snapshot().alive()).isEmpty();
        }
        assertThat(complaints).isEmpty();
        assertThat(path).hasContent(REAL);
    }

    @Test
    void whatIsAddedIsThereAfterAnotherStart() throws Exception {
        Path path = folder.resolve("snapshot");
        try (SnapshotFile file = open(path, false)) {
            file.add(new SnapshotRecord.Alive("a name", Address.loopback(7)));
            file.add(new SnapshotRecord.EventClock(9));
        }
        assertThat(path).hasContent("alive: a name 127.0.0.1:7\nevent-clock: 9\n");
        try (SnapshotFile file = open(path, false)) {
            assertThat(file.snapshot().alive()).containsEntry("a name", Address.loopback(7));
            assertThat(file.snapshot().eventClock()).isEqualTo(9);
        }
    }

    @Test
    void aLineCutShortByACrashIsSkippedAndTheNextOneIsWhole() throws Exception {
        Path path = Files.writeString(folder.resolve("snapshot"), "clock: 5\nbogus\nalive: x 127.0.0");
        try (SnapshotFile file = open(path, false)) {
            file.add(new SnapshotRecord.Clock(6));
        }
        assertThat(Files.readString(path)).endsWith("alive: x 127.0.0\nclock: 6\n");
        assertThat(complaints).containsExactly("Unrecognized snapshot line: bogus");
        try (SnapshotFile file = open(path, false)) {
            assertThat(file.snapshot().clock()).isEqualTo(6);
            assertThat(file.snapshot().alive()).isEmpty();
        }
    }

    @Test
    void aFileThatHasGrownIsRewritten() throws Exception {
        Path path = folder.resolve("snapshot");
        try (SnapshotFile file = open(path, false)) {
            for (int i = 1; i <= 20_000; i++) file.add(new SnapshotRecord.EventClock(i));
        }
        assertThat(Files.size(path)).isLessThan(200);
        try (SnapshotFile file = open(path, false)) {
            assertThat(file.snapshot().eventClock()).isEqualTo(20_000);
        }
    }

    @Test
    void aKeyringIsWrittenAsTheRealAgentDoesAndReadAgain() throws Exception {
        KeyringFile file = new KeyringFile(folder.resolve("keyring"));
        List<Bytes> keys =
                List.of(Bytes.hex("000102030405060708090a0b0c0d0e0f"), Bytes.hex("0f0e0d0c0b0a09080706050403020100"));
        file.write(keys);
        assertThat(folder.resolve("keyring"))
                .hasContent("[\n  \"AAECAwQFBgcICQoLDA0ODw==\",\n  \"Dw4NDAsKCQgHBgUEAwIBAA==\"\n]");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("keyring"))))
                .isEqualTo("rw-------");
        assertThat(file.read()).isEqualTo(keys);
    }

    @Test
    void whatIsNoKeyringIsRefused() throws Exception {
        Path path = folder.resolve("keyring");
        for (String bad : List.of("{}", "[1]", "[\"a\" \"b\"]", "", "[\"AAECAwQFBgcICQoLDA0ODw==\"] x")) {
            Files.writeString(path, bad);
            assertThatThrownBy(() -> new KeyringFile(path).read())
                    .hasMessageStartingWith("Failed to decode keyring file");
        }
        Files.writeString(path, "[]");
        assertThatThrownBy(() -> new KeyringFile(path).read()).hasMessage("Keyring file contains no keys");
    }
}
