package dev.grapevine.blob;

import dev.grapevine.blob.BlobMessage.Announce;
import dev.grapevine.blob.BlobMessage.Chunk;
import dev.grapevine.blob.BlobMessage.Get;
import dev.grapevine.blob.BlobMessage.GetChunks;
import dev.grapevine.blob.BlobMessage.Manifest;
import dev.grapevine.blob.BlobMessage.None;
import dev.grapevine.blob.BlobMessage.Offer;
import dev.grapevine.blob.BlobMessage.Reconcile;
import dev.grapevine.blob.BlobMessage.Reconciled;
import dev.grapevine.blob.BlobMessage.Sketch;
import dev.grapevine.blob.BlobMessage.Whole;
import dev.grapevine.core.Address;
import dev.grapevine.core.Timers;
import dev.grapevine.state.reconcile.BinaryField;
import dev.grapevine.state.reconcile.PinSketch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Announce, request, deliver, as Bitcoin relays transactions, for payloads up to 64 MiB. A blob is announced by its id; who lacks it asks one
 * announcer, and the next one when that one says nothing for too long; each chunk is verified when it comes, so that a liar costs one chunk
 * and nothing that came is fetched twice. Announcements are flooded on few links and reconciled on the others (Erlay, Naumenko et al., CCS
 * 2019; BIP-330), so that their cost hardly grows with the number of links.
 *
 * <p>Different from BIP-330: either side of a link may begin a comparison, none runs while there is nothing to compare, a sketch that cannot
 * be decoded is not extended but both sides announce their sets, and short ids are mixed with both addresses instead of SipHash.
 */
public final class Blobs {
    /** What happens to this machine. */
    public sealed interface Input {
        record LinkUp(Address peer) implements Input {}

        record LinkDown(Address peer) implements Input {}

        /** The application has something for everybody. */
        record Publish(long command, byte[] bytes) implements Input {}

        record Received(Address from, BlobMessage message) implements Input {}

        record Tick() implements Input {}
    }

    /** What the driver must do. */
    public sealed interface Effect {
        record Send(Address to, BlobMessage message) implements Effect {}

        record Published(long command, BlobId id) implements Effect {}

        record Refused(long command, String reason) implements Effect {}

        /** A blob is here, whole and verified. Do not change the bytes. */
        record Arrived(BlobId id, byte[] bytes, Address from) implements Effect {}
    }

    /** Counts since the start, bytes as encoded. {@code refetched} are chunks that came twice or did not fit. */
    public record Counters(
            long arrived,
            long payloadBytesSent,
            long announceBytesSent,
            long reconcileBytesSent,
            long requestBytesSent,
            long refetched) {}

    private sealed interface Timer {
        record Trickle(Address peer) implements Timer {}

        record FetchDue(BlobId id) implements Timer {}

        record ReconcileDue() implements Timer {}
    }

    private static final int WINDOW = 8; // chunks asked for at a time
    private static final int MAX_WANTED = 10_000;
    private static final int MAX_SOURCES = 8;
    private static final int MAX_SET = 3_000;
    private static final int MARGIN = 1;
    private static final int ORIGIN_LINKS = 2;

    private final Address self;
    private final BlobSettings settings;
    private final RandomGenerator random;
    private final Timers<Timer> timers = new Timers<>();
    private final Map<Address, BlobLink> links = new LinkedHashMap<>();
    private final LinkedHashMap<BlobId, byte[]> store = new LinkedHashMap<>();
    private final LinkedHashMap<BlobId, Fetch> fetches = new LinkedHashMap<>();
    private List<Effect> effects = List.of();
    private long nowNanos;
    private long storedBytes;
    private long fetchingBytes;
    private long arrived;
    private long payloadBytes;
    private long announceBytes;
    private long reconcileBytes;
    private long requestBytes;
    private long refetched;

    public Blobs(Address self, BlobSettings settings, RandomGenerator random) {
        this.self = self;
        this.settings = settings;
        this.random = random;
    }

