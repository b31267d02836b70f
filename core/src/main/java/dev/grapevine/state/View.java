package dev.grapevine.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A named view: the live members in the order of their names, each in one life. */
final class View {
    private final List<String> names = new ArrayList<>();
    private final List<Long> generations = new ArrayList<>();
    private final long hash;
    private final int self;

    View(TreeMap<String, Peer> members, String selfName) {
        long sum = 0;
        int mine = -1;
        for (Map.Entry<String, Peer> each : members.entrySet()) {
            if (!each.getValue().live()) continue;
            if (each.getKey().equals(selfName)) mine = names.size();
            names.add(each.getKey());
            generations.add(each.getValue().generation());
            sum = Hash.join(
                    Hash.join(sum, Hash.of(each.getKey())), each.getValue().generation());
        }
        hash = sum;
        self = mine;
    }

    int size() {
        return names.size();
    }

    long hash() {
        return hash;
    }

    /** This node's place. */
    int self() {
        return self;
    }

    List<String> names() {
        return List.copyOf(names);
    }

    byte[] noBits() {
        return new byte[(size() + 7) / 8];
    }

    boolean fits(byte[] bits) {
        if (bits.length != (size() + 7) / 8) return false;
        return size() % 8 == 0 || (bits[bits.length - 1] & 0xFF) >>> size() % 8 == 0;
    }

    static boolean has(byte[] bits, int member) {
        return (bits[member / 8] >>> member % 8 & 1) == 1;
    }

    static void set(byte[] bits, int member) {
        bits[member / 8] |= (byte) (1 << member % 8);
    }

    static int count(byte[] bits) {
        int count = 0;
        for (byte each : bits) count += Integer.bitCount(each & 0xFF);
        return count;
    }

    /** What {@code bits} of an earlier view say of those who are in this one, in the same life. */
    byte[] remap(View earlier, byte[] bits) {
        byte[] now = noBits();
        for (int i = 0; i < size(); i++) {
            int before = java.util.Collections.binarySearch(earlier.names, names.get(i));
            if (before >= 0 && earlier.generations.get(before).equals(generations.get(i)) && has(bits, before))
                set(now, i);
        }
        return now;
    }

    boolean isFull(byte[] bits) {
        return count(bits) == size();
    }

    static boolean hasNews(byte[] bits, byte[] other) {
        for (int i = 0; i < bits.length; i++) if ((other[i] & ~bits[i]) != 0) return true;
        return false;
    }

    static byte[] union(byte[] bits, byte[] other) {
        byte[] union = Arrays.copyOf(bits, bits.length);
        for (int i = 0; i < bits.length; i++) union[i] |= other[i];
        return union;
    }
}
