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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What a node owns, on its disk: the entries that it alone writes. After a restart it writes them again in its new generation,
 * which replaces what others have of its earlier life. What others own comes from them.
 */
final class OwnEntries implements AutoCloseable {
    private static final byte RUMOR = 'r';
    private static final byte FACT = 'f';

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
        }
    }

    /** Has the node write everything again, one entry after another, so that its queue of commands stays free. */
    void restore(String self, Function<Command, CompletableFuture<Object>> node) {
        List<Command> commands = new ArrayList<>();
        map.forEach((key, value) -> {
            String name = new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
            if (key[0] == RUMOR) commands.add(new NodeCommand.Gossip(name, value));
            if (key[0] == FACT) commands.add(new StateCommand.Write(StateKey.fact(self, name), value, null, false));
        });
        CompletableFuture<Object> last = CompletableFuture.completedFuture(Boolean.TRUE);
        for (Command command : commands)
            last = last.handle((done, failed) -> command).thenCompose(node);
    }

    private static byte[] key(byte kind, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(1 + bytes.length).put(kind).put(bytes).array();
    }

    /** Writes what waits. */
    @Override
    public void close() {
        map.close();
    }
}
