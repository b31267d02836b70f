package dev.grapevine.membership;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Hands the same news to many members at once by a tree that nobody keeps: a branch is a range on the ring of name hashes, whose receiver
 * sorts the live members in it, cuts them in parts and hands each part to its first member. So every member gets the news once, in
 * as many steps as the logarithm of their number.
 */
final class Tree {
    /** A part of the ring of hashes, from {@code from} on to {@code to}. */
    record Range(long from, long to) {
        /** All members but the one with that hash. */
        static Range allBut(long hash) {
            return new Range(hash + 1, hash - 1);
        }

        boolean contains(long hash) {
            return Long.compareUnsigned(hash - from, to - from) <= 0;
        }
    }

    /** What is handed on. */
    interface Load {
        /** Whether that member is to get it. */
        boolean isFor(Entry entry);

        /** What {@code child} is told, which takes over {@code behind}; {@code sequence} is 0 for a datagram. */
        Message message(int sequence, Entry child, Range behind);

        /** About what the message to {@code child} takes, bytes. */
        int sizeBytes(Entry child);
    }

    /** News that was given to a stream, until the other end has it. */
    private record Pending(Load load, Range range, long child) {}

    static final int CHILDREN = 2;
    private static final int PACKET_BYTES = 1_200; // above, by stream
    private static final int FIRST_SEQUENCE = 1 << 14; // behind those of probes
    private static final int SEQUENCES = 3 << 14;
    private static final int MAX_PENDING = 64;

    private final Turn turn;
    private final Map<Integer, Pending> pending = new LinkedHashMap<>();
    private int sequence;

    Tree(Turn turn) {
        this.turn = turn;
    }

    /**
     * Hands {@code load} to {@code children} members of the range, each of which takes over its share of it, and none of which has the
     * hash {@code but}: it has it, or could not be reached.
     */
    void pass(Load load, Range range, int children, long but) {
        MemberTable table = turn.table;
        List<Entry> targets = new ArrayList<>();
        for (int i = 0; i < table.size(); i++) {
            Entry entry = table.row(i);
            long hash = table.nameHash(i);
            if (entry != turn.self && hash != but && entry.member.isLive() && range.contains(hash) && load.isFor(entry))
                targets.add(entry);
        }
        targets.sort((a, b) -> Long.compareUnsigned(table.hash(a) - range.from(), table.hash(b) - range.from()));
        int parts = Math.min(children, targets.size());
        for (int i = 0; i < parts; i++) {
            int start = (int) ((long) targets.size() * i / parts);
            int end = (int) ((long) targets.size() * (i + 1) / parts);
            Entry child = targets.get(start);
            long hash = table.hash(child);
            long to = end == targets.size() ? range.to() : table.hash(targets.get(end)) - 1;
            // Nobody behind it: a range that holds only itself.
            give(load, child, end - start == 1 ? new Range(hash, hash) : new Range(hash + 1, to));
        }
    }

    /** Hands {@code load} to one member, which takes over {@code behind}. */
    void give(Load load, Entry child, Range behind) {
        if (load.sizeBytes(child) <= PACKET_BYTES) {
            turn.send(child.member.address(), load.message(0, child, behind));
            return;
        }
        int sequence = nextSequence();
        if (pending.size() >= MAX_PENDING)
            pending.remove(pending.keySet().iterator().next());
        pending.put(sequence, new Pending(load, behind, turn.table.hash(child)));
        turn.effects.add(new Membership.Effect.SendByStream(
                child.member.address(),
                sequence,
                load.message(sequence, child, behind),
                2 * turn.settings.maxProbeTimeoutNanos()));
    }

    /** A number for a message by stream that is no probe. */
    int nextSequence() {
        sequence = (sequence + 1) % SEQUENCES;
        return FIRST_SEQUENCE + sequence;
    }

    /** The other end of a stream has its news. */
    void acked(int sequence) {
        pending.remove(sequence);
    }

    /** It could not be given: those behind it get theirs by another. */
    void streamFailed(int sequence) {
        Pending lost = pending.remove(sequence);
        if (lost != null) pass(lost.load(), lost.range(), 1, lost.child());
    }
}
