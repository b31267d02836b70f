package dev.grapevine.state.reconcile;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Two sets of random ids that differ in as many as asked for. */
record IdSets(long[] ours, long[] theirs, long[] onlyOurs, long[] onlyTheirs) {
    static IdSets differing(int common, int onlyOurs, int onlyTheirs, RandomGenerator random) {
        long[] ids = new long[common + onlyOurs + onlyTheirs];
        for (int i = 0; i < ids.length; i++) ids[i] = random.nextLong();
        long[] ours = Arrays.copyOf(ids, common + onlyOurs);
        long[] theirs = Arrays.copyOf(ids, common + onlyTheirs);
        System.arraycopy(ids, common + onlyOurs, theirs, common, onlyTheirs);
        return new IdSets(
                ours,
                theirs,
                Arrays.copyOfRange(ours, common, ours.length),
                Arrays.copyOfRange(theirs, common, theirs.length));
    }

    static IdSet of(long[] ids) {
        IdSet set = new IdSet();
        for (long id : ids) set.add(id);
        return set;
    }
}
