package dev.grapevine.membership;

import dev.grapevine.membership.Message.Update;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * News still to be spread: at most one update a member, the least-sent first and among equals the oldest first, each dropped after
 * enough transmissions.
 */
public final class UpdateQueue {
    /** Takes one update into a packet if it fits. */
    @FunctionalInterface
    public interface Packer {
        /** Writes {@code update} and returns true, or returns false and writes nothing because there is no room. */
        boolean pack(Update update);
    }

    private static final int MISSES = 8; // smaller updates behind a large one get this many tries to fit

    private final List<LinkedHashMap<String, Update>> bySends = new ArrayList<>();
    private final Map<String, Integer> sends = new LinkedHashMap<>();

    /** Queues an update, in place of any older one about the same member. */
    void add(Update update) {
        remove(update.name());
        bySends(0).put(update.name(), update);
        sends.put(update.name(), 0);
    }

    void remove(String name) {
        Integer level = sends.remove(name);
        if (level != null) bySends.get(level).remove(name);
    }

    /** Updates waiting. */
    public int size() {
        return sends.size();
    }

    boolean isEmpty() {
        return sends.isEmpty();
    }

    /** Hands updates to {@code packer} until nothing fits; counts what was taken and drops what was sent often enough. */
    public int drain(Packer packer, int transmissions) {
        int taken = 0;
        int misses = 0;
        // Moved up only when the packet is done: an update is packed once a packet.
        List<Update> sent = new ArrayList<>();
        for (int level = 0; level < bySends.size() && misses < MISSES; level++) {
            Iterator<Update> updates = bySends.get(level).values().iterator();
            while (updates.hasNext() && misses < MISSES) {
                Update update = updates.next();
                if (!packer.pack(update)) {
                    misses++;
                    continue;
                }
                updates.remove();
                sent.add(update);
                taken++;
            }
        }
        for (Update update : sent) {
            int level = sends.getOrDefault(update.name(), 0) + 1;
            if (level >= transmissions) sends.remove(update.name());
            else {
                sends.put(update.name(), level);
                bySends(level).put(update.name(), update);
            }
        }
        return taken;
    }

    private LinkedHashMap<String, Update> bySends(int level) {
        while (bySends.size() <= level) bySends.add(new LinkedHashMap<>());
        return bySends.get(level);
    }
}
