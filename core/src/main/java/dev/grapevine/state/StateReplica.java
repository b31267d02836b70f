package dev.grapevine.state;

import dev.grapevine.core.Address;
import dev.grapevine.core.Timers;
import dev.grapevine.state.DeltaPacker.Wanted;
import dev.grapevine.state.StateMessage.Buckets;
import dev.grapevine.state.StateMessage.Chunk;
import dev.grapevine.state.StateMessage.Delta;
import dev.grapevine.state.StateMessage.Digests;
import dev.grapevine.state.StateMessage.Entries;
import dev.grapevine.state.StateMessage.Finish;
import dev.grapevine.state.StateMessage.Finished;
import dev.grapevine.state.StateMessage.Found;
import dev.grapevine.state.StateMessage.Lookup;
import dev.grapevine.state.StateMessage.Mark;
import dev.grapevine.state.StateMessage.Missed;
import dev.grapevine.state.StateMessage.Rate;
import dev.grapevine.state.StateMessage.Summary;
import dev.grapevine.state.StateMessage.Want;
import dev.grapevine.state.StateMessage.Watch;
import dev.grapevine.state.reconcile.ReconcileMessage;
import dev.grapevine.wire.MalformedPacketException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Replicated state of one node as a machine of messages: scuttlebutt reconciliation of every origin's updates, digests only of what
 * differs, within a budget of bytes. {@link StateStore} keeps what is known, {@link Writes} makes local writes, {@link Watches}
 * learns who has what, {@link Transfers} moves large values, {@link Repairs} compares all entries where versions do
 * not tell what is missing.
 */
public final class StateReplica {
    private static final int MARK_BYTES = 11;
    private static final int MAX_OWED = 256;
    private static final long BULK_BYTES = 256 << 10;

    sealed interface Timer {
        record Exchange() implements Timer {}

        record Heartbeat() implements Timer {}

        record Serve() implements Timer {}

        record Admit() implements Timer {}

        record Gossip() implements Timer {}

        record Collect() implements Timer {}

        record Transfer(Value.Blob blob) implements Timer {}

        record Repair() implements Timer {}
    }

    /** What a peer has of an origin: a prefix, and up to where it surely misses nothing of it. */
    private record Has(long prefix, long sure) {}

    /** What a peer waits for; after a while it asks somebody else. */
    private record Owed(Map<Long, Has> wants, long untilNanos) {}

    final StateSettings settings;
    final RandomGenerator random;
    final StateStore store;
    final Timers<Timer> timers = new Timers<>();
    final ByteBudget budget;
    final FlowControl flow;
    final HybridClock clock;
    final Origin facts;
    final Origin shared;
    private final Watches watches;
    private final Transfers transfers;
    private final Repairs repairs;
    private final Writes writes;

    private TreeMap<String, Peer> members = new TreeMap<>();
    private List<Address> others = List.of();
    private final Set<Long> strangers = new LinkedHashSet<>(); // origins of facts whose node is no member we know
    private final Map<Long, Long> askedUntilNanos = new HashMap<>(); // of origins of which nothing is here
    private final Map<Address, Long> toldUntilNanos = new HashMap<>(); // looked up, never iterated
    private final Map<Address, Owed> owed = new LinkedHashMap<>(); // peers that wait for our budget
    private long listedUntilNanos = Long.MIN_VALUE; // no digests before that if bytes are short
    private long hotUntilNanos;
    private long cutNanos; // when a delta came last that was cut short, 0 for never
    private int unresolved;
    private boolean started;
    private boolean overfull;
    private boolean restoredWhole = true; // nothing of an earlier life's entries was unreadable
    private @Nullable Keeping keeping;

    long nowNanos;
    List<StateEffect> effects = new ArrayList<>();
    private long sentBytes;
    private long deltaBytes;

    /**
     * @param name of this node
     * @param generation of its life
     * @param random this node's own
     */
    public StateReplica(String name, long generation, StateSettings settings, RandomGenerator random) {
        this(name, generation, settings, random, new StateStore());
    }

