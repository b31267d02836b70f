package dev.grapevine.blob;

import dev.grapevine.blob.BlobMessage.Again;
import dev.grapevine.blob.BlobMessage.Ask;
import dev.grapevine.blob.BlobMessage.Extension;
import dev.grapevine.blob.BlobMessage.More;
import dev.grapevine.blob.BlobMessage.Offer;
import dev.grapevine.blob.BlobMessage.Reconcile;
import dev.grapevine.blob.BlobMessage.Reconciled;
import dev.grapevine.blob.BlobMessage.Sketch;
import dev.grapevine.blob.Blobs.Timer;
import dev.grapevine.core.Address;
import dev.grapevine.state.reconcile.BinaryField;
import dev.grapevine.state.reconcile.PinSketch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Compares with neighbours what was not announced to them, by sketches as large as the difference is expected to be (Erlay, BIP-330), and
 * asks for what it finds by short id. Whoever begins a comparison gives the salt of its short ids, the same on all its links, so that a blob
 * found on two of them is asked for on one.
 */
final class Reconciling {
    private static final int MARGIN = 1; // an element of 32 bits that tells a true decoding from a false one
    private static final int MAX_WANTED = 10_000;
    private static final int MAX_ASKED = 512;
    private static final int MAX_ASKED_OF_ONE = 64; // whoever never answers leaves the others room
    private static final int MAX_SOURCES = 8;
    private static final int MAX_ASKS = 16;
    private static final int MAX_ASKS_OF_BANNED = 4;
    private static final int MAX_TRIES = 4;
    private static final int SERVED_BYTES = 4 << 20; // for one question

    /** A blob of which only a short id is known. */
    private static final class Wanted {
        final List<Address> sources = new ArrayList<>(2); // to be asked, in this order
        final List<Address> offered = new ArrayList<>(2); // who announced it in full
        final BlobLink by; // who named it first
        int tries;

        @Nullable
        Address source; // asked now

        @Nullable
        Offer offer;

        Wanted(BlobLink by) {
            this.by = by;
        }
    }

    private final Blobs blobs;
    private final int salt;
    private final Map<Integer, BlobId> mine = new LinkedHashMap<>(); // here, or on their way, by our short ids
    private final LinkedHashMap<Integer, Wanted> wanted = new LinkedHashMap<>();
    private int asked;

    Reconciling(Blobs blobs) {
        this.blobs = blobs;
        this.salt = blobs.random.nextInt();
    }

    void here(BlobId id) {
        mine.put(shortId(salt, id), id);
    }

    void gone(BlobId id) {
        mine.remove(shortId(salt, id), id);
    }

    private static int shortId(int salt, BlobId id) {
        long salted = mix(salt);
        long mixed = mix(id.first() ^ salted) ^ mix(id.second() + salted);
        return (int) (1 + Long.remainderUnsigned(mixed, 0xFFFF_FFFFL)); // never 0
    }

