package dev.grapevine.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableMapTest {
    @TempDir
    Path directory;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void whatWasPutIsThereAfterClosingAndOpening() {
        try (DurableMap map = DurableMap.open(directory, Sync.within(Duration.ofSeconds(1)))) {
            assertThat(map.recovery().entries()).isZero();
            for (int i = 0; i < 1000; i++) map.put(bytes("k" + i), bytes("old"));
            for (int i = 0; i < 1000; i += 2) map.put(bytes("k" + i), bytes("new" + i));
            map.remove(bytes("k1"));
            map.remove(bytes("nothing"));
        }
        try (DurableMap map = DurableMap.open(directory, Sync.ALWAYS)) {
            assertThat(map.recovery().entries()).isEqualTo(999);
            assertThat(map.recovery().lostBytes()).isZero();
            assertThat(map.get(bytes("k1"))).isNull();
            assertThat(map.get(bytes("k2"))).isEqualTo(bytes("new2"));
            assertThat(map.get(bytes("k3"))).isEqualTo(bytes("old"));
        }
    }

    @Test
    void flushedIsStoredWhoeverReadsTheFiles() throws Exception {
        try (DurableMap map = DurableMap.open(directory, Sync.ALWAYS)) {
            map.put(bytes("a"), bytes("1"));
            map.flush().get(10, TimeUnit.SECONDS);
            Path copy = directory.resolve("copy");
            Files.createDirectory(copy);
            for (String name : new DirectoryDisk(directory).list())
                Files.copy(directory.resolve(name), copy.resolve(name));
            try (DurableMap other = DurableMap.open(copy, Sync.NEVER)) {
                assertThat(other.get(bytes("a"))).isEqualTo(bytes("1"));
            }
        }
    }

    @Test
    void aLogThatOutgrowsItsSnapshotIsCompacted() throws Exception {
        DirectoryDisk disk = new DirectoryDisk(directory);
        try (DurableMap map = DurableMap.open(disk, Sync.NEVER, 10_000)) {
            for (int i = 0; i < 300; i++) {
                map.put(bytes("only"), new byte[1000]);
                map.flush().get(10, TimeUnit.SECONDS);
            }
            long size = 0;
            for (String name : disk.list()) size += Files.size(directory.resolve(name));
            assertThat(size).isLessThan(15_000);
        }
    }

    @Test
    void aDiskThatFailsIsTriedAgainAndNothingIsForgotten() throws Exception {
        TornDisk disk = new TornDisk(new SplittableRandom(3));
        try (DurableMap map = DurableMap.open(disk, Sync.ALWAYS, 10_000)) {
            disk.failures = 1;
            map.put(bytes("a"), bytes("1"));
            assertThatThrownBy(() -> map.flush().get(10, TimeUnit.SECONDS)).hasMessageContaining("the disk is full");
            assertThat(map.isBehind()).isTrue();
            disk.failures = 0;
            map.flush().get(10, TimeUnit.SECONDS);
            assertThat(map.isBehind()).isFalse();
        }
        try (DurableMap map = DurableMap.open(disk, Sync.ALWAYS, 10_000)) {
            assertThat(map.get(bytes("a"))).isEqualTo(bytes("1"));
        }
    }

    @Test
    void aClosedMapSaysSo() {
        DurableMap map = DurableMap.open(directory, Sync.ALWAYS);
        map.close();
        map.put(bytes("late"), bytes("1"));
        assertThatThrownBy(() -> map.flush().get(10, TimeUnit.SECONDS)).hasMessageContaining("closed");
        map.close();
    }
}
