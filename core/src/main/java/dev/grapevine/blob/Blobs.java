package dev.grapevine.blob;

import dev.grapevine.blob.BlobMessage.Again;
import dev.grapevine.blob.BlobMessage.Announce;
import dev.grapevine.blob.BlobMessage.Ask;
import dev.grapevine.blob.BlobMessage.Chunk;
import dev.grapevine.blob.BlobMessage.Extension;
import dev.grapevine.blob.BlobMessage.Get;
import dev.grapevine.blob.BlobMessage.GetChunks;
import dev.grapevine.blob.BlobMessage.Manifest;
import dev.grapevine.blob.BlobMessage.More;
import dev.grapevine.blob.BlobMessage.None;
import dev.grapevine.blob.BlobMessage.Offer;
import dev.grapevine.blob.BlobMessage.Reconcile;
import dev.grapevine.blob.BlobMessage.Reconciled;
import dev.grapevine.blob.BlobMessage.Sketch;
import dev.grapevine.blob.BlobMessage.Small;
import dev.grapevine.blob.BlobMessage.Whole;
import dev.grapevine.core.Address;
import dev.grapevine.core.Timers;
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
 * <p>Different from BIP-330: either side of a link may begin a comparison, none runs while there is nothing to compare, and what it finds is
 * asked for by short id at once, not announced in full first; so short ids have the salt of a node, not of a link, and are not secret.
 */
public final class Blobs {
    /** What happens to this machine. */
    public sealed interface Input {
        record LinkUp(Address peer) implements Input {}

        record LinkDown(Address peer) implements Input {}

        /** The application has something for everybody. */
        record Publish(long command, byte[] bytes) implements Input {}

        record Received(Address from, BlobMessage message) implements Input {}

        /** A round trip to that peer took so long: of several that have a blob the nearest is asked. */
        record Distance(Address peer, long nanos) implements Input {}

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

    sealed interface Timer {
        record Trickle(Address peer) implements Timer {}

        record FetchDue(BlobId id) implements Timer {}

        record ReconcileDue() implements Timer {}

        record AskDue(int shortId) implements Timer {}
    }

    private static final int WINDOW = 8; // chunks asked for at a time
    private static final int MAX_WANTED = 10_000;
    private static final int MAX_SOURCES = 8;
    private static final int MAX_TIMEOUTS = 16; // of one blob
    private static final int MAX_SET = 3_000;
    private static final int ORIGIN_LINKS = 2;

