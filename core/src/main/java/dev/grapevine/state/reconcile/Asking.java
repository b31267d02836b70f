package dev.grapevine.state.reconcile;

import dev.grapevine.core.Timers;
import dev.grapevine.state.reconcile.Reconciler.Effect;
import dev.grapevine.state.reconcile.Reconciler.Method;
import dev.grapevine.state.reconcile.Reconciler.Outcome;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The initiator's side: exchanges that this node began, one a peer; it reads the difference and chooses by which means. */
final class Asking<P> {
    private record Timeout<P>(P peer) {}

    private static final class Exchange {
        final int number;
        final SetSummary before;
        ReconcileMessage request;
        int attempts = 1;
        int roundTrips;

        @Nullable
        PinSketch sketch;

        @Nullable
        RatelessDecoder decoder;

        @Nullable
        ListComparison comparison;

        int estimate;
        int symbolsWanted;

        Exchange(int number, SetSummary before, ReconcileMessage request) {
            this.number = number;
            this.before = before;
            this.request = request;
        }
    }

    private final IdSet ids;
    private final ReconcileSettings settings;
    private final IntSupplier largeInAll;
    private final Map<P, Exchange> exchanges = new LinkedHashMap<>();
    private final Timers<Timeout<P>> timers = new Timers<>();
    private int lastNumber;
    private long nowNanos;

    /** @param largeInAll for how many exchanges this node holds a copy of its ids, on both sides */
    Asking(IdSet ids, ReconcileSettings settings, RandomGenerator random, IntSupplier largeInAll) {
        this.ids = ids;
        this.settings = settings;
        this.largeInAll = largeInAll;
        lastNumber = random.nextInt(256);
    }

    long nextDeadlineNanos() {
        return timers.nextDeadlineNanos();
    }

    boolean isAsking(P peer) {
        return exchanges.containsKey(peer);
    }

    int large() {
        int large = 0;
        for (Exchange each : exchanges.values()) if (each.decoder != null) large++;
        return large;
    }

    void at(long nowNanos) {
        this.nowNanos = nowNanos;
    }

    // ---- beginning, waiting, ending ----

    void start(P peer, List<Effect<P>> effects) {
        if (exchanges.containsKey(peer)) return;
        SetSummary before = ids.summary();
        lastNumber = lastNumber + 1 & 0xFF;
        ReconcileMessage compare = new ReconcileMessage.Compare(
                lastNumber, before.size(), ReconcileCodec.digest(before.digest()), before.level(0), (int)
                        before.level(SetSummary.SPARSE_LEVEL));
        Exchange exchange = new Exchange(lastNumber, before, compare);
        exchanges.put(peer, exchange);
        ask(peer, exchange, compare, effects);
    }

    private void ask(P peer, Exchange exchange, ReconcileMessage request, List<Effect<P>> effects) {
        exchange.request = request;
        exchange.attempts = 1;
        exchange.roundTrips++;
        waitFor(peer);
        effects.add(new Effect.Send<>(peer, request));
    }

    private void waitFor(P peer) {
        timers.set(new Timeout<>(peer), nowNanos + settings.timeoutNanos());
    }

    void tick(List<Effect<P>> effects) {
        for (Timeout<P> due; (due = timers.pollDue(nowNanos)) != null; ) timedOut(due.peer(), effects);
    }

    private void timedOut(P peer, List<Effect<P>> effects) {
        Exchange exchange = exchanges.get(peer);
        if (exchange == null) return;
        // Symbols and listings are long and go by stream: what is missing of them is lost with the stream.
        boolean again = exchange.decoder == null && exchange.comparison == null;
        if (!again || exchange.attempts >= settings.attempts()) {
            end(peer, exchange, Method.NONE, 0, 0, effects);
            return;
        }
        exchange.attempts++;
        waitFor(peer);
        effects.add(new Effect.Send<>(peer, exchange.request));
    }

    void gone(P peer, List<Effect<P>> effects) {
        Exchange exchange = exchanges.get(peer);
        if (exchange != null) end(peer, exchange, Method.NONE, 0, 0, effects);
    }

