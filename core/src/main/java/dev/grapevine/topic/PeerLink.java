package dev.grapevine.topic;

import dev.grapevine.topic.TopicMessage.Held;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What is on its way to one peer, and what is to be said to it. */
final class PeerLink {
    private static final int MAX_SERVED = 256;

    /** A pushed message that is not confirmed yet. */
    static final class Flight {
        final int bytes;
        final long sentNanos;
        long dueNanos;
        int tries;

        Flight(int bytes, long sentNanos, long dueNanos) {
            this.bytes = bytes;
            this.sentNanos = sentNanos;
            this.dueNanos = dueNanos;
        }
    }

    final Map<Long, TreeMap<Long, Flight>> flights = new LinkedHashMap<>(); // by source
    final Set<Long> acksDue = new LinkedHashSet<>(); // sources
    final List<Held> lazy = new ArrayList<>();
    int inFlight;
    long distanceNanos = Long.MAX_VALUE; // the newest round trip; as far as can be while unknown
    int rumors; // that came from it and were not confirmed yet
    long bytesInFlight;

    /** It confirms too little: it gets announcements instead, and asks at its own pace. */
    boolean lagging;

    private long servedBytes;
    private long servedSinceNanos = Long.MIN_VALUE;

    private record Id(long source, long sequence) {}

    private final LinkedHashMap<Id, Long> served =
            new LinkedHashMap<>(); // when it was given what it asked for, newest last

    void served(long source, long sequence, long nowNanos) {
        served.putLast(new Id(source, sequence), nowNanos);
        if (served.size() > MAX_SERVED) served.pollFirstEntry();
    }

    void servedNothing() {
        served.clear();
    }

    boolean wasServed(long source, long sequence, long sinceNanos) {
        return served.getOrDefault(new Id(source, sequence), Long.MIN_VALUE) > sinceNanos;
    }

    void push(long source, long sequence, Flight flight) {
        Flight before = flights.computeIfAbsent(source, key -> new TreeMap<>()).put(sequence, flight);
        if (before != null) bytesInFlight -= before.bytes;
        else inFlight++;
        bytesInFlight += flight.bytes;
    }

    boolean confirm(long source, long sequence) {
        TreeMap<Long, Flight> of = flights.get(source);
        if (of == null) return false;
        Flight flight = of.remove(sequence);
        if (flight == null) return false;
        landed(flight);
        if (of.isEmpty()) flights.remove(source);
        return true;
    }

    /** When the newest of those up to {@code low} that was pushed but once was pushed; MIN_VALUE if there is none. */
    long pushedNanos(long source, long low) {
        TreeMap<Long, Flight> of = flights.get(source);
        Map.Entry<Long, Flight> newest = of == null ? null : of.floorEntry(low);
        return newest == null || newest.getValue().tries > 0 ? Long.MIN_VALUE : newest.getValue().sentNanos;
    }

    boolean confirmUpTo(long source, long low) {
        TreeMap<Long, Flight> of = flights.get(source);
        if (of == null) return false;
        boolean any = false;
        while (!of.isEmpty() && of.firstKey() <= low) {
            landed(of.pollFirstEntry().getValue());
            any = true;
        }
        if (of.isEmpty()) flights.remove(source);
        return any;
    }

    void forget(long source) {
        TreeMap<Long, Flight> of = flights.remove(source);
        if (of != null) for (Flight flight : of.values()) landed(flight);
    }

    private void landed(Flight flight) {
        inFlight--;
        bytesInFlight -= flight.bytes;
        if (inFlight == 0) lagging = false;
    }

    /** Rumors are not asked about again: after a while they are taken for arrived, or lost. */
    void expire(Map<Long, Feed> feeds, long nowNanos) {
        for (Iterator<Map.Entry<Long, TreeMap<Long, Flight>>> all =
                        flights.entrySet().iterator();
                all.hasNext(); ) {
            Map.Entry<Long, TreeMap<Long, Flight>> of = all.next();
            Feed feed = feeds.get(of.getKey());
            if (feed != null && feed.source.promise().isReliable()) continue;
            TreeMap<Long, Flight> each = of.getValue();
            while (!each.isEmpty() && (feed == null || each.firstEntry().getValue().dueNanos <= nowNanos))
                landed(each.pollFirstEntry().getValue());
            if (each.isEmpty()) all.remove();
        }
    }

    boolean isOnItsWay(long source, long sequence, long sinceNanos) {
        TreeMap<Long, Flight> of = flights.get(source);
        Flight flight = of == null ? null : of.get(sequence);
        return flight != null && flight.sentNanos > sinceNanos;
    }

    int inFlight(long source) {
        TreeMap<Long, Flight> of = flights.get(source);
        return of == null ? 0 : of.size();
    }

    /** Whether {@code bytes} more may be served to it, of {@code budget} per {@code periodNanos}. */
    boolean mayServe(int bytes, long budget, long periodNanos, long nowNanos) {
        if (servedSinceNanos == Long.MIN_VALUE || nowNanos - servedSinceNanos >= periodNanos) {
            servedSinceNanos = nowNanos;
            servedBytes = 0;
        }
        if (servedBytes > 0 && servedBytes + bytes > budget) return false;
        servedBytes += bytes;
        return true;
    }

    boolean isIdle() {
        return flights.isEmpty() && acksDue.isEmpty() && lazy.isEmpty();
    }
}