    /** When the driver owes the next {@link Input.Tick}; {@link Long#MAX_VALUE} while nothing is pending. */
    public long nextDeadlineNanos() {
        return timers.nextDeadlineNanos();
    }

    /** Applies one input; appends what the driver must do, in order, to {@code effects}. */
    public void handle(Input input, long nowNanos, List<Effect> effects) {
        this.nowNanos = nowNanos;
        this.effects = effects;
        switch (input) {
            case Input.LinkUp(Address peer) -> linkUp(peer);
            case Input.LinkDown(Address peer) -> linkDown(peer);
            case Input.Publish(long command, byte[] bytes) -> publish(command, bytes);
            case Input.Received(Address from, BlobMessage message) -> {
                BlobLink link = links.get(from);
                if (link != null && !link.isBanned(nowNanos)) received(from, link, message);
            }
            case Input.Tick() -> {}
        }
        for (Timer due; (due = timers.pollDue(nowNanos)) != null; ) {
            switch (due) {
                case Timer.Trickle(Address peer) -> trickle(peer);
                case Timer.FetchDue(BlobId id) -> fetchDue(id);
                case Timer.ReconcileDue() -> reconcileNext();
            }
        }
    }

    private void send(Address to, BlobMessage message) {
        int size = message.sizeBytes();
        switch (message) {
            case Announce announce -> announceBytes += size;
            case Reconcile part -> reconcileBytes += size;
            case Sketch part -> reconcileBytes += size;
            case Reconciled part -> reconcileBytes += size;
            case Whole part -> payloadBytes += size;
            case Chunk part -> payloadBytes += size;
            case Manifest part -> payloadBytes += size;
            case Get part -> requestBytes += size;
            case GetChunks part -> requestBytes += size;
            case None part -> requestBytes += size;
        }
        effects.add(new Effect.Send(to, message));
    }

    // ---- links

    private void linkUp(Address peer) {
        if (links.containsKey(peer)) return;
        int flooded = 0;
        for (BlobLink link : links.values()) if (link.flooded) flooded++;
        BlobLink link = new BlobLink(flooded < settings.floodLinks());
        links.put(peer, link);
        // A new neighbour may lack all we have.
        for (Map.Entry<BlobId, byte[]> entry : store.entrySet())
            tell(peer, link, new Offer(entry.getKey(), entry.getValue().length));
    }

    private void linkDown(Address peer) {
        links.remove(peer);
        timers.cancel(new Timer.Trickle(peer));
        for (Fetch fetch : List.copyOf(fetches.values())) {
            fetch.sources.remove(peer);
            if (peer.equals(fetch.source)) next(fetch);
        }
    }

    // ---- publishing and announcing

    private void publish(long command, byte[] bytes) {
        if (bytes.length > BlobMessage.MAX_BYTES) {
            effects.add(new Effect.Refused(
                    command,
                    "a blob of " + bytes.length + " bytes is refused: the limit is " + BlobMessage.MAX_BYTES
                            + " bytes"));
            return;
        }
        BlobId id = BlobId.of(bytes.length, hashes(bytes));
        effects.add(new Effect.Published(command, id));
        if (store.containsKey(id)) return;
        keep(id, bytes);
        Offer offer = new Offer(id, bytes.length);
        int told = 0;
        // Its first steps are not to wait for a comparison.
        for (Map.Entry<Address, BlobLink> entry : links.entrySet())
            if (told++ < ORIGIN_LINKS) queue(entry.getKey(), entry.getValue(), offer);
            else tell(entry.getKey(), entry.getValue(), offer);
    }

    private static byte[] hashes(byte[] bytes) {
        int chunks = BlobMessage.chunks(bytes.length);
        byte[] hashes = new byte[32 * chunks];
        for (int i = 0; i < chunks; i++) {
            int from = i * BlobMessage.CHUNK_BYTES;
            int length = Math.min(BlobMessage.CHUNK_BYTES, bytes.length - from);
            System.arraycopy(BlobId.sha256(bytes, from, length), 0, hashes, 32 * i, 32);
        }
        return hashes;
    }

