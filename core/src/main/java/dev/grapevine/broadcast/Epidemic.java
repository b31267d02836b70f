package dev.grapevine.broadcast;

import dev.grapevine.broadcast.EpidemicMessage.Line;
import dev.grapevine.broadcast.EpidemicSettings.Activity;
import dev.grapevine.broadcast.EpidemicSettings.Exchange;
import dev.grapevine.broadcast.EpidemicStore.Held;
import dev.grapevine.broadcast.EpidemicStore.Outcome;
import dev.grapevine.broadcast.EpidemicStore.Slot;
import dev.grapevine.wire.Wire;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Simple epidemics (Demers et al., PODC 1987, §1.3): in every period each node compares what it holds with {@code fanout}
 * random peers, by push, pull or push-pull, and newer values win. Digests go first, so that a payload moves only to a node
 * that lacks it, and a payload asked of one peer is not asked of another until that one had its time.
 *
 * <p>What is spoken of in a period are the young entries, learned within {@link EpidemicSettings#hotPeriods(int)} periods:
 * enough for everybody to hear of them. Whoever did not (it was away) is found by comparing {@link #digest()}, of four bytes,
 * and served by a comparison of everything, see {@link Input.PeerDigest} and {@link Input.ReconcileWith}.
 *
 * <p>Peers are names. Nothing here has an effect on a network: see {@link Effect}.
 */
public final class Epidemic {
    /** What happens to this machine. */
    public sealed interface Input {
        /** These are the others now; replaces all earlier ones. The order must be the same in every run. */
        record Peers(Collection<String> names) implements Input {}

        /** The application writes its own entry {@code name}: a new version of it. Answered with Stored or Refused. */
        record Put(String name, byte[] payload) implements Input {}

        /**
         * The application writes the shared entry {@code name}. The new value replaces all that this node holds of it, and
         * is concurrent with what it has not heard of. Answered with Stored or Refused.
         */
        record PutShared(String name, byte[] payload) implements Input {}

        record Received(String from, EpidemicMessage message) implements Input {}

        /** A peer said (in a probe, say) that its {@link Epidemic#digest()} is this: the machine decides what to do. */
        record PeerDigest(String peer, int digest) implements Input {}

        /** Compares everything with that peer, in pieces, within the budget of bytes. */
        record ReconcileWith(String peer) implements Input {}

        record Tick() implements Input {}
    }

    /** What the driver must do. */
    public sealed interface Effect {
        /**
         * @param large whether the message is above {@code datagramBytes} and needs a stream
         */
        record Send(String to, EpidemicMessage message, boolean large) implements Effect {}

        /**
         * A value that is new here; told once.
         *
         * @param rumor {@code hops} counts this node
         * @param values all values of its key now: more than one if some are concurrent
         * @param from the peer that gave it
         * @param atNanos when
         */
        record Deliver(Rumor rumor, List<Rumor> values, String from, long atNanos) implements Effect {}

        /** What the application wrote is on its way. */
        record Stored(RumorKey key, Version version) implements Effect {}

        /** What the application wrote is above a limit; {@code reason} is a sentence that names it. */
        record Refused(String name, String reason) implements Effect {}
    }

    /**
     * What this node saw, since its start.
     *
     * @param deliveries values that were new here
     * @param payloads values received, new or not
     * @param requests values asked for
     * @param refused values received and not taken: too large, no room, a conflict of hashes, too many siblings
     * @param throttled messages not sent because the budget of a period was spent
     */
    public record Counters(long deliveries, long payloads, long requests, long refused, long throttled) {}

    private static final int MAX_RECONCILING = 16;
    private static final int MAX_FRUITLESS = 6; // the wait doubles up to 64 periods

    private final String self;
    private final EpidemicSettings settings;
    private final RandomGenerator random;
    private final EpidemicStore store;
    private final InFlight inFlight;
    private final ByteBudget budget;
    private final List<String> peers = new ArrayList<>();
    private final LinkedHashMap<String, Long> reconciling = new LinkedHashMap<>(); // peer to the next hash to compare
    private final long phaseNanos;
    private final long firstNumber;
    private long lastNumber;
    private long hotNanos;
    private long nextPeriodNanos = Long.MAX_VALUE;
    private long lastReconcileNanos = Long.MIN_VALUE;
    private long deliveriesAtReconcile = -1;
    private int fruitlessReconciles;
    private long deliveries;
    private long payloads;
    private long requests;
    private long refused;
    private long throttled;

    /**
     * @param self this node's name: the owner of its entries
     * @param firstNumber version numbers of this node start here, {@code 1..2^61}; above all that it used in an earlier life, so
     *     milliseconds of the wall clock will do. It also marks this life in version vectors
     * @param random this node's own luck
     */
    public Epidemic(String self, long firstNumber, EpidemicSettings settings, RandomGenerator random) {
        if (self.isEmpty() || Wire.utf8Size(self) > RumorKey.MAX_BYTES)
            throw new IllegalArgumentException("a node's name has 1.." + RumorKey.MAX_BYTES + " bytes, not " + self);
        if (firstNumber <= 0 || firstNumber > Version.MAX / 2)
            throw new IllegalArgumentException("firstNumber " + firstNumber + " is not in 1..2^61");
        this.self = self;
        this.settings = settings;
        this.random = random;
        this.store = new EpidemicStore(settings);
        this.inFlight = new InFlight(settings.requestTimeoutNanos());
        this.budget = new ByteBudget(settings.bytesPerPeriod(), settings.periodNanos());
        this.phaseNanos = random.nextLong(settings.periodNanos());
        this.firstNumber = firstNumber;
        this.hotNanos = settings.hotPeriods(1) * settings.periodNanos();
        this.lastNumber = firstNumber - 1;
        if (neverSleeps()) nextPeriodNanos = phaseNanos;
    }

    /** A digest of everything held: equal on two nodes if, and almost surely only if, they hold the same versions. */
    public int digest() {
        return store.digest();
    }

    /** The values of a key, more than one if some are concurrent; empty if there is none. */
    public List<Rumor> values(RumorKey key) {
        Slot slot = store.get(key.hash());
        return slot == null || !key.equals(slot.key) ? List.of() : slot.values();
    }

    /** Every value, by time of learning. */
    public List<Rumor> all() {
        List<Rumor> all = new ArrayList<>();
        for (Slot slot : store.live()) all.addAll(slot.values());
        return all;
    }

    /** What this node saw so far. */
    public Counters counters() {
        return new Counters(deliveries, payloads, requests, refused, throttled);
    }

    /** When the driver owes the next {@link Input.Tick}; {@link Long#MAX_VALUE} while nothing is pending. */
    public long nextDeadlineNanos() {
        long next = Math.min(nextPeriodNanos, inFlight.nextDeadlineNanos());
        return reconciling.isEmpty() ? next : Math.min(next, budget.whenPositiveNanos());
    }

    /** Applies one input; appends what the driver must do, in order, to {@code effects}. */
    public void handle(Input input, long nowNanos, List<Effect> effects) {
        switch (input) {
            case Input.Peers(Collection<String> names) -> {
                peers.clear();
                for (String name : names) if (!name.equals(self)) peers.add(name);
                reconciling.keySet().retainAll(new HashSet<>(peers));
                hotNanos = settings.hotPeriods(peers.size() + 1) * settings.periodNanos();
            }
            case Input.Put(String name, byte[] payload) -> put(name, payload, false, nowNanos, effects);
            case Input.PutShared(String name, byte[] payload) -> put(name, payload, true, nowNanos, effects);
            case Input.Received(String from, EpidemicMessage message) -> {
                switch (message) {
                    case EpidemicMessage.Offer offer -> onOffer(from, offer, nowNanos, effects);
                    case EpidemicMessage.Digest digest -> onDigest(from, digest, nowNanos, effects);
                    case EpidemicMessage.Request(List<Line> lines) -> onRequest(from, lines, nowNanos, effects);
                    case EpidemicMessage.Delta(List<Rumor> rumors) -> {
                        for (Rumor rumor : rumors) accept(rumor, from, nowNanos, effects);
                    }
                }
            }
            case Input.PeerDigest(String peer, int digest) -> {
                if (digest != digest()) reconcileIfDue(peer, nowNanos);
            }
            case Input.ReconcileWith(String peer) -> reconcile(peer);
            case Input.Tick() -> tick(nowNanos, effects);
        }
        pumpReconciliation(nowNanos, effects);
    }

    private boolean neverSleeps() {
        return settings.activity() == Activity.CONTINUOUS || settings.exchange() == Exchange.PULL;
    }

    private boolean holdsYoung(long nowNanos) {
        long newest = store.newestNanos();
        return newest != Long.MIN_VALUE && newest > nowNanos - hotNanos;
    }

    // ---- writing

    private void put(String name, byte[] payload, boolean shared, long nowNanos, List<Effect> effects) {
        int nameBytes = Wire.utf8Size(name);
        Version version =
                shared ? nextVector(name) : lastNumber == Version.MAX ? null : new Version.Number(lastNumber + 1);
        if (nameBytes > RumorKey.MAX_BYTES)
            refuse(name, "a name of " + nameBytes + " bytes", RumorKey.MAX_BYTES + " bytes", effects);
        else if (payload.length > settings.maxPayloadBytes())
            refuse(name, "a payload of " + payload.length + " bytes", settings.maxPayloadBytes() + " bytes", effects);
        else if (!budget.mayWrite(payload.length, nowNanos))
            refuse(name, "writing so fast", settings.bytesPerPeriod() + " bytes per period: try again later", effects);
        else if (version == null)
            refuse(
                    name,
                    "a version more",
                    Version.Vector.MAX_REPLICAS + " writers and 2^62 writes of an entry",
                    effects);
        else
            write(
                    new Rumor(shared ? RumorKey.shared(name) : new RumorKey(self, name), version, payload, 0),
                    nowNanos,
                    effects);
    }

    private void write(Rumor rumor, long nowNanos, List<Effect> effects) {
        String name = rumor.key().name();
        switch (store.store(rumor, nowNanos, nowNanos - 2 * hotNanos)) {
            case STORED -> {
                budget.written(rumor.payload().length);
                if (rumor.version() instanceof Version.Number(long number)) lastNumber = number;
                wake(nowNanos);
                effects.add(new Effect.Stored(rumor.key(), rumor.version()));
            }
            case FULL ->
                refuse(
                        name,
                        "a store with no room (" + store.entries() + " entries, " + store.bytes() + " bytes)",
                        settings.maxEntries() + " entries and " + settings.maxStoreBytes() + " bytes",
                        effects);
            case CONFLICT, KNOWN -> refuse(name, "a key whose hash another key has", "one key per hash", effects);
        }
    }

    private static void refuse(String name, String what, String limit, List<Effect> effects) {
        effects.add(new Effect.Refused(name, what + " is refused: the limit is " + limit));
    }

    // A life of this node counts by itself in vectors: a restarted node that lost its counter must not seem to have
    // seen
    // what it wrote before.
    private Version.@Nullable Vector nextVector(String name) {
        Slot slot = store.get(RumorKey.shared(name).hash());
        List<Version.Vector> seen = new ArrayList<>();
        if (slot != null)
            for (Held held : slot.held) if (held.version() instanceof Version.Vector vector) seen.add(vector);
        return Version.Vector.after(seen, self + "#" + Long.toString(firstNumber, 36));
    }

    // ---- time

    private void wake(long nowNanos) {
        if (nextPeriodNanos != Long.MAX_VALUE) return;
        nextPeriodNanos = nextOnGrid(nowNanos);
    }

    // Periods keep their random phase for ever, so that nodes woken by one message do not march in step.
    private long nextOnGrid(long nowNanos) {
        long period = settings.periodNanos();
        return nowNanos + period - Math.floorMod(nowNanos - phaseNanos, period);
    }

    private void tick(long nowNanos, List<Effect> effects) {
        askElsewhere(nowNanos, effects);
        if (nowNanos < nextPeriodNanos) return;
        exchange(nowNanos, effects);
        nextPeriodNanos = neverSleeps() || holdsYoung(nowNanos) ? nextOnGrid(nowNanos) : Long.MAX_VALUE;
    }

    private void askElsewhere(long nowNanos, List<Effect> effects) {
        for (Line overdue; (overdue = inFlight.pollOverdue(nowNanos)) != null; ) {
            String next = inFlight.alternate(overdue, nowNanos);
            if (next == null) continue;
            requests++;
            send(next, new EpidemicMessage.Request(List.of(overdue)), nowNanos, effects);
        }
    }

    private void exchange(long nowNanos, List<Effect> effects) {
        boolean settled = !holdsYoung(nowNanos);
        if (settled && !neverSleeps()) return;
        boolean push = settings.exchange() == Exchange.PUSH;
        // A digest that asks names what is twice as old, too: entries cool down at different times on different nodes,
        // and what is not named is sent.
        List<Line> lines = lines(store.learnedAfter(nowNanos - (push ? hotNanos : 2 * hotNanos)));
        List<EpidemicMessage> messages = push
                ? offers(settled, settled ? digest() : 0, lines)
                : youngDigests(settings.exchange() == Exchange.PUSH_PULL, settled, lines);
        for (String peer : sample()) for (EpidemicMessage message : messages) send(peer, message, nowNanos, effects);
    }

    private static List<Line> lines(List<Slot> slots) {
        List<Line> lines = new ArrayList<>();
        for (Slot slot : slots) slot.addLines(lines);
        return lines;
    }

    /** Up to {@code fanout} distinct peers: the first steps of a Fisher-Yates shuffle. */
    private List<String> sample() {
        int count = Math.min(settings.fanout(), peers.size());
        for (int i = 0; i < count; i++) {
            int other = i + random.nextInt(peers.size() - i);
            String chosen = peers.get(other);
            peers.set(other, peers.get(i));
            peers.set(i, chosen);
        }
        return List.copyOf(peers.subList(0, count));
    }

    private List<EpidemicMessage> offers(boolean settled, int digest, List<Line> lines) {
        List<EpidemicMessage> offers = new ArrayList<>();
        for (List<Line> part : EpidemicCodec.split(lines, settings.datagramBytes()))
            offers.add(new EpidemicMessage.Offer(settled, digest, part));
        return offers;
    }

    private List<EpidemicMessage> youngDigests(boolean both, boolean settled, List<Line> lines) {
        lines.sort(Comparator.comparingLong(Line::keyHash));
        List<List<Line>> parts = EpidemicCodec.split(lines, settings.datagramBytes());
        List<EpidemicMessage> digests = new ArrayList<>();
        long low = Long.MIN_VALUE;
        for (int i = 0; i < parts.size(); i++) {
            long high = i + 1 == parts.size()
                    ? Long.MAX_VALUE
                    : parts.get(i).getLast().keyHash();
            digests.add(
                    new EpidemicMessage.Digest(both, false, settled, settled ? digest() : 0, low, high, parts.get(i)));
            low = high + 1; // unused after the last
        }
        return digests;
    }

    // ---- receiving

    private void onOffer(String from, EpidemicMessage.Offer offer, long nowNanos, List<Effect> effects) {
        request(from, offer.lines(), nowNanos, effects);
        if (offer.settled()) compareSettled(from, offer.store(), nowNanos);
    }

    private void onDigest(String from, EpidemicMessage.Digest digest, long nowNanos, List<Effect> effects) {
        Map<Long, List<Version>> theirs = new HashMap<>(); // looked up, never iterated
        for (Line line : digest.lines())
            theirs.computeIfAbsent(line.keyHash(), key -> new ArrayList<>(1)).add(line.version());
        Collection<Slot> mine =
                digest.complete() ? store.range(digest.low(), digest.high()) : store.learnedAfter(nowNanos - hotNanos);
        giveLacking(from, digest, mine, theirs, nowNanos, effects);
        if (digest.complete())
            for (Line line : digest.lines())
                if (line.dropped() && inRange(line, digest)) store.adoptDropped(line.keyHash(), line.version());
        if (digest.both()) request(from, digest.lines(), nowNanos, effects);
        if (digest.settled()) compareSettled(from, digest.store(), nowNanos);
    }

    private static boolean inRange(Line line, EpidemicMessage.Digest digest) {
        return line.keyHash() >= digest.low() && line.keyHash() <= digest.high();
    }

    private void giveLacking(
            String to,
            EpidemicMessage.Digest digest,
            Collection<Slot> mine,
            Map<Long, List<Version>> theirs,
            long nowNanos,
            List<Effect> effects) {
        List<Rumor> direct = new ArrayList<>();
        List<Line> offered = new ArrayList<>();
        for (Slot slot : mine) {
            if (slot.keyHash < digest.low() || slot.keyHash > digest.high()) continue;
            List<Version> known = theirs.getOrDefault(slot.keyHash, List.of());
            for (Held held : slot.held) {
                Rumor rumor = held.rumor();
                if (rumor == null || covered(held.version(), known)) continue;
                if (rumor.payload().length <= settings.directBytes()) direct.add(rumor);
                else offered.add(new Line(slot.keyHash, held.version(), false));
            }
        }
        sendRumors(to, direct, nowNanos, effects);
        if (!offered.isEmpty())
            for (EpidemicMessage offer : offers(false, 0, offered)) send(to, offer, nowNanos, effects);
    }

    private static boolean covered(Version version, List<Version> by) {
        for (Version one : by) if (one.covers(version)) return true;
        return false;
    }

    private void request(String from, List<Line> offered, long nowNanos, List<Effect> effects) {
        List<Line> wanted = new ArrayList<>();
        for (Line line : offered) {
            if (line.dropped()) continue;
            Slot slot = store.get(line.keyHash());
            if (slot != null && slot.covers(line.version())) continue;
            if (inFlight.ask(line, from, nowNanos)) wanted.add(line);
        }
        if (wanted.isEmpty()) return;
        requests += wanted.size();
        for (List<Line> part : EpidemicCodec.split(wanted, settings.datagramBytes()))
            send(from, new EpidemicMessage.Request(part), nowNanos, effects);
    }

    private void onRequest(String from, List<Line> lines, long nowNanos, List<Effect> effects) {
        List<Rumor> rumors = new ArrayList<>();
        Set<Rumor> given = Collections.newSetFromMap(new IdentityHashMap<>()); // asking twice does not give twice
        for (Line line : lines) {
            Slot slot = store.get(line.keyHash());
            if (slot == null) continue;
            for (Held held : slot.held) {
                Rumor rumor = held.rumor();
                if (rumor != null && held.version().covers(line.version()) && given.add(rumor)) rumors.add(rumor);
            }
        }
        sendRumors(from, rumors, nowNanos, effects);
    }

    private void accept(Rumor received, String from, long nowNanos, List<Effect> effects) {
        payloads++;
        if (received.payload().length > settings.maxPayloadBytes()) {
            refused++;
            return;
        }
        long keyHash = received.key().hash();
        inFlight.arrived(keyHash, received.version());
        Rumor rumor = received.oneHopOn();
        Outcome outcome = store.store(rumor, nowNanos, nowNanos - 2 * hotNanos);
        switch (outcome) {
            case KNOWN -> {}
            case FULL, CONFLICT -> refused++;
            case STORED -> {
                deliveries++;
                wake(nowNanos);
                Slot slot = Objects.requireNonNull(store.get(keyHash));
                effects.add(new Effect.Deliver(rumor, slot.values(), from, nowNanos));
                // From an earlier life of ours (the clock went back): what we write from now on must be newer still.
                if (rumor.key().owner().equals(self) && rumor.version() instanceof Version.Number(long number))
                    lastNumber = Math.max(lastNumber, number);
            }
        }
    }

    // ---- sending, within the budget

    private void sendRumors(String to, List<Rumor> rumors, long nowNanos, List<Effect> effects) {
        List<Rumor> packed = new ArrayList<>();
        int size = EpidemicCodec.DELTA_OVERHEAD_BYTES;
        for (Rumor rumor : rumors) {
            int more = EpidemicCodec.size(rumor);
            if (!packed.isEmpty() && size + more > settings.datagramBytes()) {
                send(to, new EpidemicMessage.Delta(List.copyOf(packed)), nowNanos, effects);
                packed.clear();
                size = EpidemicCodec.DELTA_OVERHEAD_BYTES;
            }
            packed.add(rumor);
            size += more;
        }
        if (!packed.isEmpty()) send(to, new EpidemicMessage.Delta(List.copyOf(packed)), nowNanos, effects);
    }

    // What is above the budget is not sent at all: whoever waits for it asks another node, and what was to be offered
    // is
    // offered again in the next period. So the load is bounded and no queue grows.
    private void send(String to, EpidemicMessage message, long nowNanos, List<Effect> effects) {
        int size = EpidemicCodec.size(message);
        if (!budget.maySend(size, nowNanos)) {
            throttled++;
            return;
        }
        effects.add(new Effect.Send(to, message, size > settings.datagramBytes()));
    }

    // ---- comparing everything

    // Two nodes that both hold nothing young should hold the same.
    private void compareSettled(String peer, int theirs, long nowNanos) {
        if (theirs != digest() && !holdsYoung(nowNanos)) reconcileIfDue(peer, nowNanos);
    }

    // While something spreads, digests differ for that reason alone; so they are believed when nothing is young here,
    // and
    // else at most once in the time that an entry takes to spread.
    private void reconcileIfDue(String peer, long nowNanos) {
        boolean fruitless = deliveries == deliveriesAtReconcile;
        long patience = fruitless ? settings.periodNanos() << fruitlessReconciles : settings.periodNanos();
        long wait = holdsYoung(nowNanos) ? Math.max(hotNanos, patience) : patience;
        if (lastReconcileNanos != Long.MIN_VALUE && nowNanos < lastReconcileNanos + wait) return;
        // A peer with a full store, or with other limits, differs for ever: comparing again and again brings nothing.
        fruitlessReconciles = fruitless ? Math.min(fruitlessReconciles + 1, MAX_FRUITLESS) : 0;
        deliveriesAtReconcile = deliveries;
        lastReconcileNanos = nowNanos;
        reconcile(peer);
    }

    private void reconcile(String peer) {
        if (reconciling.size() < MAX_RECONCILING && peers.contains(peer)) reconciling.putIfAbsent(peer, Long.MIN_VALUE);
    }

    private void pumpReconciliation(long nowNanos, List<Effect> effects) {
        while (!reconciling.isEmpty() && budget.isPositive(nowNanos)) {
            String peer = reconciling.firstEntry().getKey();
            long low = reconciling.firstEntry().getValue();
            reconciling.remove(peer);
            List<Line> lines = new ArrayList<>();
            long high = fill(lines, low);
            send(peer, new EpidemicMessage.Digest(true, true, false, 0, low, high, lines), nowNanos, effects);
            if (high != Long.MAX_VALUE) reconciling.put(peer, high + 1); // at the end: peers take turns
        }
    }

    private long fill(List<Line> lines, long low) {
        int size = EpidemicCodec.LINES_OVERHEAD_BYTES;
        long last = low;
        for (Slot slot : store.range(low, Long.MAX_VALUE)) {
            List<Line> more = new ArrayList<>();
            slot.addLines(more);
            for (Line line : more) size += EpidemicCodec.size(line);
            if (!lines.isEmpty() && size > settings.datagramBytes()) return last;
            lines.addAll(more);
            last = slot.keyHash;
        }
        return Long.MAX_VALUE;
    }
}