    /**
     * @param store what an earlier life of this node knew, from then on this replica's own
     */
    public StateReplica(
            String name, long generation, StateSettings settings, RandomGenerator random, StateStore store) {
        this.store = store;
        this.settings = settings;
        this.random = random;
        facts = new Origin(name, generation, false);
        shared = new Origin(name, generation, true);
        budget = new ByteBudget(settings.bytesPerSecond());
        flow = new FlowControl(settings.updatesPerSecond());
        clock = new HybridClock(settings.maxDriftMillis());
        watches = new Watches(this);
        transfers = new Transfers(this);
        writes = new Writes(this);
        repairs = new Repairs(this);
        store.watch(this::replaced);
    }

    /** From now on tells what is to be kept on a disk. */
    public void keep() {
        keeping = new Keeping(store);
    }

    private void replaced(StateKey key, Entry before, Entry after) {
        repairs.replaced(key, before, after);
        if (keeping != null) keeping.replaced(key);
    }

    private void restore(StateInput.Restore known) {
        List<Kept> items = new ArrayList<>(known.keys().size());
        Context seen = Context.EMPTY;
        Context collected = Context.EMPTY;
        for (int i = 0; i < known.keys().size(); i++) {
            try {
                items.add(KeptCodec.read(known.keys().get(i), known.values().get(i)));
            } catch (MalformedPacketException | IllegalArgumentException e) {
                restoredWhole = false;
            }
        }
        try {
            if (known.collected().length > 0) collected = Context.of(known.collected());
            if (restoredWhole && known.seen().length > 0) seen = Context.of(known.seen());
        } catch (IllegalArgumentException e) {
            seen = Context.EMPTY;
        }
        store.take(new StateStore.Snapshot(items, seen.shared(), collected.shared()));
        if (!items.isEmpty()) advanced();
    }

    /** Applies one input; appends what is to be done, in order. */
    public void handle(StateInput input, long nowNanos, List<StateEffect> effects) {
        this.nowNanos = nowNanos;
        this.effects = effects;
        if (!started) start();
        switch (input) {
            case StateInput.Received(Address from, StateMessage message) -> received(from, message);
            case StateInput.Members(List<Peer> members) -> members(members);
            case StateInput.Differs(Address peer) -> summary(peer);
            case StateInput.Compared(Address from, ReconcileMessage message) -> repairs.received(from, message);
            case StateInput.WallClock(long epochMillis) -> clock.wallClock(epochMillis);
            case StateInput.Write write -> writes.ask(write);
            case StateInput.Count count -> writes.ask(count);
            case StateInput.Await await -> watches.await(await);
            case StateInput.Follow() -> watches.follow();
            case StateInput.Restore restore -> restore(restore);
            case StateInput.Tick() -> {}
        }
        tick();
        changed();
        repairs.setTimer();
        Keeping kept = keeping;
        if (kept != null) for (StateEvent event : kept.told()) publish(event);
    }

    /** When the driver owes the next {@link StateInput.Tick}. */
    public long nextDeadlineNanos() {
        return started ? timers.nextDeadlineNanos() : 0;
    }

    /** What this node knows; to be read between two inputs. */
    public StateStore store() {
        return store;
    }

    /** 32 bits that are equal on nodes that have the same updates. */
    public int digest() {
        long hash = store.vectorHash();
        return (int) (hash ^ hash >>> 32);
    }

    /** Numbers this node's facts. */
    public Origin factsOrigin() {
        return facts;
    }

    /** Numbers this node's writes to shared entries. */
    public Origin sharedOrigin() {
        return shared;
    }

    /** How far this node's writes are known to have come. */
    public Convergence convergence() {
        return watches.convergence();
    }

    /** Bytes of all messages so far. */
    public long sentBytes() {
        return sentBytes;
    }

    /** Bytes of the messages so far that carried updates. */
    public long deltaBytes() {
        return deltaBytes;
    }

    /** Updates a second that flow control allows this node at present. */
    public double allowedUpdatesPerSecond() {
        return flow.allowed();
    }

