package dev.grapevine.state;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Keys by 64-bit ids, in two arrays with open addressing: some 24 bytes an id. Looked up, never iterated. */
final class KeyTable {
    private static final int LEAST = 16;

    private long[] ids = new long[LEAST];
    private @Nullable StateKey[] keys = new @Nullable StateKey[LEAST];
    private int size;

    private int home(long id) {
        return (int) (id >>> 32) & ids.length - 1; // ids are hashes
    }

    private int find(long id) {
        int at = home(id);
        while (keys[at] != null && ids[at] != id) at = at + 1 & ids.length - 1;
        return at;
    }

    @Nullable
    StateKey get(long id) {
        return keys[find(id)];
    }

    void put(long id, StateKey key) {
        int at = find(id);
        if (keys[at] == null && ++size > ids.length / 4 * 3) {
            grow();
            at = find(id);
        }
        ids[at] = id;
        keys[at] = key;
    }

    void remove(long id) {
        int hole = find(id);
        if (keys[hole] == null) return;
        size--;
        keys[hole] = null;
        // What was pushed along by it moves back, so that no search ends too early.
        for (int at = hole + 1 & ids.length - 1; keys[at] != null; at = at + 1 & ids.length - 1) {
            int home = home(ids[at]);
            boolean stays = hole < at ? hole < home && home <= at : hole < home || home <= at;
            if (stays) continue;
            ids[hole] = ids[at];
            keys[hole] = keys[at];
            keys[at] = null;
            hole = at;
        }
    }

    private void grow() {
        long[] oldIds = ids;
        @Nullable StateKey[] oldKeys = keys;
        ids = new long[oldIds.length * 2];
        keys = Arrays.copyOf(new @Nullable StateKey[0], ids.length);
        for (int i = 0; i < oldIds.length; i++) {
            StateKey key = oldKeys[i];
            if (key == null) continue;
            int at = find(oldIds[i]);
            ids[at] = oldIds[i];
            keys[at] = key;
        }
    }
}
