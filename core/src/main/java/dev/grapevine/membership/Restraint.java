package dev.grapevine.membership;

import java.util.ArrayDeque;

/**
 * The self-restraint of a node that comes and goes. Others found it failed again and again, or doubted it so often of late that they
 * removed it, and its own probes agree that it is the one in trouble: coming back at once would only trouble everybody, so it stays out until it has been
 * well for a while, which doubles with every time. The verdict is its own, by its own evidence, so nobody else has to keep a list of those
 * who may not return, and a healthy node that sick ones accuse is never held.
 */
final class Restraint {
    private static final int FALLS = 3; // within FALL_PERIODS
    private static final int FALL_PERIODS = 300; // probe periods
    private static final int ONE_FALL_PERIODS = 5; // verdicts of several sides of a healed partition are one fall
    private static final int DOUBTS = 3; // refuted within DOUBT_PERIODS before a fall
    private static final int DOUBT_PERIODS = 30;
    private static final int WELL_PERIODS = 30;
    private static final int WELL_PROBES =
            20; // that were answered directly: a sick node probes so seldom that time alone proves little
    private static final int MAX_DOUBLINGS = 4;
    private static final int PATIENCE = 10; // times the period to be well in, after which it tries again however it is

    private final Turn turn;
    private final ArrayDeque<Long> falls = new ArrayDeque<>();
    private final ArrayDeque<Long> doubts = new ArrayDeque<>();
    private boolean on;
    private long sinceNanos;
    private int times;
    private long heardIncarnation;

    Restraint(Turn turn) {
        this.turn = turn;
    }

    boolean isOn() {
        return on;
    }

    long heardIncarnation() {
        return heardIncarnation;
    }

    /** Somebody holds this node for suspect or failed: whether it is to keep quiet about that instead of refuting it. */
    boolean holds(long incarnation, Status status) {
        if (on) {
            heardIncarnation = Math.max(heardIncarnation, incarnation);
            return true;
        }
        if (status == Status.SUSPECT) note(doubts, DOUBT_PERIODS);
        if (status != Status.FAILED) return false;
        long soon = ONE_FALL_PERIODS * turn.settings.probeNanos();
        if (falls.isEmpty() || turn.nowNanos - falls.getLast() >= soon) note(falls, FALL_PERIODS);
        // Our probes may be answered while nobody reaches us where we believe to be: that often, it is reason for doubt
        // enough.
        if (falls.size() >= 2 * FALLS) turn.troubled();
        prune(doubts, DOUBT_PERIODS);
        if (falls.size() < FALLS && doubts.size() < DOUBTS || turn.nowNanos - turn.troubledNanos >= wellNanos())
            return false;
        on = true;
        sinceNanos = turn.nowNanos;
        heardIncarnation = incarnation;
        turn.publish(new MembershipEvent.Restrained(falls.size(), doubts.size(), wellNanos()));
        turn.timers.set(new Timer.ReturnDue(), turn.troubledNanos + wellNanos());
        return true;
    }

    /** Asks whether it has been well for long enough, and if so ends it; else it looks again later. */
    boolean isOver() {
        if (!on) return false;
        long patience = sinceNanos + PATIENCE * wellNanos();
        long well = turn.troubledNanos + wellNanos();
        int owed = WELL_PROBES - turn.soundProbes;
        if (owed > 0) well = Math.max(well, turn.nowNanos + owed * turn.settings.probeNanos());
        long free = Math.min(well, patience);
        if (turn.nowNanos < free) {
            turn.timers.set(new Timer.ReturnDue(), free);
            return false;
        }
        on = false;
        times = Math.min(MAX_DOUBLINGS, times + 1);
        return true;
    }

    private long wellNanos() {
        return WELL_PERIODS * turn.settings.probeNanos() << times;
    }

    private void note(ArrayDeque<Long> moments, int periods) {
        prune(moments, periods);
        moments.addLast(turn.nowNanos);
        if (moments.size() > 16) moments.removeFirst();
    }

    private void prune(ArrayDeque<Long> moments, int periods) {
        long from = turn.nowNanos - periods * turn.settings.probeNanos();
        while (!moments.isEmpty() && moments.getFirst() < from) moments.removeFirst();
    }
}
