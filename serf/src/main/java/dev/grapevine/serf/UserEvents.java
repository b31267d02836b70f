package dev.grapevine.serf;

import dev.grapevine.serf.memberlist.Memberlist;
import dev.grapevine.serf.msgpack.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** User events: sent, received, told again to those who join. Source: hashicorp/serf, serf/serf.go, UserEvent. */
final class UserEvents {
    private static final int MAX_STREAMS = 8;

    private final SerfContext context;
    private final MemberTable members;
    private final Coalescer coalescer;
    private final SnapshotLines snapshot;
    private final EventWindow<PushPullState.Recorded> window = new EventWindow<>();
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private int streams;
    private long minTime;

    UserEvents(SerfContext context, MemberTable members, Coalescer coalescer, SnapshotLines snapshot) {
        this.context = context;
        this.members = members;
        this.coalescer = coalescer;
        this.snapshot = snapshot;
        this.minTime = context.settings.snapshot.eventClock() + 1;
        if (context.settings.snapshot.eventClock() == 0) minTime = 0;
    }

    /** Events from before {@code lTime} are not wanted. */
    void ignoreBefore(long lTime) {
        minTime = Math.max(minTime, lTime);
    }

    void send(long id, SerfCommand.SendUserEvent command, Memberlist memberlist) {
        int limit = context.settings.userEventSizeLimit;
        int plain = command.name().getBytes(StandardCharsets.UTF_8).length
                + (command.payload() == null ? 0 : command.payload().size());
        if (plain > limit) {
            context.refuse(id, "user event exceeds configured limit of " + limit + " bytes before encoding");
            return;
        }
        long lTime = context.eventClock.time();
        SerfMessage.UserEvent event =
                new SerfMessage.UserEvent(lTime, command.name(), command.payload(), command.coalesce());
        Bytes encoded = event.encoded();
        if (encoded.size() > limit) {
            context.refuse(id, "encoded user event exceeds configured limit of " + limit + " bytes after encoding");
            return;
        }
        context.eventClock.increment();
        receive(event);
        if (encoded.size() <= memberlist.maxUserBytes()) context.events.add(encoded, null, null);
        else tellByStream(encoded, memberlist);
        context.answer(id, lTime);
    }

    /** What no packet can carry would wait for ever in the queue, so everybody is told over a stream. */
    private void tellByStream(Bytes encoded, Memberlist memberlist) {
        List<MemberTable.Entry> others = new ArrayList<>(members.all());
        for (MemberTable.Entry entry : others) {
            if (entry.status != MemberStatus.ALIVE || context.isSelf(entry.name)) continue;
            waiting.add(() -> memberlist.sendUserReliably(entry.address.address(), encoded, error -> {
                streams--;
                if (error != null)
                    context.warn("failed to send a user event of " + encoded.size() + " bytes to " + entry.name + ": "
                            + error);
                nextStream();
            }));
        }
        nextStream();
    }

    private void nextStream() {
        while (streams < MAX_STREAMS) {
            Runnable next = waiting.poll();
            if (next == null) return;
            streams++;
            next.run();
        }
    }

    /** Section 7; returns whether the event is news to be passed on. */
    boolean receive(SerfMessage.UserEvent event) {
        if (!LamportClock.isSane(event.lTime())) return false;
        context.eventClock.witness(event.lTime());
        if (event.lTime() < minTime) return false;
        PushPullState.Recorded recorded = new PushPullState.Recorded(event.name(), event.payload());
        if (!window.add(event.lTime(), context.eventClock.time(), recorded)) return false;
        snapshot.onEvent(event.lTime());
        coalescer.user(new SerfEvent.UserEventReceived(event.lTime(), event.name(), event.payload(), event.coalesce()));
        return true;
    }

    /** The used slots only: the reference's 500 nils mean nothing to anybody. */
    List<PushPullState.@Nullable Slot> slots() {
        List<PushPullState.@Nullable Slot> slots = new ArrayList<>();
        window.forEach((lTime, seen) -> slots.add(new PushPullState.Slot(lTime, List.copyOf(seen))));
        return slots;
    }
}
