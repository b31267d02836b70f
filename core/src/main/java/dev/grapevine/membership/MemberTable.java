package dev.grapevine.membership;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All members ever known, by name: a dense list in the order of joining and an index with open addressing over it, since a table
 * of N rows stands on each of N nodes. Also keeps the digest and the counts that every packet needs. What comparing tables reads
 * of every row stands in arrays of its own: a scan of a thousand rows touches a few cache lines, not a thousand strings.
 */
final class MemberTable {
    private static final int LARGE = 1_024; // rows

    private Entry[] rows = new Entry[16];
    private long[] hashes = new long[16]; // of the rows' names
    private int[] versions = new int[16]; // of the rows, 0 for who has left
    private int size;
    private int[] index = new int[32]; // places in rows, counted from 1; 0 is empty
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

    /** {@link Member#hash} of the row's name. */
    long nameHash(int i) {
        return hashes[i];
    }

    /** {@link Member#hash} of the name of a row that is in the table. */
    long hash(Entry entry) {
        return hashes[entry.index];
    }

    /** {@link Member#versionHash} of the row, 0 if the member has left: it need not be agreed on. */
    int versionHash(int i) {
        return versions[i];
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
        long hash = Member.hash(name);
        int mask = index.length - 1;
        for (int i = slot(hash); ; i = i + 1 & mask) {
            int row = index[i] - 1;
            if (row < 0) return null;
            if (hashes[row] == hash && rows[row].member.name().equals(name)) return rows[row];
        }
    }

    Entry add(Member member, Learned learned) {
        if (size == rows.length) {
            // Large tables grow by a quarter: N nodes hold N rows each, and what is kept in reserve counts as often.
            int room = size < LARGE ? size * 2 : size + size / 4;
            rows = Arrays.copyOf(rows, room);
            hashes = Arrays.copyOf(hashes, room);
            versions = Arrays.copyOf(versions, room);
        }
        if (size * 4 >= index.length * (size < LARGE ? 2 : 3)) grow();
        Entry entry = new Entry(member, learned);
        entry.index = size;
        rows[size] = entry;
        hashes[size] = Member.hash(member.name());
        link(size++);
        count(entry, 1);
        return entry;
    }

    /** Replaces what is known of a member; the name stays. */
    void update(Entry entry, Member member) {
        count(entry, -1);
        entry.member = member;
        count(entry, 1);
    }

    void remove(Entry entry) {
        count(entry, -1);
        unlink(entry.index);
        int from = --size;
        if (from == entry.index) return;
        int slot = slotOf(from);
        Entry last = rows[from];
        rows[entry.index] = last;
        hashes[entry.index] = hashes[from];
        versions[entry.index] = versions[from];
        index[slot] = entry.index + 1;
        last.index = entry.index;
    }

    /** Adds to {@code into} whoever's name falls into that bucket of {@code 2^bits}, those who left included. */
    void inBucket(int bucket, int bits, List<Entry> into) {
        int mask = index.length - 1;
        int slotBits = Integer.numberOfTrailingZeros(index.length);
        int first = slotBits >= bits ? bucket << slotBits - bits : bucket >>> bits - slotBits;
        int end = slotBits >= bits ? bucket + 1 << slotBits - bits : first + 1;
        // Whom linear probing moved on stands behind the end, before the next gap.
        for (int i = first; i < end || i - end < index.length; i++) {
            int row = index[i & mask] - 1;
            if (row < 0) {
                if (i >= end) return;
            } else if (Digests.bucket(hashes[row], bits) == bucket) into.add(rows[row]);
        }
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

    private void count(Entry entry, int by) {
        Member member = entry.member;
        switch (member.status()) {
            case ALIVE -> live += by;
            case SUSPECT -> {
                live += by;
                suspects += by;
            }
            case FAILED -> failed += by;
            case LEFT -> {}
        }
        if (by > 0)
            versions[entry.index] = member.status() == Status.LEFT ? 0 : member.versionHash(hashes[entry.index]);
        digest ^= versions[entry.index];
    }

    // By the high bits of the hash, as buckets are: the members of a bucket stand side by side.
    private int slot(long hash) {
        return (int) (hash >>> Long.numberOfLeadingZeros(index.length) + 1);
    }

    private void link(int row) {
        int mask = index.length - 1;
        int i = slot(hashes[row]);
        while (index[i] != 0) i = i + 1 & mask;
        index[i] = row + 1;
    }

    private int slotOf(int row) {
        int mask = index.length - 1;
        int i = slot(hashes[row]);
        while (index[i] != row + 1) i = i + 1 & mask;
        return i;
    }

    // Backward-shift deletion keeps probe chains whole without tombstones (Knuth, TAOCP 6.4, algorithm R).
    private void unlink(int row) {
        int mask = index.length - 1;
        int hole = slotOf(row);
        for (int i = hole + 1 & mask; index[i] != 0; i = i + 1 & mask) {
            int home = slot(hashes[index[i] - 1]);
            if ((i - home & mask) < (i - hole & mask)) continue;
            index[hole] = index[i];
            hole = i;
        }
        index[hole] = 0;
    }

    private void grow() {
        index = new int[index.length * 2];
        for (int i = 0; i < size; i++) link(i);
    }
}
