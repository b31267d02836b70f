package dev.grapevine.membership;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All members ever known, by name: a dense list in the order of joining and an index with open addressing over it, since a table
 * of N rows stands on each of N nodes. Also keeps the digest and the counts that every packet needs.
 */
final class MemberTable {
    private Entry[] rows = new Entry[16];
    private int size;
    private @Nullable Entry[] index = new @Nullable Entry[32];
    private int live;
    private int suspects;
    private int failed;
    private int digest;

    int size() {
        return size;
    }

    Entry row(int i) {
        return rows[i];
    }

    /** Members alive or suspect. */
    int live() {
        return live;
    }

    int suspects() {
        return suspects;
    }

    int failed() {
        return failed;
    }

    /** Exclusive or of the version hashes of everybody who has not left: equal tables have equal digests. */
    int digest() {
        return digest;
    }

    @Nullable
    Entry get(String name) {
        int mask = index.length - 1;
        for (int i = slot(name); ; i = i + 1 & mask) {
            Entry entry = index[i];
            if (entry == null || entry.member.name().equals(name)) return entry;
        }
    }

    Entry add(Member member) {
        if (size == rows.length) rows = Arrays.copyOf(rows, size * 2);
        if (size * 2 >= index.length) grow();
        Entry entry = new Entry(member);
        entry.index = size;
        rows[size++] = entry;
        link(entry);
        count(member, 1);
        return entry;
    }

    /** Replaces what is known of a member; the name stays. */
    void update(Entry entry, Member member) {
        count(entry.member, -1);
        entry.member = member;
        count(member, 1);
    }

    void remove(Entry entry) {
        count(entry.member, -1);
        Entry last = rows[--size];
        rows[entry.index] = last;
        last.index = entry.index;
        unlink(entry);
    }

    /**
     * Draws up to {@code wanted} distinct live members into {@code into}, uniformly, leaving out {@code not} and members whose row is
     * {@code alsoNot}; returns how many were found. Draws are bounded: in a table that is mostly dead fewer may come.
     */
    int sample(Entry[] into, int wanted, Entry not, @Nullable Entry alsoNot, RandomGenerator random) {
        int found = 0;
        int candidates = live - (not.member.isLive() ? 1 : 0) - (alsoNot != null && alsoNot.member.isLive() ? 1 : 0);
        wanted = Math.min(Math.min(wanted, into.length), candidates);
        if (wanted <= 0) return 0;
        int offset = random.nextInt(size);
        int dense = wanted * 3 >= candidates || live * 4 < size ? 1 : 0;
        if (dense == 1) return reservoir(into, wanted, not, alsoNot, random);
        for (int draws = 0; found < wanted && draws < 64 * wanted; draws++) {
            Entry entry = rows[draws == 0 ? offset : random.nextInt(size)];
            if (entry == not || entry == alsoNot || !entry.member.isLive() || contains(into, found, entry)) continue;
            into[found++] = entry;
        }
        return found;
    }

    private int reservoir(Entry[] into, int wanted, Entry not, @Nullable Entry alsoNot, RandomGenerator random) {
        int seen = 0;
        for (int i = 0; i < size; i++) {
            Entry entry = rows[i];
            if (entry == not || entry == alsoNot || !entry.member.isLive()) continue;
            if (seen < wanted) into[seen] = entry;
            else {
                int place = random.nextInt(seen + 1);
                if (place < wanted) into[place] = entry;
            }
            seen++;
        }
        return Math.min(seen, wanted);
    }

    private static boolean contains(Entry[] among, int count, Entry entry) {
        for (int i = 0; i < count; i++) if (among[i] == entry) return true;
        return false;
    }

    private void count(Member member, int by) {
        switch (member.status()) {
            case ALIVE -> live += by;
            case SUSPECT -> {
                live += by;
                suspects += by;
            }
            case FAILED -> failed += by;
            case LEFT -> {}
        }
        if (member.status() != Status.LEFT) digest ^= member.versionHash();
    }

    private int slot(String name) {
        return (int) Member.hash(name) & index.length - 1;
    }

    private void link(Entry entry) {
        int mask = index.length - 1;
        int i = slot(entry.member.name());
        while (index[i] != null) i = i + 1 & mask;
        index[i] = entry;
    }

    // Backward-shift deletion keeps probe chains whole without tombstones (Knuth, TAOCP 6.4, algorithm R).
    private void unlink(Entry entry) {
        int mask = index.length - 1;
        int hole = slot(entry.member.name());
        while (index[hole] != entry) hole = hole + 1 & mask;
        for (int i = hole + 1 & mask; ; i = i + 1 & mask) {
            Entry next = index[i];
            if (next == null) break;
            int home = slot(next.member.name());
            if ((i - home & mask) < (i - hole & mask)) continue;
            index[hole] = next;
            hole = i;
        }
        index[hole] = null;
    }

    private void grow() {
        index = new @Nullable Entry[index.length * 2];
        for (int i = 0; i < size; i++) link(rows[i]);
    }
}
