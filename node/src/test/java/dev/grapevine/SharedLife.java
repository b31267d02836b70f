package dev.grapevine;

import dev.grapevine.node.StateCommand;
import dev.grapevine.state.Entry;
import dev.grapevine.state.Spaces;
import dev.grapevine.state.StateEffect;
import dev.grapevine.state.StateInput;
import dev.grapevine.state.StateKey;
import dev.grapevine.state.StateReplica;
import dev.grapevine.state.StateSettings;
import dev.grapevine.store.Sync;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * One life of a node that writes shared entries and keeps them on real files. Step {@code n} makes update {@code n - first + 1} of this
 * life: it writes {@code n} under {@code key(n)}, and every fourth removes what the step before it wrote. Alone in its view it forgets
 * removals, too. As a process, it goes on until it is killed and says how far it is stored.
 */
final class SharedLife implements AutoCloseable {
    private static final String SPACE = Spaces.shared("kept");
    private static final int KEYS = 40;

    final StateReplica replica;
    final int first;
    private final OwnEntries entries;
    private final List<StateEffect> effects = new ArrayList<>();
    private long nowNanos;

    SharedLife(Path directory, long generation, int first) {
        this.first = first;
        entries = OwnEntries.open(directory, Sync.NEVER);
        replica = new StateReplica(
                "a",
                generation,
                StateSettings.of(100_000_000L).withUpdatesPerSecond(1e6),
                new SplittableRandom(generation));
        replica.keep();
        entries.restore("a", command -> {
            if (command instanceof StateCommand.Restore(var collected, var keys, var values, var seen))
                give(new StateInput.Restore(collected, keys, values, seen));
            return CompletableFuture.completedFuture(Boolean.TRUE);
        });
    }

    static StateKey key(int step) {
        return StateKey.shared(SPACE, "k" + Math.floorMod((removes(step) ? step - 1 : step) * 0x9E37_79B1, KEYS));
    }

    static boolean removes(int step) {
        return step % 4 == 3;
    }

    /** What a key shows after step {@code last}, if it showed {@code before} before step {@code first}; 0 for nothing. */
    static int shown(StateKey key, int before, int first, int last) {
        for (int step = last; step >= first; step--) if (key(step).equals(key)) return removes(step) ? 0 : step;
        return before;
    }

    void step(int step) {
        nowNanos += 10_000_000;
        byte[] value = removes(step) ? null : value(step);
        give(new StateInput.Write(step, key(step), value, null, false));
        if (replica.nextDeadlineNanos() <= nowNanos) give(new StateInput.Tick());
    }

    // Some are large, and travel and are kept apart.
    private static byte[] value(int step) {
        return ByteBuffer.allocate(step % 16 == 5 ? 3000 : 4).putInt(step).array();
    }

    private void give(StateInput input) {
        replica.handle(input, nowNanos, effects);
        for (StateEffect effect : effects)
            if (effect instanceof StateEffect.Publish(var event)) entries.told("a", event);
        effects.clear();
    }

    void flush() throws ExecutionException, InterruptedException {
        entries.flush().get();
    }

    /** What every key shows, the number of the step. */
    Map<StateKey, Integer> shown() {
        Map<StateKey, Integer> shown = new TreeMap<>();
        for (Map.Entry<StateKey, Entry> each : replica.store().entries().entrySet())
            if (!each.getValue().isTombstone()) {
                if (each.getValue().siblings().size() != 1) throw new AssertionError("siblings of one writer: " + each);
                byte[] bytes = each.getValue().latest().value().bytes();
                int step = ByteBuffer.wrap(bytes).getInt();
                if (bytes.length != value(step).length)
                    throw new AssertionError("a value of " + bytes.length + " bytes");
                shown.put(each.getKey(), step);
            }
        return shown;
    }

    @Override
    public void close() {
        entries.close();
    }

    /** Arguments: the directory, the generation, the step to begin with. */
    public static void main(String[] arguments) throws IOException, InterruptedException, ExecutionException {
        int step = Integer.parseInt(arguments[2]);
        SharedLife life = new SharedLife(Path.of(arguments[0]), Long.parseLong(arguments[1]), step);
        while (true) {
            for (int i = 0; i < 12; i++) life.step(step++);
            life.flush();
            System.out.println(step); // every step below is stored
            System.out.flush();
        }
    }
}