    private void start() {
        started = true;
        timers.set(new Timer.Heartbeat(), nowNanos + random.nextLong(settings.heartbeatNanos()) + 1);
        members.put(facts.node(), new Peer(facts.node(), facts.generation(), Address.loopback(0), true));
    }

    // ---- members ----

    private void members(List<Peer> peers) {
        TreeMap<String, Peer> now = new TreeMap<>();
        for (Peer peer : peers) now.put(peer.name(), peer);
        Peer self = now.get(facts.node());
        if (self == null || self.generation() != facts.generation() || !self.live())
            now.put(facts.node(), new Peer(facts.node(), facts.generation(), Address.loopback(0), true));
        members = now;
        List<Address> live = new ArrayList<>(now.size());
        for (Peer peer : now.values()) if (peer.live() && !peer.name().equals(facts.node())) live.add(peer.address());
        others = live;
        strangers.clear();
        for (Origin origin : List.copyOf(store.origins())) {
            if (origin.shared() || isMember(origin)) continue;
            int keys = store.forget(origin);
            publish(new StateEvent.FactsDied(origin.node(), origin.generation(), keys));
        }
        watches.members(now);
    }

    /** Whether removals must be remembered a while longer. */
    boolean mustRemember() {
        return repairs.isGiving();
    }

    boolean isMember(Origin origin) {
        if (origin.shared()) return true;
        Peer peer = members.get(origin.node());
        return peer != null && peer.generation() == origin.generation();
    }

    /** Whether the life of a node that numbered updates is surely over: it left, or lives anew. One that failed may come back. */
    boolean isOver(Origin origin) {
        Peer peer = members.get(origin.node());
        return peer == null || peer.generation() > origin.generation();
    }

    /** Whether all members are live, so that nobody who is out of reach can have anything. */
    boolean isComplete() {
        for (Peer peer : members.values()) if (!peer.live()) return false;
        return true;
    }

    List<Address> others() {
        return others;
    }

    @Nullable
    Address randomPeer() {
        return others.isEmpty() ? null : others.get(random.nextInt(others.size()));
    }

    // ---- time ----

    private void tick() {
        for (Timer due; (due = timers.pollDue(nowNanos)) != null; ) {
            switch (due) {
                case Timer.Exchange() -> {
                    exchange();
                    if (nowNanos < hotUntilNanos) timers.set(new Timer.Exchange(), nowNanos + settings.periodNanos());
                }
                case Timer.Heartbeat() -> {
                    unstick();
                    transfers.findLost();
                    if (!timers.isSet(new Timer.Exchange()) && store.vectorHash() != 0) exchange();
                    timers.set(new Timer.Heartbeat(), nowNanos + settings.heartbeatNanos());
                }
                case Timer.Serve() -> serveOwed();
                case Timer.Admit() -> writes.admit();
                case Timer.Gossip() -> watches.gossip();
                case Timer.Collect() -> watches.collectGarbage();
                case Timer.Transfer(Value.Blob blob) -> transfers.timeout(blob);
                case Timer.Repair() -> repairs.tick();
            }
        }
    }

    private void exchange() {
        for (int i = 0; i < settings.fanout(); i++) {
            Address peer = randomPeer();
            if (peer != null) summary(peer);
        }
    }

    /** There is news: exchanges go on for about as many periods as it needs to reach everybody, with a few to spare. */
    void heat() {
        int rounds = 36 - Integer.numberOfLeadingZeros(others.size() + 1);
        hotUntilNanos = nowNanos + rounds * settings.periodNanos();
        if (!timers.isSet(new Timer.Exchange()))
            timers.set(new Timer.Exchange(), nowNanos + 1 + random.nextLong(settings.periodNanos()) / 2);
    }

    // The rest of a delta that was cut short is nowhere to be had, or its giver is gone.
    private void unstick() {
        for (OriginLog log : store.logs()) {
            if (!isStuck(log)) continue;
            Address peer = randomPeer();
            if (peer != null) repairs.unsure(peer);
            return;
        }
    }

