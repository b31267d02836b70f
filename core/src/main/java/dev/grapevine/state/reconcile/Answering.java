package dev.grapevine.state.reconcile;

import dev.grapevine.state.reconcile.Reconciler.Effect;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The responder's side: exchanges that peers began. The oldest gives way to a new one, and what it says then is answered Busy. */
final class Answering<P> {
    private static final class Exchange {
        final int number;
        final SetSummary before;
        final long salt;

        @Nullable
        RatelessEncoder encoder;

        int encodedSize;

        @Nullable
        ListComparison comparison;

        Exchange(int number, SetSummary before, long salt) {
            this.number = number;
            this.before = before;
            this.salt = salt;
        }
    }

    private final IdSet ids;
    private final ReconcileSettings settings;
    private final RandomGenerator random;
    private final IntSupplier largeInAll;
    private final LinkedHashMap<P, Exchange> exchanges = new LinkedHashMap<>();

    /** @param largeInAll for how many exchanges this node holds a copy of its ids, on both sides */
    Answering(IdSet ids, ReconcileSettings settings, RandomGenerator random, IntSupplier largeInAll) {
        this.ids = ids;
        this.settings = settings;
        this.random = random;
        this.largeInAll = largeInAll;
    }

    void forget(P peer) {
        exchanges.remove(peer);
    }

    int large() {
        int large = 0;
        for (Exchange each : exchanges.values()) if (each.encoder != null) large++;
        return large;
    }

    void compared(P from, ReconcileMessage.Compare theirs, List<Effect<P>> effects) {
        int number = theirs.exchange();
        SetSummary mine = ids.summary();
        int equal = SetSummary.equalCells(theirs.all(), mine.level(0), SetSummary.CELLS);
        int equalSparse =
                SetSummary.equalCells(theirs.sparse(), mine.level(SetSummary.SPARSE_LEVEL), SetSummary.SPARSE_CELLS);
        exchanges.remove(from);
        if (theirs.size() == mine.size()
                && theirs.digest() == ReconcileCodec.digest(mine.digest())
                && equal == SetSummary.CELLS
                && equalSparse == SetSummary.SPARSE_CELLS) {
            effects.add(new Effect.Send<>(from, new ReconcileMessage.Same(number)));
            return;
        }
        Exchange exchange = new Exchange(number, mine, random.nextLong());
        while (exchanges.size() >= settings.maxAnswered())
            exchanges.remove(exchanges.keySet().iterator().next());
        exchanges.put(from, exchange);
        int differences = new DifferenceEstimate(Math.abs(theirs.size() - mine.size()))
                .level(0, SetSummary.CELLS, equal)
                .level(SetSummary.SPARSE_LEVEL, SetSummary.SPARSE_CELLS, equalSparse)
                .differences();
        boolean small = differences <= Costs.MAX_SKETCHED && theirs.size() > 0 && mine.size() > 0;
        if (small) {
            PinSketch sketch = mine.sketch().cut(Costs.capacityFor(differences));
            effects.add(new Effect.Send<>(from, new ReconcileMessage.Sketch(number, mine.size(), 0, sketch)));
        } else {
            effects.add(new Effect.Send<>(from, samples(exchange)));
        }
    }

    private static ReconcileMessage.Samples samples(Exchange exchange) {
        int filled = Math.min(SetSummary.LEVELS - 1, 32 - Integer.numberOfLeadingZeros(exchange.before.size()));
        long[] levels = new long[filled];
        for (int i = 0; i < filled; i++) levels[i] = exchange.before.level(1 + i);
        return new ReconcileMessage.Samples(exchange.number, exchange.before.size(), exchange.salt, levels);
    }

    private @Nullable Exchange exchange(P from, ReconcileMessage message, List<Effect<P>> effects) {
        Exchange exchange = exchanges.get(from);
        if (exchange != null && exchange.number == message.exchange()) return exchange;
        effects.add(new Effect.Send<>(from, new ReconcileMessage.Busy(message.exchange())));
        return null;
    }

    void moreWanted(P from, ReconcileMessage.More more, List<Effect<P>> effects) {
        Exchange exchange = exchange(from, more, effects);
        if (exchange == null) return;
        if (more.capacity() == 0) {
            effects.add(new Effect.Send<>(from, samples(exchange)));
            return;
        }
        PinSketch further = exchange.before.sketch().cut(more.capacity()).from(more.from());
        effects.add(new Effect.Send<>(
                from, new ReconcileMessage.Sketch(more.exchange(), exchange.before.size(), more.from(), further)));
    }

    void symbolsWanted(P from, ReconcileMessage.WantSymbols want, List<Effect<P>> effects) {
        Exchange exchange = exchange(from, want, effects);
        if (exchange == null) return;
        if (exchange.encoder == null && want.from() == 0 && largeInAll.getAsInt() < settings.maxLarge()) {
            long[] all = ids.toArray();
            exchange.encodedSize = all.length;
            exchange.encoder = new RatelessEncoder(all, SipKey.of(exchange.salt));
        }
        RatelessEncoder encoder = exchange.encoder;
        if (encoder == null
                || want.from() != encoder.made()
                || want.count() > Costs.SYMBOLS_AT_ONCE
                || want.from() + want.count() > settings.maxSymbols()) {
            exchanges.remove(from);
            effects.add(new Effect.Send<>(from, new ReconcileMessage.Busy(want.exchange())));
            return;
        }
        for (int left = want.count(); left > 0; ) {
            int count = Math.min(left, ReconcileCodec.MAX_SYMBOLS);
            effects.add(new Effect.Send<>(
                    from, new ReconcileMessage.Symbols(want.exchange(), exchange.encodedSize, encoder.next(count))));
            left -= count;
        }
    }

    void listingWanted(P from, ReconcileMessage.WantListing want, List<Effect<P>> effects) {
        if (exchange(from, want, effects) != null) Speech.list(from, want.exchange(), false, ids, effects);
    }

    void listed(P from, ReconcileMessage.Listing listing, List<Effect<P>> effects) {
        Exchange exchange = exchange(from, listing, effects);
        if (exchange == null) return;
        if (exchange.comparison == null) exchange.comparison = new ListComparison(ids);
        Speech.settle(from, false, exchange.number, exchange.comparison.compare(listing), effects);
        if (!listing.end()) return;
        exchanges.remove(from);
        effects.add(new Effect.Send<>(from, new ReconcileMessage.Same(listing.exchange()))); // nothing differs any more
    }

    /** Gives what is asked for by its leading bits; any peer may ask, one that was sent this node's listing too. */
    void wanted(P from, ReconcileMessage.Want want, List<Effect<P>> effects) {
        long[] found = new long[Math.min(want.prefixes().length, ids.size())];
        int count = 0;
        int below = 64 - want.bits();
        for (long prefix : want.prefixes()) {
            long first = prefix << below;
            long last = first | (below == 0 ? 0 : -1L >>> want.bits());
            for (long id : ids.within(first, last, ids.size())) {
                if (count == found.length) found = Arrays.copyOf(found, 2 * count + 8);
                found[count++] = id;
            }
        }
        Speech.give(from, !want.byInitiator(), Arrays.copyOf(found, count), effects);
    }
}
