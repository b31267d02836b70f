package dev.grapevine.state.reconcile;

import dev.grapevine.state.reconcile.Reconciler.Effect;
import java.util.Arrays;
import java.util.List;

/** What both sides of an exchange say alike, in messages of bounded length. */
final class Speech {
    private Speech() {}

    /** Asks for the entries of these ids, by their leading {@code bits}. */
    static <P> void want(P peer, boolean asked, int exchange, long[] lacking, int bits, List<Effect<P>> effects) {
        if (lacking.length == 0) return;
        long[] prefixes = SortedIds.prefixes(SortedIds.sorted(lacking), bits);
        for (int at = 0; at < prefixes.length; at += ReconcileCodec.MAX_LISTED) {
            long[] some = Arrays.copyOfRange(prefixes, at, Math.min(prefixes.length, at + ReconcileCodec.MAX_LISTED));
            effects.add(new Effect.Send<>(peer, new ReconcileMessage.Want(exchange, asked, bits, some)));
        }
    }

    /** Gives the entries of these ids. */
    static <P> void give(P peer, boolean asked, long[] ids, List<Effect<P>> effects) {
        if (ids.length > 0) effects.add(new Effect.Give<>(peer, asked, ids));
    }

    /** Asks for what a piece of a listing shows to be missing here, and gives what is missing there. */
    static <P> void settle(P peer, boolean asked, int exchange, ListComparison.Found found, List<Effect<P>> effects) {
        want(peer, asked, exchange, found.lacking(), found.bits(), effects);
        give(peer, asked, found.giving(), effects);
    }

    /** Lists a whole set. */
    static <P> void list(P to, int exchange, boolean byInitiator, IdSet ids, List<Effect<P>> effects) {
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
}
