package dev.grapevine.state.reconcile;

import dev.grapevine.core.Timers;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Exchanges by which two nodes find out in what their {@link IdSet}s differ and give each other what the other lacks.
 *
 * <p>The initiator tells size, digest and two small samples of its set: 25 bytes with the answer if both are the same. If not,
 * the responder estimates the difference and answers with a {@link PinSketch} of about that capacity, 6 bytes a difference;
 * the initiator reads the difference after one round trip, gives what the other lacks and asks for what it lacks itself, by
 * just as many bits of the ids as tell them apart (1 to 3 bytes). An estimate that was too low costs a round trip for further
 * syndromes. A large difference is read from a rateless IBLT, 13 to 15 bytes a symbol and 1.35 symbols a difference; its
 * symbols are asked for up to a tenth below what the samples promise, and then in small steps. Where a list of all ids of the
 * smaller set is cheaper still, or nothing else worked, that is sent.
 *
 * <p>Nothing a peer says changes the set: it only decides which entries are given to it or asked of it. Costs are bounded: see
 * {@link ReconcileSettings}. Message-level: whoever composes it sends, counts bytes, and turns {@link Effect.Give} into
 * entries. An exchange that broke off is simply begun again; that all is well is known when one ends with nothing different.
 *
 * @param <P> names a peer; needs equals and hashCode
 */
public final class Reconciler<P> {
    /** What happens to this machine. */
    public sealed interface Input<P> {
        /** Compare with that peer; nothing happens if that is being done. */
        record Start<P>(P peer) implements Input<P> {}

        record Received<P>(P from, ReconcileMessage message) implements Input<P> {}

        /** That peer is gone. */
        record Gone<P>(P peer) implements Input<P> {}

        record Tick<P>() implements Input<P> {}
    }

    /** What the driver must do. */
    public sealed interface Effect<P> {
        /** In order for each peer; what is larger than a datagram by a stream. */
        record Send<P>(P to, ReconcileMessage message) implements Effect<P> {}

        /** Send the peer the entries of these ids, as far as they are still there. */
        record Give<P>(P to, long[] ids) implements Effect<P> {}

        /** An exchange that this node began is over. */
        record Ended<P>(P peer, Outcome outcome) implements Effect<P> {}
    }

    /** How an exchange found out what differs. */
    public enum Method {
        /** Nothing differs. */
        SAME,
        /** By syndromes. */
        SKETCH,
        /** By coded symbols. */
        SYMBOLS,
        /** By a list of ids. */
        LISTING,
        /** Not at all: the peer did not answer, or had too much to do. */
        NONE
    }

    /**
     * What became of an exchange.
     *
     * @param lacking entries that this node asked for; those of a listing that the peer compares are not counted
     * @param giving entries that it gave unasked
     * @param roundTrips that this node waited for an answer
     * @param units syndromes or coded symbols received
     */
    public record Outcome(Method method, int lacking, int giving, int roundTrips, int units) {}

    /** Differences above which symbols are fewer bytes than syndromes that may not suffice. */
    private static final int MAX_SKETCHED = 80;

    private static final int SPARSE_LEVEL = 2;
    private static final int SPARSE_CELLS = 16;
    private static final double SYMBOLS_PER_DIFFERENCE = 1.36;
    private static final double SYMBOL_BYTES = 14;
    private static final int SYMBOLS_AT_ONCE = 16 * ReconcileCodec.MAX_SYMBOLS;

    private record Timeout<P>(P peer) {}

    /** An exchange that this node began. */
    private static final class Asked {
        final int exchange;
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

        Asked(int exchange, SetSummary before, ReconcileMessage request) {
            this.exchange = exchange;
            this.before = before;
            this.request = request;
        }

        boolean isLarge() {
            return decoder != null;
        }
    }

    /** An exchange that this node answers. */
    private static final class Answered {
        final int exchange;
        final SetSummary before;
        final long salt;

        @Nullable
        RatelessEncoder encoder;

        int encodedSize;

        @Nullable
        ListComparison comparison;

        Answered(int exchange, SetSummary before, long salt) {
            this.exchange = exchange;
            this.before = before;
            this.salt = salt;
        }
    }

