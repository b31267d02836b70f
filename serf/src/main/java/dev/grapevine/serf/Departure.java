package dev.grapevine.serf;

import dev.grapevine.serf.memberlist.Memberlist;
import dev.grapevine.serf.memberlist.Node;
import dev.grapevine.serf.msgpack.Bytes;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How nodes go: we ourselves in steps, others by force. Also waits for broadcasts to be sent. Source: hashicorp/serf,
 * serf/serf.go, Leave and RemoveFailedNode.
 */
final class Departure {
    /**
     * How far a forced leave is ahead of our clock. Among agents of the reference the time of a member that left grows with every
     * full exchange; theirs may be some ahead of all we have heard, and what is not newer they drop.
     */
    private static final long AHEAD = 16;

    private static final int MAX_TOLD = 64;

    private enum Phase {
        HERE,
        INTENT,
        DEAD,
        PROPAGATE,
        OVER
    }

    /** What happens when a broadcast was sent, and when it was not in time; without the latter both are the same. */
    private record Awaited(Runnable sent, @Nullable Runnable late) {}

    private final SerfContext context;
    private final MemberTable members;
    private final Memberlist memberlist;
    private final Coalescer coalescer;
    private final SnapshotLines snapshot;
    private final Map<Long, Awaited> awaited = new LinkedHashMap<>();
    private Phase phase = Phase.HERE;
    private long nextOperation;
    private long leaveCommand;

    Departure(
            SerfContext context,
            MemberTable members,
            Memberlist memberlist,
            Coalescer coalescer,
            SnapshotLines snapshot) {
        this.context = context;
        this.members = members;
        this.memberlist = memberlist;
        this.coalescer = coalescer;
        this.snapshot = snapshot;
    }

    boolean isLeaving() {
        return phase != Phase.HERE;
    }

    boolean isOver() {
        return phase == Phase.OVER;
    }

    /** Waits for a broadcast up to the broadcast timeout; returns what to call {@link #finished} with. */
    long await(Runnable sent, @Nullable Runnable late) {
        long operation = nextOperation++;
        awaited.put(operation, new Awaited(sent, late));
        context.timers.set(
                new SerfContext.Timer.BroadcastTimeout(operation),
                context.now() + context.settings.broadcastTimeoutNanos);
        return operation;
    }

    void finished(long operation) {
        Awaited one = awaited.remove(operation);
        if (one == null) return;
        context.timers.cancel(new SerfContext.Timer.BroadcastTimeout(operation));
        one.sent.run();
    }

    void timedOut(long operation) {
        Awaited one = awaited.remove(operation);
        if (one == null) return;
        if (one.late == null) one.sent.run();
        else one.late.run();
    }

    void forceLeave(long id, String node, boolean prune) {
        boolean own = context.isSelf(node);
        long lTime = context.memberClock.time() + AHEAD;
        context.memberClock.witness(lTime);
        SerfMessage.Leave intent = new SerfMessage.Leave(lTime, node, prune);
        // Asked first: the one other member, alive a moment ago, has to hear that it is said to leave, or it cannot
        // object.
        boolean others = members.hasOthersAlive();
        if (!own) members.leaveIntent(intent, isLeaving(), () -> {});
        if (!others || own) {
            context.answer(id, SerfCommand.Done.DONE);
            return;
        }
        long operation = await(
                () -> context.answer(id, SerfCommand.Done.DONE),
                () -> context.refuse(id, "timed out broadcasting node removal"));
        context.intents.add(intent.encoded(), null, () -> finished(operation));
    }

    /** First the intent, then, once that is out, the death notice: a peer that heard only the second would call it a failure. */
    void leave(long id) {
        if (phase != Phase.HERE) {
            context.refuse(id, "Leave already in progress");
            return;
        }
        leaveCommand = id;
        phase = Phase.INTENT;
        snapshot.onLeave();
        SerfMessage.Leave intent = new SerfMessage.Leave(context.memberClock.increment(), context.settings.name, false);
        members.leaveIntent(intent, true, () -> {});
        if (!members.hasOthersAlive()) {
            die();
            return;
        }
        context.intents.add(intent.encoded(), null, null);
        tellMany(intent.encoded());
        context.timers.set(new SerfContext.Timer.LeaveStep(), context.now() + spreadNanos());
    }

    /**
     * Gossip among few passes somebody by once in two hundred times, who would then see a failure: here each of up to 64 is told.
     * Among many it needs seconds to its last ones, and less when so many begin.
     */
    private void tellMany(Bytes intent) {
        for (Node each : memberlist.sample(MAX_TOLD, node -> !context.isSelf(node.name()) && isAlive(node.name())))
            memberlist.sendUser(each.address().address(), intent);
    }

    private boolean isAlive(String name) {
        MemberTable.Entry entry = members.get(name);
        return entry != null && entry.status == MemberStatus.ALIVE;
    }

    /**
     * The death notice takes other ways than the intent, and must not overtake it: whoever hears it first sees a failure. So the
     * intent has two rounds of gossip for itself if all were told, else four. Half the delay at the end is left in any case.
     */
    private long spreadNanos() {
        int rounds = members.size() <= MAX_TOLD ? 2 : 4;
        return rounds * context.settings.timings.gossipNanos();
    }

    private void die() {
        phase = Phase.DEAD;
        memberlist.leave();
        long wait = members.hasOthersAlive() ? context.settings.broadcastTimeoutNanos : 0;
        context.timers.set(new SerfContext.Timer.LeaveStep(), context.now() + wait);
    }

    /** The death notice is out. */
    void leaveSent() {
        if (phase == Phase.DEAD) step();
    }

    void step() {
        if (phase == Phase.INTENT) {
            die();
            return;
        }
        if (phase == Phase.DEAD) {
            phase = Phase.PROPAGATE;
            long delay = context.settings.leavePropagateDelayNanos;
            long rest = Math.max(delay - spreadNanos(), delay / 2);
            context.timers.set(new SerfContext.Timer.LeaveStep(), context.now() + rest);
            return;
        }
        if (phase != Phase.PROPAGATE) return;
        coalescer.flushAll();
        snapshot.clock();
        phase = Phase.OVER;
        context.answer(leaveCommand, SerfCommand.Done.DONE);
    }

    /** Ends without leaving. */
    void stop(String reason) {
        if (phase == Phase.OVER) return;
        coalescer.flushAll();
        phase = Phase.OVER;
        context.publish(new SerfEvent.Stopped(reason));
    }
}