    // Not while the origin's news still comes in: the rest mostly comes with it, and everything costs what news needs.
    private boolean isStuck(OriginLog log) {
        long patienceNanos = 10 * settings.periodNanos();
        // Nor while much is on its way: a comparison would have it sent twice.
        if (cutNanos > 0 && nowNanos - cutNanos <= patienceNanos) return false;
        return log.isUnsure() && nowNanos - log.changedNanos > patienceNanos;
    }

    // ---- exchange ----

    private void received(Address from, StateMessage message) {
        switch (message) {
            case Summary summary -> onSummary(from, summary);
            case Rate(long allowed) -> flow.agreed(allowed / 1000.0);
            case Buckets(int[] hashes) -> onBuckets(from, hashes);
            case Digests digests -> onDigests(from, digests);
            case Delta delta -> onDelta(from, delta);
            case Missed() -> repairs.missed(from);
            case Entries entries -> repairs.entries(from, entries);
            case Finish finish -> repairs.finish(from, finish);
            case Finished finished -> repairs.finished(from, finished);
            case Watch watch -> watches.received(from, watch);
            case Lookup(List<StateKey> keys) -> transfers.lookup(from, keys);
            case Found(List<Kept> items) -> transfers.found(from, items);
            case Want want -> transfers.wanted(from, want);
            case Chunk chunk -> transfers.received(from, chunk);
        }
    }

    private void summary(Address to) {
        int most = (settings.datagramBytes() - 48) / MARK_BYTES;
        long sinceNanos = nowNanos - 4 * settings.periodNanos();
        List<OriginLog> recent = new ArrayList<>();
        for (OriginLog log : store.logs()) if (!log.isEmpty() && log.changedNanos >= sinceNanos) recent.add(log);
        if (recent.size() > most) {
            recent.sort(Comparator.comparingLong(log -> -log.changedNanos));
            recent = recent.subList(0, most);
        }
        List<Mark> marks = new ArrayList<>(recent.size());
        for (OriginLog log : recent) marks.add(mark(log));
        long allowed = Math.round(flow.allowed() * 1000);
        long wanted = Math.round(flow.wanted() * 1000);
        send(to, new Summary(store.vectorHash(), wanted == 0 ? 0 : allowed, wanted, marks));
    }

    private static Mark mark(OriginLog log) {
        return new Mark(log.origin.hash(), log.clock, log.beyond());
    }

    private void onSummary(Address from, Summary summary) {
        if (summary.wanted() > 0) {
            long peer = Math.round(flow.meet(summary.allowed() / 1000.0, summary.wanted() / 1000.0) * 1000);
            if (Math.abs(peer - summary.allowed()) * 100 > summary.allowed()) send(from, new Rate(peer));
        }
        long mine = store.vectorHash();
        if (summary.vector() == mine) return;
        long ifRecentOnly = mine;
        for (Mark mark : summary.recent()) {
            OriginLog log = store.log(mark.origin());
            if (log != null) ifRecentOnly ^= log.term();
            ifRecentOnly ^= OriginLog.term(mark.origin(), mark.version(), mark.beyond());
        }
        boolean differed = compare(from, summary.recent(), 0, Set.of());
        if (ifRecentOnly == summary.vector()) return;
        // More differs than changed lately. What is known to differ goes first; if that does not help, all is compared.
        if (differed && ++unresolved < 3) return;
        unresolved = 0;
        askAll(from);
    }

    /** Compares everything with a peer. */
    void askAll(Address peer) {
        send(peer, new Buckets(buckets(bucketCount())));
    }

    private int bucketCount() {
        return Math.clamp(Integer.highestOneBit(Math.max(1, store.logs().size() / 4)), 1, 256);
    }

    private int[] buckets(int count) {
        int[] hashes = new int[count];
        for (OriginLog log : store.logs()) {
            long term = log.term();
            hashes[bucket(log.origin.hash(), count)] ^= (int) (term ^ term >>> 32);
        }
        return hashes;
    }

