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

        @Nullable
        Runnable finished; // null once it has run

        int transmits;

        Item(long id, Bytes message, @Nullable String name, @Nullable Runnable finished) {
            this.id = id;
            this.message = message;
            this.name = name;
            this.finished = finished;
        }

        void finish() {
            Runnable run = finished;
            finished = null;
            if (run != null) run.run();
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

    /** How often each message is sent in a cluster of {@code n} nodes before it counts as sent: the reference's rule. */
    public int limit(int n) {
        return retransmitMult * (int) Math.ceil(Math.log10(n + 1.0));
    }

    /**
     * How often it is sent at most. With eight copies from each of twenty nodes, one message in a thousand passes somebody by,
     * who then learns it with a full exchange half a minute later: below a hundred nodes it goes on, to as many as there are
     * others or three times the multiplier.
     */
    private int most(int n) {
        return Math.max(limit(n), Math.min(n - 1, 3 * retransmitMult));
    }

    /** How many messages wait. */
    public int size() {
        return items.size();
    }

    /**
     * Queues a message.
     *
     * @param name what it is about; it replaces a queued one of the same name. Null: it replaces none
     * @param finished called when it has been sent {@link #limit} times, or was replaced or pruned
     */
    public void add(Bytes message, @Nullable String name, @Nullable Runnable finished) {
        Item item = new Item(nextId++, message, name, finished);
        if (name != null) {
            Item replaced = named.put(name, item);
            if (replaced != null) {
                items.remove(replaced);
                replaced.finish();
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
        return take(n, null, overheadBytes, budgetBytes, into);
    }

    /** As above, for {@code reader}, to whom nobody has to say that it is alive; null for anybody. */
    int take(int n, @Nullable String reader, int overheadBytes, int budgetBytes, List<Bytes> into) {
        List<Item> taken = new ArrayList<>();
        int used = choose(reader, overheadBytes, budgetBytes, taken);
        if (taken.isEmpty()) return 0;
        int limit = limit(n);
        int most = most(n);
        items.removeAll(taken);
        for (Item item : taken) {
            into.add(item.message);
            item.transmits++;
            if (item.transmits >= limit) item.finish();
            if (item.name != null && named.get(item.name) != item) continue; // replaced by what followed
            if (item.transmits < most) items.add(item);
            else drop(item);
        }
        return used;
    }

    /** As {@link #take}, but for somebody who is not counted on: the messages are as often sent as before. */
    public int repeat(int overheadBytes, int budgetBytes, List<Bytes> into) {
        List<Item> chosen = new ArrayList<>();
        int used = choose(null, overheadBytes, budgetBytes, chosen);
        for (Item item : chosen) into.add(item.message);
        return used;
    }

    private int choose(@Nullable String reader, int overheadBytes, int budgetBytes, List<Item> chosen) {
        if (items.isEmpty() || budgetBytes <= overheadBytes) return 0;
        int used = 0;
        for (Item item : items) {
            int cost = overheadBytes + item.message.size();
            if (cost > budgetBytes - used) continue; // a smaller one behind it may still fit
            if (reader != null && reader.equals(item.name) && item.message.at(0) == Message.ALIVE) continue;
            used += cost;
            chosen.add(item);
            if (budgetBytes - used <= overheadBytes) break;
        }
        return used;
    }

    /** Drops the most sent and shortest messages down to {@code max}; returns how many. */
    public int prune(int max) {
        int dropped = 0;
        while (items.size() > max) {
            Item last = items.pollLast();
            if (last == null) break;
            drop(last);
            dropped++;
        }
        return dropped;
    }

    private void drop(Item item) {
        if (item.name != null) named.remove(item.name, item);
        item.finish();
    }
}
