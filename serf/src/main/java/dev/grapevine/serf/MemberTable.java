package dev.grapevine.serf;

import dev.grapevine.serf.memberlist.Memberlist;
import dev.grapevine.serf.memberlist.Node;
import dev.grapevine.serf.memberlist.NodeAddress;
import dev.grapevine.serf.memberlist.PushPull;
import dev.grapevine.serf.memberlist.Verdict;
import dev.grapevine.serf.memberlist.Versions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Serf's members: what memberlist says, and what members mean to do. Source: hashicorp/serf, serf/serf.go, handleNodeJoin to
 * handleNodeJoinIntent.
 */
final class MemberTable {
    /** Intents about strangers that are kept. */
    private static final int MAX_INTENTS = 8192;

    /** What a departure may take beside its timeouts. */
    private static final long GRACE_NANOS = 30_000_000_000L;

    static final class Entry {
        final String name;
        NodeAddress address;
        Map<String, String> tags;
        Versions versions;
        MemberStatus status = MemberStatus.ALIVE;
        long statusLTime;
        long leaveNanos;
        long leavingSinceNanos;

        Entry(String name, NodeAddress address, Map<String, String> tags, Versions versions) {
            this.name = name;
            this.address = address;
            this.tags = tags;
            this.versions = versions;
        }

        SerfMember snapshot() {
            return new SerfMember(name, address, tags, status, versions, statusLTime);
        }

        boolean isGone() {
            return status == MemberStatus.FAILED || status == MemberStatus.LEFT;
        }
    }

    private record Intent(boolean leave, long lTime, long atNanos) {}

    private final SerfContext context;
    private final Coalescer coalescer;
    private final SnapshotLines snapshot;
    private final Map<String, Entry> members = new LinkedHashMap<>();
    private final Map<String, Intent> intents = new LinkedHashMap<>();
    private final Map<String, Long> pruning = new LinkedHashMap<>();
    private Runnable onMembersChanged = () -> {};
    private Consumer<String> onErased = name -> {};

    MemberTable(SerfContext context, Coalescer coalescer, SnapshotLines snapshot) {
        this.context = context;
        this.coalescer = coalescer;
        this.snapshot = snapshot;
    }

    void whenChanged(Runnable changed) {
        onMembersChanged = changed;
    }

    void whenErased(Consumer<String> erased) {
        onErased = erased;
    }

    @Nullable
    Entry get(String name) {
        return members.get(name);
    }

    Collection<Entry> all() {
        return members.values();
    }

    int size() {
        return members.size();
    }

    int count(MemberStatus status) {
        int count = 0;
        for (Entry entry : members.values()) if (entry.status == status) count++;
        return count;
    }

    List<SerfMember> snapshots() {
        List<SerfMember> list = new ArrayList<>(members.size());
        for (Entry entry : members.values()) list.add(entry.snapshot());
        return list;
    }

    boolean hasOthersAlive() {
        for (Entry entry : members.values())
            if (entry.status == MemberStatus.ALIVE && !context.isSelf(entry.name)) return true;
        return false;
    }

    private void emit(SerfEvent.Change change, Entry entry, Evidence evidence) {
        snapshot.onMember(change, entry);
        String what = switch (change) {
            case JOIN -> "EventMemberJoin: ";
            case LEAVE -> "EventMemberLeave: ";
            case FAILED -> "EventMemberFailed: ";
            case UPDATE -> "EventMemberUpdate: ";
            case REAP -> "EventMemberReap: ";
        };
        String tail = change == SerfEvent.Change.UPDATE || change == SerfEvent.Change.REAP
                ? ""
                : " " + entry.address.address().host();
        context.info(what + entry.name + tail);
        coalescer.member(change, new SerfEvent.Changed(entry.snapshot(), evidence));
        onMembersChanged.run();
    }