    private static int bucket(long originHash, int count) {
        return count == 1 ? 0 : (int) (originHash >>> 64 - Integer.numberOfTrailingZeros(count));
    }

    private void onBuckets(Address from, int[] theirs) {
        int[] mine = buckets(theirs.length);
        List<Integer> listed = new ArrayList<>();
        for (int i = 0; i < mine.length; i++) if (mine[i] != theirs[i]) listed.add(i);
        if (listed.isEmpty()) return;
        // Digests must not eat what updates need: when bytes are short, they are few, and of other origins each time.
        if (isShort()) {
            if (nowNanos < listedUntilNanos) return;
            listedUntilNanos = nowNanos + settings.periodNanos();
            int most = Math.max(1, (int) (quantum()
                    / 4
                    / MARK_BYTES
                    * mine.length
                    / Math.max(1, store.logs().size())));
            while (listed.size() > most) listed.remove(random.nextInt(listed.size()));
        }
        Set<Integer> chosen = new HashSet<>(listed);
        List<Mark> marks = new ArrayList<>();
        for (OriginLog log : store.logs())
            if (!log.isEmpty() && chosen.contains(bucket(log.origin.hash(), mine.length))) marks.add(mark(log));
        send(from, new Digests(mine.length, listed, marks, false));
    }

    private void onDigests(Address from, Digests digests) {
        if (digests.want()) {
            Owed before = owed.get(from);
            Map<Long, Has> wants = before == null ? new LinkedHashMap<>() : before.wants();
            for (Mark mark : digests.marks()) wants.put(mark.origin(), asked(mark));
            if (owed.isEmpty()) serve(from, wants, true);
            else owe(from, wants); // those who wait come first
        } else compare(from, digests.marks(), digests.buckets(), new LinkedHashSet<>(digests.listed()));
    }

    /** Asks for what the peer has more of, gives what we have more of; whether anything differed. */
    private boolean compare(Address from, List<Mark> marks, int buckets, Set<Integer> listed) {
        List<Mark> wants = new ArrayList<>();
        Map<Long, Has> gives = new LinkedHashMap<>();
        for (OriginLog log : store.logs())
            if (!log.isEmpty() && buckets > 0 && listed.contains(bucket(log.origin.hash(), buckets)))
                gives.put(log.origin.hash(), new Has(0, 0));
        boolean differed = false;
        for (Mark mark : marks) {
            OriginLog log = store.log(mark.origin());
            long mine = log == null ? 0 : log.clock;
            int beyond = log == null ? 0 : log.beyond();
            boolean same = mark.version() == mine && mark.beyond() == beyond;
            if (!same && log != null && mark.version() == mine && isStuck(log)) repairs.unsure(from);
            if (mark.version() < mine || !same && log != null && log.hasBeyond())
                gives.put(mark.origin(), new Has(mark.version(), mark.beyond() == 0 ? mark.version() : 0));
            else gives.remove(mark.origin());
            if (!same) differed = true;
            boolean more = mark.version() > mine || !same && mark.beyond() != 0;
            if (more && !strangers.contains(mark.origin()) && mayAsk(mark.origin(), log))
                wants.add(new Mark(mark.origin(), mine, unsure(log)));
        }
        if (!wants.isEmpty()) send(from, new Digests(0, List.of(), wants, true));
        // Whoever is being compared with gives, and is given what it lacks at the end: not what it has just given.
        if (!gives.isEmpty() && !repairs.isTakingFrom(from)) give(from, gives);
        return differed || !gives.isEmpty();
    }

    // In a question the last part of a mark says instead from where on the asker is unsure, 0 if it is not.
    private static int unsure(@Nullable OriginLog log) {
        return log == null || !log.isUnsure() ? 0 : (int) Math.min(log.complete + 1, Integer.MAX_VALUE);
    }

    private static Has asked(Mark mark) {
        return new Has(mark.version(), mark.beyond() == 0 ? mark.version() : (mark.beyond() & 0xFFFF_FFFFL) - 1);
    }

