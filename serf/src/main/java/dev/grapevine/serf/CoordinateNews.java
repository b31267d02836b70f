package dev.grapevine.serf;

import dev.grapevine.coordinates.Coordinate;
import dev.grapevine.core.Address;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * To whom our coordinate is news. The reference sends its coordinate with every ack, and that is most of an idle node's
 * traffic; here an ack carries it when the asker has none of ours, when it has moved since by more than it distrusts itself or
 * become twice as trustworthy, and with every eighth in any case, for acks get lost.
 */
final class CoordinateNews {
    private static final int MAX_ASKERS = 4096;
    private static final int TOLD_EVERY = 8;
    private static final double NEAR_SECONDS = 0.001;
    private static final double NEAR_SHARE = 0.1;

    private record Told(Coordinate coordinate, int acksSince) {}

    private final Map<Address, Told> told = new LinkedHashMap<>(); // the latest askers last

    /** Whether the ack to {@code asker} shall carry {@code own}; if so, it counts as told. */
    boolean isDue(Address asker, Coordinate own) {
        Told before = told.remove(asker);
        if (told.size() >= MAX_ASKERS) told.remove(told.keySet().iterator().next());
        boolean due = before == null
                || before.acksSince + 1 >= TOLD_EVERY
                || own.error() < before.coordinate.error() / 2
                || hasMoved(before.coordinate, own);
        told.put(asker, before == null || due ? new Told(own, 0) : new Told(before.coordinate, before.acksSince + 1));
        return due;
    }

    private static boolean hasMoved(Coordinate from, Coordinate to) {
        double[] a = from.vec();
        double[] b = to.vec();
        double squares = 0;
        double origin = 0;
        for (int i = 0; i < a.length; i++) {
            squares += (a[i] - b[i]) * (a[i] - b[i]);
            origin += b[i] * b[i];
        }
        double moved = Math.sqrt(squares)
                + Math.abs(from.height() - to.height())
                + Math.abs(from.adjustment() - to.adjustment());
        double share = Math.max(NEAR_SHARE, to.error());
        return moved > Math.max(NEAR_SECONDS, share * (Math.sqrt(origin) + to.height()));
    }
}
