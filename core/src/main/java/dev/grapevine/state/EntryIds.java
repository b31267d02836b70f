package dev.grapevine.state;

import dev.grapevine.state.reconcile.IdSet;
import org.jspecify.annotations.Nullable;

/**
 * All entries of a store as a set of 64-bit ids that two nodes can compare: an entry's id stands for its key, what it shows and all
 * its past, so it is another one after every change. Not keyed by a secret: who may write is trusted not to look for equal hashes,
 * which would keep an entry from being repaired until it changes.
 */
final class EntryIds {
    private final IdSet set = new IdSet();
    private final KeyTable keys = new KeyTable();

    static long id(StateKey key, Entry entry) {
        long id = key.hash();
        Context past = entry.context();
        for (int i = 0; i < past.size(); i++)
            id = Hash.join(id, Hash.join(past.origin(i).hash(), past.version(i)));
        for (Sibling each : entry.siblings()) id = Hash.join(id, each.hash());
        return id;
    }

    void replaced(StateKey key, Entry before, Entry after) {
        if (!before.equals(Entry.ABSENT)) {
            long id = id(key, before);
            set.remove(id);
            keys.remove(id);
        }
        if (after.equals(Entry.ABSENT)) return;
        long id = id(key, after);
        set.add(id);
        keys.put(id, key);
    }

    IdSet set() {
        return set;
    }

    /** The key of the entry that has this id now. */
    @Nullable
    StateKey key(long id) {
        return keys.get(id);
    }
}