    private void keep(BlobId id, byte[] bytes) {
        store.put(id, bytes);
        storedBytes += bytes.length;
        while (storedBytes > settings.maxStoreBytes() && store.size() > 1)
            storedBytes -= store.pollFirstEntry().getValue().length;
    }

    private void announce(Offer offer) {
        for (Map.Entry<Address, BlobLink> entry : links.entrySet()) tell(entry.getKey(), entry.getValue(), offer);
    }

    private void tell(Address peer, BlobLink link, Offer offer) {
        if (link.knows(offer.id())) return;
        if (link.flooded || link.set.size() >= MAX_SET) {
            queue(peer, link, offer);
            return;
        }
        Offer same = link.set.putIfAbsent(shortId(peer, offer.id()), offer);
        if (same != null && !same.equals(offer)) queue(peer, link, offer); // two with one short id cannot be told apart
        again();
    }

    private void queue(Address peer, BlobLink link, Offer offer) {
        link.queue.put(offer.id(), offer);
        if (timers.isSet(new Timer.Trickle(peer))) return;
        double wait = -Math.log(1 - random.nextDouble()) * settings.trickleNanos();
        timers.set(new Timer.Trickle(peer), nowNanos + (long) Math.min(wait, 5.0 * settings.trickleNanos()));
    }

    private void trickle(Address peer) {
        BlobLink link = links.get(peer);
        if (link == null) return;
        List<Offer> offers = new ArrayList<>();
        for (Offer offer : List.copyOf(link.queue.values())) {
            if (offers.size() == BlobMessage.MAX_ANNOUNCED) break;
            link.know(offer.id());
            offers.add(offer);
        }
        if (!offers.isEmpty()) send(peer, new Announce(offers));
        if (!link.queue.isEmpty()) timers.set(new Timer.Trickle(peer), nowNanos + settings.trickleNanos());
    }

    private void received(Address from, BlobLink link, BlobMessage message) {
        switch (message) {
            case Announce(List<Offer> offers) -> {
                for (Offer offer : offers) onOffer(from, link, offer);
            }
            case Get(BlobId id) -> give(from, id);
            case GetChunks(BlobId id, int first, int count) -> giveChunks(from, id, first, count);
            case Whole(BlobId id, byte[] bytes) -> onWhole(from, link, id, bytes);
            case Manifest manifest -> onManifest(from, link, manifest);
            case Chunk chunk -> onChunk(from, link, chunk);
            case None(BlobId id) -> {
                Fetch fetch = fetches.get(id);
                if (fetch != null && from.equals(fetch.source)) fail(fetch, link);
            }
            case Reconcile reconcile -> onReconcile(from, link, reconcile);
            case Sketch sketch -> onSketch(from, link, sketch);
            case Reconciled reconciled -> onReconciled(from, link, reconciled);
        }
    }

    private void onOffer(Address from, BlobLink link, Offer offer) {
        link.know(offer.id());
        link.set.remove(shortId(from, offer.id()), offer);
        if (store.containsKey(offer.id())) return;
        Fetch fetch = fetches.get(offer.id());
        if (fetch == null) {
            if (link.offers >= settings.maxOffers() || fetches.size() >= MAX_WANTED) return;
            fetch = new Fetch(offer.id(), offer.sizeBytes());
            fetches.put(offer.id(), fetch);
            link.offers++;
        }
        if (fetch.sources.size() < MAX_SOURCES && !fetch.sources.contains(from)) fetch.sources.add(from);
        if (fetch.source == null) next(fetch);
    }

    // ---- fetching

