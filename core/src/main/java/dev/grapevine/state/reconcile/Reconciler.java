package dev.grapevine.state.reconcile;

import java.util.List;
import java.util.random.RandomGenerator;

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

        /**
         * Send the peer the entries of these ids, as far as they are still there.
         *
         * @param asked whether this node began the exchange; else the peer did
         */
        record Give<P>(P to, boolean asked, long[] ids) implements Effect<P> {}

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

    private final Asking<P> asking;
    private final Answering<P> answering;

    /**
     * @param ids this node's, kept up to date by their owner
     * @param random this node's own luck; unknown to peers where they are not trusted
     */
    public Reconciler(IdSet ids, ReconcileSettings settings, RandomGenerator random) {
        asking = new Asking<>(ids, settings, random, this::large);
        answering = new Answering<>(ids, settings, random, this::large);
    }

    private int large() {
        return asking.large() + answering.large();
    }

    /** When the driver owes the next {@link Input.Tick}; {@link Long#MAX_VALUE} while nothing is pending. */
    public long nextDeadlineNanos() {
        return asking.nextDeadlineNanos();
    }

    /** Whether an exchange that this node began with {@code peer} is not over. */
    public boolean isAsking(P peer) {
        return asking.isAsking(peer);
    }

    /** Applies one input; appends what the driver must do, in order, to {@code effects}. */
    public void handle(Input<P> input, long nowNanos, List<Effect<P>> effects) {
        asking.at(nowNanos);
        switch (input) {
            case Input.Start<P>(P peer) -> asking.start(peer, effects);
            case Input.Received<P>(P from, ReconcileMessage message) -> received(from, message, effects);
            case Input.Gone<P>(P peer) -> {
                answering.forget(peer);
                asking.gone(peer, effects);
            }
            case Input.Tick<P>() -> asking.tick(effects);
        }
    }

    private void received(P from, ReconcileMessage message, List<Effect<P>> effects) {
        switch (message) {
            case ReconcileMessage.Compare compare -> answering.compared(from, compare, effects);
            case ReconcileMessage.More more -> answering.moreWanted(from, more, effects);
            case ReconcileMessage.WantSymbols want -> answering.symbolsWanted(from, want, effects);
            case ReconcileMessage.WantListing want -> answering.listingWanted(from, want, effects);
            case ReconcileMessage.Want want -> answering.wanted(from, want, effects);
            case ReconcileMessage.Listing listing -> {
                if (listing.byInitiator()) answering.listed(from, listing, effects);
                else asking.listed(from, listing, effects);
            }
            case ReconcileMessage.Same same -> asking.same(from, same, effects);
            case ReconcileMessage.Busy busy -> asking.busy(from, busy, effects);
            case ReconcileMessage.Sketch sketch -> asking.sketched(from, sketch, effects);
            case ReconcileMessage.Samples samples -> asking.sampled(from, samples, effects);
            case ReconcileMessage.Symbols symbols -> asking.symbols(from, symbols, effects);
        }
    }
}
