package dev.grapevine.sim.scenario;

import dev.grapevine.membership.Member;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What each host was last told of each member, in one life of the host: rows of references, since among N nodes there are N² of
 * them and the members themselves are shared.
 */
final class Newest {
    private static final @Nullable Member[] NOBODY = {};

    private @Nullable Member[][] rows = {};
    private int[] boots = {};

    /** Takes what {@code observer} believes now; returns what it believed before, null if nothing in this life of it. */
    @Nullable
    Member put(int observer, int boots, int member, Member now) {
        if (observer >= rows.length) grow(observer);
        if (this.boots[observer] != boots) {
            this.boots[observer] = boots;
            rows[observer] = NOBODY;
        }
        @Nullable Member[] row = rows[observer];
        if (member >= row.length)
            rows[observer] = row = Arrays.copyOf(row, Math.max(member + 1, row.length + (row.length >> 2) + 8));
        Member before = row[member];
        row[member] = now;
        return before;
    }

    private void grow(int observer) {
        int known = rows.length;
        rows = Arrays.copyOf(rows, Math.max(observer + 1, known * 2));
        boots = Arrays.copyOf(boots, rows.length);
        Arrays.fill(rows, known, rows.length, NOBODY);
    }
}