    // What nobody asked for may come from several peers at once. When bytes are short a peer is only told what there
    // is, and asks one; and not even that while others wait for what they asked for.
    private void give(Address to, Map<Long, Has> gives) {
        if (2 * budget.left(nowNanos) > budget.most()) {
            serve(to, gives, false);
            return;
        }
        if (!owed.isEmpty()) return;
        List<Mark> marks = new ArrayList<>();
        for (long origin : gives.keySet()) {
            OriginLog log = store.log(origin);
            if (log != null && marks.size() * MARK_BYTES < settings.datagramBytes() - 48) marks.add(mark(log));
        }
        tell(to, marks);
    }

    // Two who cannot give each other anything would answer each other without end: a peer is told so once in a while
    // only.
    private void tell(Address to, List<Mark> marks) {
        Long until = toldUntilNanos.get(to);
        if (until != null && nowNanos < until) return;
        if (toldUntilNanos.size() > 100_000) toldUntilNanos.clear();
        toldUntilNanos.put(to, nowNanos + settings.periodNanos() / 2);
        send(to, new Digests(0, List.of(), marks, false));
    }

    // One peer at a time is asked for an origin's updates; if it does not answer, the next one is after a while.
    private boolean mayAsk(long origin, @Nullable OriginLog log) {
        long untilNanos = nowNanos + 2 * settings.periodNanos();
        if (log != null) {
            if (nowNanos < log.askedUntilNanos) return false;
            log.askedUntilNanos = untilNanos;
            return true;
        }
        Long asked = askedUntilNanos.get(origin);
        if (asked != null && nowNanos < asked) return false;
        if (askedUntilNanos.size() > 100_000) askedUntilNanos.clear();
        askedUntilNanos.put(origin, untilNanos);
        return true;
    }

    // ---- giving ----

    /** Sends what a peer lacks, as far as the budget goes; the rest is asked for again, or waits for the budget. */
    private void serve(Address to, Map<Long, Has> wants, boolean asked) {
        long left = budget.left(nowNanos);
        if (left < quantum()) {
            owe(to, wants);
            return;
        }
        List<Wanted> wanted = new ArrayList<>(wants.size());
        List<Mark> told = new ArrayList<>();
        for (Map.Entry<Long, Has> want : wants.entrySet()) {
            OriginLog log = store.log(want.getKey());
            Has has = want.getValue();
            if (log == null || log.clock <= has.prefix() && !log.hasBeyond()) continue;
            // One that is unsure may have skipped what was forgotten since, whatever its prefix is.
            if (Math.min(has.prefix(), has.sure()) < log.collected) {
                if (!asked) told.add(mark(log));
                else if (isWhole()) send(to, new Missed());
                if (asked) return;
                continue;
            }
            wanted.add(new Wanted(log, Math.min(has.prefix(), log.clock)));
        }
        if (!told.isEmpty()) tell(to, told); // it knows itself how sure it is
        if (wanted.isEmpty()) return;
        List<Delta> packed = new DeltaPacker(store).pack(wanted, settings.datagramBytes(), Math.min(left, BULK_BYTES));
        boolean inOrder = packed.size() > 1;
        for (Delta delta : packed) deltaBytes += send(to, delta, inOrder && packed.size() > 8);
        flow.exchanged(!packed.isEmpty() && packed.getLast().more());
    }

    // Who still waits for bytes, or for the rest of a delta, cannot say what is gone: the peer will ask another.
    private boolean isWhole() {
        for (OriginLog log : store.logs()) if (log.seen() < log.collected) return false;
        return true;
    }

    // A delta of a few bytes costs its receiver a comparison to ask for the rest, so none is begun with less than this.
    private long quantum() {
        return Math.min(settings.datagramBytes(), (long) (budget.most() / 2));
    }

    private boolean isShort() {
        return budget.left(nowNanos) < quantum();
    }

    private void owe(Address to, Map<Long, Has> wants) {
        if (owed.size() < MAX_OWED || owed.containsKey(to))
            owed.put(to, new Owed(wants, nowNanos + 2 * settings.periodNanos()));
        timers.set(new Timer.Serve(), budget.whenNanos(quantum()));
    }

