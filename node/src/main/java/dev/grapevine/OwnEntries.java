package dev.grapevine;

import dev.grapevine.core.Command;
import dev.grapevine.core.Event;
import dev.grapevine.node.NodeCommand;
import dev.grapevine.node.NodeEvent;
import dev.grapevine.node.StateCommand;
import dev.grapevine.state.StateEvent;
import dev.grapevine.state.StateKey;
import dev.grapevine.store.DurableMap;
import dev.grapevine.store.Sync;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What a node keeps on its disk. The entries that it alone writes it writes again after a restart, in its new generation, which
 * replaces what others have of its earlier life. What it knew of shared entries, whoever wrote them, it knows again.
 */
final class OwnEntries implements AutoCloseable {
    private static final byte RUMOR = 'r';
    private static final byte FACT = 'f';
    private static final byte SHARED = 's'; // what this node knows of shared entries, whoever wrote them
    private static final byte[] COLLECTED = {'c'};
    private static final byte[] SEEN = {'v'};
    private static final byte[] NOTHING = new byte[0];
    private static final int PIECE_BYTES = 1 << 20;

    private final DurableMap map;

    private OwnEntries(DurableMap map) {
        this.map = map;
    }

    static OwnEntries open(Path directory, Sync sync) {
        return new OwnEntries(DurableMap.open(directory, sync));
    }

    /** Keeps what this node wrote, as it hears of it itself. */
    void told(String self, Event event) {
        if (event instanceof NodeEvent.RumorReceived rumor && rumor.origin().equals(self)) {
            // A rumor without a name of its own is news, which is not told twice.
            if (!rumor.key().startsWith("#")) map.put(key(RUMOR, rumor.key()), rumor.payload());
        } else if (event instanceof StateEvent.Changed changed
                && changed.key().owner().equals(self)) {
            byte[] key = key(FACT, changed.key().name());
            if (changed.after().isTombstone()) map.remove(key);
            else map.put(key, changed.after().latest().value().bytes());
        } else if (event instanceof StateEvent.Keep keep) keep(keep);
    }

    // In an order in which a crash may cut it anywhere: a removal goes after the word that it was forgotten, and what
    // was
    // seen is told after everything that was seen.
    private void keep(StateEvent.Keep keep) {
        map.put(COLLECTED, keep.collected());
        for (int i = 0; i < keep.keys().size(); i++) {
            byte[] key = key(SHARED, keep.keys().get(i));
            byte[] value = keep.values().get(i);
            if (value.length == 0) map.remove(key);
            else map.put(key, value);
        }
        map.putLast(SEEN, keep.seen());
    }

    /** Has the node write everything again, one entry after another, so that its queue of commands stays free. */
    void restore(String self, Function<Command, CompletableFuture<Object>> node) {
        List<Command> commands = shared();
        map.forEach((key, value) -> {
            String name = new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
            if (key[0] == RUMOR) commands.add(new NodeCommand.Gossip(name, value));
            if (key[0] == FACT) commands.add(new StateCommand.Write(StateKey.fact(self, name), value, null, false));
        });
        CompletableFuture<Object> last = CompletableFuture.completedFuture(Boolean.TRUE);
        for (Command command : commands)
            last = last.handle((done, failed) -> command).thenCompose(node);
    }

    // In pieces; the last says what had been seen.
    private List<Command> shared() {
        List<Command> pieces = new ArrayList<>();
        List<byte[]> keys = new ArrayList<>();
        List<byte[]> values = new ArrayList<>();
        long[] bytes = new long[1];
        map.forEach((key, value) -> {
            if (key[0] != SHARED) return;
            keys.add(Arrays.copyOfRange(key, 1, key.length));
            values.add(value);
            bytes[0] += key.length + value.length;
            if (bytes[0] < PIECE_BYTES) return;
            pieces.add(new StateCommand.Restore(NOTHING, List.copyOf(keys), List.copyOf(values), NOTHING));
            keys.clear();
            values.clear();
            bytes[0] = 0;
        });
        byte[] collected = map.get(COLLECTED);
        // Where something in the middle is lost, nothing counts as seen: all is compared with what others have.
        byte[] seen = map.recovery().prefix() ? map.get(SEEN) : null;
        if (seen != null || !keys.isEmpty() || collected != null)
            pieces.add(new StateCommand.Restore(
                    collected == null ? NOTHING : collected, keys, values, seen == null ? NOTHING : seen));
        return pieces;
    }

    private static byte[] key(byte kind, String name) {
        return key(kind, name.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] key(byte kind, byte[] bytes) {
        return ByteBuffer.allocate(1 + bytes.length).put(kind).put(bytes).array();
    }

    /** Is done when all that was told before is stored. */
    CompletableFuture<Void> flush() {
        return map.flush();
    }

    /** Writes what waits. */
    @Override
    public void close() {
        map.close();
    }
}