    // The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
    private static long mix(long bits) {
        bits = (bits ^ bits >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        bits = (bits ^ bits >>> 27) * 0x94D0_49BB_1331_11EBL;
        return bits ^ bits >>> 31;
    }

    // ---- comparisons

    void again() {
        if (blobs.timers.isSet(new Timer.ReconcileDue())) return;
        int compared = 0;
        boolean any = false;
        for (BlobLink link : blobs.links.values()) {
            if (!link.flooded) compared++;
            any |= !link.set.isEmpty() || link.snapshot != null;
        }
        if (!any) return;
        long period = blobs.settings.reconcileNanos() / Math.max(1, compared);
        blobs.timers.set(new Timer.ReconcileDue(), blobs.nowNanos + period / 2 + blobs.random.nextLong(period));
    }

    /** One link after another: what is learned by one comparison is no difference in the next. */
    void next() {
        Address first = null;
        for (Map.Entry<Address, BlobLink> entry : List.copyOf(blobs.links.entrySet())) {
            BlobLink link = entry.getValue();
            if (link.snapshot != null) {
                goOn(entry.getKey(), link);
                continue;
            }
            if (link.set.isEmpty()) continue;
            if (first == null || link.comparedNanos < blobs.links.getOrDefault(first, link).comparedNanos)
                first = entry.getKey();
        }
        BlobLink link = first == null ? null : blobs.links.get(first);
        if (first != null && link != null) {
            begin(first, link, true, salt);
            blobs.send(first, new Reconcile(salt, sizeOf(link), q(link)));
        }
        again();
    }

    /** Something of a comparison was lost: says again what the other side should answer, and gives up in the end. */
    private void goOn(Address peer, BlobLink link) {
        if (blobs.nowNanos - link.sinceNanos < blobs.settings.requestNanos() / 4) return;
        link.sinceNanos = blobs.nowNanos;
        if (++link.tries > MAX_TRIES) giveUp(peer, link);
        else if (!link.asked) blobs.send(peer, new Again());
        else blobs.send(peer, new Reconcile(salt, sizeOf(link), q(link)));
        link.sketch = null;
    }

    private static int q(BlobLink link) {
        return (int) Math.min(65_535, Math.ceil(link.q * 32_767));
    }

    /** The other side does not know how the comparison ended. */
    void onAgain(Address from, BlobLink link) {
        if (link.verdict != null && link.snapshot == null) blobs.send(from, link.verdict);
    }

    private void begin(Address peer, BlobLink link, boolean asked, int salt) {
        Map<Integer, Offer> snapshot = new LinkedHashMap<>();
        for (Offer offer : link.set.values()) {
            Offer same = snapshot.putIfAbsent(shortId(salt, offer.id()), offer);
            if (same != null) blobs.queue(peer, link, offer); // two with one short id cannot be told apart
        }
        link.snapshot = snapshot;
        link.set = new LinkedHashMap<>();
        link.sketch = null;
        link.verdict = null;
        link.tries = 0;
        link.asked = asked;
        link.sinceNanos = blobs.nowNanos;
        link.comparedNanos = blobs.nowNanos;
    }

    private static int sizeOf(BlobLink link) {
        return link.snapshot == null ? 0 : link.snapshot.size();
    }

    void onReconcile(Address from, BlobLink link, Reconcile reconcile) {
        if (link.snapshot != null) {
            if (link.asked && blobs.self.compareTo(from) < 0) return; // both began: the smaller address's stands
            for (Offer offer : link.snapshot.values()) link.set.putIfAbsent(offer.id(), offer);
        }
        begin(from, link, false, reconcile.salt());
        // It may ask for them later, when somebody else did not give them.
        if (link.snapshot != null)
            for (Map.Entry<Integer, Offer> entry : link.snapshot.entrySet())
                link.tell(entry.getKey(), entry.getValue().id());
        int ours = sizeOf(link);
        int theirs = reconcile.setSize();
        double expected = Math.abs(ours - theirs) + reconcile.q() / 32_767.0 * Math.min(ours, theirs);
        link.capacity = (int) Math.clamp(Math.ceil(expected) + MARGIN, 1, PinSketch.MAX_CAPACITY / 2);
        blobs.send(from, new Sketch(salt, link.capacity, syndromes(link, 0, link.capacity)));
        again();
    }

    private static byte[] syndromes(BlobLink link, int from, int to) {
        ByteBuffer bytes = ByteBuffer.allocate(PinSketch.sizeBytes(BinaryField.GF32, to - from));
        sketch(link, to).write(bytes, from, to);
        return bytes.array();
    }

    private static PinSketch sketch(BlobLink link, int capacity) {
        PinSketch sketch = new PinSketch(BinaryField.GF32, capacity);
        if (link.snapshot != null) for (int id : link.snapshot.keySet()) sketch.toggle(id & 0xFFFF_FFFFL);
        return sketch;
    }

    void onSketch(Address from, BlobLink link, Sketch message) {
        if (link.snapshot == null || !link.asked || link.sketch != null || message.capacity() < 1) return;
        link.peerSalt = message.salt();
        PinSketch theirs = PinSketch.read(ByteBuffer.wrap(message.bytes()), BinaryField.GF32, message.capacity());
        long[] difference = decode(link, theirs);
        if (difference != null) {
            found(from, link, link.snapshot, difference);
        } else if (message.capacity() <= PinSketch.MAX_CAPACITY / 2) {
            link.sketch = theirs;
            blobs.send(from, new More());
        } else {
            fail(from, link);
        }
    }

    void onMore(Address from, BlobLink link) {
        if (link.snapshot == null || link.asked || link.capacity < 1) return;
        int capacity = link.capacity;
        link.capacity = 0; // once
        blobs.send(from, new Extension(capacity, syndromes(link, capacity, 2 * capacity)));
    }

    void onExtension(Address from, BlobLink link, Extension message) {
        PinSketch first = link.sketch;
        if (link.snapshot == null || first == null || message.count() != first.capacity()) return;
        PinSketch more = PinSketch.read(ByteBuffer.wrap(message.bytes()), BinaryField.GF32, message.count());
        long[] difference = decode(link, first.extendedBy(more));
        if (difference == null) fail(from, link);
        else found(from, link, link.snapshot, difference);
    }

    private static long @Nullable [] decode(BlobLink link, PinSketch theirs) {
        PinSketch both = theirs.copy();
        both.add(sketch(link, theirs.capacity()));
        long[] difference = both.decode();
        // A sketch that is too small often decodes to something, but then to as many elements as it can hold.
        return difference == null || difference.length < theirs.capacity() ? difference : null;
    }

    private void fail(Address peer, BlobLink link) {
        link.verdict = new Reconciled(false, List.of(), List.of());
        blobs.send(peer, link.verdict);
        link.q = Math.min(2, link.q * 2 + 0.05);
        giveUp(peer, link);
    }

    private void found(Address from, BlobLink link, Map<Integer, Offer> snapshot, long[] difference) {
        List<Integer> ask = new ArrayList<>();
        List<Integer> have = new ArrayList<>();
        int theirs = 0;
        int common = snapshot.size();
        for (long element : difference) {
            int id = (int) element;
            Offer ours = snapshot.remove(id);
            if (ours == null) {
                theirs++;
                if (want(id, from, link)) ask.add(id);
            } else {
                common--;
                if (have.size() == BlobMessage.MAX_SHORT) {
                    blobs.queue(from, link, ours);
                    continue;
                }
                int named = shortId(link.peerSalt, ours.id());
                link.tell(named, ours.id());
                link.know(ours.id());
                have.add(named);
            }
        }
        int ours = difference.length - theirs;
        link.verdict = new Reconciled(true, ask, have);
        blobs.send(from, link.verdict);
        // The difference is at least that of the sizes; q says how much of the rest differs.
        int least = common + Math.min(ours, theirs);
        double q = least == 0 ? 0 : 2.0 * Math.min(ours, theirs) / least;
        link.q = (link.q + q) / 2;
        done(link);
    }

    void onReconciled(Address from, BlobLink link, Reconciled reconciled) {
        Map<Integer, Offer> snapshot = link.snapshot;
        if (snapshot == null || link.asked) return;
        if (!reconciled.success()) {
            giveUp(from, link);
            return;
        }
        List<Integer> ask = new ArrayList<>();
        for (int id : reconciled.have()) if (want(id, from, link)) ask.add(id);
        done(link);
        if (!ask.isEmpty()) blobs.send(from, new Ask(ask));
        onAsk(from, link, reconciled.wanted());
    }

    /** What both have is known to both, and what one lacks was named: nothing of the snapshot is left to do. */
    private void done(BlobLink link) {
        Map<Integer, Offer> snapshot = link.snapshot;
        link.snapshot = null;
        link.sketch = null;
        if (snapshot != null)
            for (Offer offer : snapshot.values()) if (!link.queue.containsKey(offer.id())) link.know(offer.id());
        again();
    }

    private void giveUp(Address peer, BlobLink link) {
        Map<Integer, Offer> snapshot = link.snapshot;
        link.snapshot = null;
        link.sketch = null;
        if (snapshot != null) for (Offer offer : snapshot.values()) blobs.queue(peer, link, offer);
        again();
    }

    // ---- what is known by its short id

    /** Named and not here. */
    int wanted() {
        return wanted.size();
    }

    /** Whether {@code from} is to be asked now for what it has by that short id. */
    private boolean want(int id, Address from, BlobLink link) {
        BlobId known = mine.get(id);
        if (known != null) {
            link.know(known);
            blobs.alsoFrom(known, from);
            return false;
        }
        Wanted entry = wanted.get(id);
        if (entry == null) {
            if (wanted.size() >= MAX_WANTED || link.named >= blobs.settings.maxOffers()) return false;
            entry = new Wanted(link);
            link.named++;
            wanted.put(id, entry);
        }
        if (entry.sources.size() < MAX_SOURCES && !entry.sources.contains(from)) entry.sources.add(from);
        if (entry.source != null || asked >= MAX_ASKED || link.asking >= MAX_ASKED_OF_ONE) return false;
        if (link.isBanned(blobs.nowNanos)) { // only if nobody else comes up with it
            if (!blobs.timers.isSet(new Timer.AskDue(id)))
                blobs.timers.set(new Timer.AskDue(id), blobs.nowNanos + blobs.settings.requestNanos());
            return false;
        }
        entry.sources.remove(from);
        asked(id, entry, from, link);
        return true;
    }

    private void asked(int id, Wanted entry, Address of, BlobLink link) {
        asked++;
        link.asking++;
        entry.tries++;
        entry.source = of;
        blobs.timers.set(new Timer.AskDue(id), blobs.nowNanos + blobs.settings.requestNanos());
    }

    void askDue(int id) {
        Wanted entry = wanted.get(id);
        if (entry == null) return;
        BlobLink link = entry.source == null ? null : blobs.links.get(entry.source);
        if (link != null && entry.source != null) {
            link.failed(blobs.nowNanos);
            entry.sources.add(entry.source); // the question may have been lost, or the answer
        }
        nextSource(id, entry);
        askWaiting();
    }

    /** Nobody is asked for it any more. */
    private void release(int id, Wanted entry) {
        BlobLink link = entry.source == null ? null : blobs.links.get(entry.source);
        if (entry.source != null) asked--;
        if (link != null) link.asking--;
        entry.source = null;
        blobs.timers.cancel(new Timer.AskDue(id));
    }

    private void forget(int id, Wanted entry) {
        release(id, entry);
        wanted.remove(id);
        entry.by.named--;
    }

    private void nextSource(int id, Wanted entry) {
        release(id, entry);
        boolean waits = false;
        for (int i = 0; i < entry.sources.size(); i++) {
            Address next = entry.sources.get(i);
            BlobLink link = blobs.links.get(next);
            if (link == null || !mayAsk(entry, link)) continue;
            waits = true;
            if (asked >= MAX_ASKED || link.asking >= MAX_ASKED_OF_ONE) continue;
            entry.sources.remove(i);
            asked(id, entry, next, link);
            blobs.send(next, new Ask(List.of(id)));
            return;
        }
        if (waits) return; // until there is room
        forget(id, entry);
        Offer offer = entry.offer;
        if (offer == null) return; // whoever compares with us next names it again
        for (Address peer : entry.offered) {
            BlobLink link = blobs.links.get(peer);
            if (link != null) blobs.onOffer(peer, link, offer);
        }
    }

    private boolean mayAsk(Wanted entry, BlobLink link) {
        return entry.tries < (link.isBanned(blobs.nowNanos) ? MAX_ASKS_OF_BANNED : MAX_ASKS);
    }

    private void askWaiting() {
        if (asked >= MAX_ASKED || wanted.size() == asked) return;
        List<Integer> ready = new ArrayList<>();
        for (Map.Entry<Integer, Wanted> entry : wanted.entrySet()) {
            if (entry.getValue().source == null && hasRoom(entry.getValue())) ready.add(entry.getKey());
            if (ready.size() >= MAX_ASKED - asked) break;
        }
        for (int id : ready) {
            Wanted entry = wanted.get(id);
            if (entry != null) nextSource(id, entry);
        }
    }

    private boolean hasRoom(Wanted entry) {
        for (Address source : entry.sources) {
            BlobLink link = blobs.links.get(source);
            if (link != null && link.asking < MAX_ASKED_OF_ONE && mayAsk(entry, link)) return true;
        }
        return false;
    }

    /** Whether what {@code from} announces in full is on its way by its short id; then it is asked if that fails. */
    boolean offered(Address from, Offer offer) {
        Wanted entry = wanted.get(shortId(salt, offer.id()));
        if (entry == null) return false;
        if (from.equals(entry.source)) { // its answer: too large to be given at once
            forget(shortId(salt, offer.id()), entry);
            for (Address peer : entry.sources) {
                BlobLink link = blobs.links.get(peer);
                if (link != null) blobs.onOffer(peer, link, offer);
            }
            return false;
        }
        entry.offer = offer;
        if (entry.offered.size() < MAX_SOURCES && !entry.offered.contains(from)) entry.offered.add(from);
        return true;
    }

    void onAsk(Address from, BlobLink link, List<Integer> ids) {
        int served = 0;
        for (int shortId : ids) {
            BlobId id = link.told(shortId);
            byte[] bytes = id == null ? null : blobs.get(id);
            if (id == null || bytes == null) continue; // it asks somebody else
            link.know(id);
            if (bytes.length > BlobMessage.CHUNK_BYTES || served > SERVED_BYTES) {
                blobs.queue(from, link, new Offer(id, bytes.length));
            } else {
                served += bytes.length;
                blobs.send(from, new BlobMessage.Small(bytes));
            }
        }
    }

    void onSmall(Address from, BlobLink link, byte[] bytes) {
        BlobId id = BlobId.of(bytes.length, BlobId.sha256(bytes, 0, bytes.length));
        int shortId = shortId(salt, id);
        Wanted entry = wanted.get(shortId);
        if (entry == null || mine.containsKey(shortId)) {
            blobs.refetched(); // late, or never asked for
            return;
        }
        forget(shortId, entry);
        link.know(id);
        for (Address peer : entry.sources) {
            BlobLink other = blobs.links.get(peer);
            if (other != null) other.know(id);
        }
        blobs.arrivedSmall(id, bytes, from, link);
        askWaiting();
    }

    void linkDown(Address peer) {
        for (Map.Entry<Integer, Wanted> entry : List.copyOf(wanted.entrySet())) {
            entry.getValue().sources.remove(peer);
            entry.getValue().offered.remove(peer);
            if (peer.equals(entry.getValue().source)) nextSource(entry.getKey(), entry.getValue());
        }
    }
}
