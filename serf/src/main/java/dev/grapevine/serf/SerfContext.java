package dev.grapevine.serf;

import dev.grapevine.core.Effect;
import dev.grapevine.core.Timers;
import dev.grapevine.serf.memberlist.BroadcastQueue;
import dev.grapevine.serf.memberlist.Keyring;
import dev.grapevine.serf.memberlist.Turn;
import java.util.random.RandomGenerator;

/** What the parts of one node share: settings, the turn, clocks, queues, timers. */
final class SerfContext {
    /** What falls due. */
    sealed interface Timer {
        record ReapTick() implements Timer {}

        record ReconnectTick() implements Timer {}

        record QueueTick() implements Timer {}

        record SnapshotTick() implements Timer {}

        record Flush(boolean userEvents) implements Timer {}

        record QueryEnd(QueryKey key) implements Timer {}

        record AnswerBy(QueryKey key) implements Timer {}

        record Pruning(String node) implements Timer {}

        record BroadcastTimeout(long operation) implements Timer {}

        record LeaveStep() implements Timer {}

        record Isolation() implements Timer {}

        record NameRetry() implements Timer {}
    }

    final SerfSettings settings;
    final Turn turn;
    final Keyring keyring;
    final Timers<Timer> timers = new Timers<>();
    final LamportClock memberClock = new LamportClock();
    final LamportClock eventClock = new LamportClock();
    final LamportClock queryClock = new LamportClock();
    final BroadcastQueue intents;
    final BroadcastQueue queries;
    final BroadcastQueue events;

    SerfContext(SerfSettings settings, RandomGenerator random) {
        this.settings = settings;
        this.turn = new Turn(random);
        this.keyring = new Keyring(settings.keys);
        int mult = settings.timings.retransmitMult();
        this.intents = new BroadcastQueue(mult);
        this.queries = new BroadcastQueue(mult);
        this.events = new BroadcastQueue(mult);
        memberClock.increment();
        eventClock.increment();
        queryClock.increment();
        memberClock.witness(settings.snapshot.clock());
        eventClock.witness(settings.snapshot.eventClock());
        queryClock.witness(settings.snapshot.queryClock());
    }

    long now() {
        return turn.nowNanos();
    }

    boolean isSelf(String name) {
        return name.equals(settings.name);
    }

    void publish(SerfEvent event) {
        turn.effects().add(new Effect.Publish(event));
    }

    void notice(SerfEvent.Severity severity, String source, String text) {
        publish(new SerfEvent.Notice(severity, source, text));
    }

    void warn(String text) {
        notice(SerfEvent.Severity.WARN, "serf", text);
    }

    void info(String text) {
        notice(SerfEvent.Severity.INFO, "serf", text);
    }

    void answer(long id, Object result) {
        turn.effects().add(new Effect.Answer(id, result));
    }

    void refuse(long id, String reason) {
        turn.effects().add(new Effect.Refuse(id, reason));
    }
}