    /** Asks the next source, if there is one and room. */
    private void next(Fetch fetch) {
        fetch.source = null;
        fetch.inFlight = 0;
        timers.cancel(new Timer.FetchDue(fetch.id));
        if (fetch.sources.isEmpty()) {
            stop(fetch);
            if (fetch.received == 0) fetches.remove(fetch.id); // what came of it is kept for whoever announces it next
            return;
        }
        if (!fetch.active) {
            if (fetchingBytes > 0 && fetchingBytes + fetch.claimedBytes > settings.maxFetchBytes()) return;
            fetch.active = true;
            fetchingBytes += fetch.claimedBytes;
        }
        Address source = fetch.sources.removeFirst();
        fetch.source = source;
        timers.set(new Timer.FetchDue(fetch.id), nowNanos + settings.requestNanos());
        if (fetch.hashes == null) send(source, new Get(fetch.id));
        else ask(fetch, source);
    }

    private void ask(Fetch fetch, Address source) {
        int first = fetch.firstMissing();
        if (first < 0) return;
        int count = 0;
        byte[] @Nullable [] chunks = fetch.chunks;
        while (chunks != null && first + count < chunks.length && count < WINDOW && chunks[first + count] == null)
            count++;
        fetch.inFlight = count;
        send(source, new GetChunks(fetch.id, first, count));
    }

    private void stop(Fetch fetch) {
        if (!fetch.active) return;
        fetch.active = false;
        fetchingBytes -= fetch.claimedBytes;
        for (Fetch other : List.copyOf(fetches.values()))
            if (!other.active && other != fetch && !other.sources.isEmpty()) {
                next(other);
                if (!other.active) break;
            }
    }

    private void fetchDue(BlobId id) {
        Fetch fetch = fetches.get(id);
        Address source = fetch == null ? null : fetch.source;
        if (fetch == null || source == null) return;
        BlobLink link = links.get(source);
        if (link == null) next(fetch);
        else fail(fetch, link);
    }

    private void fail(Fetch fetch, BlobLink link) {
        link.failed(nowNanos);
        next(fetch);
    }

    private void onWhole(Address from, BlobLink link, BlobId id, byte[] bytes) {
        Fetch fetch = fetches.get(id);
        if (fetch == null || !from.equals(fetch.source)) {
            refetched++;
            return;
        }
        if (!BlobId.of(bytes.length, BlobId.sha256(bytes, 0, bytes.length)).equals(id)) {
            refetched++;
            fail(fetch, link);
            return;
        }
        arrived(fetch, bytes, from, link);
    }

    private void onManifest(Address from, BlobLink link, Manifest manifest) {
        Fetch fetch = fetches.get(manifest.id());
        if (fetch == null || !from.equals(fetch.source) || fetch.hashes != null) return;
        boolean lies = manifest.totalBytes() != fetch.claimedBytes
                || !BlobId.of(manifest.totalBytes(), manifest.hashes()).equals(manifest.id());
        if (lies) {
            fail(fetch, link);
            return;
        }
        fetch.manifest(manifest.totalBytes(), manifest.hashes());
        timers.set(new Timer.FetchDue(fetch.id), nowNanos + settings.requestNanos());
        ask(fetch, from);
    }

    private void onChunk(Address from, BlobLink link, Chunk chunk) {
        Fetch fetch = fetches.get(chunk.id());
        byte[] @Nullable [] chunks = fetch == null ? null : fetch.chunks;
        if (fetch == null || chunks == null) return;
        if (chunk.index() >= chunks.length || chunks[chunk.index()] != null) {
            refetched++;
            return;
        }
        // A late one from a source that we gave up is as good as any, if it fits.
        if (!fetch.fits(chunk.index(), chunk.bytes())) {
            refetched++;
            if (from.equals(fetch.source)) fail(fetch, link);
            else link.failed(nowNanos);
            return;
        }
        chunks[chunk.index()] = chunk.bytes();
        fetch.received++;
        if (fetch.received == chunks.length) {
            arrived(fetch, fetch.joined(), from, link);
        } else if (from.equals(fetch.source)) {
            timers.set(new Timer.FetchDue(fetch.id), nowNanos + settings.requestNanos());
            if (--fetch.inFlight <= 0) ask(fetch, from);
        }
    }