    private final IdSet ids;
    private final ReconcileSettings settings;
    private final RandomGenerator random;
    private final Map<P, Asked> asked = new LinkedHashMap<>();
    private final LinkedHashMap<P, Answered> answered = new LinkedHashMap<>();
    private final Timers<Timeout<P>> timers = new Timers<>();
    private int lastExchange;

    /**
     * @param ids this node's, kept up to date by their owner
     * @param random this node's own luck; unknown to peers where they are not trusted
     */
    public Reconciler(IdSet ids, ReconcileSettings settings, RandomGenerator random) {
        this.ids = ids;
        this.settings = settings;
        this.random = random;
        this.lastExchange = random.nextInt(256);
    }

    /** When the driver owes the next {@link Input.Tick}; {@link Long#MAX_VALUE} while nothing is pending. */
    public long nextDeadlineNanos() {
        return timers.nextDeadlineNanos();
    }

    /** Whether an exchange that this node began with {@code peer} is not over. */
    public boolean isAsking(P peer) {
        return asked.containsKey(peer);
    }

    /** Applies one input; appends what the driver must do, in order, to {@code effects}. */
    public void handle(Input<P> input, long nowNanos, List<Effect<P>> effects) {
        switch (input) {
            case Input.Start<P>(P peer) -> start(peer, nowNanos, effects);
            case Input.Received<P>(P from, ReconcileMessage message) -> received(from, message, nowNanos, effects);
            case Input.Gone<P>(P peer) -> {
                answered.remove(peer);
                Asked exchange = asked.get(peer);
                if (exchange != null) end(peer, exchange, Method.NONE, 0, 0, effects);
            }
            case Input.Tick<P>() -> {
                for (Timeout<P> due; (due = timers.pollDue(nowNanos)) != null; )
                    timedOut(due.peer(), nowNanos, effects);
            }
        }
    }

    private void start(P peer, long nowNanos, List<Effect<P>> effects) {
        if (asked.containsKey(peer)) return;
        SetSummary before = ids.summary();
        lastExchange = lastExchange + 1 & 0xFF;
        Asked exchange = new Asked(
                lastExchange,
                before,
                new ReconcileMessage.Compare(
                        lastExchange, before.size(), ReconcileCodec.digest(before.digest()), before.level(0), (int)
                                before.level(SPARSE_LEVEL)));
        asked.put(peer, exchange);
        ask(peer, exchange, exchange.request, nowNanos, effects);
    }

    private void ask(P peer, Asked exchange, ReconcileMessage request, long nowNanos, List<Effect<P>> effects) {
        exchange.request = request;
        exchange.attempts = 1;
        exchange.roundTrips++;
        timers.set(new Timeout<>(peer), nowNanos + settings.timeoutNanos());
        effects.add(new Effect.Send<>(peer, request));
    }

    private void timedOut(P peer, long nowNanos, List<Effect<P>> effects) {
        Asked exchange = asked.get(peer);
        if (exchange == null) return;
        // Symbols and listings are long and go by stream: what is missing of them is lost with the stream.
        boolean again = exchange.decoder == null && exchange.comparison == null;
        if (!again || exchange.attempts >= settings.attempts()) {
            end(peer, exchange, Method.NONE, 0, 0, effects);
            return;
        }
        exchange.attempts++;
        timers.set(new Timeout<>(peer), nowNanos + settings.timeoutNanos());
        effects.add(new Effect.Send<>(peer, exchange.request));
    }

    private void end(P peer, Asked exchange, Method method, int lacking, int giving, List<Effect<P>> effects) {
        asked.remove(peer);
        timers.cancel(new Timeout<>(peer));
        int units = exchange.sketch != null && exchange.decoder == null
                ? exchange.sketch.capacity()
                : exchange.decoder == null ? 0 : exchange.decoder.received();
        effects.add(new Effect.Ended<>(peer, new Outcome(method, lacking, giving, exchange.roundTrips, units)));
    }

