package dev.grapevine.sim.replay;

import dev.grapevine.core.Address;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings the times of several nodes together by which datagram is which: what one sent and another received is the same datagram
 * if its bytes, sender and receiver are. No clock is trusted: a datagram cannot arrive before it was sent, so the fastest one from a to b and
 * the fastest one back bound the difference of their clocks from both sides, and the middle is off by at most half of that round trip
 * (Cristian 1989). Clocks are taken to run equally fast.
 */
final class Alignment {
    /** A datagram found at both ends; times are each node's own. */
    record Match(int from, long sentNanos, int to, long receivedNanos, int sizeBytes) {}

    private record Key(int from, int to, long hash) {}

    final List<Match> matches = new ArrayList<>();
    /** What to add to a node's time for the cluster's, whose zero is the first start of a node. */
    final long[] offsetNanos;
    /** By how much that may be wrong; {@link Long#MAX_VALUE} if it rests on the wall clock alone. */
    final long[] uncertaintyNanos;

    Alignment(List<NodeLog> nodes) {
        int count = nodes.size();
        offsetNanos = new long[count];
        uncertaintyNanos = new long[count];
        long[][] fastest = match(nodes);
        grow(nodes, fastest);
        long first = Long.MAX_VALUE;
        for (long offset : offsetNanos) first = Math.min(first, offset);
        for (int i = 0; i < count; i++) offsetNanos[i] -= first;
    }

    /** Pairs what was sent with what was received; returns the least difference of times from each node to each. */
    private long[][] match(List<NodeLog> nodes) {
        Map<Address, Integer> byAddress = new HashMap<>(); // looked up, never iterated
        for (int i = 0; i < nodes.size(); i++)
            byAddress.put(nodes.get(i).settings.address(), i);
        Map<Key, ArrayDeque<NodeLog.Datagram>> sent = new HashMap<>();
        Map<Key, Integer> sentTimes = new HashMap<>();
        for (int from = 0; from < nodes.size(); from++)
            for (NodeLog.Datagram datagram : nodes.get(from).sent) {
                Integer to = byAddress.get(datagram.peer());
                if (to == null) continue;
                Key key = new Key(from, to, datagram.hash());
                sent.computeIfAbsent(key, none -> new ArrayDeque<>()).add(datagram);
                sentTimes.merge(key, 1, Integer::sum);
            }
        long[][] fastest = new long[nodes.size()][nodes.size()];
        for (long[] row : fastest) java.util.Arrays.fill(row, Long.MAX_VALUE);
        for (int to = 0; to < nodes.size(); to++)
            for (NodeLog.Datagram datagram : nodes.get(to).received) {
                Integer from = byAddress.get(datagram.peer());
                if (from == null) continue;
                Key key = new Key(from, to, datagram.hash());
                ArrayDeque<NodeLog.Datagram> waiting = sent.get(key);
                NodeLog.Datagram one = waiting == null ? null : waiting.poll(); // the same again: in order
                if (one == null) continue;
                matches.add(new Match(from, one.atNanos(), to, datagram.atNanos(), datagram.sizeBytes()));
                // Of datagrams that are alike, one may be lost and the next taken for it: times come from unique ones.
                if (sentTimes.getOrDefault(key, 0) == 1)
                    fastest[from][to] = Math.min(fastest[from][to], datagram.atNanos() - one.atNanos());
            }
        return fastest;
    }

    /** From the first node on, always the surest pair next (Prim's tree); who heard from nobody goes by the wall clock. */
    private void grow(List<NodeLog> nodes, long[][] fastest) {
        int count = nodes.size();
        boolean[] placed = new boolean[count];
        placed[0] = true;
        for (int round = 1; round < count; round++) {
            int from = -1;
            int to = -1;
            long surest = Long.MAX_VALUE;
            for (int a = 0; a < count; a++)
                for (int b = 0; b < count; b++) {
                    if (!placed[a] || placed[b]) continue;
                    if (fastest[a][b] == Long.MAX_VALUE || fastest[b][a] == Long.MAX_VALUE) continue;
                    long width = Math.abs(fastest[a][b] + fastest[b][a]) / 2;
                    if (width >= surest) continue;
                    surest = width;
                    from = a;
                    to = b;
                }
            if (to >= 0) {
                offsetNanos[to] = offsetNanos[from] + (fastest[to][from] - fastest[from][to]) / 2;
                uncertaintyNanos[to] = uncertaintyNanos[from] + surest;
            } else {
                to = 0;
                while (placed[to]) to++;
                long millis = nodes.get(to).startEpochMillis - nodes.getFirst().startEpochMillis;
                offsetNanos[to] = offsetNanos[0] + millis * 1_000_000;
                uncertaintyNanos[to] = Long.MAX_VALUE;
            }
            placed[to] = true;
        }
    }
}