    private void end(P peer, Exchange exchange, Method method, int lacking, int giving, List<Effect<P>> effects) {
        exchanges.remove(peer);
        timers.cancel(new Timeout<>(peer));
        int units = exchange.decoder != null
                ? exchange.decoder.received()
                : exchange.sketch == null ? 0 : exchange.sketch.capacity();
        effects.add(new Effect.Ended<>(peer, new Outcome(method, lacking, giving, exchange.roundTrips, units)));
    }

    private @Nullable Exchange exchange(P from, ReconcileMessage message) {
        Exchange exchange = exchanges.get(from);
        return exchange != null && exchange.number == message.exchange() ? exchange : null;
    }

    // ---- answers ----

    void same(P from, ReconcileMessage.Same same, List<Effect<P>> effects) {
        Exchange exchange = exchange(from, same);
        if (exchange == null) return;
        // It also ends a listing of this node's ids: what the peer lacked is asked for before.
        end(from, exchange, exchange.comparison == null ? Method.SAME : Method.LISTING, 0, 0, effects);
    }

    void busy(P from, ReconcileMessage.Busy busy, List<Effect<P>> effects) {
        Exchange exchange = exchange(from, busy);
        if (exchange != null) end(from, exchange, Method.NONE, 0, 0, effects);
    }

    void sketched(P from, ReconcileMessage.Sketch theirs, List<Effect<P>> effects) {
        Exchange exchange = exchange(from, theirs);
        if (exchange == null) return;
        int have = exchange.sketch == null ? 0 : exchange.sketch.capacity();
        if (theirs.from() != have || have == SetSummary.CAPACITY) return; // late
        exchange.sketch = exchange.sketch == null ? theirs.syndromes() : exchange.sketch.extendedBy(theirs.syndromes());
        int capacity = exchange.sketch.capacity();
        PinSketch difference = exchange.before.sketch().cut(capacity);
        difference.add(exchange.sketch);
        long[] elements = difference.decode();
        // One syndrome more than differences: without it a wrong answer may pass for one. None at all: two ids share 48
        // bits.
        if (elements != null && elements.length < capacity && elements.length > 0) {
            tell(from, exchange, elements, theirs.size(), effects);
        } else if (capacity < SetSummary.CAPACITY && (elements == null || elements.length > 0)) {
            int more = Costs.nextCapacity(capacity);
            ask(from, exchange, new ReconcileMessage.More(exchange.number, capacity, more), effects);
        } else {
            ask(from, exchange, new ReconcileMessage.More(exchange.number, 0, 0), effects);
        }
    }

    /** Tells ids that are here from those that are not, by the 48 bits that a sketch knows of them. */
    private void tell(P peer, Exchange exchange, long[] elements, int theirSize, List<Effect<P>> effects) {
        long[] give = new long[elements.length];
        long[] want = new long[elements.length];
        int giving = 0;
        int lacking = 0;
        for (long element : elements) {
            long[] here = ids.within(element == 1 ? 0 : element << 16, element << 16 | 0xFFFF, 2);
            if (here.length == 0) want[lacking++] = element << 16;
            for (long id : here) {
                if (giving == give.length) give = Arrays.copyOf(give, 2 * giving);
                give[giving++] = id;
            }
        }
        boolean unchanged = ids.digest() == exchange.before.digest();
        if (unchanged && exchange.before.size() - giving + lacking != theirSize) {
            // Some share all 48 bits: what a sketch says of them is not to be trusted, all 64 bits are.
            ask(peer, exchange, new ReconcileMessage.More(exchange.number, 0, 0), effects);
            return;
        }
        int bits = Math.min(48, SortedIds.prefixBits(theirSize));
        Speech.want(peer, true, exchange.number, Arrays.copyOf(want, lacking), bits, effects);
        Speech.give(peer, true, Arrays.copyOf(give, giving), effects);
        end(peer, exchange, Method.SKETCH, lacking, giving, effects);
    }