    private void arrived(Fetch fetch, byte[] bytes, Address from, BlobLink link) {
        timers.cancel(new Timer.FetchDue(fetch.id));
        fetches.remove(fetch.id);
        link.offers = Math.max(0, link.offers - 1);
        link.failures = 0;
        arrived++;
        keep(fetch.id, bytes);
        effects.add(new Effect.Arrived(fetch.id, bytes, from));
        announce(new Offer(fetch.id, bytes.length));
        stop(fetch);
    }

    private void give(Address to, BlobId id) {
        byte[] bytes = store.get(id);
        if (bytes == null) send(to, new None(id));
        else if (bytes.length <= BlobMessage.CHUNK_BYTES) send(to, new Whole(id, bytes));
        else send(to, new Manifest(id, bytes.length, hashes(bytes)));
    }

    private void giveChunks(Address to, BlobId id, int first, int count) {
        byte[] bytes = store.get(id);
        if (bytes == null) {
            send(to, new None(id));
            return;
        }
        int end = Math.min(BlobMessage.chunks(bytes.length), first + Math.min(count, WINDOW));
        for (int i = first; i < end; i++) {
            int from = i * BlobMessage.CHUNK_BYTES;
            int length = Math.min(BlobMessage.CHUNK_BYTES, bytes.length - from);
            send(to, new Chunk(id, i, java.util.Arrays.copyOfRange(bytes, from, from + length)));
        }
    }

    // ---- reconciliation

    private int shortId(Address peer, BlobId id) {
        long salt =
                mix(self.hashCode() ^ (long) peer.hashCode() << 1) ^ mix(peer.hashCode() ^ (long) self.hashCode() << 1);
        long mixed = mix(id.first() ^ salt) ^ mix(id.second() + salt);
        return (int) (1 + Long.remainderUnsigned(mixed, 0xFFFF_FFFFL));
    }

