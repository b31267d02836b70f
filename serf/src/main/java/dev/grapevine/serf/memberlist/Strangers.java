package dev.grapevine.serf.memberlist;

import dev.grapevine.core.Address;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Addresses that talk to us although no node we know lives there. Somebody's arrival passed us by, as gossip may, or we are cut
 * off from a cluster that still knows us; the reference finds out by chance with one of its rare full exchanges. Here the
 * stranger is asked for one, unless gossip names it meanwhile.
 *
 * <p>The source of a datagram may be forged, or not be where its sender listens: strangers are asked one at a time, no more
 * than one in a probe interval, and each less and less often.
 */
final class Strangers {
    private static final int MAX_KEPT = 256;
    private static final int MAX_DOUBLINGS = 6;

    private record Asked(int times, long notBeforeNanos) {}

    private final Memberlist memberlist;
    private final Turn turn;
    private final NodeTable table;
    private final Map<Address, Asked> asked = new LinkedHashMap<>();
    private boolean waiting;
    private long notBeforeNanos = Long.MIN_VALUE;

    Strangers(Memberlist memberlist, Turn turn, NodeTable table) {
        this.memberlist = memberlist;
        this.turn = turn;
        this.table = table;
    }

    /** A datagram that we could read came from {@code from}. */
    void heard(Address from) {
        if (table.knows(from) || waiting || turn.nowNanos() < notBeforeNanos) return;
        Asked before = asked.get(from);
        if (before != null && turn.nowNanos() < before.notBeforeNanos) return;
        waiting = true;
        // Two rounds: most news of an arrival are a moment behind the newcomer's own packets.
        long delay = 2 * memberlist.config().timings().gossipNanos();
        memberlist.timers().set(new Memberlist.Timer.Stranger(from), turn.nowNanos() + delay);
    }

    /** The time for gossip to name it is over. */
    void due(Address address) {
        waiting = false;
        if (table.knows(address)) return;
        notBeforeNanos = turn.nowNanos() + memberlist.config().timings().probeNanos();
        Asked before = asked.remove(address);
        int times = before == null ? 0 : Math.min(before.times + 1, MAX_DOUBLINGS);
        keep(address, times);
        memberlist.exchanger().exchange(address, false, error -> {
            // It answers, and does not say that it lives there: so it is with several interfaces, or behind a
            // translator.
            if (error == null && !table.knows(address)) keep(address, MAX_DOUBLINGS);
        });
    }

    private void keep(Address address, int times) {
        asked.remove(address);
        long pause = memberlist.config().timings().pushPullNanos() << times;
        asked.put(address, new Asked(times, turn.nowNanos() + pause));
        if (asked.size() > MAX_KEPT) asked.remove(asked.keySet().iterator().next());
    }
}
