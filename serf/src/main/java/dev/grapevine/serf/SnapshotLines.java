package dev.grapevine.serf;

/** Says what belongs into the snapshot file as it happens. Source: hashicorp/serf, serf/snapshot.go. */
final class SnapshotLines {
    private static final long CLOCK_NANOS = 500_000_000L;

    private final SerfContext context;
    private long lastClock;
    private long lastEventClock;
    private long lastQueryClock;
    private boolean left;

    SnapshotLines(SerfContext context) {
        this.context = context;
        lastClock = context.settings.snapshot.clock();
        lastEventClock = context.settings.snapshot.eventClock();
        lastQueryClock = context.settings.snapshot.queryClock();
    }

    private void line(SnapshotRecord line) {
        context.publish(new SerfEvent.SnapshotLine(line));
    }

    void onMember(SerfEvent.Change change, MemberTable.Entry entry) {
        if (left) return;
        switch (change) {
            case JOIN -> line(new SnapshotRecord.Alive(entry.name, entry.address.address()));
            case LEAVE, FAILED -> line(new SnapshotRecord.NotAlive(entry.name));
            case UPDATE, REAP -> {}
        }
        clock();
    }

    void onEvent(long lTime) {
        if (left || lTime <= lastEventClock) return;
        lastEventClock = lTime;
        line(new SnapshotRecord.EventClock(lTime));
    }

    void onQuery(long lTime) {
        if (left || lTime <= lastQueryClock) return;
        lastQueryClock = lTime;
        line(new SnapshotRecord.QueryClock(lTime));
    }

    void onLeave() {
        if (left) return;
        left = true;
        line(new SnapshotRecord.Leave());
    }

    /** Writes the member clock if it grew. */
    void clock() {
        long seen = context.memberClock.time() - 1;
        if (seen <= lastClock) return;
        lastClock = seen;
        line(new SnapshotRecord.Clock(seen));
    }

    /** Sees to it that a clock that grew is written soon. */
    void watchClock() {
        SerfContext.Timer tick = new SerfContext.Timer.SnapshotTick();
        if (context.memberClock.time() - 1 > lastClock && !context.timers.isSet(tick))
            context.timers.set(tick, context.now() + CLOCK_NANOS);
    }
}