    // The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
    private static long mix(long bits) {
        bits = (bits ^ bits >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        bits = (bits ^ bits >>> 27) * 0x94D0_49BB_1331_11EBL;
        return bits ^ bits >>> 31;
    }

    /** One link after another: what is learned by one comparison is no difference in the next. */
    private void reconcileNext() {
        Address first = null;
        for (Map.Entry<Address, BlobLink> entry : List.copyOf(links.entrySet())) {
            BlobLink link = entry.getValue();
            if (link.snapshot != null) {
                if (nowNanos - link.sinceNanos >= settings.requestNanos()) giveUp(entry.getKey(), link);
                continue;
            }
            if (link.set.isEmpty()) continue;
            if (first == null || link.comparedNanos < links.getOrDefault(first, link).comparedNanos)
                first = entry.getKey();
        }
        BlobLink link = first == null ? null : links.get(first);
        if (first != null && link != null) {
            begin(link, true);
            int q = (int) Math.min(65_535, Math.ceil(link.q * 32_767));
            send(first, new Reconcile(sizeOf(link.snapshot), q));
        }
        again();
    }

    private void begin(BlobLink link, boolean asked) {
        link.snapshot = link.set;
        link.set = new LinkedHashMap<>();
        link.asked = asked;
        link.sinceNanos = nowNanos;
        link.comparedNanos = nowNanos;
    }

    private static int sizeOf(@Nullable Map<Integer, Offer> set) {
        return set == null ? 0 : set.size();
    }

    private void onReconcile(Address from, BlobLink link, Reconcile reconcile) {
        if (link.snapshot != null) {
            if (link.asked && self.compareTo(from) < 0) return; // both began: the smaller address's comparison stands
            for (Offer offer : link.snapshot.values()) link.set.putIfAbsent(shortId(from, offer.id()), offer);
        }
        begin(link, false);
        int ours = sizeOf(link.snapshot);
        int theirs = reconcile.setSize();
        double expected = Math.abs(ours - theirs) + reconcile.q() / 32_767.0 * Math.min(ours, theirs);
        int capacity = (int) Math.clamp(expected + MARGIN + 1, 1, PinSketch.MAX_CAPACITY);
        ByteBuffer bytes = ByteBuffer.allocate(PinSketch.sizeBytes(BinaryField.GF32, capacity));
        sketch(link.snapshot, capacity).write(bytes, 0, capacity);
        send(from, new Sketch(capacity, bytes.array()));
        again();
    }

    private static PinSketch sketch(@Nullable Map<Integer, Offer> set, int capacity) {
        PinSketch sketch = new PinSketch(BinaryField.GF32, capacity);
        if (set != null) for (int id : set.keySet()) sketch.toggle(id & 0xFFFF_FFFFL);
        return sketch;
    }

    private void onSketch(Address from, BlobLink link, Sketch message) {
        Map<Integer, Offer> snapshot = link.snapshot;
        if (snapshot == null || !link.asked || message.capacity() < 1) return;
        PinSketch theirs = PinSketch.read(ByteBuffer.wrap(message.bytes()), BinaryField.GF32, message.capacity());
        theirs.add(sketch(snapshot, message.capacity()));
        long[] difference = theirs.decode();
        if (difference == null) {
            send(from, new Reconciled(false, List.of()));
            link.q = Math.min(2, link.q * 2 + 0.05);
            giveUp(from, link);
            return;
        }
        List<Integer> wanted = new ArrayList<>();
        int onlyOurs = 0;
        for (long element : difference) {
            int id = (int) element;
            Offer ours = snapshot.remove(id);
            if (ours == null) wanted.add(id);
            else {
                onlyOurs++;
                queue(from, link, ours);
            }
        }
        send(from, new Reconciled(true, wanted));
        int least = Math.min(snapshot.size() + onlyOurs, snapshot.size() + wanted.size());
        int skew = Math.abs(onlyOurs - wanted.size());
        if (least > 0) link.q = Math.max(0, (difference.length - skew) / (double) least);
        done(link);
    }

    private void onReconciled(Address from, BlobLink link, Reconciled reconciled) {
        Map<Integer, Offer> snapshot = link.snapshot;
        if (snapshot == null || link.asked) return;
        if (!reconciled.success()) {
            giveUp(from, link);
            return;
        }
        for (int id : reconciled.wanted()) {
            Offer offer = snapshot.get(id);
            if (offer != null) queue(from, link, offer);
        }
        done(link);
    }

    /** What both have is known to both, and what one lacks is announced: nothing of the snapshot is left to do. */
    private void done(BlobLink link) {
        Map<Integer, Offer> snapshot = link.snapshot;
        link.snapshot = null;
        if (snapshot != null)
            for (Offer offer : snapshot.values()) if (!link.queue.containsKey(offer.id())) link.know(offer.id());
        again();
    }

    private void giveUp(Address peer, BlobLink link) {
        Map<Integer, Offer> snapshot = link.snapshot;
        link.snapshot = null;
        if (snapshot != null) for (Offer offer : snapshot.values()) queue(peer, link, offer);
        again();
    }

    private void again() {
        if (timers.isSet(new Timer.ReconcileDue())) return;
        int compared = 0;
        boolean any = false;
        for (BlobLink link : links.values()) {
            if (!link.flooded) compared++;
            any |= !link.set.isEmpty() || link.snapshot != null;
        }
        if (!any) return;
        long period = settings.reconcileNanos() / Math.max(1, compared);
        timers.set(new Timer.ReconcileDue(), nowNanos + period / 2 + random.nextLong(period));
    }

    // ---- reading

    /** The blob, null if it is not here. Do not change the bytes. */
    public byte @Nullable [] get(BlobId id) {
        return store.get(id);
    }

    /** Counts since the start. */
    public Counters counters() {
        return new Counters(arrived, payloadBytes, announceBytes, reconcileBytes, requestBytes, refetched);
    }

    /** Blobs that were announced and are not here. */
    public int wanted() {
        return fetches.size();
    }
}
