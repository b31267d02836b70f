package dev.grapevine.topic;

import dev.grapevine.core.Address;
import dev.grapevine.topic.TopicTurn.Timer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How many neighbours, besides those in the tree, are told of a rumor: so many that the wish is met, and no more.
 *
 * <p>A member misses a rumor if the tree fails it and so does every neighbour that would have told it. How often one way fails, {@code m}, is
 * measured: the share of rumors that came from others than the parent. With {@code a} announcements of each rumor the share missed is about
 * {@code m^(a + 1)}, and the set point follows: {@code a = ln(1 - coverage) / ln m - 1}; one more as long as too many of a publisher's
 * sequence are missing all the same. Members that do the same hear as much as they tell, so
 * each tells that many, once a second corrected for what was measured and for the limit.
 */
final class Redundancy {
    static final long WINDOW_NANOS = 1_000_000_000L;
    private static final double LEAST_FAILURES = 0.01; // measured on too few rumors to believe in less
    private static final double MOST_FAILURES = 0.95;
    private static final double NEWEST = 1 / 256.0; // weight of one rumor
    private static final int TREE_LINKS = 2; // of each member, on average
    private static final int SURE = 3; // windows of the same kind before anything is said
    private static final double SLACK = 0.5; // announcements that may be lacking

    private static final double MOST = 16; // neighbours
    private static final int HELD_BYTES = 12; // of one announcement, about

    private final TopicTurn turn;
    private final TopicAim aim;
    private double failures = 0.05; // m, as good a guess as any
    private double fanout = MOST; // until something is known
    private double coverage = 1; // of what was published, measured
    private double more; // than the set point says
    private long spread; // rumors told of in this window
    private long bytesBefore;
    private int unmet;
    private int met;
    private boolean contradicted;

    Redundancy(TopicTurn turn, TopicAim aim) {
        this.turn = turn;
        this.aim = aim;
    }

    boolean isSet() {
        return aim.isSet();
    }

    private void arm() {
        if (turn.timers.isSet(new Timer.Hold())) return;
        bytesBefore = turn.tally.bytes;
        turn.timers.set(new Timer.Hold(), turn.nowNanos + WINDOW_NANOS);
    }

    /** A rumor came for the first time, from the parent in the tree or from somebody else. */
    void came(boolean byTree) {
        if (!isSet()) return;
        failures += NEWEST * ((byTree ? 0 : 1) - failures);
        arm();
    }

    /** Those of {@code candidates} that are told, another choice for each rumor. */
    List<Address> chosen(List<Address> candidates, long key, long sequence) {
        if (!isSet()) return candidates;
        arm();
        spread++;
        long luck = Source.mix(key ^ Source.mix(sequence));
        double share = (luck >>> 11) * 0x1p-53;
        int wanted = (int) fanout + (share < fanout - (int) fanout ? 1 : 0);
        List<Address> chosen = candidates;
        if (wanted < candidates.size()) {
            List<Address> mixed = new ArrayList<>(candidates);
            mixed.sort(Comparator.comparingLong(peer -> Source.mix(luck ^ peer.hashCode())));
            chosen = mixed.subList(0, wanted);
        }
        return chosen;
    }

    /** Whether a publisher has to wait for the budget. */
    boolean isSpent() {
        if (aim.bytesPerSecond() == Long.MAX_VALUE) return false;
        arm();
        return turn.tally.bytes - bytesBefore >= aim.bytesPerSecond();
    }

    private double setPoint() {
        if (aim.coverage() == 0) return MOST; // as many as the budget allows
        // One at least: a tree alone loses a whole branch with a member.
        return Math.clamp(Math.log(1 - aim.coverage()) / Math.log(failing()) - 1 + more, 1, MOST);
    }

    private double failing() {
        return Math.clamp(failures, LEAST_FAILURES, MOST_FAILURES);
    }

    /** A window is over. */
    void hold() {
        long spent = turn.tally.bytes - bytesBefore;
        bytesBefore = turn.tally.bytes;
        count();
        if (spread > 0) adjust(spent);
        spread = 0;
        if (spent > 0) turn.timers.set(new Timer.Hold(), turn.nowNanos + WINDOW_NANOS);
    }

    // Of each publisher's rumors, those that are a window old by now.
    private void count() {
        long came = 0;
        long missed = 0;
        for (Feed feed : turn.feeds.values()) {
            if (feed.own || feed.source.promise().isReliable()) continue;
            for (long sequence = Math.max(feed.countedTo, feed.highestBefore - Feed.RUMORS_APART) + 1;
                    sequence <= feed.highestBefore;
                    sequence++) {
                if (feed.hasSeen(sequence)) came++;
                else missed++;
            }
            feed.countedTo = feed.highestBefore;
            feed.highestBefore = feed.highest;
        }
        if (came + missed == 0) return;
        for (long i = 0; i < missed; i++) failures += NEWEST * (1 - failures);
        double weight = Math.min(1, (came + missed) * NEWEST);
        coverage += weight * (came / (double) (came + missed) - coverage);
    }

    // So that one rumor missed by chance is no reason.
    private boolean isTooLow() {
        return aim.coverage() > 0 && coverage < 1 - 2 * (1 - aim.coverage()) - NEWEST;
    }

    private void adjust(long spent) {
        more = Math.clamp(more + (isTooLow() ? 1 : -0.5), 0, MOST);
        double setPoint = setPoint();
        double most = Math.max(1, turn.neighbors.size() - TREE_LINKS);
        boolean isTight = spent > 0.9 * aim.bytesPerSecond();
        if (spent > aim.bytesPerSecond()) fanout = Math.max(0, fanout - 1);
        else if (setPoint < fanout || !isTight) fanout += 0.5 * (setPoint - fanout);
        double lacking = setPoint - Math.min(fanout, most);
        boolean cannot = aim.coverage() > 0 && lacking > SLACK && (isTight || isTooLow() || setPoint > most)
                || fanout == 0 && spent > aim.bytesPerSecond();
        unmet = cannot ? unmet + 1 : 0;
        met = cannot ? 0 : met + 1;
        if (contradicted ? met < SURE : unmet < SURE) return;
        contradicted = !contradicted;
        long needed = spent + (long) (Math.max(0, setPoint - fanout) * HELD_BYTES * spread);
        double expected = Math.min(coverage, 1 - Math.pow(failing(), Math.min(fanout, most) + 1));
        turn.effects.add(new Topics.Effect.Aimed(aim, !contradicted, needed, expected));
    }

    /** Neighbours told besides the tree, on average. */
    double fanout() {
        return fanout;
    }
}