    private void received(P from, ReconcileMessage message, long nowNanos, List<Effect<P>> effects) {
        switch (message) {
            case ReconcileMessage.Compare compare -> compared(from, compare, effects);
            case ReconcileMessage.More more -> more(from, more, effects);
            case ReconcileMessage.WantSymbols want -> symbolsWanted(from, want, effects);
            case ReconcileMessage.WantListing want -> {
                if (answered(from, want, effects) != null) list(from, want.exchange(), false, effects);
            }
            case ReconcileMessage.Want want -> wanted(from, want, effects);
            case ReconcileMessage.Listing listing -> {
                if (listing.byInitiator()) listedByInitiator(from, listing, effects);
                else listed(from, listing, nowNanos, effects);
            }
            case ReconcileMessage.Same same -> {
                Asked exchange = asked(from, same);
                // It also ends a listing of this node's ids: what the peer lacked is asked for before.
                if (exchange != null)
                    end(from, exchange, exchange.comparison == null ? Method.SAME : Method.LISTING, 0, 0, effects);
            }
            case ReconcileMessage.Busy busy -> {
                Asked exchange = asked(from, busy);
                if (exchange != null) end(from, exchange, Method.NONE, 0, 0, effects);
            }
            case ReconcileMessage.Sketch sketch -> sketched(from, sketch, nowNanos, effects);
            case ReconcileMessage.Samples samples -> sampled(from, samples, nowNanos, effects);
            case ReconcileMessage.Symbols symbols -> symbols(from, symbols, nowNanos, effects);
        }
    }

    private @Nullable Asked asked(P from, ReconcileMessage message) {
        Asked exchange = asked.get(from);
        return exchange != null && exchange.exchange == message.exchange() ? exchange : null;
    }

    // ---- the responder ----

    private void compared(P from, ReconcileMessage.Compare theirs, List<Effect<P>> effects) {
        int exchange = theirs.exchange();
        SetSummary mine = ids.summary();
        int equal = SetSummary.equalCells(theirs.all(), mine.level(0), SetSummary.CELLS);
        int equalSparse = SetSummary.equalCells(theirs.sparse(), mine.level(SPARSE_LEVEL), SPARSE_CELLS);
        if (theirs.size() == mine.size()
                && theirs.digest() == ReconcileCodec.digest(mine.digest())
                && equal == SetSummary.CELLS
                && equalSparse == SPARSE_CELLS) {
            answered.remove(from);
            effects.add(new Effect.Send<>(from, new ReconcileMessage.Same(exchange)));
            return;
        }
        Answered answer = new Answered(exchange, mine, random.nextLong());
        answered.remove(from);
        while (answered.size() >= settings.maxAnswered())
            answered.remove(answered.keySet().iterator().next());
        answered.put(from, answer);
        int differences = new DifferenceEstimate(Math.abs(theirs.size() - mine.size()))
                .level(0, SetSummary.CELLS, equal)
                .level(SPARSE_LEVEL, SPARSE_CELLS, equalSparse)
                .differences();
        boolean small = differences <= MAX_SKETCHED && theirs.size() > 0 && mine.size() > 0;
        if (small) {
            PinSketch sketch = mine.sketch().cut(capacityFor(differences));
            effects.add(new Effect.Send<>(from, new ReconcileMessage.Sketch(exchange, mine.size(), 0, sketch)));
        } else {
            effects.add(new Effect.Send<>(from, samples(answer)));
        }
    }

    private static ReconcileMessage.Samples samples(Answered answer) {
        int filled = Math.min(SetSummary.LEVELS - 1, 32 - Integer.numberOfLeadingZeros(answer.before.size()));
        long[] levels = new long[filled];
        for (int i = 0; i < filled; i++) levels[i] = answer.before.level(1 + i);
        return new ReconcileMessage.Samples(answer.exchange, answer.before.size(), answer.salt, levels);
    }

    private @Nullable Answered answered(P from, ReconcileMessage message, List<Effect<P>> effects) {
        Answered answer = answered.get(from);
        if (answer != null && answer.exchange == message.exchange()) return answer;
        effects.add(new Effect.Send<>(from, new ReconcileMessage.Busy(message.exchange())));
        return null;
    }

    private void more(P from, ReconcileMessage.More more, List<Effect<P>> effects) {
        Answered answer = answered(from, more, effects);
        if (answer == null) return;
        if (more.capacity() == 0) {
            effects.add(new Effect.Send<>(from, samples(answer)));
            return;
        }
        PinSketch further = answer.before.sketch().cut(more.capacity()).from(more.from());
        effects.add(new Effect.Send<>(
                from, new ReconcileMessage.Sketch(more.exchange(), answer.before.size(), more.from(), further)));
    }