    void onJoin(Node node) {
        Entry entry = members.get(node.name());
        if (entry == null) {
            entry = new Entry(node.name(), node.address(), Meta.decode(node.meta()), node.versions());
            members.put(entry.name, entry);
            Intent intent = intents.remove(entry.name);
            if (intent != null) {
                entry.statusLTime = intent.lTime;
                if (intent.leave) {
                    entry.status = MemberStatus.LEAVING;
                    entry.leavingSinceNanos = context.now();
                }
            }
        } else {
            refresh(entry, node);
            entry.status = MemberStatus.ALIVE;
            entry.leaveNanos = 0;
        }
        emit(SerfEvent.Change.JOIN, entry, new Evidence.Announced(node.incarnation()));
    }

    private static void refresh(Entry entry, Node node) {
        entry.address = node.address();
        entry.tags = Meta.decode(node.meta());
        entry.versions = node.versions();
    }

    void onUpdate(Node node) {
        Entry entry = members.get(node.name());
        if (entry == null) return;
        refresh(entry, node);
        emit(SerfEvent.Change.UPDATE, entry, new Evidence.Announced(node.incarnation()));
    }

    void onLeave(Node node, Verdict verdict) {
        Entry entry = members.get(node.name());
        if (entry == null) return;
        switch (entry.status) {
            case LEAVING -> {
                entry.status = MemberStatus.LEFT;
                entry.leaveNanos = context.now();
                emit(SerfEvent.Change.LEAVE, entry, new Evidence.LeaveIntent(entry.statusLTime));
            }
            case ALIVE -> {
                entry.status = MemberStatus.FAILED;
                entry.leaveNanos = context.now();
                Evidence evidence = new Evidence.Silent(
                        verdict.declaredBy(),
                        verdict.suspectedBy(),
                        verdict.incarnation(),
                        verdict.suspectedForNanos(),
                        verdict.ownHealthScore(),
                        verdict.lastProbe());
                emit(SerfEvent.Change.FAILED, entry, evidence);
            }
            case NONE, LEFT, FAILED -> {}
        }
    }

    /** Section 6.2; returns whether the intent is news to be passed on. {@code refute} speaks for us if we are accused. */
    boolean leaveIntent(SerfMessage.Leave leave, boolean weLeave, Runnable refute) {
        if (!LamportClock.isSane(leave.lTime())) return false;
        context.memberClock.witness(leave.lTime());
        Entry entry = members.get(leave.node());
        if (entry == null) return remember(leave.node(), true, leave.lTime());
        if (context.isSelf(leave.node()) && !weLeave) {
            // At a tie with our own last intent the others believe whichever came first: the reference lets that stand.
            if (leave.lTime() >= entry.statusLTime) refute.run();
            return false;
        }
        if (leave.prune() && leave.lTime() == entry.statusLTime && entry.isGone()) {
            // Who heard of a forced leave with a full exchange is one ahead of whoever forced it, whose prune then
            // comes at
            // the same time as what is known: the reference drops it, and keeps the member for a day.
            prune(entry, leave.lTime());
            return true;
        }
        if (leave.lTime() <= entry.statusLTime) return false;
        entry.statusLTime = leave.lTime();
        if (entry.status == MemberStatus.ALIVE) {
            entry.status = MemberStatus.LEAVING;
            entry.leavingSinceNanos = context.now();
        } else if (entry.status == MemberStatus.FAILED) {
            entry.status = MemberStatus.LEFT;
            emit(SerfEvent.Change.LEAVE, entry, new Evidence.LeaveIntent(leave.lTime()));
        }
        if (leave.prune()) prune(entry, leave.lTime());
        return true;
    }

    /** Section 6.3; returns whether the intent is news to be passed on. */
    boolean joinIntent(SerfMessage.Join join) {
        if (!LamportClock.isSane(join.lTime())) return false;
        context.memberClock.witness(join.lTime());
        Entry entry = members.get(join.node());
        if (entry == null) return remember(join.node(), false, join.lTime());
        if (join.lTime() <= entry.statusLTime) return false;
        entry.statusLTime = join.lTime();
        if (entry.status == MemberStatus.LEAVING) entry.status = MemberStatus.ALIVE;
        return true;
    }

