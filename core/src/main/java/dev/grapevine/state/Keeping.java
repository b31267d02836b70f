package dev.grapevine.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/**
 * Tells what of the shared entries is to be kept on a disk, as it changes. Facts are not kept here: they die with their owner's
 * life, and its own a node writes again.
 */
final class Keeping {
    private static final byte[] NOTHING = new byte[0];

    private final StateStore store;
    private final TreeSet<StateKey> changed = new TreeSet<>();
    private long toldHash;
    private byte[] toldCollected = NOTHING;
    private byte[] toldSeen = NOTHING;

    Keeping(StateStore store) {
        this.store = store;
    }

    void replaced(StateKey key) {
        if (key.isShared()) changed.add(key);
    }

    /** What changed since it was asked last; the event's javadoc says in which order it must reach the disk. */
    List<StateEvent> told() {
        if (changed.isEmpty() && toldHash == store.vectorHash()) return List.of();
        toldHash = store.vectorHash();
        byte[] collected = store.collected().shared().bytes();
        byte[] seen = store.seen().shared().bytes();
        if (changed.isEmpty() && Arrays.equals(seen, toldSeen) && Arrays.equals(collected, toldCollected))
            return List.of();
        List<byte[]> keys = new ArrayList<>(changed.size());
        List<byte[]> values = new ArrayList<>(changed.size());
        for (StateKey key : changed) {
            Entry entry = store.get(key);
            keys.add(KeptCodec.key(key));
            values.add(entry == null ? NOTHING : KeptCodec.value(entry));
        }
        changed.clear();
        toldSeen = seen;
        toldCollected = collected;
        return List.of(new StateEvent.Keep(collected, keys, values, seen));
    }
}