    final Address self;
    final BlobSettings settings;
    final RandomGenerator random;
    private final Reconciling reconciling;
    final Timers<Timer> timers = new Timers<>();
    final Map<Address, BlobLink> links = new LinkedHashMap<>();
    private final LinkedHashMap<BlobId, byte[]> store = new LinkedHashMap<>();
    private final LinkedHashMap<BlobId, Fetch> fetches = new LinkedHashMap<>();
    private List<Effect> effects = List.of();
    long nowNanos;
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
        this.reconciling = new Reconciling(this);
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
                if (link != null) received(from, link, message);
            }
            case Input.Distance(Address peer, long nanos) -> {
                BlobLink link = links.get(peer);
                if (link != null) link.distanceNanos = nanos;
            }
            case Input.Tick() -> {}
        }
        for (Timer due; (due = timers.pollDue(nowNanos)) != null; ) {
            switch (due) {
                case Timer.Trickle(Address peer) -> trickle(peer);
                case Timer.FetchDue(BlobId id) -> fetchDue(id);
                case Timer.ReconcileDue() -> reconciling.next();
                case Timer.AskDue(int shortId) -> reconciling.askDue(shortId);
            }
        }
    }

    void send(Address to, BlobMessage message) {
        int size = message.sizeBytes();
        switch (message) {
            case Announce announce -> announceBytes += size;
            case Reconcile part -> reconcileBytes += size;
            case Sketch part -> reconcileBytes += size;
            case Reconciled part -> reconcileBytes += size;
            case More part -> reconcileBytes += size;
            case Again part -> reconcileBytes += size;
            case Extension part -> reconcileBytes += size;
            case Ask part -> requestBytes += size;
            case Small part -> payloadBytes += size;
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
        reconciling.linkDown(peer);
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

    static byte[] hashes(byte[] bytes) {
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
        reconciling.here(id);
        storedBytes += bytes.length;
        while (storedBytes > settings.maxStoreBytes() && store.size() > 1) {
            Map.Entry<BlobId, byte[]> oldest = store.pollFirstEntry();
            storedBytes -= oldest.getValue().length;
            reconciling.gone(oldest.getKey());
        }
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
        link.set.putIfAbsent(offer.id(), offer);
        reconciling.again();
    }

    /** Announces it in full, in a moment. */
    void queue(Address peer, BlobLink link, Offer offer) {
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
            case Reconcile reconcile -> reconciling.onReconcile(from, link, reconcile);
            case Sketch sketch -> reconciling.onSketch(from, link, sketch);
            case More more -> reconciling.onMore(from, link);
            case Again again -> reconciling.onAgain(from, link);
            case Extension extension -> reconciling.onExtension(from, link, extension);
            case Reconciled reconciled -> reconciling.onReconciled(from, link, reconciled);
            case Ask(List<Integer> ids) -> reconciling.onAsk(from, link, ids);
            case Small(byte[] bytes) -> reconciling.onSmall(from, link, bytes);
        }
    }

    void onOffer(Address from, BlobLink link, Offer offer) {
        link.know(offer.id());
        link.set.remove(offer.id());
        if (store.containsKey(offer.id()) || reconciling.offered(from, offer)) return;
        Fetch fetch = fetches.get(offer.id());
        if (fetch == null) {
            if (link.offers >= settings.maxOffers() || fetches.size() >= MAX_WANTED) return;
            fetch = new Fetch(offer.id(), offer.sizeBytes());
            fetches.put(offer.id(), fetch);
            reconciling.here(offer.id());
            link.offers++;
        }
        if (fetch.sources.size() < MAX_SOURCES && !fetch.sources.contains(from)) fetch.sources.add(from);
        if (fetch.source != null) return;
        if (!link.isBanned(nowNanos)) next(fetch);
        else if (!timers.isSet(new Timer.FetchDue(fetch.id))) // only if nobody else comes up with it
        timers.set(new Timer.FetchDue(fetch.id), nowNanos + settings.requestNanos());
    }

    // ---- fetching

    /** Asks the next source, if there is one and room. */
    private void next(Fetch fetch) {
        fetch.source = null;
        fetch.inFlight = 0;
        timers.cancel(new Timer.FetchDue(fetch.id));
        if (fetch.sources.isEmpty()) {
            stop(fetch);
            if (fetch.received == 0) { // what came of it is kept for whoever announces it next
                fetches.remove(fetch.id);
                reconciling.gone(fetch.id);
            }
            return;
        }
        if (!fetch.active) {
            if (fetchingBytes > 0 && fetchingBytes + fetch.claimedBytes > settings.maxFetchBytes()) return;
            fetch.active = true;
            fetchingBytes += fetch.claimedBytes;
        }
        Address source = nearest(fetch.sources);
        fetch.sources.remove(source);
        fetch.source = source;
        timers.set(new Timer.FetchDue(fetch.id), nowNanos + settings.requestNanos());
        if (fetch.hashes == null) send(source, new Get(fetch.id));
        else ask(fetch, source);
    }

    // In the order in which they came unless one is known to be nearer; those that failed lately last.
    private Address nearest(List<Address> sources) {
        Address nearest = sources.getFirst();
        for (Address one : sources) if (distance(one) < distance(nearest)) nearest = one;
        return nearest;
    }

    private long distance(Address peer) {
        BlobLink link = links.get(peer);
        return link == null || link.isBanned(nowNanos) ? Long.MAX_VALUE : link.distanceNanos;
    }

    /** Goes on with another source when one that is much nearer has it, too. */
    private Address better(Fetch fetch, Address source) {
        if (fetch.sources.isEmpty()) return source;
        Address nearest = nearest(fetch.sources);
        if (distance(nearest) >= distance(source) / 2) return source;
        fetch.sources.remove(nearest);
        fetch.sources.add(source);
        fetch.source = nearest;
        return nearest;
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
        if (fetch == null) return;
        Address source = fetch.source;
        BlobLink link = source == null ? null : links.get(source);
        // The question may have been lost, or the answer: it is asked again when its turn comes.
        if (link != null && source != null && ++fetch.timeouts < MAX_TIMEOUTS && fetch.sources.size() < MAX_SOURCES)
            fetch.sources.add(source);
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
            if (--fetch.inFlight <= 0) ask(fetch, better(fetch, from));
        }
    }

    private void arrived(Fetch fetch, byte[] bytes, Address from, BlobLink link) {
        timers.cancel(new Timer.FetchDue(fetch.id));
        fetches.remove(fetch.id);
        link.offers = Math.max(0, link.offers - 1);
        link.failures = 0;
        here(fetch.id, bytes, from);
        stop(fetch);
    }

    private void here(BlobId id, byte[] bytes, Address from) {
        arrived++;
        keep(id, bytes);
        effects.add(new Effect.Arrived(id, bytes, from));
        announce(new Offer(id, bytes.length));
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

    // ---- for comparisons

    /** A blob that was asked for by its short id. */
    void arrivedSmall(BlobId id, byte[] bytes, Address from, BlobLink link) {
        link.failures = 0;
        here(id, bytes, from);
    }

    void refetched() {
        refetched++;
    }

    /** It is on its way already: that peer has it, too. */
    void alsoFrom(BlobId id, Address peer) {
        Fetch fetch = fetches.get(id);
        if (fetch == null || peer.equals(fetch.source)) return;
        if (fetch.sources.size() < MAX_SOURCES && !fetch.sources.contains(peer)) fetch.sources.add(peer);
        if (fetch.source == null) next(fetch);
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
        return fetches.size() + reconciling.wanted();
    }
}