    /** Syndromes for an estimated difference: one over, to know a wrong answer, and a little for the estimate's error. */
    private static int capacityFor(int differences) {
        return Math.min(SetSummary.CAPACITY, differences + 1 + differences / 6);
    }

    private static int nextCapacity(int capacity) {
        return Math.min(SetSummary.CAPACITY, capacity + Math.max(2, capacity / 5));
    }

    private void symbolsWanted(P from, ReconcileMessage.WantSymbols want, List<Effect<P>> effects) {
        Answered answer = answered(from, want, effects);
        if (answer == null) return;
        if (answer.encoder == null && want.from() == 0 && largeExchanges() < settings.maxLarge()) {
            long[] all = ids.toArray();
            answer.encodedSize = all.length;
            answer.encoder = new RatelessEncoder(all, SipKey.of(answer.salt));
        }
        RatelessEncoder encoder = answer.encoder;
        if (encoder == null
                || want.from() != encoder.made()
                || want.count() > SYMBOLS_AT_ONCE
                || want.from() + want.count() > settings.maxSymbols()) {
            answered.remove(from);
            effects.add(new Effect.Send<>(from, new ReconcileMessage.Busy(want.exchange())));
            return;
        }
        for (int left = want.count(); left > 0; ) {
            int count = Math.min(left, ReconcileCodec.MAX_SYMBOLS);
            effects.add(new Effect.Send<>(
                    from, new ReconcileMessage.Symbols(want.exchange(), answer.encodedSize, encoder.next(count))));
            left -= count;
        }
    }

    private int largeExchanges() {
        int large = 0;
        for (Answered each : answered.values()) if (each.encoder != null) large++;
        for (Asked each : asked.values()) if (each.isLarge()) large++;
        return large;
    }

    private void listedByInitiator(P from, ReconcileMessage.Listing listing, List<Effect<P>> effects) {
        Answered answer = answered(from, listing, effects);
        if (answer == null) return;
        if (answer.comparison == null) answer.comparison = new ListComparison();
        compareListed(from, listing, answer.comparison, effects);
        if (listing.end()) {
            answered.remove(from);
            effects.add(new Effect.Send<>(
                    from, new ReconcileMessage.Same(listing.exchange()))); // nothing is different any more
        }
    }

    private void wanted(P from, ReconcileMessage.Want want, List<Effect<P>> effects) {
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
        if (count > 0) effects.add(new Effect.Give<>(from, Arrays.copyOf(found, count)));
    }

    // ---- the initiator ----