    private void serveOwed() {
        while (!owed.isEmpty() && !isShort()) {
            Map.Entry<Address, Owed> first = owed.entrySet().iterator().next();
            Address peer = first.getKey();
            Owed each = first.getValue();
            owed.remove(peer);
            if (each.untilNanos() >= nowNanos || owed.isEmpty()) serve(peer, each.wants(), true);
        }
        if (owed.isEmpty()) transfers.serveOwed();
        if (owed.isEmpty()) repairs.serveOwed();
        if (!owed.isEmpty() || transfers.isOwing() || repairs.isOwing())
            timers.set(new Timer.Serve(), Math.max(nowNanos + 1, budget.whenNanos(owed.isEmpty() ? 1 : quantum())));
    }

    /** Sends; returns the bytes. */
    int send(Address to, StateMessage message) {
        return send(to, message, false);
    }

    int send(Address to, StateMessage message, boolean stream) {
        byte[] bytes = StateCodec.encode(message);
        spent(bytes.length);
        effects.add(new StateEffect.Send(to, message, bytes, stream || bytes.length > settings.datagramBytes()));
        return bytes.length;
    }

    void spent(int bytes) {
        budget.spend(bytes);
        sentBytes += bytes;
    }

    /** Something waits for the budget. */
    void serveSoon() {
        if (!timers.isSet(new Timer.Serve()))
            timers.set(new Timer.Serve(), Math.max(nowNanos + 1, budget.whenNanos(1)));
    }

    // ---- taking ----

    private void onDelta(Address from, Delta delta) {
        if (store.valueBytes() > 2 * settings.maxBytes()) {
            if (!overfull) publish(new StateEvent.Overfull(store.valueBytes(), settings.maxBytes()));
            overfull = true;
            return;
        }
        overfull = false;
        List<Value> missing = new ArrayList<>();
        boolean news = false;
        for (Segment segment : delta.segments()) {
            Origin origin = segment.origin();
            if (origin.equals(facts) || origin.equals(shared)) continue; // ours: nobody knows better
            if (!isMember(origin)) {
                if (strangers.size() < 100_000) strangers.add(origin.hash());
                continue;
            }
            OriginLog known = store.log(origin);
            long before = known == null ? 0 : known.term();
            store.apply(segment, missing);
            OriginLog log = store.log(origin);
            if (log == null || log.term() == before) continue;
            log.changedNanos = nowNanos;
            log.askedUntilNanos = Long.MIN_VALUE;
            askedUntilNanos.remove(origin.hash());
            news = true;
        }
        for (Value value : missing) transfers.want(value, from);
        if (news) {
            heat();
            watches.advanced();
        }
        if (delta.more()) {
            cutNanos = nowNanos;
            askAll(from);
        }
    }

    /** Publishes what changed and keeps the clocks in step. */
    private void changed() {
        List<StateStore.Change> changes = store.changes();
        if (changes.isEmpty()) return;
        for (StateStore.Change change : changes) {
            for (Sibling each : change.after().siblings()) clock.saw(each.stamp());
            publish(new StateEvent.Changed(change.key(), change.before(), change.after()));
        }
        changes.clear();
    }

    /** An update of ours was made. */
    void wrote(Origin origin) {
        OriginLog log = store.log(origin);
        if (log != null) log.changedNanos = nowNanos;
        heat();
        watches.wrote(origin);
    }

    /** Removes a large value that is nowhere any more. */
    void giveUp(StateKey key) {
        publish(new StateEvent.Lost(new Update(key, shared, store.giveUp(shared, key))));
        wrote(shared);
        advanced();
    }

    void transfersWant(Value value, Address from) {
        transfers.want(value, from);
    }

    /** More is here than before, other than by a delta. */
    void advanced() {
        heat();
        watches.advanced();
    }

    void publish(StateEvent event) {
        effects.add(new StateEffect.Publish(event));
    }
}