    /** Whether the member left, or is about to, as far as we know. */
    boolean saidGoodbye(String name) {
        Entry entry = members.get(name);
        return entry != null && (entry.status == MemberStatus.LEFT || entry.status == MemberStatus.LEAVING);
    }

    /** A departure that takes far too long, of a member that answers probes, is none: an old intent came late. */
    private void stayIfStillHere(Entry entry, Memberlist memberlist) {
        if (entry.status != MemberStatus.LEAVING || context.isSelf(entry.name)) return;
        long departure = 2 * context.settings.broadcastTimeoutNanos + context.settings.leavePropagateDelayNanos;
        if (context.now() - entry.leavingSinceNanos < departure + GRACE_NANOS) return;
        Node node = memberlist.node(entry.name);
        if (node == null || node.state() != PushPull.State.ALIVE) return;
        entry.status = MemberStatus.ALIVE;
        context.info(entry.name + " was said to leave, and is still here");
        onMembersChanged.run();
    }

    private boolean remember(String name, boolean leave, long lTime) {
        Intent known = intents.get(name);
        if (known != null && lTime <= known.lTime) return false;
        intents.remove(name);
        intents.put(name, new Intent(leave, lTime, context.now()));
        if (intents.size() > MAX_INTENTS)
            intents.remove(intents.keySet().iterator().next());
        return true;
    }

    /**
     * The reference holds everything up while a leaving member may still go, and forgets live ones for good. Here nothing
     * waits, and whoever turns out to be alive stays.
     */
    private void prune(Entry entry, long lTime) {
        if (entry.isGone()) {
            erase(entry, new Evidence.Pruned(lTime));
            return;
        }
        pruning.put(entry.name, lTime);
        long wait = context.settings.broadcastTimeoutNanos + context.settings.leavePropagateDelayNanos;
        context.timers.set(new SerfContext.Timer.Pruning(entry.name), context.now() + wait);
    }

    void pruneIfGone(String name, Memberlist memberlist) {
        Long lTime = pruning.remove(name);
        Entry entry = members.get(name);
        if (entry == null || lTime == null || entry.status == MemberStatus.ALIVE) return;
        Node node = memberlist.node(name);
        boolean gone = node == null || node.state() == PushPull.State.DEAD || node.state() == PushPull.State.LEFT;
        if (gone) erase(entry, new Evidence.Pruned(lTime));
        else context.warn("not pruning " + name + ": it is alive");
    }

    private void erase(Entry entry, Evidence evidence) {
        members.remove(entry.name);
        onErased.accept(entry.name);
        emit(SerfEvent.Change.REAP, entry, evidence);
    }

    /** Forgets who has been gone for too long; returns those who had failed, for they may only be cut off. */
    List<Entry> reap(Memberlist memberlist) {
        SerfSettings settings = context.settings;
        for (Entry entry : members.values()) stayIfStillHere(entry, memberlist);
        List<Entry> due = new ArrayList<>();
        for (Entry entry : members.values()) {
            long after = switch (entry.status) {
                case FAILED -> settings.reconnectTimeoutNanos;
                case LEFT -> settings.tombstoneTimeoutNanos;
                case NONE, ALIVE, LEAVING -> Long.MAX_VALUE;
            };
            if (!context.isSelf(entry.name) && context.now() - entry.leaveNanos > after) due.add(entry);
        }
        for (Entry entry : due) erase(entry, new Evidence.Aged(context.now() - entry.leaveNanos));
        intents.values().removeIf(intent -> context.now() - intent.atNanos > settings.recentIntentTimeoutNanos);
        due.removeIf(entry -> entry.status != MemberStatus.FAILED);
        return due;
    }
}