    void sampled(P from, ReconcileMessage.Samples theirs, List<Effect<P>> effects) {
        Exchange exchange = exchange(from, theirs);
        if (exchange == null || exchange.decoder != null || exchange.comparison != null) return;
        int mySize = ids.size();
        DifferenceEstimate estimate = new DifferenceEstimate(Math.abs(theirs.size() - mySize));
        for (int i = 0; i < theirs.levels().length; i++)
            estimate.level(
                    1 + i,
                    SetSummary.CELLS,
                    SetSummary.equalCells(theirs.levels()[i], exchange.before.level(1 + i), SetSummary.CELLS));
        exchange.estimate = estimate.differences();
        if (exchange.estimate <= Costs.MAX_SKETCHED && exchange.sketch == null && mySize > 0 && theirs.size() > 0) {
            int capacity = Costs.capacityFor(exchange.estimate);
            ask(from, exchange, new ReconcileMessage.More(exchange.number, 0, capacity), effects);
            return;
        }
        double symbols = Costs.symbols(exchange.estimate);
        int smaller = Math.min(mySize, theirs.size());
        boolean sketchFailed = exchange.sketch != null && exchange.sketch.capacity() == SetSummary.CAPACITY;
        boolean room = symbols * 1.5 < settings.maxSymbols() && largeInAll.getAsInt() < settings.maxLarge();
        // What was estimated too high would list needlessly; too low only ends in a listing after all, see below.
        if (room && 0.8 * Costs.symbolBytes(symbols) < Costs.listingBytes(smaller)) {
            exchange.decoder = new RatelessDecoder(ids.toArray(), SipKey.of(theirs.salt()));
            int first = (int) Math.max(sketchFailed ? SetSummary.CAPACITY : 8, symbols * 0.85);
            askForSymbols(from, exchange, exchange.decoder, first, effects);
        } else {
            list(from, exchange, mySize <= theirs.size(), effects);
        }
    }

    private void askForSymbols(P peer, Exchange exchange, RatelessDecoder decoder, int more, List<Effect<P>> effects) {
        int received = decoder.received();
        int count = Math.min(more, Math.min(Costs.SYMBOLS_AT_ONCE, settings.maxSymbols() - received));
        exchange.symbolsWanted = received + count;
        ask(peer, exchange, new ReconcileMessage.WantSymbols(exchange.number, received, count), effects);
    }

    void symbols(P from, ReconcileMessage.Symbols theirs, List<Effect<P>> effects) {
        Exchange exchange = exchange(from, theirs);
        if (exchange == null || exchange.decoder == null) return;
        RatelessDecoder decoder = exchange.decoder;
        if (theirs.run().from != decoder.received()) return;
        if (theirs.run().from + theirs.run().size() > exchange.symbolsWanted) return; // not asked for
        decoder.add(theirs.run());
        waitFor(from);
        if (decoder.isComplete()) {
            long[] give = decoder.ours();
            long[] lacking = decoder.theirs();
            Speech.want(from, true, exchange.number, lacking, SortedIds.prefixBits(theirs.size()), effects);
            Speech.give(from, true, give, effects);
            end(from, exchange, Method.SYMBOLS, lacking.length, give.length, effects);
            return;
        }
        if (decoder.received() < exchange.symbolsWanted) return;
        double promised = Costs.symbols(exchange.estimate);
        int smaller = Math.min(ids.size(), theirs.size());
        boolean enough = decoder.received() > Math.max(1000, 3 * promised)
                && Costs.symbolBytes(decoder.received()) > 2 * Costs.listingBytes(smaller);
        if (decoder.isHopeless() || decoder.received() >= settings.maxSymbols() || enough) {
            exchange.decoder = null;
            list(from, exchange, ids.size() <= theirs.size(), effects);
            return;
        }
        double missing = promised * 0.85 - decoder.received(); // more than one request may ask for
        int more = (int) Math.max(missing, 16 + decoder.received() / 12);
        askForSymbols(from, exchange, decoder, more, effects);
    }

    private void list(P peer, Exchange exchange, boolean mine, List<Effect<P>> effects) {
        exchange.comparison = new ListComparison(ids);
        if (!mine) {
            ask(peer, exchange, new ReconcileMessage.WantListing(exchange.number), effects);
            return;
        }
        exchange.roundTrips++;
        waitFor(peer);
        Speech.list(peer, exchange.number, true, ids, effects);
    }

    void listed(P from, ReconcileMessage.Listing listing, List<Effect<P>> effects) {
        Exchange exchange = exchange(from, listing);
        if (exchange == null || exchange.comparison == null) return;
        ListComparison comparison = exchange.comparison;
        waitFor(from);
        Speech.settle(from, true, exchange.number, comparison.compare(listing), effects);
        if (listing.end()) end(from, exchange, Method.LISTING, comparison.lacking(), comparison.giving(), effects);
    }
}
