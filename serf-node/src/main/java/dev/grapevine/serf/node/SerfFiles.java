package dev.grapevine.serf.node;

import dev.grapevine.serf.SnapshotRecord;
import dev.grapevine.serf.msgpack.Bytes;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The files that a node keeps, each of which may be absent. */
record SerfFiles(@Nullable SnapshotFile snapshot, @Nullable KeyringFile keyring) implements AutoCloseable {
    void add(SnapshotRecord line) {
        if (snapshot != null) snapshot.add(line);
    }

    /** Null if the keys are stored, or there is nowhere to; else why they are not. */
    @Nullable
    String store(List<Bytes> keys) {
        if (keyring == null) return null;
        try {
            keyring.write(keys);
            return null;
        } catch (IOException failed) {
            return "Failed to write keyring file: " + failed.getMessage();
        }
    }

    @Override
    public void close() {
        if (snapshot != null) snapshot.close();
    }
}