    private void sketched(P from, ReconcileMessage.Sketch theirs, long nowNanos, List<Effect<P>> effects) {
        Asked exchange = asked(from, theirs);
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
            tell(from, exchange, elements, theirs.size(), nowNanos, effects);
        } else if (capacity < SetSummary.CAPACITY && (elements == null || elements.length > 0)) {
            ReconcileMessage more = new ReconcileMessage.More(exchange.exchange, capacity, nextCapacity(capacity));
            ask(from, exchange, more, nowNanos, effects);
        } else {
            ask(from, exchange, new ReconcileMessage.More(exchange.exchange, 0, 0), nowNanos, effects);
        }
    }

    /** Tells ids that are here from those that are not, by the 48 bits that a sketch knows of them. */
    private void tell(P peer, Asked exchange, long[] elements, int theirSize, long nowNanos, List<Effect<P>> effects) {
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
            ask(peer, exchange, new ReconcileMessage.More(exchange.exchange, 0, 0), nowNanos, effects);
            return;
        }
        want(
                peer,
                exchange.exchange,
                Arrays.copyOf(want, lacking),
                Math.min(48, SortedIds.prefixBits(theirSize)),
                effects);
        if (giving > 0) effects.add(new Effect.Give<>(peer, Arrays.copyOf(give, giving)));
        end(peer, exchange, Method.SKETCH, lacking, giving, effects);
    }

    private void want(P peer, int exchange, long[] lacking, int bits, List<Effect<P>> effects) {
        if (lacking.length == 0) return;
        long[] prefixes = SortedIds.prefixes(SortedIds.sorted(lacking), bits);
        for (int at = 0; at < prefixes.length; at += ReconcileCodec.MAX_LISTED) {
            long[] some = Arrays.copyOfRange(prefixes, at, Math.min(prefixes.length, at + ReconcileCodec.MAX_LISTED));
            effects.add(new Effect.Send<>(peer, new ReconcileMessage.Want(exchange, bits, some)));
        }
    }

    private void sampled(P from, ReconcileMessage.Samples theirs, long nowNanos, List<Effect<P>> effects) {
        Asked exchange = asked(from, theirs);
        if (exchange == null || exchange.decoder != null || exchange.comparison != null) return;
        int mySize = ids.size();
        DifferenceEstimate estimate = new DifferenceEstimate(Math.abs(theirs.size() - mySize));
        for (int i = 0; i < theirs.levels().length; i++)
            estimate.level(
                    1 + i,
                    SetSummary.CELLS,
                    SetSummary.equalCells(theirs.levels()[i], exchange.before.level(1 + i), SetSummary.CELLS));
        exchange.estimate = estimate.differences();
        if (exchange.estimate <= MAX_SKETCHED && exchange.sketch == null && mySize > 0 && theirs.size() > 0) {
            ReconcileMessage more = new ReconcileMessage.More(exchange.exchange, 0, capacityFor(exchange.estimate));
            ask(from, exchange, more, nowNanos, effects);
            return;
        }
        double symbols = SYMBOLS_PER_DIFFERENCE * exchange.estimate;
        int smaller = Math.min(mySize, theirs.size());
        boolean sketchFailed = exchange.sketch != null && exchange.sketch.capacity() == SetSummary.CAPACITY;
        boolean room = symbols * 1.5 < settings.maxSymbols() && largeExchanges() < settings.maxLarge();
        // What was estimated too high would list needlessly; too low only ends in a listing after all, see below.
        if (room && 0.8 * SYMBOL_BYTES * symbols < listingBytes(smaller)) {
            exchange.decoder = new RatelessDecoder(ids.toArray(), SipKey.of(theirs.salt()));
            int first = (int) Math.max(sketchFailed ? SetSummary.CAPACITY : 8, symbols * 0.85);
            askForSymbols(from, exchange, first, nowNanos, effects);
        } else {
            list(from, exchange, mySize <= theirs.size(), nowNanos, effects);
        }
    }

    private static double listingBytes(int size) {
        return size * (64 - Math.log(Math.max(1, size)) / Math.log(2) + 1.7) / 8;
    }

    private void askForSymbols(P peer, Asked exchange, int more, long nowNanos, List<Effect<P>> effects) {
        RatelessDecoder decoder = exchange.decoder;
        if (decoder == null) throw new IllegalStateException("no decoder for " + peer);
        int count = Math.min(more, Math.min(SYMBOLS_AT_ONCE, settings.maxSymbols() - decoder.received()));
        exchange.symbolsWanted = decoder.received() + count;
        ask(
                peer,
                exchange,
                new ReconcileMessage.WantSymbols(exchange.exchange, decoder.received(), count),
                nowNanos,
                effects);
    }

    private void symbols(P from, ReconcileMessage.Symbols theirs, long nowNanos, List<Effect<P>> effects) {
        Asked exchange = asked(from, theirs);
        if (exchange == null || exchange.decoder == null) return;
        RatelessDecoder decoder = exchange.decoder;
        if (theirs.run().from != decoder.received()) return;
        if (theirs.run().from + theirs.run().size() > exchange.symbolsWanted) return; // not asked for
        decoder.add(theirs.run());
        timers.set(new Timeout<>(from), nowNanos + settings.timeoutNanos());
        if (decoder.isComplete()) {
            long[] give = decoder.ours();
            long[] lacking = decoder.theirs();
            want(from, exchange.exchange, lacking, SortedIds.prefixBits(theirs.size()), effects);
            if (give.length > 0) effects.add(new Effect.Give<>(from, give));
            end(from, exchange, Method.SYMBOLS, lacking.length, give.length, effects);
            return;
        }
        if (decoder.received() < exchange.symbolsWanted) return;
        double promised = SYMBOLS_PER_DIFFERENCE * exchange.estimate;
        boolean enough = decoder.received() > Math.max(1000, 3 * promised)
                && SYMBOL_BYTES * decoder.received() > 2 * listingBytes(Math.min(ids.size(), theirs.size()));
        if (decoder.isHopeless() || decoder.received() >= settings.maxSymbols() || enough) {
            exchange.decoder = null;
            list(from, exchange, ids.size() <= theirs.size(), nowNanos, effects);
            return;
        }
        double missing = promised * 0.85 - decoder.received(); // more than one request may ask for
        askForSymbols(from, exchange, (int) Math.max(missing, 16 + decoder.received() / 12), nowNanos, effects);
    }

    private void list(P peer, Asked exchange, boolean mine, long nowNanos, List<Effect<P>> effects) {
        exchange.comparison = new ListComparison();
        if (mine) {
            exchange.roundTrips++;
            timers.set(new Timeout<>(peer), nowNanos + settings.timeoutNanos());
            list(peer, exchange.exchange, true, effects);
        } else {
            ask(peer, exchange, new ReconcileMessage.WantListing(exchange.exchange), nowNanos, effects);
        }
    }

    private void list(P to, int exchange, boolean byInitiator, List<Effect<P>> effects) {
        long[] all = ids.toArray();
        int at = 0;
        do {
            int end = Math.min(all.length, at + ReconcileCodec.MAX_LISTED);
            long[] some = Arrays.copyOfRange(all, at, end);
            effects.add(new Effect.Send<>(
                    to, new ReconcileMessage.Listing(exchange, byInitiator, end == all.length, some)));
            at = end;
        } while (at < all.length);
    }

    private void listed(P from, ReconcileMessage.Listing listing, long nowNanos, List<Effect<P>> effects) {
        Asked exchange = asked(from, listing);
        if (exchange == null || exchange.comparison == null) return;
        ListComparison comparison = exchange.comparison;
        timers.set(new Timeout<>(from), nowNanos + settings.timeoutNanos());
        compareListed(from, listing, comparison, effects);
        if (listing.end()) end(from, exchange, Method.LISTING, comparison.lacking, comparison.giving, effects);
    }

    /** How far two sets were compared, in the order of their ids. */
    private static final class ListComparison {
        long next; // the least id that was not compared
        boolean over;
        int lacking;
        int giving;
    }

    private void compareListed(
            P from, ReconcileMessage.Listing listing, ListComparison comparison, List<Effect<P>> effects) {
        long[] theirs = listing.ids();
        if (comparison.over || theirs.length > 0 && Long.compareUnsigned(theirs[0], comparison.next) < 0) return;
        if (theirs.length == 0 && !listing.end()) return;
        long last = listing.end() ? -1 : theirs[theirs.length - 1];
        long[] mine = ids.within(comparison.next, last, ids.size());
        long[] give = new long[mine.length];
        long[] lack = new long[theirs.length];
        int giving = 0;
        int lacking = 0;
        int i = 0;
        int k = 0;
        while (i < mine.length || k < theirs.length) {
            int order = i == mine.length ? 1 : k == theirs.length ? -1 : Long.compareUnsigned(mine[i], theirs[k]);
            if (order < 0) give[giving++] = mine[i++];
            else if (order > 0) lack[lacking++] = theirs[k++];
            else {
                i++;
                k++;
            }
        }
        comparison.over = last == -1;
        comparison.next = last + 1;
        comparison.giving += giving;
        comparison.lacking += lacking;
        want(from, listing.exchange(), Arrays.copyOf(lack, lacking), listedBits(theirs), effects);
        if (giving > 0) effects.add(new Effect.Give<>(from, Arrays.copyOf(give, giving)));
    }

    /** Bits that tell ids apart which are as dense as these. */
    private static int listedBits(long[] sorted) {
        if (sorted.length < 2) return 64;
        long gap = Long.divideUnsigned(sorted[sorted.length - 1] - sorted[0], sorted.length);
        return Math.min(64, Long.numberOfLeadingZeros(gap | 1) + 7);
    }
}
