package dev.grapevine.serf.memberlist;

import dev.grapevine.serf.msgpack.Bytes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Messages that are gossiped a limited number of times each, the least sent and then the longest first. Source:
 * hashicorp/memberlist, queue.go.
 */
public final class BroadcastQueue {
    private static final class Item {
        final long id;
        final Bytes message;
        final @Nullable String name;
        final @Nullable Runnable finished;
        int transmits;

        Item(long id, Bytes message, @Nullable String name, @Nullable Runnable finished) {
            this.id = id;
            this.message = message;
            this.name = name;
            this.finished = finished;
        }
    }

    private final TreeSet<Item> items = new TreeSet<>(BroadcastQueue::compare);
    private final Map<String, Item> named = new LinkedHashMap<>();
    private final int retransmitMult;
    private long nextId;

    /** An empty queue; each message is sent {@code retransmitMult} times ceil(log10(n + 1)). */
    public BroadcastQueue(int retransmitMult) {
        this.retransmitMult = retransmitMult;
    }

    private static int compare(Item a, Item b) {
        if (a.transmits != b.transmits) return Integer.compare(a.transmits, b.transmits);
        if (a.message.size() != b.message.size()) return Integer.compare(b.message.size(), a.message.size());
        return Long.compare(b.id, a.id);
    }

    /** How many messages have ever been queued. */
    public long added() {
        return nextId;
    }

    /** How often each message is sent in a cluster of {@code n} nodes. */
    public int limit(int n) {
        return retransmitMult * (int) Math.ceil(Math.log10(n + 1.0));
    }

    /** How many messages wait. */
    public int size() {
        return items.size();
    }

    /**
     * Queues a message.
     *
     * @param name what it is about; it replaces a queued one of the same name. Null: it replaces none
     * @param finished called when it has been sent often enough, or was replaced or pruned
     */
    public void add(Bytes message, @Nullable String name, @Nullable Runnable finished) {
        Item item = new Item(nextId++, message, name, finished);
        if (name != null) {
            Item replaced = named.put(name, item);
            if (replaced != null) {
                items.remove(replaced);
                if (replaced.finished != null) replaced.finished.run();
            }
        }
        items.add(item);
    }

    /**
     * Takes messages for one packet.
     *
     * @param n nodes in the cluster, for the limit
     * @param overheadBytes what each message costs beside its length
     * @param budgetBytes what may be used
     * @param into receives the messages
     * @return what has been used, bytes
     */
    public int take(int n, int overheadBytes, int budgetBytes, List<Bytes> into) {
        if (items.isEmpty() || budgetBytes <= overheadBytes) return 0;
        int limit = limit(n);
        int used = 0;
        List<Item> taken = new ArrayList<>();
        for (Item item : items) {
            int cost = overheadBytes + item.message.size();
            if (cost > budgetBytes - used) continue; // a smaller one behind it may still fit
            used += cost;
            taken.add(item);
            if (budgetBytes - used <= overheadBytes) break;
        }
        items.removeAll(taken);
        for (Item item : taken) {
            into.add(item.message);
            if (++item.transmits < limit) items.add(item);
            else finish(item);
        }
        return used;
    }

    /** Drops the most sent and shortest messages down to {@code max}; returns how many. */
    public int prune(int max) {
        int dropped = 0;
        while (items.size() > max) {
            Item last = items.pollLast();
            if (last == null) break;
            finish(last);
            dropped++;
        }
        return dropped;
    }

    private void finish(Item item) {
        if (item.name != null) named.remove(item.name, item);
        if (item.finished != null) item.finished.run();
    }
}
