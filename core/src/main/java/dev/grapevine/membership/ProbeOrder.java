package dev.grapevine.membership;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Round robin over the live members in an order that is shuffled anew each time round, newcomers at a random place (SWIM §4.3): no
 * member waits for more than two rounds.
 */
final class ProbeOrder {
    private final List<Entry> order = new ArrayList<>();
    private int next;

    /** Puts a newcomer somewhere among those still to come. */
    void add(Entry entry, RandomGenerator random) {
        if (entry.ordered) return;
        entry.ordered = true;
        int place = next + random.nextInt(order.size() - next + 1);
        order.add(entry);
        // Swapping instead of inserting keeps a storm of joins linear; the order stays uniformly random.
        Entry moved = order.get(place);
        order.set(place, entry);
        order.set(order.size() - 1, moved);
    }

    /** The next live member, or null if there is none. Rows that died are dropped on the way. */
    @Nullable
    Entry next(Entry self, RandomGenerator random) {
        for (int round = 0; round < 2; round++) {
            while (next < order.size()) {
                Entry entry = order.get(next);
                if (entry != self && entry.member.isLive()) {
                    next++;
                    return entry;
                }
                entry.ordered = false;
                Entry last = order.remove(order.size() - 1);
                if (next < order.size()) order.set(next, last);
            }
            for (int i = order.size() - 1; i > 0; i--) {
                int j = random.nextInt(i + 1);
                Entry swapped = order.get(i);
                order.set(i, order.get(j));
                order.set(j, swapped);
            }
            next = 0;
        }
        return null;
    }
}
