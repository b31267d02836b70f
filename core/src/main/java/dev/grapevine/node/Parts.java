package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.wire.Encodable;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a node, in the order in which they are asked. Every node of a cluster has the same. What packets and drivers ask for
 * after every input, the digest and the deadline, is kept and asked of the parts again only after one of them was called: most
 * packets are probes, which concern none.
 */
final class Parts {
    private final Part[] parts;
    private final long[] deadlines;
    private final @Nullable Part[] byType = new @Nullable Part[128];
    private boolean stale = true; // the three that follow
    private long nextDeadlineNanos;
    private int digest;

    private Parts(Part... parts) {
        this.parts = parts;
        deadlines = new long[parts.length];
        for (Part part : parts) {
            if (part.type() < 32 || part.type() > 127 || byType[part.type()] != null)
                throw new IllegalArgumentException("type " + part.type() + " is taken, or not in 32..127");
            byType[part.type()] = part;
        }
    }

    /** All parts of a node; each has a generator split off for itself, so that one more leaves the others' luck unchanged. */
    static Parts of(NodeSettings settings, int bodyBytes, SplittableGenerator random) {
        EpidemicPart rumors = new EpidemicPart(settings, bodyBytes, random.split());
        AggregatePart aggregates = new AggregatePart(settings, random.split());
        TopicPart topics = new TopicPart(settings, bodyBytes);
        BlobPart blobs = new BlobPart(settings, random.split());
        QueryPart queries = new QueryPart(settings, random.split());
        CoordinatePart coordinates = new CoordinatePart(settings, random.split());
        StatePart state = new StatePart(settings, bodyBytes, random.split());
        return new Parts(rumors, aggregates, topics, blobs, queries, coordinates, state, state.reconcile());
    }

    /** The part whose messages have this type, null for an unknown one. */
    @Nullable
    Part ofType(int type) {
        return type < byType.length ? byType[type] : null;
    }

    /** The part of this class. */
    <P extends Part> P get(Class<P> type) {
        for (Part part : parts) if (type.isInstance(part)) return type.cast(part);
        throw new IllegalArgumentException("no part " + type);
    }

    void received(int type, Address from, Encodable message, PartContext context) {
        stale = true;
        Part part = ofType(type);
        if (part != null) part.received(from, message, context);
    }

    boolean commanded(long id, Command command, PartContext context) {
        stale = true;
        for (Part part : parts) if (part.commanded(id, command, context)) return true;
        return false;
    }

    void tick(PartContext context) {
        refresh();
        if (nextDeadlineNanos > context.nowNanos()) return;
        stale = true;
        for (int i = 0; i < parts.length; i++) if (deadlines[i] <= context.nowNanos()) parts[i].tick(context);
    }

    long nextDeadlineNanos() {
        refresh();
        return nextDeadlineNanos;
    }

    /** The digests of all parts in one; a part that holds nothing leaves it as it is. */
    int digest() {
        refresh();
        return digest;
    }

    private void refresh() {
        if (!stale) return;
        stale = false;
        long next = Long.MAX_VALUE;
        int all = 0;
        for (int i = 0; i < parts.length; i++) {
            Part part = parts[i];
            deadlines[i] = part.nextDeadlineNanos();
            next = Math.min(next, deadlines[i]);
            int own = part.digest();
            // Mixed with the type, so that two parts that hold the same do not cancel each other.
            if (own != 0) all ^= own * (0x9E37_79B1 + 2 * part.type());
        }
        nextDeadlineNanos = next;
        digest = all;
    }

    void memberChanged(MembershipEvent event, PartContext context) {
        stale = true;
        for (Part part : parts) part.memberChanged(event, context);
    }

    void differs(Address peer, PartContext context) {
        stale = true;
        for (Part part : parts) part.differs(peer, context);
    }

    void drained(Address peer, PartContext context) {
        stale = true;
        for (Part part : parts) part.drained(peer, context);
    }

    void broken(Address peer, PartContext context) {
        stale = true;
        for (Part part : parts) part.broken(peer, context);
    }

    void measured(Member member, long roundTripNanos, PartContext context) {
        stale = true;
        for (Part part : parts) part.measured(member, roundTripNanos, context);
    }

    void wallClock(long epochMillis, PartContext context) {
        stale = true;
        for (Part part : parts) part.wallClock(epochMillis, context);
    }
}
