package dev.grapevine.membership;

import dev.grapevine.membership.Message.Update;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * News still to be spread: at most one update a member, the least-sent first and among equals the one that waited longest, each
 * dropped after enough transmissions. A feedback counter (Demers et al. 1987, §1.4) was tried and taken out: in a storm of a
 * thousand joins updates died before they had got around, and repairing that cost twice the bytes and three times the time.
 */
public final class UpdateQueue {
    /** Takes one update into a packet if it fits. */
    @FunctionalInterface
    public interface Packer {
        /** Writes {@code update} and returns true, or returns false and writes nothing because there is no room. */
        boolean pack(Update update);
    }

    /** One update in the list of those sent equally often. */
    private static final class Item {
        final Update update;
        int sends;

        @Nullable
        Item earlier;

        @Nullable
        Item later;

        Item(Update update) {
            this.update = update;
        }
    }

    /** Items sent equally often, in the order in which they came. */
    private static final class Level {
        @Nullable
        Item first;

        @Nullable
        Item last;

        void add(Item item) {
            item.earlier = last;
            item.later = null;
            if (last == null) first = item;
            else last.later = item;
            last = item;
        }

        void remove(Item item) {
            if (item.earlier == null) first = item.later;
            else item.earlier.later = item.later;
            if (item.later == null) last = item.earlier;
            else item.later.earlier = item.earlier;
        }
    }

    private static final int MISSES = 8; // smaller updates behind a large one get this many tries to fit

    private final Map<String, Item> byName = new HashMap<>(); // looked up, never iterated
    private final List<Level> levels = new ArrayList<>();
    private final List<Item> packed = new ArrayList<>();

    /** Queues an update, in place of any older one about the same member. */
    void add(Update update) {
        Item item = new Item(update);
        Item older = byName.put(update.name(), item);
        if (older != null) level(older).remove(older);
        level(item).add(item);
    }

    void remove(String name) {
        Item item = byName.remove(name);
        if (item != null) level(item).remove(item);
    }

    /** Everybody hears of that member as it is now by another way: no need to tell it, unless there is something newer to tell. */
    void settled(Member member) {
        Item item = byName.get(member.name());
        if (item == null
                || !(item.update instanceof Update.Alive alive)
                || !alive.member().equals(member)) return;
        byName.remove(member.name());
        level(item).remove(item);
    }

    /** Updates waiting. */
    public int size() {
        return byName.size();
    }

    boolean isEmpty() {
        return byName.isEmpty();
    }

    /** Hands updates to {@code packer} until nothing fits; counts what was taken and drops what was sent often enough. */
    public int drain(Packer packer, int transmissions) {
        if (byName.isEmpty()) return 0;
        int misses = 0;
        for (int i = 0; i < levels.size() && misses < MISSES; i++) {
            Level level = levels.get(i);
            for (Item item = level.first; item != null && misses < MISSES; ) {
                Item later = item.later;
                if (packer.pack(item.update)) {
                    level.remove(item);
                    packed.add(item);
                } else misses++;
                item = later;
            }
        }
        // Moved up only when the packet is done: an update is packed once a packet.
        int taken = packed.size();
        for (int i = 0; i < taken; i++) sent(packed.get(i), transmissions);
        packed.clear();
        return taken;
    }

    private void sent(Item item, int transmissions) {
        item.sends++;
        if (item.sends >= transmissions) byName.remove(item.update.name());
        else level(item).add(item);
    }

    private Level level(Item item) {
        while (levels.size() <= item.sends) levels.add(new Level());
        return levels.get(item.sends);
    }
}
